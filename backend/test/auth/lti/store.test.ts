/** The store in memory behaves as the one in PostgreSQL does (test/store/stores.test.ts). */

import { ltiStoreContract } from '../../contract/lti-store.js'
import { MemoryLtiStore } from '../../fakes/lti-store.js'

ltiStoreContract('in memory', async (now) => {
  const store = new MemoryLtiStore(now)
  return { replicas: [store, store], close: async () => undefined }
})
