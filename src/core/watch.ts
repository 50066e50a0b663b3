/** How the page keeps its way to the server: opens, loses, waits, opens again. */
import type { Problem } from '../wire/problems.js'
import { backoff, failuresBefore } from './backoff.js'
import type { Context, Moment, Watch } from './context.js'

/** Opens a new watch with a number of its own; what the one before still brings is dropped. */
export function openWatch(context: Context, tries: number, problem?: Problem, again = false): Context {
  const serial = context.serial + 1
  const watch: Watch = { name: 'opening', tries, again, ...(problem && { problem }) }
  return { ...context, serial, epoch: serial, watch }
}

/** The stream of events is open. */
export function watchLive(context: Context, moment: Moment): Context {
  if (context.watch.name !== 'opening') return context
  return { ...context, watch: { name: 'live', tries: context.watch.tries, since: moment.now } }
}

/** The watch failed, or its stream ended. A watch that brought a status did reach the server: no problem to show. */
export function watchLost(context: Context, problem: Problem, moment: Moment): Context {
  const { watch } = context
  if (watch.name !== 'opening' && watch.name !== 'live') return context
  if (problem.retry !== 'auto') return { ...context, watch: { name: 'refused', problem } }
  const shown = context.heard === context.epoch ? undefined : problem
  const uptime = watch.name === 'live' ? moment.now - watch.since : 0
  const failures = failuresBefore(watch.tries, uptime)
  if (failures === 0 && problem.code !== 'request/too-many') return openWatch(context, 1, shown)
  const retryAt = moment.now + backoff(Math.max(failures, 1), moment.random)
  return { ...context, watch: { name: 'waiting', tries: failures + 1, retryAt, ...(shown && { problem: shown }) } }
}

/** The server was heard: it is not out of reach any more. */
export function watchHeard(context: Context): Context {
  const { watch } = context
  if (watch.name === 'waiting' && watch.problem) return openWatch(context, watch.tries)
  if (watch.name !== 'opening' || !watch.problem) return context
  return { ...context, watch: { name: 'opening', tries: watch.tries, again: watch.again } }
}

/** Ends the wait of a watch, if it waits. */
export function hurryWatch(context: Context): Context {
  const { watch } = context
  return watch.name === 'waiting' ? openWatch(context, watch.tries, watch.problem) : context
}

/** The problem that keeps the page from the server, while it tries again by itself. */
export function lostProblem(watch: Watch): Problem | undefined {
  return watch.name === 'opening' || watch.name === 'waiting' ? watch.problem : undefined
}
