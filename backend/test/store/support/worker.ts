/** A replica that takes jobs and never ends one: `worker.ts <connection string> <name>`. To be killed. */
import { connectStore } from '../../../src/store/store.js'
import { log } from './servers.js'

// Not left over when the test itself is killed.
process.stdin.resume().on('end', () => process.exit())

const [url = '', replica = ''] = process.argv.slice(2)
const store = await connectStore(url, false, { log, replica })
await store.startJobs({
  concurrency: 1,
  sweep: async () => undefined,
  reconcile: async (id) => {
    process.stdout.write(`took ${id}\n`)
    await store.labs.exclusively(id, () => new Promise(() => undefined))
  },
})
process.stdout.write('ready\n')
