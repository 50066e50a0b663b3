/** graphile-worker's log lines in ours. Each job done is an `info` to it and a `debug` to us. */
import { Logger } from 'graphile-worker'
import type { BaseLogger } from 'pino'

export function workerLogger(log: BaseLogger): Logger {
  return new Logger(() => (level, message, meta) => {
    const error = meta?.error
    const fields = error instanceof Error ? { err: error } : {}
    // What went wrong for good is said by us; its errors are lost connections and the like, which it mends itself.
    if (`${level}` === 'error' || `${level}` === 'warning') log.warn(fields, `jobs: ${message}`)
    else log.debug(fields, `jobs: ${message}`)
  })
}
