import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BaseLogger } from 'pino'
import { LocalCloud } from './clouds/local/cloud.js'
import { OpenStackCloud, type OpenStackLab } from './clouds/openstack/cloud.js'
import { findAccount } from './clouds/openstack/clouds-yaml.js'
import { installationTag } from './clouds/openstack/mark.js'
import type { CloudConfig, Config, LabConfig } from './config/config.js'
import type { Cloud, StackSecrets } from './labs/ports.js'

/** Calls to one OpenStack cloud that this process begins in a second; so many may come together. */
const CALLS_PER_SECOND = 20

export interface CloudOptions {
  readonly log: BaseLogger
  /** Where clouds.yaml may be, and the OS_* variables. */
  readonly env: NodeJS.ProcessEnv
  readonly secrets: StackSecrets
  /** What runs the local cloud's hosts; default: the built one beside this program. */
  readonly hostCommand?: readonly string[]
  /** Wraps each cloud; tests slow them down, or kill the process at a step. */
  readonly wrapCloud?: (cloud: Cloud) => Cloud
  readonly onStep?: (step: string) => void
}

/** The clouds of the configuration by name. Nothing is connected to yet. */
export function makeClouds(config: Config, options: CloudOptions): ReadonlyMap<string, Cloud> {
  const { wrapCloud = (cloud) => cloud } = options
  return new Map(config.clouds.map((cloud) => [cloud.name, wrapCloud(makeCloud(cloud, config, options))]))
}

function makeCloud(cloud: CloudConfig, config: Config, options: CloudOptions): Cloud {
  const { name } = cloud
  switch (cloud.type) {
    case 'local':
      return new LocalCloud({
        name,
        folder: join(config.stateFolder, name),
        hostCommand: options.hostCommand ?? [
          process.execPath,
          fileURLToPath(new URL('./host-main.js', import.meta.url)),
        ],
        labOf: (lab) => config.labs.get(lab),
        log: options.log,
        ...(options.onStep ? { onStep: options.onStep } : {}),
      })
    case 'openstack':
      return new OpenStackCloud({
        name,
        account: () => findAccount(cloud.cloud, { folder: dirname(config.file), env: options.env }),
        labOf: (lab) => openStackLab(config.labs.get(lab), name),
        tag: cloud.tag ?? installationTag(config.publicUrl),
        secrets: options.secrets,
        limits: { atOnce: config.concurrency, perSecond: CALLS_PER_SECOND, burst: CALLS_PER_SECOND },
      })
    default:
      return cloud satisfies never
  }
}

function openStackLab(lab: LabConfig | undefined, cloud: string): OpenStackLab | undefined {
  const template = lab?.clouds.find(({ name }) => name === cloud)?.template
  if (lab === undefined || template === undefined) return undefined
  return { ...template, run: runOf(lab), launchTimeout: lab.policy.launchTimeout, outputs: outputsOf(lab) }
}

/** The run of the only course that the lab is for (`course-v1:acme+CEPH+2026` is run `2026`), else the lab's name. */
function runOf({ name, courses = [] }: LabConfig): string {
  const [course, second] = courses
  return (course !== undefined && second === undefined && /[+/]([^+/]+)$/.exec(course)?.[1]) || name
}

/** What its terminals take from the stack. */
function outputsOf({ terminals }: LabConfig): string[] {
  const values = terminals.flatMap(({ host, port, user, password, privateKey, certificate, hostKey }) => [
    ...[host, port, user, password, privateKey, certificate, hostKey],
  ])
  return [...new Set(values.flatMap((value) => (value !== undefined && 'output' in value ? [value.output] : [])))]
}
