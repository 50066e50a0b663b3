/** What the person's presence does: activity keeps a lab, attention brings it back. */
import { type Context, isGoingDown, isGone, type Moment } from './context.js'
import { touchAt, touching } from './idle.js'
import { hurryLink } from './link.js'
import { labProblem } from './problem.js'
import { promptOf } from './view.js'
import { hurryWatch } from './watch.js'
import { ask, hurryWish } from './wish.js'

/** The person did something: the server hears of it now or soon, where the lab runs. */
export function activity(context: Context, moment: Moment): Context {
  return context.active && context.lab?.phase === 'running' ? touch(context, moment, false) : context
}

export function touch(context: Context, moment: Moment, urgent: boolean): Context {
  const { idle } = context
  const at = touchAt(idle, moment.now, urgent)
  if (at > moment.now || idle.touching !== undefined) return { ...context, idle: { ...idle, dueAt: idle.dueAt ?? at } }
  const serial = context.serial + 1
  return { ...context, serial, idle: touching(idle, serial, moment.now) }
}

/** Nothing is waited for that can be tried at once. */
export function hurry(context: Context, moment: Moment): Context {
  return context.active ? hurryWish(hurryLink(hurryWatch(context), moment), moment) : context
}

/**
 * The person came back (`gained`) or did something (`input`) while the lab is down. A page that merely kept its focus
 * wakes nothing: else a lab paused for idleness would be woken at once, for ever.
 */
export function attention(context: Context, kind: 'gained' | 'input', moment: Moment): Context {
  const { active, lab, settings, wish, rest } = context
  if (!active || !lab || (kind === 'input' && rest)) return context
  if (wish.name === 'refused' || (wish.name !== 'none' && wish.action === 'start')) return context
  const wake = settings.resume === 'focus' && (isGoingDown(lab) || isParked(context))
  const launch = settings.launch === 'auto' && isGone(lab)
  const retry = lab.phase === 'failed' && labProblem(lab).retry === 'auto'
  return wake || launch || retry ? ask(context, 'start', moment) : context
}

function isParked({ link }: Context): boolean {
  return link.name === 'parked' && link.problem.code === 'lab/paused'
}

/** Announces the prompt once for each deadline. */
export function announce(context: Context): Context {
  const { idle, lab } = context
  if (!promptOf(context) || idle.announced === lab?.warnAt) return context
  return { ...context, idle: { ...idle, announced: lab?.warnAt } }
}
