import { LitElement } from 'lit'
import { property } from 'lit/decorators.js'
import type { TokenProvider } from './token-source.js'

export type LaunchMode = 'auto' | 'click'
export type ResumeMode = 'focus' | 'click'

/** The attributes of `<lab-terminal>`, each a property too, and what frameworks need to set them either way. */
export abstract class LabProperties extends LitElement {
  /** Name of the lab in the backend's configuration. */
  @property() lab = ''

  /** Address of the backend; by default the origin that the script came from. */
  @property() backend = ''

  /** Which of the lab's terminals; by default the first. */
  @property() terminal = ''

  /** What draws the terminal: `auto` is what the lab says. */
  @property() display: 'auto' | 'xterm' | 'guacamole' = 'auto'

  /** The attribute `launch`: `auto` builds the lab when the page is opened, `click` waits for its button. */
  @property({ attribute: 'launch' }) launchMode: LaunchMode = 'auto'

  /** The attribute `resume`: `focus` wakes a paused lab when its learner comes back, `click` waits for its button. */
  @property({ attribute: 'resume' }) resumeMode: ResumeMode = 'focus'

  /** Shows the terminal and takes no keys. */
  @property({ type: Boolean, attribute: 'read-only' }) readOnly = false

  /** Launches the lab and shows one line instead of a terminal. */
  @property({ type: Boolean, attribute: 'hidden-lab' }) hiddenLab = false

  /** Height of the whole element, a CSS length. The same in every state, so that the page around it does not jump. */
  @property() height = ''

  /** Size of the terminal's text in CSS pixels, until the learner chooses another one. */
  @property({ type: Number, attribute: 'font-size' }) fontSize = 14

  /** Font of the terminal; should have a fixed width. */
  @property({ attribute: 'font-family' }) fontFamily = ''

  /** `auto` follows the system, else `dark`, `light` or a named scheme of the display. */
  @property() theme: 'auto' | 'dark' | 'light' | (string & {}) = 'auto'

  /** Reads the terminal's output to screen readers, until the learner chooses otherwise. */
  @property({ type: Boolean, attribute: 'screen-reader' }) screenReader = false

  /** Shows what is typed before a far host echoes it, until the learner chooses otherwise. */
  @property({ type: Boolean, attribute: 'local-echo' }) localEcho = false

  /** Lines that a text terminal keeps above the screen, at most 50,000; counts for terminals opened afterwards. */
  @property({ type: Number }) scrollback = 5000

  /** `write` lets programs in the lab put text on the learner's clipboard (OSC 52), while they are in the terminal. */
  @property() clipboard: 'off' | 'write' = 'off'

  /** `on` shows images in the output of a text terminal (sixel, iTerm); they do not outlive a reload of the page. */
  @property() images: 'off' | 'on' = 'off'

  /** Where a `POST` with the page's cookies answers a fresh signed token. */
  @property({ attribute: 'token-url' }) tokenUrl = ''

  /** A signed token. Serves once: prefer `tokenProvider` or `token-url`, which can give another one. Never reflected. */
  @property() token = ''

  /** The course that asks for the lab, where a lab is bound to courses. */
  @property() course = ''

  /** Accessible name of the whole element; by default the lab's title. */
  @property() label = ''

  /** Answers a fresh signed token; asked before anything else is. */
  @property({ attribute: false }) tokenProvider: TokenProvider | undefined

  constructor() {
    super()
    for (const name of ['launch', 'resume'] as const) this.#upgrade(name)
  }

  static override get observedAttributes(): string[] {
    return [...super.observedAttributes, 'lang']
  }

  /**
   * Builds the lab, or wakes it. The attribute of this name has the property `launchMode`; assigning here sets that,
   * because frameworks assign to whatever property has the attribute's name.
   */
  get launch(): () => void {
    return this.#launch
  }
  set launch(mode: LaunchMode | (() => void)) {
    if (typeof mode === 'string') this.launchMode = mode
  }

  /** Wakes the lab. The attribute of this name has the property `resumeMode`; assigning here sets that. */
  get resume(): () => void {
    return this.#resume
  }
  set resume(mode: ResumeMode | (() => void)) {
    if (typeof mode === 'string') this.resumeMode = mode
  }

  protected abstract startLab(): void
  protected abstract wakeLab(): void

  readonly #launch = (): void => this.startLab()
  readonly #resume = (): void => this.wakeLab()

  /** What was assigned before the element was defined hides the accessor; Lit sees to its own properties only. */
  #upgrade(name: 'launch' | 'resume'): void {
    if (!Object.hasOwn(this, name)) return
    const mode: unknown = Reflect.get(this, name)
    Reflect.deleteProperty(this, name)
    Reflect.set(this, name, mode)
  }
}
