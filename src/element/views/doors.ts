import { html, type TemplateResult } from 'lit/html.js'
import type { Problem } from '../../wire/problems.js'
import type { LabStatus } from '../../wire/schema.js'
import { problemWords } from '../problem-words.js'
import { msg, str } from '../words.js'
import { type CardButton, card } from './card.js'
import type { Commands, View } from './view.js'

/** No lab yet: what it is, what it will take, and the button. */
export function absentView({ title, format, commands }: View, lab: LabStatus): TemplateResult {
  return card({
    title,
    lines: [
      msg('A lab of your own. It pauses while you are away and keeps your work.'),
      lab.eta && format.readiness(lab.eta),
    ],
    button: { label: msg('Start the lab'), run: commands.launch },
  })
}

export function pausedView(view: View, lab: LabStatus, asked: boolean): TemplateResult {
  const { format, commands, now, elapsed } = view
  const pausing = lab.phase === 'suspending'
  return card({
    title: pausing ? msg('Pausing…') : msg('Paused'),
    lines: [
      pausing
        ? msg('Files and programs are kept as you left them.')
        : elapsed < 60_000
          ? msg('Paused just now to save resources. Files and programs are as you left them.')
          : msg(str`Paused ${format.ago(elapsed)} to save resources. Files and programs are as you left them.`),
      lab.deleteAt && msg(str`Kept until ${format.day(view.pageTime(lab.deleteAt), now)}. Using the lab extends this.`),
    ],
    button: { label: asked ? msg('Waking…') : msg('Wake the lab'), run: commands.resume, busy: asked },
    note: view.wakesByItself ? msg('It also wakes by itself when you come back to this page.') : undefined,
  })
}

/** Failed, or signed out: what happened, what to do, and the code that helps the one who is asked for help. */
export function problemView({ commands }: View, problem: Problem, asked = false): TemplateResult {
  const { title, advice } = problemWords(problem)
  const { code, detail } = problem
  return card({
    title,
    lines: [advice],
    button: remedy(problem, commands, asked),
    note: html`${msg('Code:')} <code>${code}</code>${detail ? html` · ${detail}` : ''}`,
  })
}

function remedy({ code, retry }: Problem, commands: Commands, busy: boolean): CardButton | undefined {
  if (retry === 'never') return undefined
  if (busy) return { label: msg('Trying again…'), run: commands.retry, busy }
  switch (code) {
    case 'lab/removed':
    case 'lab/not-running':
      return { label: msg('Start the lab'), run: commands.launch }
    case 'auth/window-needed':
      return { label: msg('Sign in'), run: commands.signIn }
    case 'lab/paused':
      return { label: msg('Wake the lab'), run: commands.resume }
    default:
      return { label: msg('Try again'), run: commands.retry }
  }
}
