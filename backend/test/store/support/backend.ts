/**
 * A backend as far as its database goes: `backend.ts <options as JSON>`. Says `at <connection string>` when it is up and
 * `failed <message>` when it is not; stops in good order on SIGTERM, ignores SIGINT.
 */
import pino from 'pino'
import { type EmbeddedOptions, startEmbedded } from '../../../src/store/embedded.js'

// Not left over when the test itself is killed.
process.stdin.resume().on('end', () => process.exit())
process.on('SIGINT', () => undefined)

const say = (line: string) => process.stdout.write(`${line.replaceAll('\n', ' ')}\n`)
const options: Omit<EmbeddedOptions, 'log'> = JSON.parse(process.argv[2] ?? '{}')
say('began')
try {
  const embedded = await startEmbedded({ ...options, log: pino({ level: 'silent' }) })
  process.on('SIGTERM', () => {
    void embedded.stop().then(() => process.exit())
  })
  say(`at ${embedded.connectionString}`)
} catch (error) {
  say(`failed ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
