/** One request with a time-out and an abort, and its answer as JSON. No secret reaches an error text. */
import { orAborted } from '../display/or-aborted.js'
import { LabError } from '../wire/problems.js'
import { decodeFailure } from './decode.js'
import type { Timers } from './timers.js'

/** No answer by then (milliseconds) is no answer. */
export const REQUEST_TIMEOUT_MS = 15_000
/** Longest answer read, characters. */
const MAX_ANSWER = 1_000_000

export interface HttpDeps {
  readonly fetch: typeof fetch
  readonly timers: Timers
}

/** A controller that follows `signal` and can be aborted by itself; `free` stops the following. */
export function linkedAbort(signal: AbortSignal): { controller: AbortController; free: () => void } {
  const controller = new AbortController()
  const abort = () => controller.abort(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  return { controller, free: () => signal.removeEventListener('abort', abort) }
}

/**
 * Runs `work` with a signal that aborts with `signal`, or after `ms` milliseconds.
 * @throws LabError `server/unreachable` after the time-out and where the network failed; the abort reason when aborted
 */
export async function within<T>(
  timers: Timers,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  ms = REQUEST_TIMEOUT_MS,
): Promise<T> {
  const { controller, free } = linkedAbort(signal)
  const timer = timers.setTimeout(
    () => controller.abort(new LabError('server/unreachable', { message: 'no answer' })),
    ms,
  )
  try {
    return await orAborted(work(controller.signal), controller.signal)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof LabError) throw error
    throw new LabError('server/unreachable', { cause: error })
  } finally {
    timers.clearTimeout(timer)
    free()
  }
}

/** The JSON of an answer. @throws LabError of the problem where the answer is not ok */
export async function readJson(response: Response): Promise<unknown> {
  const text = await response.text()
  if (text.length > MAX_ANSWER) throw new LabError('server/internal', { message: 'answer too long' })
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    if (response.ok) throw new LabError('server/internal', { message: 'answer is no JSON', cause })
  }
  if (!response.ok) throw decodeFailure(response.status, body)
  return body
}
