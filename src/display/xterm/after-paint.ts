import type { Extras, ExtrasOptions } from './extras.js'

/** Fetches what can wait until the first characters are painted. */
export class AfterPaint {
  #extras: Extras | undefined

  /** `loaded` is called when the extras are there; never after the signal. */
  constructor(options: ExtrasOptions, loaded: () => void) {
    const first = options.terminal.onRender(() => {
      first.dispose()
      import('./extras.js').then(
        (module) => {
          if (options.signal.aborted) return
          this.#extras = new module.Extras(options)
          loaded()
        },
        // Not fetched: text is painted as DOM, plain addresses are plain text, no key copies, and nothing is found.
        () => undefined,
      )
    })
  }

  get extras(): Extras | undefined {
    return this.#extras
  }
}
