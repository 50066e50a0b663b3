import { describe } from 'node:test'
import { cloudContract } from '../../contract/cloud.js'
import { PATIENCE, runCommand, Testbed } from './testbed.js'

for (const convergence of ['false', 'true']) {
  describe(`Heat, convergence_engine = ${convergence}`, () => {
    cloudContract('OpenStack', async () => {
      const testbed = await Testbed.open()
      await testbed.restart('heat', { CONVERGENCE: convergence })
      return {
        cloud: testbed.cloud(),
        newRef: () => testbed.newRef(),
        run: runCommand,
        instances: async (ref) => (await testbed.servers(ref.stack)).length,
        patience: PATIENCE,
        dispose: () => testbed.dispose(),
      }
    })
  })
}
