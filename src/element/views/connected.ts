import { html, type TemplateResult } from 'lit/html.js'
import type { IdlePrompt } from '../../core/state.js'
import type { Problem } from '../../wire/problems.js'
import { problemWords } from '../problem-words.js'
import { endedWords, keptWords, lostWords, pauseWords, promptTitle } from '../status-words.js'
import { msg, str } from '../words.js'
import { card } from './card.js'
import type { View } from './view.js'

export function endedBar({ commands }: View): TemplateResult {
  return html`
    <div class="notice end">
      <span>${endedWords()} <span class="muted">${msg('Press Enter for a new one.')}</span></span>
      <button @click=${commands.newShell}>${msg('Start a new shell')}</button>
    </div>
  `
}

/** What the learner had running is gone, and nobody but us can say so. The new prompt is at the top. */
export function shellLostBar(): TemplateResult {
  return html`
    <div class="notice end" role="status">
      <span>
        <b>${msg('This is a new shell.')}</b>
        ${msg('The one before was lost with the server that held it. Its output is still above, and your files are unharmed.')}
      </span>
    </div>
  `
}

/** The last screen stays; what is typed meanwhile is dropped, and this says so. */
export function lostBar(view: View, problem: Problem, retryAt: number | undefined): TemplateResult {
  return html`
    <div class="notice">
      <span>
        <b>${lostWords(problem)}</b>
        <span aria-hidden="true">${nextTry(view, retryAt)}</span>
        <span class="muted">${msg('Keys typed now are not kept; Enter tries again at once.')}</span>
      </span>
      <button @click=${view.commands.reconnect}>${msg('Try now')}</button>
    </div>
  `
}

/** Nothing to show yet: the page could not reach the server at all. */
export function lostCard(view: View, problem: Problem, retryAt: number | undefined): TemplateResult {
  const { title, advice } = problemWords(problem)
  return card({
    title,
    lines: [advice, html`<span class="muted" aria-hidden="true">${nextTry(view, retryAt)}</span>`],
    button: { label: msg('Try now'), run: view.commands.reconnect },
  })
}

function nextTry({ format, now }: View, retryAt: number | undefined): string {
  return retryAt === undefined ? msg('Trying again…') : msg(str`Next try in ${format.countdown(retryAt - now)}.`)
}

/** Does not block: any key or click in the page keeps the lab running, as do Escape and the first button here. */
export function idlePrompt(view: View, { suspendAt }: IdlePrompt): TemplateResult {
  const { commands, format, now } = view
  return html`
    <div
      class="prompt"
      part="dialog"
      role="alertdialog"
      aria-labelledby="prompt-title"
      aria-describedby="prompt-text"
      @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && commands.extend()}
    >
      <div class="row">
        <p class="title" id="prompt-title">${promptTitle()}</p>
        <span class="clock" aria-hidden="true">${format.countdown(suspendAt - now)}</span>
      </div>
      <p id="prompt-text">
        <span class="sr">${pauseWords(view)}</span>
        ${keptWords()}
      </p>
      <div class="row">
        <button class="primary" id="keep" @click=${commands.extend}>${msg('Keep working')}</button>
        <button @click=${commands.suspend}>${msg('Pause now')}</button>
      </div>
    </div>
  `
}
