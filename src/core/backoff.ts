/**
 * When to try again: the first retry at once, then full jitter (a uniform share of an exponentially growing bound), so
 * that the pages of a whole course do not come back in step after an outage.
 */

/** Bound of the second retry, milliseconds; it doubles with each further one. */
export const BACKOFF_BASE_MS = 1_000
/** The bound never grows beyond this, milliseconds. */
export const BACKOFF_CAP_MS = 30_000
/** What held for at least this long (milliseconds) was no failure: the count of tries begins anew. */
export const MIN_UPTIME_MS = 2_000

/**
 * @param failures failures in a row before the one that is answered now
 * @param random uniform in [0, 1)
 * @returns milliseconds to wait, 0 for the first retry
 */
export function backoff(failures: number, random: number): number {
  if (failures <= 0) return 0
  return Math.round(random * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(failures - 1, 16)))
}

/** Failures in a row before this one, for something that failed after `uptime` milliseconds of working. */
export function failuresBefore(failures: number, uptime: number): number {
  return uptime >= MIN_UPTIME_MS ? 0 : failures
}
