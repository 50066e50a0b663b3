import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CloudConfig } from '../config/config.js'
import { HostKeys } from '../host-keys.js'
import { usableClouds } from '../labs/placement.js'
import { makeClouds } from '../make-clouds.js'
import { type Command, configOf, print, printJson, quietLog, UsageError } from './command.js'
import { Examination } from './examination.js'
import { FleetingSecrets } from './fleeting-secrets.js'

/** Under a mark of their own: the service's sweep takes no notice of throw-away stacks. */
function apart(cloud: CloudConfig): CloudConfig {
  return cloud.type === 'openstack' ? { ...cloud, tag: 'lab-terminal-doctor' } : cloud
}

/** Launches a throw-away copy of a lab, takes it through its life, and says how long each step took. */
export const doctor: Command = async (words) => {
  const config = await configOf(words)
  const [name, ...more] = words.rest
  const lab = name === undefined ? undefined : config.labs.get(name)
  if (name === undefined || more.length > 0) throw new UsageError('doctor needs the name of one lab')
  if (lab === undefined)
    throw new UsageError(`no lab is named ${name}; there are ${[...config.labs.keys()].join(', ')}`)
  const cloudName = words.values.cloud ?? usableClouds(lab)[0]?.name
  // What local labs leave here is thrown away; their own folder belongs to the service.
  const stateFolder = await mkdtemp(join(tmpdir(), 'lab-doctor-'))
  const used = { ...config, stateFolder, clouds: config.clouds.filter((one) => one.name === cloudName).map(apart) }
  const log = quietLog()
  const secrets = new FleetingSecrets()
  const clouds = makeClouds(used, { log, env: process.env, secrets })
  try {
    const cloud = cloudName === undefined ? undefined : clouds.get(cloudName)
    if (cloud === undefined) throw new UsageError(`no cloud is named ${cloudName}`)
    const key = { issuer: 'lab-terminal:doctor', subject: randomUUID(), name, id: randomUUID() }
    const say = words.values.json ? () => undefined : print
    const hosts = new HostKeys(secrets, log)
    const examination = new Examination({ cloud, lab, key, env: process.env, hosts, say })
    const stop = (): void => examination.stop()
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
    const verdict = await examination.run()
    if (words.values.json) printJson({ lab: name, cloud: cloudName, ...verdict })
    else print(verdict.ok ? '\nThe lab is well.\n' : `\nThe lab is not well: ${verdict.reason}\n`)
    return verdict.ok ? 0 : 1
  } finally {
    for (const cloud of clouds.values()) await cloud.close()
    await rm(stateFolder, { recursive: true, force: true })
  }
}
