/**
 * Everything the page knows, as data. `lab` is the server's word; the regions `watch`, `link`, `wish` and `idle` are the
 * page's own affairs. What the element shows is a projection of it (view.ts), never stored.
 */
import type { Problem } from '../wire/problems.js'
import type { LabAction } from '../wire/protocol.js'
import type { LabStatus } from '../wire/schema.js'
import { type Idle, NOT_IDLE } from './idle.js'

export interface Settings {
  readonly lab: string
  readonly backend: string
  readonly terminal?: string
  readonly course?: string
  readonly launch: 'auto' | 'click'
  readonly resume: 'focus' | 'click'
  readonly hiddenLab: boolean
}

/** A moment of the outside world, passed in so that a step is pure. */
export interface Moment {
  /** Page time, milliseconds since the epoch. */
  readonly now: number
  /** Uniform in [0, 1). */
  readonly random: number
}

/** The way to the server: its status and its events. `tries` counts failures in a row. */
export type Watch =
  | { readonly name: 'off' }
  /** `problem`: the try before this one did not reach the server. `again`: sign in anew first. */
  | { readonly name: 'opening'; readonly tries: number; readonly problem?: Problem; readonly again: boolean }
  | { readonly name: 'live'; readonly tries: number; readonly since: number }
  | { readonly name: 'waiting'; readonly tries: number; readonly retryAt: number; readonly problem?: Problem }
  /** Trying again by itself is of no use. */
  | { readonly name: 'refused'; readonly problem: Problem }

/** The link of the terminal. `told`: what goes wrong is shown, since some link was ready since the lab runs or a try took long. */
export type Link =
  | { readonly name: 'none' }
  | {
      readonly name: 'opening'
      readonly id: number
      readonly tries: number
      readonly told: boolean
      readonly since: number
      readonly problem?: Problem
    }
  | {
      readonly name: 'open'
      readonly id: number
      readonly tries: number
      readonly since: number
      readonly readOnly: boolean
      readonly shell: 'open' | 'ended'
    }
  | {
      readonly name: 'waiting'
      readonly tries: number
      readonly told: boolean
      readonly retryAt: number
      readonly problem: Problem
    }
  /** The server said that the lab does not run: its status decides how it goes on. */
  | { readonly name: 'parked'; readonly tries: number; readonly told: boolean; readonly problem: Problem }
  | { readonly name: 'refused'; readonly problem: Problem }

export type WishAction = Exclude<LabAction, 'touch'>

/** What was asked of the server and is not answered yet; `next` is asked after the answer. */
export type Wish =
  | { readonly name: 'none' }
  | {
      readonly name: 'asking'
      readonly id: number
      readonly action: WishAction
      readonly tries: number
      readonly since: number
      readonly next?: WishAction
      readonly problem?: Problem
    }
  | {
      readonly name: 'waiting'
      readonly action: WishAction
      readonly tries: number
      readonly since: number
      readonly retryAt: number
      readonly problem: Problem
    }
  | { readonly name: 'refused'; readonly action: WishAction; readonly problem: Problem }

export interface Context {
  readonly settings: Settings
  /** Between start and stop, and not in the back/forward cache. */
  readonly active: boolean
  /** When it last ceased to be active. */
  readonly leftAt: number | undefined
  readonly visible: boolean
  readonly online: boolean
  /** The person just came to this page; the first status decides what that means. */
  readonly arrived: boolean
  /** The person paused the lab here: scrolling on must not wake it, coming back does. */
  readonly rest: boolean
  /** Last number given to a watch, link, request or refresh. */
  readonly serial: number
  /** Number of the last watch; what older ones bring is dropped. */
  readonly epoch: number
  /** Number of the last extra look at the status. */
  readonly refresh: number
  readonly watch: Watch
  readonly lab: LabStatus | undefined
  /** The watch in whose time `lab` was heard. */
  readonly heard: number
  readonly link: Link
  readonly wish: Wish
  readonly idle: Idle
  /** How often a failed lab was started again without anybody asking. */
  readonly heals: number
  /** Last problem that no state shows. */
  readonly told: Problem | undefined
}

export const NO_LINK = { name: 'none' } as const
export const NO_WISH = { name: 'none' } as const

export function initial(settings: Settings): Context {
  return {
    settings,
    active: false,
    leftAt: undefined,
    visible: false,
    online: true,
    arrived: false,
    rest: false,
    serial: 0,
    epoch: 0,
    refresh: 0,
    watch: { name: 'off' },
    lab: undefined,
    heard: 0,
    link: NO_LINK,
    wish: NO_WISH,
    idle: NOT_IDLE,
    heals: 0,
    told: undefined,
  }
}

/** The server takes the lab down, or it is down, and nobody has asked for it back. */
export function isGoingDown(lab: LabStatus): boolean {
  return lab.desired !== 'running' && ['running', 'suspending', 'suspended'].includes(lab.phase)
}

/** There is no lab, or soon none, and nobody has asked for one. */
export function isGone(lab: LabStatus): boolean {
  return lab.desired !== 'running' && ['absent', 'deleting'].includes(lab.phase)
}
