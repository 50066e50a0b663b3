import { html, type TemplateResult } from 'lit'
import type { IdlePrompt } from '../../core/state.js'
import type { Problem } from '../../wire/problems.js'
import { problemWords } from '../problem-words.js'
import { endedWords, keptWords, lostWords, pauseWords, promptTitle } from '../status-words.js'
import { msg, str } from '../words.js'
import type { View } from './view.js'

export function endedBar({ commands }: View): TemplateResult {
  return html`
    <div class="notice end">
      <span>${endedWords()}</span>
      <button @click=${commands.newShell}>${msg('Start a new shell')}</button>
    </div>
  `
}

/** The last screen stays; what is typed meanwhile is dropped, and this says so. */
export function lostBar({ commands, format, now }: View, retryAt: number | undefined): TemplateResult {
  return html`
    <div class="notice">
      <span>
        <b>${lostWords()}</b>
        <span aria-hidden="true">
          ${retryAt === undefined ? msg('Trying again …') : msg(str`Next try in ${format.countdown(retryAt - now)}.`)}
        </span>
        <span class="muted">${msg('Keys typed now are not kept.')}</span>
      </span>
      <button @click=${commands.reconnect}>${msg('Try now')}</button>
    </div>
  `
}

/** Nothing to show behind the banner: the page could not reach the server at all yet. */
export function lostCard(view: View, problem: Problem, retryAt: number | undefined): TemplateResult {
  const { title, advice } = problemWords(problem)
  return html`
    <div class="cover"><div class="card"><p class="title">${title}</p><p>${advice}</p></div></div>
    ${lostBar(view, retryAt)}
  `
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
