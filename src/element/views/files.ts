import { html, nothing, type TemplateResult } from 'lit/html.js'
import type { Transfer } from '../../display/display.js'
import { problemWords } from '../problem-words.js'
import { msg, str } from '../words.js'
import type { Commands, View } from './view.js'

/** Files dropped on a lab that takes none would replace the page, as they do everywhere else: that is not ours. */
export function dragged(event: DragEvent, { files }: View): void {
  if (files.upload && event.dataTransfer?.types.includes('Files')) event.preventDefault()
}

export function dropped(event: DragEvent, { files: { upload }, commands }: View): void {
  const files = [...(event.dataTransfer?.files ?? [])]
  if (!upload || files.length === 0) return
  event.preventDefault()
  commands.upload(files)
}

/** What is on its way, each with a way to end it; and what has come to an end, until it was seen. */
export function transfersView({ transfers, commands }: View): TemplateResult {
  return html`
    <ul class="transfers" aria-label=${msg('Files')}>
      ${transfers.map((transfer) => transferItem(transfer, commands))}
    </ul>
  `
}

/** For a screen reader: how the last one ended. How far one is, its progress bar tells. */
export function transfersSaid({ transfers }: View): string {
  const last = transfers.at(-1)
  return last && last.state !== 'going' ? words(last) : ''
}

function transferItem(transfer: Transfer, commands: Commands): TemplateResult {
  const { name, state, again, document } = transfer
  const going = isGoing(state)
  return html`
    <li>
      <span>${words(transfer)}</span>
      <button
        aria-label=${going ? msg(str`Cancel ${name}`) : msg(str`Hide ${name}`)}
        @click=${() => commands.dropTransfer(transfer)}
      >
        ✕
      </button>
      ${going ? progressOf(transfer) : nothing}
      ${document ? printedButtons(transfer, commands) : nothing}
      ${again ? html`<button class="again" @click=${() => commands.againTransfer(transfer)}>${againWords(transfer)}</button>` : nothing}
    </li>
  `
}

/** How long what is printed will be, nobody knows. */
function progressOf({ name, state, share }: Transfer): TemplateResult {
  if (state === 'printing') return html`<progress aria-label=${name}></progress>`
  return html`<progress .value=${share} aria-label=${name}></progress>`
}

function printedButtons(transfer: Transfer, { openDocument, saveDocument }: Commands): TemplateResult {
  const { name } = transfer
  return html`<div class="row">
    <button aria-label=${msg(str`Open ${name}`)} @click=${() => openDocument(transfer)}>${msg('Open')}</button>
    <button aria-label=${msg(str`Save ${name}`)} @click=${() => saveDocument(transfer)}>${msg('Save')}</button>
  </div>`
}

/** It can be cancelled. */
export function isGoing(state: Transfer['state']): boolean {
  return state === 'going' || state === 'waiting' || state === 'printing'
}

function againWords({ again, name }: Transfer): string {
  return again === 'replace' ? msg(str`Replace ${name}`) : msg('Try again')
}

function words({ name, state, share, problem }: Transfer): string {
  switch (state) {
    case 'going':
      return msg(str`${name}: ${Math.floor(share * 100)} %`)
    case 'waiting':
      return msg(str`${name}: goes on when the connection is back`)
    case 'saving':
      return msg(str`${name}: your browser saves it`)
    case 'printing':
      return msg(str`The lab prints ${name} …`)
    case 'printed':
      return msg(str`A document was printed: ${name}`)
    case 'failed':
      return `${name}: ${problem ? problemWords(problem).title : ''}`
    case 'done':
    case 'cancelled':
      return msg(str`${name} is in the lab`)
    default:
      throw new Error(state satisfies never)
  }
}
