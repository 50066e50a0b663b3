import { cloudContract } from '../../contract/cloud.js'
import { PATIENCE, runCommand, Testbed } from './testbed.js'

cloudContract('OpenStack', async () => {
  const testbed = await Testbed.open()
  return {
    cloud: testbed.cloud(),
    newRef: () => testbed.newRef(),
    run: runCommand,
    instances: async (ref) => (await testbed.servers(ref.stack)).length,
    patience: PATIENCE,
    dispose: () => testbed.dispose(),
  }
})
