import { allowedOrigins } from '../auth/origins.js'
import type { Config } from '../config/config.js'
import { describeConfig } from '../config/describe.js'
import { usableClouds } from '../labs/placement.js'
import { makeClouds } from '../make-clouds.js'
import { certificateFaults } from './certificate-faults.js'
import { type Command, configOf, print, printJson, quietLog } from './command.js'
import { FleetingSecrets } from './fleeting-secrets.js'

export interface Refusal {
  readonly lab: string
  readonly cloud: string
  readonly reason: string
}

/**
 * Reads the configuration with the certificates that it names and, unless offline, asks each cloud whether the labs'
 * templates would do there.
 */
export const checkConfig: Command = async (words) => {
  const config = await configOf(words)
  const refusals = words.values.offline ? [] : await askClouds(config)
  const certificates = await certificateFaults(config, process.env, Date.now())
  const ok = refusals.length + certificates.length === 0
  if (words.values.json) printJson({ ok, file: config.file, refusals, certificates })
  else {
    print(describeConfig(config, allowedOrigins(config)))
    for (const { lab, cloud, reason } of refusals) {
      process.stderr.write(`lab ${lab} cannot be launched in cloud ${cloud}: ${reason}\n`)
    }
    for (const { lab, terminal, reason } of certificates) {
      process.stderr.write(`terminal ${terminal} of lab ${lab}: ${reason}\n`)
    }
  }
  return ok ? 0 : 1
}

/** Local clouds are left out: they take every lab, and their folder belongs to the service that runs. */
async function askClouds(config: Config): Promise<Refusal[]> {
  const remote = { ...config, clouds: config.clouds.filter(({ type }) => type !== 'local') }
  const clouds = makeClouds(remote, { log: quietLog(), env: process.env, secrets: new FleetingSecrets() })
  const questions = [...config.labs.values()].flatMap((lab) =>
    usableClouds(lab).map(async ({ name }): Promise<Refusal[]> => {
      try {
        await clouds.get(name)?.validate?.(lab.name)
        return []
      } catch (error) {
        return [{ lab: lab.name, cloud: name, reason: error instanceof Error ? error.message : String(error) }]
      }
    }),
  )
  const refusals = (await Promise.all(questions)).flat()
  for (const cloud of clouds.values()) await cloud.close()
  return refusals
}
