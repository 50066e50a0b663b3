/** Learners as they are: who closes the tab, who wanders off and leaves it open, whose machine crashes. */

const MIN = 60_000
const DAY = 24 * 60 * MIN

export type Habit = 'closes' | 'wanders' | 'crashes'

/** What the service can see of a learner. `closed`: the page's sockets ended, whatever ended them. */
export type Sign = { readonly at: number; readonly kind: 'open' | 'input' | 'closed' }

export interface Month {
  readonly habit: Habit
  readonly signs: readonly Sign[]
  /** Times from first to last input without a break: what a perfect oracle would pay for. Milliseconds. */
  readonly active: readonly (readonly [number, number])[]
}

/** A generator of numbers from 0 to 1 (mulberry32): the same month for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * A month of lessons of 30 to 45 minutes, daily or every other day; half of them at the hour of a class. Six in ten
 * learners close the tab, a quarter wander off, the others' machines crash or sleep.
 */
export function monthOf(seed: number, days = 30): Month {
  const random = randomOf(seed)
  const draw = random()
  const habit: Habit = draw < 0.6 ? 'closes' : draw < 0.85 ? 'wanders' : 'crashes'
  const daily = random() < 0.5
  const ownHour = 8 + random() * 13
  const signs: Sign[] = []
  const active: [number, number][] = []
  for (let day = daily ? 0 : Math.floor(random() * 2); day < days; day += daily ? 1 : 2) {
    const classHour = [9, 13, 18][Math.floor(random() * 3)] ?? 9
    const hour = random() < 0.5 ? classHour + random() / 6 : ownHour + random()
    lesson(day * DAY + hour * 60 * MIN, habit, random, signs, active)
  }
  return { habit, signs, active }
}

function lesson(start: number, habit: Habit, random: () => number, signs: Sign[], active: [number, number][]): void {
  const minutes = 30 + random() * 15
  const wanders = habit === 'wanders' && random() < 0.5
  const end = wanders ? work(start, (minutes / 2) * MIN, random, signs, active) : start
  // Away with the page left open, then back.
  const again = wanders ? end + (15 + random() * 25) * MIN : start
  const last = work(again, (wanders ? minutes / 2 : minutes) * MIN, random, signs, active)
  if (habit === 'closes') signs.push({ at: last + random() * 10_000, kind: 'closed' })
  // The server misses the pongs of a machine that sleeps or is dead, and dates the leaving by the last one.
  if (habit === 'crashes') signs.push({ at: last + 15_000, kind: 'closed' })
}

/** Reads, types, thinks: somebody who works gives a sign at least every four minutes. */
function work(start: number, length: number, random: () => number, signs: Sign[], active: [number, number][]): number {
  signs.push({ at: start, kind: 'open' })
  let at = start
  for (;;) {
    const pause = Math.min(4 * MIN, -Math.log(1 - random()) * 40_000)
    if (at + pause > start + length) break
    at += pause
    signs.push({ at, kind: 'input' })
  }
  active.push([start, at])
  return at
}
