/** What the page asks of the server: one thing at a time, in order, until it is answered or of no use any more. */
import type { Problem } from '../wire/problems.js'
import type { LabStatus } from '../wire/schema.js'
import { backoff } from './backoff.js'
import { type Context, type Moment, NO_WISH, type Wish, type WishAction } from './context.js'

/** A wish that could not be brought to the server for so long (milliseconds) is forgotten: its person has left. */
export const WISH_LIFE_MS = 10 * 60_000
/** How often a failed lab is started again by itself, when its problem says that this may help. */
export const MAX_HEALS = 5
const HEAL_MIN_MS = 2_000

interface Begin {
  readonly action: WishAction
  readonly tries?: number
  readonly since?: number
  readonly problem?: Problem
}

function begin(context: Context, moment: Moment, { action, tries = 0, since = moment.now, problem }: Begin): Context {
  const id = context.serial + 1
  const wish: Wish = { name: 'asking', id, action, tries, since, ...(problem && { problem }) }
  return { ...context, serial: id, wish }
}

/** Asks now, or after the answer under way: two requests that overtake each other would undo the later wish. */
export function ask(context: Context, action: WishAction, moment: Moment): Context {
  const { wish } = context
  const rest = action === 'suspend'
  if (wish.name !== 'asking') return begin({ ...context, rest }, moment, { action })
  const { next: _, ...current } = wish
  return { ...context, rest, wish: wish.action === action ? current : { ...current, next: action } }
}

/** Asks again now, if a wish waits; one that is too old is forgotten. */
export function hurryWish(context: Context, moment: Moment): Context {
  const { wish } = context
  if (wish.name !== 'waiting') return context
  return moment.now - wish.since > WISH_LIFE_MS ? { ...context, wish: NO_WISH } : begin(context, moment, wish)
}

export function wishAnswered(context: Context, id: number, moment: Moment): Context {
  const { wish } = context
  if (wish.name !== 'asking' || wish.id !== id) return context
  return wish.next ? begin(context, moment, { action: wish.next }) : { ...context, wish: NO_WISH }
}

export function wishFailed(context: Context, id: number, problem: Problem, moment: Moment): Context {
  const { wish } = context
  if (wish.name !== 'asking' || wish.id !== id) return context
  if (wish.next) return begin(context, moment, { action: wish.next })
  const { action, tries, since } = wish
  // Pausing much later than asked would pull the lab from under somebody at work: better say that it failed.
  const hopeless = problem.retry !== 'auto' || (action === 'suspend' && tries > 0)
  if (hopeless && action === 'suspend') return { ...context, wish: NO_WISH, told: { ...problem } }
  if (hopeless) return { ...context, wish: { name: 'refused', action, problem } }
  if (tries === 0 && problem.code !== 'request/too-many') {
    return begin(context, moment, { action, tries: 1, since })
  }
  const retryAt = moment.now + backoff(Math.max(tries, 1), moment.random)
  return { ...context, wish: { name: 'waiting', action, tries: tries + 1, since, retryAt, problem } }
}

/** A status came: what it fulfils or overtakes is wished no more. */
export function fulfil(context: Context, before: LabStatus | undefined, lab: LabStatus): Context {
  const { wish } = context
  if (wish.name !== 'waiting' && wish.name !== 'refused') return context
  const desired = { start: 'running', suspend: 'suspended', reset: undefined }[wish.action]
  const done = lab.desired === desired && lab.phase !== 'failed'
  const overtaken = wish.name === 'refused' && before !== undefined && before.phase !== lab.phase
  return done || overtaken ? { ...context, wish: NO_WISH } : context
}

/** The lab failed by something that passes: it is started again by itself, a few times, ever later. */
export function heal(context: Context, problem: Problem, moment: Moment): Context {
  if (problem.retry !== 'auto' || context.heals >= MAX_HEALS || context.wish.name !== 'none') return context
  const retryAt = moment.now + HEAL_MIN_MS + backoff(context.heals + 2, moment.random)
  const wish: Wish = { name: 'waiting', action: 'start', tries: 1, since: moment.now, retryAt, problem }
  return { ...context, heals: context.heals + 1, wish }
}
