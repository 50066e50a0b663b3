/**
 * The rules of the reference system, from its documentation: the page says every 30 seconds that it is there, for an
 * hour after the last move of the mouse; two minutes after its last word the lab is due, and every minute the suspender
 * takes the four that are due longest.
 */

import type { Month } from './learner.js'
import { TAKES } from './life.js'

const MIN = 60_000
const PAGE_IDLE = 60 * MIN
const SUSPEND_AFTER = 2 * MIN
const PASS = MIN
const AT_ONCE = 4

interface Visit {
  readonly month: number
  /** From when servers are paid for. */
  readonly from: number
  /** When nobody heard of the page any more for two minutes. */
  readonly due: number
  /** When its learner comes back next; the lab runs on if it was not taken before. */
  readonly next: number
}

/** Milliseconds with servers, of all labs together. */
export function referencePaid(months: readonly Month[], end: number): number {
  const visits = months.flatMap((month, index) => visitsOf(month, index, end))
  const taken = takeTurns(visits)
  let paid = 0
  for (const visit of visits) paid += Math.min(taken.get(visit) ?? visit.next, visit.next, end) - visit.from
  return paid
}

function visitsOf({ signs, habit }: Month, month: number, end: number): Visit[] {
  const visits: { from: number; heard: number }[] = []
  for (const { at, kind } of signs) {
    const last = visits.at(-1)
    if (kind === 'open' && (last === undefined || at > last.heard)) visits.push({ from: at, heard: at + PAGE_IDLE })
    else if (last && kind === 'input') last.heard = at + PAGE_IDLE
    else if (last && kind === 'closed') last.heard = at
    // A page that was left open and disconnected is reloaded by who comes back: an opening like another.
    if (last && kind === 'input' && habit === 'wanders') last.heard = at + PAGE_IDLE
  }
  return visits.map(({ from, heard }, index) => {
    return { month, from, due: heard + SUSPEND_AFTER, next: visits[index + 1]?.from ?? end }
  })
}

/** When each visit's lab is asleep at last. */
function takeTurns(visits: readonly Visit[]): Map<Visit, number> {
  const waiting = [...visits].sort((a, b) => a.due - b.due)
  const taken = new Map<Visit, number>()
  let pass = 0
  while (waiting.length > 0) {
    const first = waiting[0]?.due ?? 0
    pass = Math.max(pass + PASS, Math.ceil(first / PASS) * PASS)
    for (let turn = 0; turn < AT_ONCE; ) {
      const visit = waiting[0]
      if (visit === undefined || visit.due > pass) break
      waiting.shift()
      // Back already: it is not suspended, and takes no turn.
      if (visit.next <= pass) continue
      taken.set(visit, pass + TAKES.suspend)
      turn += 1
    }
  }
  return taken
}
