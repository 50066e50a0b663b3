import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import type { Command } from './command.js'
import { commandStyles } from './command-styles.js'
import { commandText } from './command-text.js'
import { LabTerminal } from './lab-terminal.js'

/**
 * A command on the course page that goes into the lab's terminal when its button is pressed: pasted, or run.
 *
 * @summary A code block that runs in the lab.
 * @tag lab-command
 *
 * @attr {string} for - `id` of the `<lab-terminal>`; by default the nearest one before it, else the first.
 * @attr {string} lang - Language of the buttons; by default the page's at this place.
 *
 * @slot - The command, of one line or several.
 *
 * @fires {LabCommandEvent} lab-command - The command went into a terminal.
 *
 * @csspart block - The frame around it.
 * @csspart code - The text of the command.
 *
 * @cssprop [--lab-font=system-ui] - Font of the buttons.
 * @cssprop [--lab-radius=8px] - Corners of the frame.
 * @cssprop --lab-surface - Background.
 * @cssprop --lab-text - Text.
 * @cssprop --lab-border - Lines.
 * @cssprop --lab-accent - Main button and focus.
 */
export class LabCommand extends LitElement {
  static override styles = commandStyles

  /** Runs the command, with Enter after its last line; else it is only put into the terminal. */
  @property({ type: Boolean }) run = false

  /** `id` of the `<lab-terminal>`, the attribute `for`. */
  @property({ attribute: 'for' }) htmlFor = ''

  /** `auto` follows the page, else `dark` or `light`. */
  @property() theme: 'auto' | 'dark' | 'light' = 'auto'

  /** What the buttons do, fetched when the first one is in a page. */
  #command: Command | undefined
  #loading: Promise<void> | undefined

  static override get observedAttributes(): string[] {
    return [...super.observedAttributes, 'lang']
  }

  /** The lab that the command goes to; undefined where the page has none. */
  get lab(): LabTerminal | undefined {
    const root = this.getRootNode()
    const scope = root instanceof ShadowRoot ? root : this.ownerDocument
    if (this.htmlFor)
      return asLab(scope.getElementById(this.htmlFor) ?? this.ownerDocument.getElementById(this.htmlFor))
    const inScope = [...scope.querySelectorAll('lab-terminal')]
    const all = inScope.length > 0 ? inScope : [...this.ownerDocument.querySelectorAll('lab-terminal')]
    const before = all.filter((lab) => lab.compareDocumentPosition(this) & Node.DOCUMENT_POSITION_FOLLOWING)
    return asLab(before.at(-1) ?? all[0])
  }

  /** Does what its button does. */
  execute(): void {
    this.#command?.execute()
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#loading ??= this.#load()
  }

  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    super.attributeChangedCallback(name, before, after)
    if (name === 'lang') this.#command?.changeLanguage()
  }

  protected override render(): TemplateResult {
    // Markup of the author, as coloured code, is shown as it is; plain text without its indentation.
    const plain = this.firstElementChild === null
    const text = commandText(this.textContent ?? '')
    return html`
      <div class="block ${this.theme}" part="block">
        <pre part="code"><code><slot ?hidden=${plain} @slotchange=${() => this.requestUpdate()}></slot>${plain ? text : nothing}</code></pre>
        ${this.#command?.render() ?? nothing}
      </div>
    `
  }

  /** Where the rest cannot be fetched, the text stays to be read and copied. */
  async #load(): Promise<void> {
    const module = await import('./command.js').catch(() => undefined)
    if (module) this.#command = new module.Command(this)
    else this.#loading = undefined
    this.requestUpdate()
  }
}

function asLab(element: Element | null | undefined): LabTerminal | undefined {
  return element instanceof LabTerminal ? element : undefined
}

declare global {
  interface HTMLElementTagNameMap {
    'lab-command': LabCommand
  }
}
