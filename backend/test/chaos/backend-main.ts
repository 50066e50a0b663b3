/** A whole backend, to be killed: `backend-main <configuration> <database> [address of the scripted cloud]`. */
import { createInterface } from 'node:readline'
import { pino } from 'pino'
import { loadConfig } from '../../src/config/load.js'
import { serve } from '../../src/serve.js'
import { LeapingTimers } from './leaping-timers.js'
import { ScriptedCloud } from './scripted-cloud.js'

const [file, database, url] = process.argv.slice(2)
if (!file || !database) throw new Error('which configuration and database?')
const timers = new LeapingTimers()
const config = await loadConfig(file, process.env)
const served = await serve(
  { ...config, database: { type: 'postgres', url: database } },
  {
    log: pino({ level: process.env['LOG_LEVEL'] ?? 'warn' }, pino.destination(2)),
    env: process.env,
    timers,
    ...(url ? { wrapCloud: ({ name }) => new ScriptedCloud(name, url) } : {}),
  },
)
process.stdout.write(`ready ${served.url}\n`)
createInterface({ input: process.stdin }).on('line', (line) => {
  const [, milliseconds] = /^later (\d+)$/.exec(line) ?? []
  if (milliseconds === undefined) return
  timers.leap(Number(milliseconds))
  process.stdout.write('later\n')
})
process.on('SIGTERM', () => {
  served.close().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
