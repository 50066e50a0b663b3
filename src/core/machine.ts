/**
 * The page's brain: `step` takes what is known and what happened, and answers what is known then and what is to be done.
 * Pure: no clock, no randomness, no DOM. The server owns the lab's phase; nothing here guesses one ahead of it.
 */
import { type Problem, problemOf } from '../wire/problems.js'
import type { LabStatus } from '../wire/schema.js'
import { type Context, type Moment, NO_WISH, type Settings } from './context.js'
import { type AlarmName, type Effect, effectsBetween } from './effects.js'
import { follow, touched } from './idle.js'
import { hurryLink, linkClosed, linkReady, openLink, settleLink, shellChanged, unparkLink } from './link.js'
import { begin, configure, leave } from './page.js'
import { activity, announce, attention, hurry, touch } from './person.js'
import { labProblem } from './problem.js'
import { hurryWatch, lostProblem, openWatch, watchHeard, watchLive, watchLost } from './watch.js'
import { ask, fulfil, heal, hurryWish, wishAnswered, wishFailed } from './wish.js'

export type PageNews = 'visible' | 'hidden' | 'focus' | 'blur' | 'online' | 'offline' | 'input' | 'leave' | 'return'
export type Command = 'launch' | 'resume' | 'suspend' | 'reset' | 'reconnect' | 'extend'

export type Event =
  | { readonly type: 'start'; readonly visible: boolean; readonly online: boolean }
  | { readonly type: 'stop' }
  | { readonly type: 'configure'; readonly settings: Settings }
  | { readonly type: 'page'; readonly news: PageNews }
  | { readonly type: 'command'; readonly command: Command }
  /** The stream of events is open. */
  | { readonly type: 'live'; readonly watch: number }
  | { readonly type: 'status'; readonly watch: number; readonly status: LabStatus }
  /** The watch, or an extra look at the status, failed. */
  | { readonly type: 'lost'; readonly watch: number; readonly problem: Problem }
  | { readonly type: 'ready'; readonly link: number; readonly readOnly: boolean }
  | { readonly type: 'shell'; readonly link: number; readonly shell: 'open' | 'ended' }
  | { readonly type: 'closed'; readonly link: number; readonly problem: Problem }
  | { readonly type: 'answered'; readonly request: number; readonly watch: number; readonly status: LabStatus }
  | { readonly type: 'failed'; readonly request: number; readonly problem: Problem }
  | { readonly type: 'alarm'; readonly name: AlarmName }

export function step(context: Context, event: Event, moment: Moment): readonly [Context, ...Effect[]] {
  const reduced = reduce(context, event, moment)
  const settled = announce(settleLink(reduced, moment))
  return [settled, ...effectsBetween(context, settled)]
}

function reduce(context: Context, event: Event, moment: Moment): Context {
  // News of the page count before a start too; everything else would wake what is stopped.
  if (!context.active && !['start', 'stop', 'configure', 'page'].includes(event.type)) return context
  switch (event.type) {
    case 'start':
      return begin({ ...context, visible: event.visible, online: event.online }, moment)
    case 'stop':
      return leave(context, moment)
    case 'configure':
      return configure(context, event.settings, moment)
    case 'page':
      return pageNews(context, event.news, moment)
    case 'command':
      return obey(context, event.command, moment)
    case 'live':
      return event.watch === context.epoch ? watchLive(context, moment) : context
    case 'status':
      return hear(context, event.watch, event.status, moment)
    case 'lost':
      return event.watch === context.epoch ? lose(context, event.problem, moment) : context
    case 'ready':
      return linkReady(context, event.link, event.readOnly, moment)
    case 'shell':
      return shellChanged(context, event.link, event.shell)
    case 'closed':
      return linkClosed(context, event.link, event.problem, moment)
    case 'answered':
      return hear(answered(context, event.request, moment), event.watch, event.status, moment)
    case 'failed':
      return requestFailed(context, event.request, event.problem, moment)
    case 'alarm':
      return ring(context, event.name, moment)
    default:
      return event satisfies never
  }
}

function pageNews(context: Context, news: PageNews, moment: Moment): Context {
  switch (news) {
    case 'visible':
    case 'focus':
      return attention(activity(hurry({ ...context, visible: true }, moment), moment), 'gained', moment)
    case 'hidden':
      return { ...context, visible: false }
    case 'input':
      return attention(activity(context, moment), 'input', moment)
    case 'online':
      return hurry({ ...context, online: true }, moment)
    case 'offline':
      // The browser may be wrong (a backend on this very machine): look, then believe.
      return { ...context, online: false, refresh: context.active ? context.refresh + 1 : context.refresh }
    case 'leave':
      return leave(context, moment)
    case 'return':
      return begin({ ...context, arrived: true }, moment)
    case 'blur':
      return context
    default:
      return news satisfies never
  }
}

