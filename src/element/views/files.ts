import { html, type TemplateResult } from 'lit/html.js'
import type { Transfer } from '../../display/display.js'
import { problemWords } from '../problem-words.js'
import { msg, str } from '../words.js'
import type { View } from './view.js'

/** Files dropped on a lab that takes none would replace the page, as they do everywhere else: that is not ours. */
export function dragged(event: DragEvent, { takesFiles }: View): void {
  if (takesFiles && event.dataTransfer?.types.includes('Files')) event.preventDefault()
}

export function dropped(event: DragEvent, { takesFiles, commands }: View): void {
  const files = [...(event.dataTransfer?.files ?? [])]
  if (!takesFiles || files.length === 0) return
  event.preventDefault()
  commands.upload(files)
}

/** What is on its way, each with a way to end it; and what has come to an end, until it was seen. */
export function transfersView({ transfers, commands }: View): TemplateResult {
  return html`
    <ul class="transfers" aria-label=${msg('Files')}>
      ${transfers.map(
        (transfer) => html`
          <li>
            <span>${words(transfer)}</span>
            <button
              aria-label=${transfer.state === 'going' ? msg(str`Cancel ${transfer.name}`) : msg(str`Hide ${transfer.name}`)}
              @click=${() => commands.dropTransfer(transfer)}
            >
              ✕
            </button>
            ${transfer.state === 'going' ? html`<progress .value=${transfer.share} aria-label=${transfer.name}></progress>` : ''}
          </li>
        `,
      )}
    </ul>
  `
}

function words({ name, state, share, problem }: Transfer): string {
  switch (state) {
    case 'going':
      return msg(str`${name}: ${Math.floor(share * 100)} %`)
    case 'saving':
      return msg(str`${name}: your browser saves it`)
    case 'failed':
      return `${name}: ${problem ? problemWords(problem).title : ''}`
    case 'done':
    case 'cancelled':
      return msg(str`${name} is in the lab`)
    default:
      throw new Error(state satisfies never)
  }
}
