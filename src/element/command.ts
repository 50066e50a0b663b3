import { html, nothing, type TemplateResult } from 'lit/html.js'
import { commandText } from './command-text.js'
import { LabCommandEvent } from './events.js'
import type { LabCommand } from './lab-command.js'
import type { LabTerminal } from './lab-terminal.js'
import { LocaleController } from './locale.js'
import { msg, str } from './words.js'

/** Longest part of the command in the name of its button. */
const MAX_NAME = 120

type State =
  | { name: 'idle' }
  /** The lab is not there yet; the command goes as soon as it is. */
  | { name: 'waiting'; lab: LabTerminal }
  /** The lab does not run, and its learner has not said yet that it should. */
  | { name: 'offered'; lab: LabTerminal }
  | { name: 'refused'; why: 'no-lab' | 'no-terminal' | 'failed' }
  | { name: 'done' }

/** What a command block does: finds its lab, waits for it or offers to start it, and says what became of the command. */
export class Command {
  readonly #host: LabCommand
  readonly #locale: LocaleController
  #state: State = { name: 'idle' }
  #copied = false
  #watch: AbortController | undefined

  constructor(host: LabCommand) {
    this.#host = host
    this.#locale = new LocaleController(host)
    host.addController(this)
  }

  hostDisconnected(): void {
    if (this.#state.name === 'waiting' || this.#state.name === 'offered') this.#enter({ name: 'idle' })
  }

  changeLanguage(): void {
    if (this.#host.isConnected) this.#locale.refresh()
  }

  execute(): void {
    const { lab } = this.#host
    if (!lab) this.#enter({ name: 'refused', why: 'no-lab' })
    else if (lab.hiddenLab || lab.readOnly) this.#enter({ name: 'refused', why: 'no-terminal' })
    else this.#follow(lab, 'offered')
  }

  render(): TemplateResult {
    return this.#locale.run(() => this.#view())
  }

  /** `asleep` is what a lab that does not run means: an offer to start it, or that it is on its way. */
  #follow(lab: LabTerminal, asleep: 'offered' | 'waiting'): void {
    switch (lab.status) {
      case 'connected':
        this.#deliver(lab)
        return
      case 'absent':
      case 'paused':
        this.#wait({ name: asleep, lab })
        return
      case 'failed':
      case 'signed-out':
        this.#enter({ name: 'refused', why: 'failed' })
        return
      default:
        this.#wait({ name: 'waiting', lab })
    }
  }

  #wait(state: Extract<State, { lab: LabTerminal }>): void {
    this.#enter(state)
    this.#watch = new AbortController()
    const { signal } = this.#watch
    // A lab that is being woken is paused for a moment still.
    state.lab.addEventListener('lab-status', () => this.#follow(state.lab, state.name), { signal })
  }

  #start(lab: LabTerminal): void {
    this.#wait({ name: 'waiting', lab })
    if (lab.status === 'paused') lab.resume()
    else lab.launch()
  }

  #deliver(lab: LabTerminal): void {
    if (!lab.takesText) {
      this.#enter({ name: 'refused', why: 'no-terminal' })
      return
    }
    const { run } = this.#host
    const text = commandText(this.#host.textContent ?? '')
    lab.paste(text)
    if (run) lab.send('\r')
    else lab.focus({ preventScroll: true })
    lab.scrollIntoView({ block: 'nearest' })
    this.#enter({ name: 'done' })
    this.#host.dispatchEvent(new LabCommandEvent(text, run))
  }

  #enter(state: State): void {
    this.#watch?.abort()
    this.#watch = undefined
    this.#state = state
    this.#host.toggleAttribute('done', state.name === 'done')
    this.#host.requestUpdate()
  }

  #view(): TemplateResult {
    const { run } = this.#host
    const text = commandText(this.#host.textContent ?? '')
    const short = text.length > MAX_NAME ? `${text.slice(0, MAX_NAME)}…` : text
    const done = this.#state.name === 'done'
    const word = run ? (done ? msg('Run again') : msg('Run')) : done ? msg('Insert again') : msg('Insert')
    return html`
      <div class="row" lang=${this.#locale.name}>
        <button
          class="main"
          aria-label=${`${word}: ${short}`}
          aria-disabled=${this.#state.name === 'waiting' ? 'true' : nothing}
          @click=${() => this.#state.name !== 'waiting' && this.execute()}
        >
          ${word}
        </button>
        <button aria-label=${msg(str`Copy: ${short}`)} @click=${() => this.#copy(text)}>${msg('Copy')}</button>
        <span class="said" role="status">${this.#said()}</span>
        ${this.#choices()}
      </div>
    `
  }

  #choices(): TemplateResult | typeof nothing {
    const state = this.#state
    if (state.name !== 'offered' && state.name !== 'waiting') return nothing
    return html`
      ${
        state.name === 'offered'
          ? html`<button @click=${() => this.#start(state.lab)}>
              ${state.lab.status === 'paused' ? msg('Wake the lab') : msg('Start the lab')}
            </button>`
          : nothing
      }
      <button @click=${() => this.#enter({ name: 'idle' })}>${msg('Cancel')}</button>
    `
  }

  #said(): string {
    if (this.#copied) return msg('Copied.')
    switch (this.#state.name) {
      case 'idle':
        return ''
      case 'waiting':
        return msg('Waiting for the lab…')
      case 'offered':
        return msg('The lab is not running.')
      case 'done':
        return this.#host.run ? msg('Sent to the lab.') : msg('In the terminal. Press Enter there to run it.')
      case 'refused':
        return refusal(this.#state.why)
      default:
        throw new Error(this.#state satisfies never)
    }
  }

  async #copy(text: string): Promise<void> {
    // A frame or plain http may forbid it; then nothing is said, and the text can be selected.
    this.#copied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
    this.#host.requestUpdate()
  }
}

function refusal(why: 'no-lab' | 'no-terminal' | 'failed'): string {
  switch (why) {
    case 'no-lab':
      return msg('There is no lab on this page for this command.')
    case 'no-terminal':
      return msg('The terminal takes no commands now.')
    case 'failed':
      return msg('The lab is not running.')
    default:
      throw new Error(why satisfies never)
  }
}