/** What a person asks for leads on from every state. */
function obey(context: Context, command: Command, moment: Moment): Context {
  switch (command) {
    case 'launch':
    case 'resume': {
      const free = unstick(context, moment)
      const { lab } = free
      const runs = lab?.phase === 'running' && lab.desired === 'running' && free.link.name !== 'parked'
      return runs ? { ...free, rest: false } : ask(free, 'start', moment)
    }
    case 'suspend':
      return context.lab?.phase === 'absent' ? context : ask(context, 'suspend', moment)
    case 'reset':
      return ask(unstick(context, moment), 'reset', moment)
    case 'reconnect': {
      const free = unstick(context, moment)
      return free.link.name === 'open' ? openLink(free, moment, undefined, 0) : free
    }
    case 'extend':
      return context.lab?.phase === 'running' ? touch(context, moment, true) : context
    default:
      return command satisfies never
  }
}

/** Tries again whatever was refused or waits. */
function unstick(context: Context, moment: Moment): Context {
  const { watch, link, wish } = context
  const refusals = [watch, link, wish].filter((region) => region.name === 'refused')
  const signIn = refusals.some(({ problem }) => problem.retry === 'sign-in')
  const watching = signIn || watch.name === 'refused' ? openWatch(context, 0, undefined, signIn) : hurryWatch(context)
  const linking = link.name === 'refused' ? openLink(watching, moment) : hurryLink(watching, moment)
  return wish.name === 'refused' ? { ...linking, wish: NO_WISH } : linking
}

/** A status came. Within a watch an older `rev` is dropped; the first of a watch counts whatever its `rev`. */
function hear(context: Context, watch: number, status: LabStatus, moment: Moment): Context {
  const { lab: before, heard } = context
  if (watch !== context.epoch || status.lab !== context.settings.lab) return context
  const known = heard === watch ? before : undefined
  if (
    known &&
    (status.rev < known.rev || (status.rev === known.rev && Date.parse(status.now) < Date.parse(known.now)))
  ) {
    return context
  }
  const back = lostProblem(context.watch) !== undefined
  const idle = follow(context.idle, status, moment.now)
  let next = watchHeard({ ...context, lab: status, heard: watch, idle })
  if (status.desired === 'running') next = { ...next, rest: false }
  if (status.phase === 'running') next = unparkLink({ ...next, heals: 0 }, moment)
  if (back) next = hurryLink(next, moment)
  next = fulfil(next, before, status)
  if (status.phase === 'failed' && before?.since !== status.since) next = heal(next, labProblem(status), moment)
  return context.arrived ? arrive(next, moment) : next
}

/** The first status since the person came: coming counts as attention, in a tab that can be seen. */
function arrive(context: Context, moment: Moment): Context {
  const arrived = { ...context, arrived: false }
  return context.visible ? attention(arrived, 'gained', moment) : arrived
}

function lose(context: Context, problem: Problem, moment: Moment): Context {
  const { link, online } = context
  const lost = watchLost(context, problem, moment)
  // An open tunnel outlives the way to the server, unless the browser says as well that there is no network.
  return online || link.name !== 'open' ? lost : linkClosed(lost, link.id, problemOf('link/lost'), moment)
}

function answered(context: Context, request: number, moment: Moment): Context {
  if (request !== context.idle.touching) return wishAnswered(context, request, moment)
  return { ...context, idle: touched(context.idle, moment.now, false) }
}

function requestFailed(context: Context, request: number, problem: Problem, moment: Moment): Context {
  if (request !== context.idle.touching) return wishFailed(context, request, problem, moment)
  const told = problem.retry === 'sign-in' ? { ...problem } : context.told
  return { ...context, told, idle: touched(context.idle, moment.now, problem.retry === 'auto') }
}

function ring(context: Context, name: AlarmName, moment: Moment): Context {
  const { link, idle } = context
  switch (name) {
    case 'watch':
      return hurryWatch(context)
    case 'link':
      return hurryLink(context, moment)
    case 'open':
      return link.name === 'opening' ? linkClosed(context, link.id, problemOf('link/lost'), moment) : context
    case 'wish':
      return hurryWish(context, moment)
    case 'warn':
      return idle.deadlines ? { ...context, idle: { ...idle, warned: true } } : context
    case 'touch':
      return touch(context, moment, true)
    default:
      return name satisfies never
  }
}
