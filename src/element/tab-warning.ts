import type { LabProperties } from './lab-properties.js'
import type { LocaleController } from './locale.js'
import type { SessionController } from './session-controller.js'
import { prefixTitle } from './title-prefix.js'
import { msg } from './words.js'

export interface TabWarningParts {
  readonly host: LabProperties
  readonly session: SessionController
  readonly locale: LocaleController
}

/** Nobody sees a prompt in a hidden tab; its title is all that can be seen. */
export class TabWarning {
  readonly #parts: TabWarningParts

  constructor(parts: TabWarningParts) {
    this.#parts = parts
    parts.host.addController(this)
  }

  hostConnected(): void {
    document.addEventListener('visibilitychange', this.show)
  }

  hostDisconnected(): void {
    document.removeEventListener('visibilitychange', this.show)
    prefixTitle(this, undefined)
  }

  readonly show = (): void => {
    const { host, session, locale } = this.#parts
    const soon = document.hidden && host.isConnected && session.session?.warning !== undefined
    prefixTitle(this, soon ? locale.run(() => msg('Lab pauses soon')).concat(' – ') : undefined)
  }
}
