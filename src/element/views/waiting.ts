import { html, type TemplateResult } from 'lit/html.js'
import type { LabStatus } from '../../wire/schema.js'
import { hindranceWords, noticeWords, preparingTitle, progressWords, queueWords } from '../status-words.js'
import { msg, str } from '../words.js'
import { card } from './card.js'
import type { View } from './view.js'

export function loadingView(): TemplateResult {
  return card({ title: msg('Loading the lab…'), lines: [idleBar(msg('Loading the lab…'))], late: true })
}

export function connectingView(): TemplateResult {
  return card({ title: msg('Connecting…'), lines: [idleBar(msg('Connecting…'))], late: true })
}

export function queuedView(lab: LabStatus): TemplateResult {
  return card({
    title: lab.queue ? queueWords(lab.queue.position) : msg('You are in line'),
    lines: [
      msg('All places are taken right now. Your lab starts by itself when it is your turn.'),
      msg('Leave this page open to keep your place.'),
    ],
  })
}

/** Real progress where the cloud tells it, and what this lab's own history lets expect. Nothing is made up. */
export function preparingView({ format, elapsed }: View, lab: LabStatus): TemplateResult {
  const seconds = elapsed / 1000
  const late = lab.eta !== undefined && seconds > lab.eta.slowSeconds
  const estimate =
    lab.eta && (late ? msg('This takes longer than usual. You need to do nothing.') : format.estimate(lab.eta))
  return card({
    title: preparingTitle(lab),
    lines: [
      lab.progress && lab.progress.total > 0 ? progressBar(lab.progress) : idleBar(preparingTitle(lab)),
      lab.problem ? html`${hindranceWords(lab)} <code>${lab.problem.code}</code>` : estimate,
      noticeWords(lab) || undefined,
      seconds >= 1
        ? html`<span class="muted" aria-hidden="true">${msg(str`${format.duration(seconds)} so far`)}</span>`
        : undefined,
    ],
  })
}

function progressBar(progress: { done: number; total: number }): TemplateResult {
  const words = progressWords(progress)
  return html`<progress max=${progress.total} .value=${progress.done} aria-label=${words}></progress>${words}`
}

function idleBar(label: string): TemplateResult {
  return html`<progress aria-label=${label}></progress>`
}
