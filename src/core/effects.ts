/**
 * What is to be done, found by comparing what was known with what is known now: so a watch, a link, a request or an
 * alarm can neither be forgotten nor be there twice.
 */
import type { Problem } from '../wire/problems.js'
import type { LabAction } from '../wire/protocol.js'
import type { TerminalInfo } from '../wire/schema.js'
import type { Context } from './context.js'
import { LINK_OPEN_MS, wantedTerminal } from './link.js'

/** `watch`, `link`, `wish`: try again. `open`: the link takes too long. `warn`: the idle warning. `touch`: tell of activity. */
export type AlarmName = 'watch' | 'link' | 'open' | 'wish' | 'warn' | 'touch'

export type Effect =
  /** Get the status and follow the events; sign in anew first where `again`. */
  | { readonly type: 'watch'; readonly watch: number; readonly again: boolean }
  | { readonly type: 'unwatch'; readonly watch: number }
  /** Get the status once more. */
  | { readonly type: 'refresh'; readonly watch: number }
  | { readonly type: 'connect'; readonly link: number; readonly terminal: TerminalInfo }
  | { readonly type: 'disconnect'; readonly link: number }
  | { readonly type: 'ask'; readonly request: number; readonly action: LabAction; readonly watch: number }
  /** Nobody waits for the answer any more. */
  | { readonly type: 'cancel'; readonly request: number }
  /** Wake me at a page time (milliseconds); undefined = not any more. */
  | { readonly type: 'alarm'; readonly name: AlarmName; readonly at: number | undefined }
  /** The idle prompt is about to show. */
  | { readonly type: 'announce'; readonly suspendAt: number }
  /** A problem that no state shows. */
  | { readonly type: 'tell'; readonly problem: Problem }

type Alarms = Readonly<Record<AlarmName, number | undefined>>

export function alarmsOf({ active, watch, link, wish, idle }: Context): Alarms {
  const none = {
    watch: undefined,
    link: undefined,
    open: undefined,
    wish: undefined,
    warn: undefined,
    touch: undefined,
  }
  if (!active) return none
  return {
    watch: watch.name === 'waiting' ? watch.retryAt : undefined,
    link: link.name === 'waiting' ? link.retryAt : undefined,
    open: link.name === 'opening' ? link.since + LINK_OPEN_MS : undefined,
    wish: wish.name === 'waiting' ? wish.retryAt : undefined,
    warn: idle.warned ? undefined : idle.deadlines?.warnAt,
    touch: idle.touching === undefined ? idle.dueAt : undefined,
  }
}

function watchId({ watch, epoch }: Context): number | undefined {
  return watch.name === 'opening' || watch.name === 'live' ? epoch : undefined
}

function linkId({ link }: Context): number | undefined {
  return link.name === 'opening' || link.name === 'open' ? link.id : undefined
}

function wishId({ wish }: Context): number | undefined {
  return wish.name === 'asking' ? wish.id : undefined
}

/** Closing comes before opening: there are never two of a kind. */
export function effectsBetween(before: Context, after: Context): Effect[] {
  return [...ended(before, after), ...begun(before, after), ...alarmsBetween(before, after), ...said(before, after)]
}

function ended(before: Context, after: Context): Effect[] {
  const effects: Effect[] = []
  const watch = watchId(before)
  const link = linkId(before)
  const request = wishId(before)
  const touch = before.idle.touching
  if (link !== undefined && link !== linkId(after)) effects.push({ type: 'disconnect', link })
  if (watch !== undefined && watch !== watchId(after)) effects.push({ type: 'unwatch', watch })
  if (request !== undefined && request !== wishId(after)) effects.push({ type: 'cancel', request })
  if (touch !== undefined && touch !== after.idle.touching) effects.push({ type: 'cancel', request: touch })
  return effects
}

function begun(before: Context, after: Context): Effect[] {
  const effects: Effect[] = []
  const { watch, wish, idle, epoch, lab, settings } = after
  const link = linkId(after)
  if (watch.name === 'opening' && watchId(before) !== epoch) {
    effects.push({ type: 'watch', watch: epoch, again: watch.again })
  }
  if (after.refresh !== before.refresh) effects.push({ type: 'refresh', watch: epoch })
  if (wish.name === 'asking' && wish.id !== wishId(before)) {
    effects.push({ type: 'ask', request: wish.id, action: wish.action, watch: epoch })
  }
  if (idle.touching !== undefined && idle.touching !== before.idle.touching) {
    effects.push({ type: 'ask', request: idle.touching, action: 'touch', watch: epoch })
  }
  const terminal = lab && wantedTerminal(settings, lab)
  if (link !== undefined && link !== linkId(before) && terminal) effects.push({ type: 'connect', link, terminal })
  return effects
}

const ALARM_NAMES = ['watch', 'link', 'open', 'wish', 'warn', 'touch'] as const satisfies AlarmName[]

function alarmsBetween(before: Context, after: Context): Effect[] {
  const was = alarmsOf(before)
  const is = alarmsOf(after)
  return ALARM_NAMES.flatMap((name) => (was[name] === is[name] ? [] : [{ type: 'alarm' as const, name, at: is[name] }]))
}

function said(before: Context, after: Context): Effect[] {
  const effects: Effect[] = []
  const { announced, deadlines } = after.idle
  if (announced !== undefined && announced !== before.idle.announced && deadlines) {
    effects.push({ type: 'announce', suspendAt: deadlines.suspendAt })
  }
  if (after.told && after.told !== before.told) effects.push({ type: 'tell', problem: after.told })
  return effects
}
