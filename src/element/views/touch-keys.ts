import { html, nothing, type TemplateResult } from 'lit/html.js'
import { msg } from '../words.js'
import { isLive, type View } from './view.js'

export function touchKeysOffered(view: View): boolean {
  const { tools, touchKeys, state } = view
  return tools.canPress && touchKeys && isLive(view) && !(state.name === 'connected' && state.readOnly)
}

/**
 * What the keyboard of a phone has not. A desktop takes no text from such a keyboard: there is a field in which it may
 * correct and dictate before anything is sent.
 */
export function touchKeys(view: View): TemplateResult {
  const { tools, toolCommands, desktop, dialog } = view
  const { press, sendText } = toolCommands
  const toggle = (face: string, label: string, on: boolean, run: () => void) => html`
    <button aria-label=${label} aria-pressed=${on} @click=${run}>${face}</button>
  `
  const held = (name: string, face: string, label: string) =>
    toggle(face, label, tools.heldKeys.includes(name), () => press(name))
  const key = (name: string, face: string, label = face) => html`
    <button aria-label=${label} @click=${() => press(name)}>${face}</button>
  `
  return html`
    <div
      class="touch-keys"
      role="group"
      aria-label=${msg('Keys for touch screens')}
      ?inert=${dialog !== undefined}
      @pointerdown=${keepFocus}
      @mousedown=${keepFocus}
    >
      ${key('Escape', msg('Esc'))} ${held('Control', msg('Ctrl'), msg('Ctrl, for the next key'))}
      ${held('Alt', msg('Alt'), msg('Alt, for the next key'))} ${key('Tab', msg('Tab'))}
      ${key('ArrowLeft', '←', msg('Arrow left'))} ${key('ArrowUp', '↑', msg('Arrow up'))}
      ${key('ArrowDown', '↓', msg('Arrow down'))} ${key('ArrowRight', '→', msg('Arrow right'))}
      ${desktop ? [toggle('⌨', msg('On-screen keyboard'), tools.keyboard === true, keyboardToggle(view)), textField(sendText)] : nothing}
    </div>
  `
}

/** Its words are taken as the page is drawn, in the language of the page; the menu would lie over it. */
export function keyboardToggle({ commands }: View): () => void {
  const words = { keyboard: msg('On-screen keyboard'), close: msg('Close') }
  return () => commands.toggleKeyboard(words)
}

function textField(sendText: (text: string) => void): TemplateResult {
  return html`
    <input
      type="text"
      autocapitalize="none"
      aria-label=${msg('Text for the lab')}
      placeholder=${msg('Type here; Enter sends')}
      @keydown=${(event: KeyboardEvent) => send(event, sendText)}
    />
  `
}

/** The focus stays where text goes, or the keyboard on the screen would go away. */
function keepFocus(event: Event): void {
  if (!(event.target instanceof HTMLInputElement)) event.preventDefault()
}

function send(event: KeyboardEvent, sendText: (text: string) => void): void {
  const { target } = event
  if (event.key !== 'Enter' || event.isComposing || !(target instanceof HTMLInputElement)) return
  event.preventDefault()
  sendText(target.value)
  target.value = ''
}
