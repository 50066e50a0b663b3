/**
 * The message catalogue of the element. `@lit/localize` keeps one active locale per page and throws when it is
 * configured twice, so a library that used it as it comes would fight its host page and could not show two languages
 * at once. Here each element renders inside `inWords(its catalogue, …)`; the extraction and the catalogues stay
 * lit-localize's own (`lit-localize.json`).
 */
import { runtimeMsg } from '@lit/localize/internal/runtime-msg.js'
import type { StrResult } from '@lit/localize/internal/str-tag.js'
import type { LocaleModule, TemplateMap } from '@lit/localize/internal/types.js'

export { str } from '@lit/localize/internal/str-tag.js'

export type Catalogue = TemplateMap

/** The property marks a call of it as a message for `lit-localize extract`. */
type Msg = ((template: string | StrResult) => string) & { _LIT_LOCALIZE_MSG_?: never }

let current: Catalogue | undefined

/** The words in the language of the element that renders, or in English. */
export const msg: Msg = (template) => {
  const words = runtimeMsg(current, template, undefined)
  return typeof words === 'string' ? words : ''
}

/** Runs a synchronous function whose `msg` calls answer from the catalogue; `undefined` is English. */
export function inWords<T>(catalogue: Catalogue | undefined, run: () => T): T {
  const before = current
  current = catalogue
  try {
    return run()
  } finally {
    current = before
  }
}

/** Languages besides English, each fetched when first needed. */
const CATALOGUES: Readonly<Record<string, () => Promise<LocaleModule>>> = {
  de: () => import('./locales/de.js'),
}

/** The language of the catalogue that serves a BCP 47 tag: `de-AT` is served by `de`, what is not there by `en`. */
export function catalogueName(tag: string): string {
  const language = tag.toLowerCase().split('-', 1)[0] ?? ''
  return Object.hasOwn(CATALOGUES, language) ? language : 'en'
}

/** Undefined for English. Rejects where the catalogue cannot be fetched. */
export async function loadCatalogue(name: string): Promise<Catalogue | undefined> {
  const module = await CATALOGUES[name]?.()
  return module?.templates
}
