import { knownProblem } from '../core/problem.js'
import type { State } from '../core/state.js'
import type { Problem } from '../wire/problems.js'
import type { LabStatus } from '../wire/schema.js'
import { problemWords } from './problem-words.js'
import type { View } from './views/view.js'
import { msg, str } from './words.js'

/** How the dot beside the status looks; the words beside it say the same. */
export type Tone = 'ok' | 'busy' | 'off' | 'bad'

export function toneOf(state: State): Tone {
  switch (state.name) {
    case 'connected':
      return state.shell === 'ended' ? 'off' : 'ok'
    case 'loading':
    case 'queued':
    case 'preparing':
    case 'connecting':
    case 'reconnecting':
      return 'busy'
    case 'absent':
    case 'paused':
      return 'off'
    case 'signed-out':
    case 'failed':
      return 'bad'
    default:
      throw new Error(state satisfies never)
  }
}

/** One or two words for the toolbar. */
export function statusWord(state: State): string {
  switch (state.name) {
    case 'loading':
      return msg('Loading…')
    case 'signed-out':
      return msg('Signed out')
    case 'absent':
      return msg('Not started')
    case 'queued':
      return msg('In line')
    case 'preparing':
      return preparingWord(state.lab)
    case 'connecting':
      return msg('Connecting…')
    case 'connected':
      if (state.shell === 'ended') return msg('Shell ended')
      if (state.shell === 'none') return msg('Running')
      return state.readOnly ? msg('View only') : msg('Connected')
    case 'reconnecting':
      return msg('Reconnecting…')
    case 'paused':
      return state.lab.phase === 'suspending' ? msg('Pausing…') : msg('Paused')
    case 'failed':
      return msg('Problem')
    default:
      throw new Error(state satisfies never)
  }
}

function preparingWord(lab: LabStatus): string {
  if (lab.phase === 'resuming' || lab.phase === 'suspending') return msg('Waking…')
  return lab.phase === 'resetting' ? msg('Resetting…') : msg('Starting…')
}

/** What the server does to the lab, as a headline. */
export function preparingTitle(lab: LabStatus): string {
  switch (lab.phase) {
    case 'launching':
      return msg('Building your lab')
    case 'resuming':
      return msg('Waking your lab')
    case 'resetting':
      return msg('Resetting your lab')
    case 'suspending':
      return msg('Finishing the pause, then waking your lab')
    case 'deleting':
      return msg('Clearing the old lab away, then building a new one')
    default:
      return msg('Getting your lab ready')
  }
}

export function progressWords({ done, total }: { done: number; total: number }): string {
  return msg(str`${done} of ${total} parts are ready`)
}

export function endedWords(): string {
  return msg('The shell has ended.')
}

/** Of a lost line there is nothing to explain; what else it was the learner reads. */
export function lostWords(problem: Problem): string {
  return problem.code === 'link/lost' ? msg('The connection is interrupted.') : problemWords(problem).title
}

/** What a screen reader is told, politely. Changes rarely: the live region speaks at each change. */
export function announcement(view: View): string {
  const { state, format } = view
  switch (state.name) {
    case 'queued':
      return state.lab.queue ? queueWords(state.lab.queue.position) : statusWord(state)
    case 'preparing':
      return preparingAnnouncement(view, state.lab)
    case 'connected':
      return connectedAnnouncement(view, state)
    case 'reconnecting':
      if (!view.painted) return problemText(state.problem)
      return `${lostWords(state.problem)} ${msg('Trying again. Keys typed now are not kept.')}`
    case 'absent':
      return `${statusWord(state)}. ${state.lab.eta ? format.estimate(state.lab.eta) : ''}`
    case 'signed-out':
    case 'failed':
      // The alert says it.
      return ''
    case 'loading':
    case 'connecting':
    case 'paused':
      return statusWord(state)
    default:
      throw new Error(state satisfies never)
  }
}

/** The idle prompt is said here only where it could not take the focus, which says it too. */
function connectedAnnouncement(view: View, state: State & { name: 'connected' }): string {
  if (state.prompt && view.prompt.spoken) return `${promptTitle()}. ${pauseWords(view)} ${keptWords()}`
  if (state.shell === 'ended') return `${endedWords()} ${msg('Press Enter for a new one.')}`
  const word = view.hinted ? msg(str`You are in the terminal. ${view.leaveKeys} leaves it.`) : statusWord(state)
  return view.recorded ? `${word} ${msg('This session is recorded.')}` : word
}

export function promptTitle(): string {
  return msg('We think you’re busy elsewhere')
}

/** At the beginning what to expect, then every half minute that it still goes on; what holds it up, once. */
function preparingAnnouncement({ format, elapsed }: View, lab: LabStatus): string {
  if (lab.problem) return hindranceWords(lab)
  const halfMinutes = Math.floor(elapsed / 30_000)
  if (halfMinutes === 0)
    return `${preparingTitle(lab)}. ${lab.eta ? format.estimate(lab.eta) : ''} ${noticeWords(lab)}`.trim()
  return msg(str`${preparingTitle(lab)}: ${format.duration(halfMinutes * 30)} so far.`)
}

/** How long there was when the prompt came up; what ticks is for the eye alone. */
export function pauseWords({ format, prompt }: View): string {
  return msg(str`The lab pauses in ${format.duration(prompt.seconds)}.`)
}

export function keptWords(): string {
  return msg('Files and running programs are kept; open connections may drop.')
}

export function queueWords(position: number): string {
  return msg(str`You are number ${position} in line.`)
}

/** What a screen reader is told at once. */
export function alarm(state: State): string {
  if (state.name !== 'failed' && state.name !== 'signed-out') return ''
  return problemText(state.problem)
}

/** What holds a lab up that is still on its way. */
export function hindranceWords({ problem }: LabStatus): string {
  return problem ? problemText(knownProblem(problem)) : ''
}

/** What the learner should know of the lab though it works. */
export function noticeWords({ notice }: LabStatus): string {
  return notice ? problemWords(notice).title : ''
}

function problemText(problem: Problem): string {
  const { title, advice } = problemWords(problem)
  return `${title} ${advice}`
}
