import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { LocalCloud } from './clouds/local/cloud.js'
import type { Config } from './config/config.js'
import type { Cloud, StackSecrets } from './labs/ports.js'

export interface CloudOptions {
  readonly log: Logger
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
  const hostCommand = options.hostCommand ?? [
    process.execPath,
    fileURLToPath(new URL('./host-main.js', import.meta.url)),
  ]
  const clouds = config.clouds.map(({ name }): [string, Cloud] => {
    const cloud = new LocalCloud({
      name,
      folder: join(config.stateFolder, name),
      hostCommand,
      labOf: (lab) => config.labs.get(lab),
      log: options.log,
      ...(options.onStep ? { onStep: options.onStep } : {}),
    })
    return [name, options.wrapCloud?.(cloud) ?? cloud]
  })
  return new Map(clouds)
}
