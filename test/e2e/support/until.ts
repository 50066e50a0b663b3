import { setTimeout as sleep } from 'node:timers/promises'

/** Asks until the answer is neither undefined, false nor null; throws when time is up. The usual bound is one for slow machines. */
export async function until<T>(
  ask: () => T | Promise<T>,
  { seconds = 60, what, every = 50 }: { seconds?: number; what: string; every?: number },
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + seconds * 1000
  let last: T | undefined
  while (performance.now() < end) {
    last = await ask()
    if (last !== undefined && last !== false && last !== null) return last as NonNullable<Exclude<T, false>>
    await sleep(every)
  }
  throw new Error(`waited ${seconds} s for ${what}`)
}
