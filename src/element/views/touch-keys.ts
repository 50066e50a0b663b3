import { html, type TemplateResult } from 'lit/html.js'
import { msg } from '../words.js'
import type { View } from './view.js'

export function touchKeysOffered({ desktop, touchKeys, state, dialog }: View): boolean {
  return desktop && touchKeys && state.name === 'connected' && !state.readOnly && dialog === undefined
}

/** What the keyboard of a phone has not, and a field in which it may correct and dictate before anything is sent. */
export function touchKeys({ commands, heldKeys }: View): TemplateResult {
  const held = (name: string, label: string) => html`
    <button aria-pressed=${heldKeys.includes(name) ? 'true' : 'false'} @click=${() => commands.pressKey(name)}>
      ${label}
    </button>
  `
  const key = (name: string, face: string, label = face) => html`
    <button aria-label=${label} @click=${() => commands.pressKey(name)}>${face}</button>
  `
  return html`
    <div class="touch-keys" role="group" aria-label=${msg('Keys for touch screens')}>
      ${held('Control', msg('Ctrl'))} ${held('Alt', msg('Alt'))} ${key('Escape', msg('Esc'))}
      ${key('Tab', msg('Tab'))} ${key('ArrowLeft', '←', msg('Left'))} ${key('ArrowUp', '↑', msg('Up'))}
      ${key('ArrowDown', '↓', msg('Down'))} ${key('ArrowRight', '→', msg('Right'))}
      <input
        type="text"
        autocapitalize="none"
        aria-label=${msg('Text for the lab')}
        placeholder=${msg('Type here; Enter sends')}
        @keydown=${(event: KeyboardEvent) => send(event, commands.sendText)}
      />
    </div>
  `
}

function send(event: KeyboardEvent, sendText: (text: string) => void): void {
  const { target } = event
  if (event.key !== 'Enter' || event.isComposing || !(target instanceof HTMLInputElement)) return
  event.preventDefault()
  sendText(target.value)
  target.value = ''
}
