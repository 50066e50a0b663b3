import type { ReactiveController, ReactiveControllerHost } from 'lit'
import { Format } from './format.js'
import { type Catalogue, catalogueName, inWords, loadCatalogue } from './words.js'

/** The language of one element: its own `lang`, else the nearest one around it, else the browser's. */
export class LocaleController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement
  #name = 'en'
  #wanted = 'en'
  #catalogue: Catalogue | undefined
  format = new Format('en')

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host
    host.addController(this)
  }

  /** Of the words that are shown, for the `lang` attribute inside. */
  get name(): string {
    return this.#name
  }

  hostConnected(): void {
    this.refresh()
  }

  /** Reads the language again, as after a change of `lang`. */
  refresh(): void {
    const tag = languageAround(this.#host)
    const name = catalogueName(tag)
    this.#wanted = tag
    // Dates and numbers in the language of the words: a French date in an English sentence helps nobody.
    const formatTag = tag.toLowerCase().startsWith(name) ? tag : name
    void loadCatalogue(name).then(
      (catalogue) => {
        if (this.#wanted === tag) this.#use(name, formatTag, catalogue)
      },
      () => {
        // English serves; the catalogue is asked for again when the language changes.
        if (this.#wanted === tag) this.#use('en', 'en', undefined)
      },
    )
  }

  run<T>(render: () => T): T {
    return inWords(this.#catalogue, render)
  }

  #use(name: string, formatTag: string, catalogue: Catalogue | undefined): void {
    if (name === this.#name && formatTag === this.format.locale) return
    this.#name = name
    this.#catalogue = catalogue
    this.format = new Format(formatTag)
    this.#host.requestUpdate()
  }
}

function languageAround(element: Element): string {
  for (let at: Element | null | undefined = element; at; at = at.parentElement ?? hostOf(at)) {
    const tag = at.getAttribute('lang')
    if (tag && isTag(tag)) return tag
  }
  return isTag(navigator.language) ? navigator.language : 'en'
}

function hostOf(element: Element): Element | undefined {
  const root = element.getRootNode()
  return root instanceof ShadowRoot ? root.host : undefined
}

/** A page may say anything in `lang`; `Intl` throws at what is no language tag. */
function isTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0
  } catch {
    return false
  }
}
