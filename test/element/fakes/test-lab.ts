import { waitUntil } from '@open-wc/testing'
import { DisplayRegistry } from '../../../src/display/display.js'
import type { Collaborators } from '../../../src/element/collaborators.js'
import { LabTerminal } from '../../../src/element/lab-terminal.js'
import type { PageSignal } from '../../../src/session/activity.js'
import { type Script, ScriptedSession } from '../../../stories/fakes/scripted-session.js'
import { ManualTimers } from './manual-timers.js'
import { PlainDisplay } from './plain-display.js'

/** The element with a session that is told what to be, a display that is a text field, and a clock that stands still. */
export class TestLab extends LabTerminal {
  declare script: Script | undefined
  declare clock: ManualTimers
  declare sessions: ScriptedSession[]
  declare displays: PlainDisplay[]
  declare signal: ((signal: PageSignal) => void) | undefined
  declare storage: Map<string, string> | undefined
  declare fetcher: typeof fetch | undefined
  declare popUp: Window | undefined

  protected override collaborators(): Partial<Collaborators> {
    this.sessions = []
    this.displays = []
    this.clock ??= new ManualTimers(Date.now())
    const displays = new DisplayRegistry()
    for (const kind of ['xterm', 'guacamole'] as const) {
      displays.register({
        kind,
        load: async () => (options) => {
          const display = new PlainDisplay(options, kind)
          this.displays.push(display)
          return display
        },
      })
    }
    const kept = this.storage ?? new Map<string, string>()
    this.storage = kept
    return {
      displays,
      openWindow: () => null,
      openPopUp: () => this.popUp ?? null,
      storage: () => ({ getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) }),
      timers: this.clock.timers,
      fetch: (input, init) => (this.fetcher ?? fetch)(input, init),
      openSession: (settings, deps) => {
        const session = new ScriptedSession(settings, deps, this.script ?? { state: { name: 'loading' } })
        this.sessions.push(session)
        return session
      },
    }
  }

  /** The session of now. */
  get scripted(): ScriptedSession {
    const session = this.sessions.at(-1)
    if (!session) throw new Error('no session was opened')
    return session
  }

  get screen(): PlainDisplay {
    const display = this.displays.at(-1)
    if (!display) throw new Error('no display was opened')
    return display
  }

  /** One of what the element shows. */
  find<T extends HTMLElement = HTMLElement>(selector: string): T {
    const found = this.shadowRoot?.querySelector<T>(selector)
    if (!found) throw new Error(`the element shows no ${selector}`)
    return found
  }

  has(selector: string): boolean {
    return this.shadowRoot?.querySelector(selector) != null
  }

  /** What is told to a screen reader, politely and at once. */
  get spoken(): string {
    return plain(this.find('[role=status]'))
  }

  get alarmed(): string {
    return plain(this.find('[role=alert]'))
  }

  get shown(): string {
    return plain(this.find('.frame'))
  }

  button(label: string): HTMLButtonElement {
    for (const button of this.shadowRoot?.querySelectorAll('button') ?? []) {
      if (plain(button) === label || button.getAttribute('aria-label') === label) return button
    }
    throw new Error(`the element shows no button “${label}”`)
  }

  /** Everything that is under way has had its effect. */
  async settled(): Promise<void> {
    for (let round = 0; round < 5; round++) {
      await new Promise((resolve) => setTimeout(resolve))
      await this.updateComplete
    }
  }
}

function plain(element: HTMLElement): string {
  return (element.textContent ?? '').replace(/\s+/g, ' ').trim()
}

customElements.define('lab-terminal', TestLab)

/** An element in a page, in the state of the script. */
export async function openLab(script: Script | undefined, attributes: Record<string, string> = {}, parent?: Element) {
  const lab = new TestLab()
  lab.script = script
  lab.lang = 'en'
  for (const [name, value] of Object.entries({ lab: 'ceph-101', ...attributes })) lab.setAttribute(name, value)
  const home = parent ?? document.body
  home.append(lab)
  await waitUntil(() => lab.has('[role=status]'), 'the element is loaded', { timeout: 9_000 })
  await lab.settled()
  return lab
}
