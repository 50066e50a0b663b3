import { html, nothing, type TemplateResult } from 'lit/html.js'
import type { TouchKey } from '../../display/display.js'
import { msg } from '../words.js'
import type { View } from './view.js'

/** Keys that touch keyboards lack; shown by the style sheet where the pointer is a finger. */
export function touchBar({ tools, toolCommands, dialog }: View): TemplateResult {
  const keys: readonly (readonly [TouchKey, string, string])[] = [
    ['Escape', msg('Esc'), msg('Esc')],
    ['Control', msg('Ctrl'), msg('Ctrl, for the next key')],
    ['Tab', msg('Tab'), msg('Tab')],
    ['ArrowLeft', '←', msg('Arrow left')],
    ['ArrowUp', '↑', msg('Arrow up')],
    ['ArrowDown', '↓', msg('Arrow down')],
    ['ArrowRight', '→', msg('Arrow right')],
  ]
  // The focus stays in the terminal, or the keyboard on the screen would go away.
  return html`
    <div class="touch" role="group" aria-label=${msg('Keys')} ?inert=${dialog !== undefined} @pointerdown=${(event: Event) => event.preventDefault()} @mousedown=${(event: Event) => event.preventDefault()}>
      ${keys.map(
        ([key, words, label]) => html`
          <button
            aria-label=${label}
            aria-pressed=${key === 'Control' ? (tools.control ? 'true' : 'false') : nothing}
            @click=${() => toolCommands.press(key)}
          >${words}</button>
        `,
      )}
    </div>
  `
}
