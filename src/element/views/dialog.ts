import { html, nothing, type TemplateResult } from 'lit/html.js'
import { msg, str } from '../words.js'
import type { Dialog, View } from './view.js'

type Key = readonly [string, string]

/** Inside the element, not in the browser's top layer: a tall course frame would centre that far out of sight. */
export function dialogView(view: View, dialog: Dialog): TemplateResult {
  switch (dialog) {
    case 'reset':
      return resetDialog(view)
    case 'keys':
      return keysDialog(view)
    case 'download':
      return downloadDialog(view)
    case 'window':
      return windowDialog(view)
    case 'paste':
      return pasteDialog(view)
    default:
      throw new Error(dialog satisfies never)
  }
}

function resetDialog({ commands }: View): TemplateResult {
  return frame(
    commands.dismiss,
    'question',
    msg('Reset the lab?'),
    html`<p id="dialog-text">
        ${msg('Everything you did in this lab is deleted: files, programs and settings. You get a new lab from the beginning. This cannot be undone.')}
      </p>
      <div class="row">
        <button class="primary" id="first" @click=${commands.dismiss}>${msg('Keep my lab')}</button>
        <button class="danger" @click=${commands.reset}>${msg('Delete and start over')}</button>
      </div>`,
  )
}

function downloadDialog({ commands, folders, path }: View): TemplateResult {
  const download = (event: SubmitEvent) => {
    event.preventDefault()
    const { target } = event
    if (target instanceof HTMLFormElement) commands.download(String(new FormData(target).get('path') ?? '').trim())
  }
  return frame(
    commands.dismiss,
    folders ? 'text' : 'form',
    msg('Download a file'),
    html`${folders?.view() ?? nothing}
      <form @submit=${download}>
        <label>${msg('Its path in the lab')} <input name="path" id=${folders ? nothing : 'first'} value=${path ?? ''} required autocapitalize="none" autocomplete="off" spellcheck="false" placeholder="/home/…" /></label>
        <div class="row">
          <button class="primary">${msg('Download')}</button>
          <button type="button" @click=${commands.dismiss}>${msg('Cancel')}</button>
        </div>
      </form>`,
  )
}

function windowDialog({ commands }: View): TemplateResult {
  return frame(
    commands.dismiss,
    'question',
    msg('The window did not open'),
    html`<p id="dialog-text">${msg('Your browser or the course page forbids it. Allow pop-ups for this page, then try again.')}</p>
      <div class="row"><button class="primary" id="first" @click=${commands.dismiss}>${msg('Close')}</button></div>`,
  )
}

/** Lines of a paste that are shown. */
const PREVIEW_LINES = 8

function pasteDialog({ commands, tools }: View): TemplateResult {
  const { text, lines } = tools.paste ?? { text: '', lines: 0 }
  const preview = text
    .trimEnd()
    .split(/\r\n|\r|\n/)
    .slice(0, PREVIEW_LINES)
    .join('\n')
  return frame(
    commands.dismiss,
    'question',
    msg(str`Paste ${lines} lines?`),
    html`<p id="dialog-text">${msg('The shell may run each line at once. Paste only what you know.')}</p>
      <pre class="preview" tabindex="0">${preview}${lines > PREVIEW_LINES ? '\n…' : ''}</pre>
      <div class="row">
        <button class="primary" id="first" @click=${commands.dismiss}>${msg('Do not paste')}</button>
        <button @click=${commands.paste}>${msg('Paste')}</button>
      </div>`,
  )
}

function keysDialog({ commands, leaveKeys, apple, desktop }: View): TemplateResult {
  const keys: readonly Key[] = [
    [msg('Enter'), msg('Type in the terminal, when its frame has the focus')],
    [leaveKeys, msg('Leave the terminal; Tab then goes on')],
    ...(desktop ? desktopKeys() : terminalKeys(apple)),
    [msg('Escape'), msg('Close a dialog; keep working when the lab is about to pause')],
  ]
  return frame(
    commands.dismiss,
    'text',
    msg('Keyboard help'),
    html`<dl id="dialog-text">
        ${keys.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}
      </dl>
      <div class="row"><button class="primary" @click=${commands.dismiss}>${msg('Close')}</button></div>`,
  )
}

/** A desktop copies and pastes by its own keys; the clipboards are one. */
function desktopKeys(): readonly Key[] {
  return [[msg('Copy and paste'), msg('As in the lab: both have the same clipboard')]]
}

function terminalKeys(apple: boolean): readonly Key[] {
  return [
    [apple ? '⌘ C' : msg('Ctrl+Shift+C'), msg('Copy what is selected')],
    [apple ? '⌘ V' : msg('Ctrl+Shift+V'), msg('Paste')],
    [msg('Shift+Page Up'), msg('Scroll back')],
    [apple ? '⌘ F' : msg('Ctrl+Shift+F'), msg('Search the terminal')],
    [apple ? '⌘ + / ⌘ − / ⌘ 0' : msg('Ctrl and +, − or 0'), msg('Larger, smaller or usual text, in the terminal')],
  ]
}

type Kind = 'question' | 'form' | 'text'

/** A question has the focus on its harmless answer, a form on its field, what is to be read on its beginning. */
function frame(close: () => void, kind: Kind, title: string, content: TemplateResult): TemplateResult {
  const question = kind === 'question'
  return html`
    <div
      class="cover veil"
      @click=${(event: Event) => event.target === event.currentTarget && close()}
      @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && close()}
    >
      <div
        class="card"
        id=${kind === 'text' ? 'first' : nothing}
        part="dialog"
        role=${question ? 'alertdialog' : 'dialog'}
        tabindex="-1"
        aria-labelledby="dialog-title"
        aria-describedby=${question ? 'dialog-text' : nothing}
      >
        <p class="title" id="dialog-title">${title}</p>
        ${content}
      </div>
    </div>
  `
}
