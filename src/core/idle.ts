/**
 * The idle clock. The server's deadline decides; the page shows it in page time and tells the server of activity, not
 * too often, never losing the last one.
 */
import type { LabStatus } from '../wire/schema.js'

/** At most this long (milliseconds) between an activity and the touch that tells of it. */
export const TOUCH_INTERVAL_MS = 20_000
const TOUCH_INTERVAL_MIN_MS = 500

/** Deadlines in page time, milliseconds since the epoch. */
export interface Deadlines {
  readonly warnAt: number
  readonly suspendAt: number
}

export interface Idle {
  readonly deadlines: Deadlines | undefined
  /** `warnAt` has passed and no later one is known. */
  readonly warned: boolean
  /** The `warnAt` (as the server wrote it) whose prompt was announced. */
  readonly announced: string | undefined
  /** Longest time to a warning seen, milliseconds: what the server allows without activity. */
  readonly allowance: number
  readonly lastTouch: number | undefined
  /** Number of the touch under way. */
  readonly touching: number | undefined
  /** When activity after the last touch must be told. */
  readonly dueAt: number | undefined
}

export const NOT_IDLE: Idle = {
  deadlines: undefined,
  warned: false,
  announced: undefined,
  allowance: 0,
  lastTouch: undefined,
  touching: undefined,
  dueAt: undefined,
}

/** The server's deadlines on the page's clock, which may be wrong: `lab.now` is the same moment as `receivedAt`. */
export function deadlinesOf(lab: LabStatus, receivedAt: number): Deadlines | undefined {
  if (lab.phase !== 'running' || lab.warnAt === undefined || lab.suspendAt === undefined) return undefined
  const offset = receivedAt - Date.parse(lab.now)
  return { warnAt: Date.parse(lab.warnAt) + offset, suspendAt: Date.parse(lab.suspendAt) + offset }
}

/** Takes over what a new status says. */
export function follow(idle: Idle, lab: LabStatus, now: number): Idle {
  const deadlines = deadlinesOf(lab, now)
  if (!deadlines) return { ...idle, deadlines, warned: false, dueAt: undefined }
  const allowance = Math.max(idle.allowance, deadlines.warnAt - now)
  return { ...idle, deadlines, allowance, warned: now >= deadlines.warnAt }
}

/** Least time between touches, milliseconds: 20 s, or a quarter of what the server allows where that is less. */
export function touchInterval(idle: Idle): number {
  if (idle.allowance <= 0) return TOUCH_INTERVAL_MS
  return Math.max(TOUCH_INTERVAL_MIN_MS, Math.min(TOUCH_INTERVAL_MS, idle.allowance / 4))
}

/** What an activity at `now` asks for: a touch at once, or one at a later time. */
export function touchAt(idle: Idle, now: number, urgent: boolean): number {
  const earliest = idle.lastTouch === undefined ? now : Math.max(now, idle.lastTouch + touchInterval(idle))
  if (idle.touching !== undefined) return earliest
  return urgent || idle.warned ? now : earliest
}

/** The touch `id` begins. */
export function touching(idle: Idle, id: number, now: number): Idle {
  return { ...idle, touching: id, lastTouch: now, dueAt: undefined }
}

/** The touch under way ended; a failed one is made again where that may help. */
export function touched(idle: Idle, now: number, again: boolean): Idle {
  const dueAt = again ? now + touchInterval(idle) : idle.dueAt
  return { ...idle, touching: undefined, dueAt }
}

/** Whole seconds until the lab is suspended, at least 0. */
export function secondsLeft(suspendAt: number, now: number): number {
  return Math.max(0, Math.round((suspendAt - now) / 1000))
}
