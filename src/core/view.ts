/** What is shown, as a pure projection of what is known. */
import { type Problem, problemOf } from '../wire/problems.js'
import type { LabStatus } from '../wire/schema.js'
import type { Context } from './context.js'
import { labProblem } from './problem.js'
import type { IdlePrompt, State } from './state.js'
import { lostProblem } from './watch.js'

/** Tries that fail quietly when a lab has just come up: its terminal often answers a moment later. */
const QUIET_TRIES = 3

/** The lab is about to be suspended for idleness, in a visible tab or not. */
export function warningOf(context: Context): IdlePrompt | undefined {
  const { active, idle } = context
  if (!active || !idle.warned || !idle.deadlines || idle.touching !== undefined) return undefined
  return { suspendAt: idle.deadlines.suspendAt }
}

export function stateOf(context: Context): State {
  const { lab } = context
  if (!lab) return refusedState(context) ?? lostState(context) ?? { name: 'loading' }
  return connectedState(context, lab) ?? refusedState(context) ?? lostState(context) ?? labState(context, lab)
}

/** An open link wins over everything: the person works, whatever else is lost. */
function connectedState(context: Context, lab: LabStatus): State | undefined {
  const { link } = context
  return link.name === 'open' ? opened(context, lab, link.readOnly, link.shell) : undefined
}

function opened(context: Context, lab: LabStatus, readOnly: boolean, shell: 'open' | 'ended' | 'none'): State {
  const prompt = promptOf(context)
  return { name: 'connected', lab, readOnly, shell, ...(prompt && { prompt }) }
}

export function promptOf(context: Context): IdlePrompt | undefined {
  const shown = context.link.name === 'open' || context.settings.hiddenLab
  return shown && context.visible ? warningOf(context) : undefined
}

/** A refusal that only the person can end. */
function refusedState({ watch, link, wish, lab }: Context): State | undefined {
  const refusals = [watch, link, wish].flatMap((region) => (region.name === 'refused' ? [region.problem] : []))
  const problem = refusals.find(({ retry }) => retry === 'sign-in')
  if (problem) return { name: 'signed-out', problem }
  if (watch.name === 'refused' || !lab) return refusals[0] && failed(refusals[0], lab)
  return undefined
}

function lostState({ watch, lab }: Context): State | undefined {
  const problem = lostProblem(watch)
  if (!problem || watch.name === 'off') return undefined
  return reconnecting(
    lab,
    'tries' in watch ? watch.tries : 0,
    problem,
    watch.name === 'waiting' ? watch.retryAt : undefined,
  )
}

function labState(context: Context, lab: LabStatus): State {
  const { wish } = context
  const asked = wish.name === 'asking' && wish.action !== 'suspend' ? { asked: true as const } : {}
  if (wish.name !== 'none' && wish.action !== 'suspend' && wish.problem)
    return { ...failed(wish.problem, lab), ...asked }
  const coming = lab.desired === 'running'
  switch (lab.phase) {
    case 'absent':
    case 'deleting':
      if (coming) return { name: 'preparing', lab }
      return asked.asked ? { name: 'loading' } : { name: 'absent', lab }
    case 'queued':
      return { name: 'queued', lab }
    case 'launching':
    case 'resuming':
    case 'resetting':
      return { name: 'preparing', lab }
    case 'suspending':
    case 'suspended':
      return coming ? { name: 'preparing', lab } : { name: 'paused', lab, ...asked }
    case 'failed':
      return { ...failed(labProblem(lab), lab), ...asked }
    case 'running':
      return runningState(context, lab, asked)
    default:
      return lab.phase satisfies never
  }
}

function runningState(context: Context, lab: LabStatus, asked: { asked?: true }): State {
  const { link, settings } = context
  if (settings.hiddenLab) return opened(context, lab, true, 'none')
  switch (link.name) {
    case 'none':
      return lab.desired === 'running' ? { name: 'connecting', lab, attempt: 0 } : { name: 'paused', lab, ...asked }
    case 'parked':
      if (link.problem.code === 'lab/paused' || lab.desired !== 'running') return { name: 'paused', lab, ...asked }
      return reconnecting(lab, link.tries, link.problem)
    case 'opening':
    case 'waiting':
      if (!link.told && link.tries < QUIET_TRIES) return { name: 'connecting', lab, attempt: link.tries }
      return link.name === 'waiting'
        ? reconnecting(lab, link.tries, link.problem, link.retryAt)
        : reconnecting(lab, link.tries, link.problem ?? problemOf('link/lost'))
    case 'refused':
      return failed(link.problem, lab)
    case 'open':
      return opened(context, lab, link.readOnly, link.shell)
    default:
      return link satisfies never
  }
}

function failed(problem: Problem, lab: LabStatus | undefined): State & { name: 'failed' } {
  return { name: 'failed', problem, ...(lab && { lab }) }
}

function reconnecting(lab: LabStatus | undefined, attempt: number, problem: Problem, retryAt?: number): State {
  return { name: 'reconnecting', attempt, problem, ...(lab && { lab }), ...(retryAt !== undefined && { retryAt }) }
}

/** The problem that a state puts before the person. */
export function problemShown(state: State): Problem | undefined {
  return 'problem' in state ? state.problem : undefined
}

/** All that is shown outside: when it changes, the page is told. */
export interface Shown {
  readonly state: State
  readonly warning: IdlePrompt | undefined
}

export function shownOf(context: Context): Shown {
  return { state: stateOf(context), warning: warningOf(context) }
}

export function sameShown(a: Shown, b: Shown): boolean {
  return a.warning?.suspendAt === b.warning?.suspendAt && sameState(a.state, b.state)
}

/** States are made anew at each step; their parts are not, but for the prompt. */
function sameState(a: State, b: State): boolean {
  const x: Readonly<Record<string, unknown>> = { ...a, prompt: promptIn(a) }
  const y: Readonly<Record<string, unknown>> = { ...b, prompt: promptIn(b) }
  const names = new Set([...Object.keys(x), ...Object.keys(y)])
  return [...names].every((name) => x[name] === y[name])
}

function promptIn(state: State): number | undefined {
  return state.name === 'connected' ? state.prompt?.suspendAt : undefined
}
