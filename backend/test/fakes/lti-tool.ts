import { randomBytes } from 'node:crypto'
import { ToolKeys } from '../../src/auth/lti/keys.js'
import { Registrations } from '../../src/auth/lti/registrations.js'
import { LtiTool } from '../../src/auth/lti/tool.js'
import type { Config } from '../../src/config/config.js'
import { MemoryLtiStore } from './lti-store.js'

/** An LTI tool in memory, for tests of something else. */
export function ltiToolFor(config: Config): LtiTool {
  const [store, now] = [new MemoryLtiStore(), () => new Date()]
  const [keys, registrations] = [new ToolKeys({ store, now }), new Registrations(config.trust, store)]
  return new LtiTool({ config, registrations, keys, store, fetch, now, random: randomBytes })
}
