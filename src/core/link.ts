/** How the page keeps the link of its terminal: one at a time, each with a number of its own, never reused. */
import { type Problem, type ProblemCode, problemOf } from '../wire/problems.js'
import type { LabStatus, TerminalInfo } from '../wire/schema.js'
import { backoff, failuresBefore } from './backoff.js'
import { type Context, type Link, type Moment, NO_LINK, type Settings } from './context.js'

/** A link that is not ready by then (milliseconds) is given up. */
export const LINK_OPEN_MS = 30_000

/** What fails sooner (milliseconds) is tried again before anybody is told. */
const SHORT_MS = 750

/** The lab's own state ended the link or kept it from opening: only a new status says how it goes on. */
const LAB_NOT_RUNNING: readonly ProblemCode[] = ['lab/paused', 'lab/not-running', 'lab/removed']

/** The terminal that is wanted; absent when the lab has none of that name. */
export function wantedTerminal(settings: Settings, lab: LabStatus): TerminalInfo | undefined {
  if (settings.terminal === undefined) return lab.terminals[0]
  return lab.terminals.find(({ name }) => name === settings.terminal)
}

function triesOf(link: Link): number {
  return 'tries' in link ? link.tries : 0
}

function isTold(link: Link): boolean {
  return link.name === 'open' || ('told' in link && link.told)
}

export function openLink(
  context: Context,
  moment: Moment,
  problem?: Problem,
  tries?: number,
  told = isTold(context.link),
): Context {
  const { lab, link, settings } = context
  if (!lab || !wantedTerminal(settings, lab)) {
    return { ...context, link: { name: 'refused', problem: problemOf('lab/terminal-unknown', settings.terminal) } }
  }
  const id = context.serial + 1
  const opening: Link = {
    name: 'opening',
    id,
    tries: tries ?? triesOf(link),
    told,
    since: moment.now,
    ...(problem && { problem }),
  }
  return { ...context, serial: id, link: opening }
}

/** Connected: the display has proof, not merely a socket. */
export function linkReady(context: Context, id: number, readOnly: boolean, moment: Moment): Context {
  const { link } = context
  if (link.name !== 'opening' || link.id !== id) return context
  const open: Link = { name: 'open', id, tries: link.tries, since: moment.now, readOnly, shell: 'open' }
  return { ...context, link: open }
}

export function shellChanged(context: Context, id: number, shell: 'open' | 'ended'): Context {
  const { link } = context
  return link.name === 'open' && link.id === id ? { ...context, link: { ...link, shell } } : context
}

/** A link ended, or could not be opened. */
export function linkClosed(context: Context, id: number, problem: Problem, moment: Moment): Context {
  const { link } = context
  if ((link.name !== 'opening' && link.name !== 'open') || link.id !== id) return context
  const uptime = link.name === 'open' ? moment.now - link.since : 0
  const tries = failuresBefore(link.tries, uptime)
  const told = isTold(link) || moment.now - link.since >= SHORT_MS
  if (LAB_NOT_RUNNING.includes(problem.code)) {
    return { ...context, refresh: context.refresh + 1, link: { name: 'parked', tries, told, problem } }
  }
  // A tunnel ends with the session it was opened by; whether the page may have another is said where it asks for one.
  const mayAskAgain = problem.retry === 'auto' || (problem.retry === 'sign-in' && link.name === 'open')
  if (!mayAskAgain) return { ...context, link: { name: 'refused', problem } }
  return retryLink(context, { problem, told }, tries, moment)
}

interface Failure {
  readonly problem: Problem
  readonly told: boolean
}

function retryLink(context: Context, { problem, told }: Failure, failures: number, moment: Moment): Context {
  const polite = problem.code === 'request/too-many'
  if (failures === 0 && !polite) return openLink(context, moment, problem, 1, told)
  const retryAt = moment.now + backoff(Math.max(failures, 1), moment.random)
  return { ...context, link: { name: 'waiting', tries: failures + 1, told, retryAt, problem } }
}

/** A new status came for a parked link; the lab runs after all. */
export function unparkLink(context: Context, moment: Moment): Context {
  const { link } = context
  return link.name === 'parked' ? retryLink(context, link, link.tries, moment) : context
}

/** Ends the wait of a link, if it waits. */
export function hurryLink(context: Context, moment: Moment): Context {
  const { link } = context
  return link.name === 'waiting' ? openLink(context, moment, link.problem) : context
}

/** Brings the link in line with what is wanted: at most one, and only to a lab that runs. */
export function settleLink(context: Context, moment: Moment): Context {
  const { active, lab, link, settings, watch } = context
  const linkable = active && lab?.phase === 'running' && !settings.hiddenLab
  if (!linkable) return link.name === 'none' ? context : { ...context, link: NO_LINK }
  if (link.name === 'open') return context
  if (lab.desired !== 'running' || watch.name === 'refused') {
    // What parked says of the lab is newer than its status.
    return link.name === 'none' || link.name === 'parked' ? context : { ...context, link: NO_LINK }
  }
  if (link.name === 'none') return openLink(context, moment)
  const found = link.name === 'refused' && link.problem.code === 'lab/terminal-unknown' && wantedTerminal(settings, lab)
  return found ? openLink(context, moment) : context
}
