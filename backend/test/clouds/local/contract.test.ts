import assert from 'node:assert/strict'
import type { StackRef } from '../../../src/labs/ports.js'
import { cloudContract } from '../../contract/cloud.js'
import { Bench, run } from './harness.js'

cloudContract('local', async () => {
  const bench = new Bench()
  return {
    cloud: bench.cloud(),
    newRef: () => bench.newRef(),
    run,
    instances: async (ref: StackRef) => (await bench.hosts(ref)).length,
    crash: (ref: StackRef) => bench.crash(ref),
    patience: 30_000,
    dispose: async () => {
      assert.deepEqual(await bench.dispose(), [])
    },
  }
})
