import type { ReactiveController, ReactiveControllerHost } from 'lit'

const DARK = '(prefers-color-scheme: dark)'

/** Whether the system is dark, and a rendering when that changes. */
export class SchemeController implements ReactiveController {
  readonly #host: ReactiveControllerHost
  #query: MediaQueryList | undefined

  constructor(host: ReactiveControllerHost) {
    this.#host = host
    host.addController(this)
  }

  /** `auto` becomes `dark` or `light`; a named scheme stays. */
  resolve(theme: string): string {
    if (theme !== 'auto' && theme !== '') return theme
    return this.#query?.matches ? 'dark' : 'light'
  }

  hostConnected(): void {
    this.#query = window.matchMedia(DARK)
    this.#query.addEventListener('change', this.#onChange)
  }

  hostDisconnected(): void {
    this.#query?.removeEventListener('change', this.#onChange)
    this.#query = undefined
  }

  readonly #onChange = (): void => this.#host.requestUpdate()
}
