/** A whole backend whose cloud is the scripted one: `backend-main.ts <configuration> <cloud's address> <database>`. */
import { pino } from 'pino'
import { loadConfig } from '../../src/config/load.js'
import { serve } from '../../src/serve.js'
import { ScriptedCloud } from './scripted-cloud.js'

const [file, url, database] = process.argv.slice(2)
if (!file || !url || !database) throw new Error('which configuration, cloud and database?')
const config = await loadConfig(file, process.env)
const served = await serve(
  { ...config, database: { type: 'postgres', url: database } },
  {
    log: pino({ level: process.env['LOG_LEVEL'] ?? 'warn' }, pino.destination(2)),
    env: process.env,
    wrapCloud: ({ name }) => new ScriptedCloud(name, url),
  },
)
process.stdout.write(`ready ${served.url}\n`)
process.on('SIGTERM', () => {
  served.close().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
