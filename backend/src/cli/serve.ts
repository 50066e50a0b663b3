import { pino } from 'pino'
import { serve } from '../serve.js'
import { type Command, configOf, print } from './command.js'

/** Milliseconds within which signals are one wish. */
const SAME_SIGNAL_MS = 1_000

/** Serves until it is told to stop; ends the process itself. */
export const serveCommand: Command = async (words) => {
  const config = await configOf(words)
  // A person at a terminal wants the address and the trouble; everything else is for machines.
  const level = process.env['LOG_LEVEL'] ?? (process.stdout.isTTY ? 'warn' : 'info')
  const log = pino({ level, redact: ['req.headers', 'headers.authorization'] })
  const served = await serve(config, { log, env: process.env })
  print(`\n  lab-terminal is ready: ${served.url}/\n\n`)
  let stopping: number | undefined
  const stop = (): void => {
    // A second Ctrl+C means it; one that comes at once is the first, passed on by npm as well.
    if (stopping !== undefined && performance.now() - stopping > SAME_SIGNAL_MS) process.exit(1)
    if (stopping !== undefined) return
    stopping = performance.now()
    served.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'not stopped in good order')
        process.exit(1)
      },
    )
  }
  void served.databaseEnded.then(() => {
    if (stopping !== undefined) return
    log.fatal('the database has ended; nothing can be served without it')
    process.exit(1)
  })
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return undefined
}
