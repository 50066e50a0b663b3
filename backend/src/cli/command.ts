/** What the commands of `lab-backend` share: words on the command line, and where what they say goes. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Logger, pino } from 'pino'
import type { Config } from '../config/config.js'
import { loadConfig } from '../config/load.js'
import { joinStore, type Store } from '../store/store.js'

/** A mistake of the person who typed the command. */
export class UsageError extends Error {}

export interface Words {
  /** After the command's own name. */
  readonly rest: readonly string[]
  readonly values: Readonly<ReturnType<typeof parse>['values']>
}

export type Command = (words: Words) => Promise<number | undefined>

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      config: { type: 'string', short: 'c', default: 'lab-terminal.yaml' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      offline: { type: 'boolean', default: false },
      lab: { type: 'string' },
      phase: { type: 'string' },
      learner: { type: 'string' },
      given: { type: 'string' },
      maximum: { type: 'string' },
      comment: { type: 'string' },
      yes: { type: 'boolean', default: false },
      'no-wait': { type: 'boolean', default: false },
      from: { type: 'string' },
      to: { type: 'string' },
      days: { type: 'string' },
      by: { type: 'string', default: 'lab' },
      cloud: { type: 'string' },
      key: { type: 'string' },
      issuer: { type: 'string' },
      audience: { type: 'string' },
      sub: { type: 'string' },
      context: { type: 'string' },
    },
  })
}

/** Throws `UsageError`. */
export function readWords(args: readonly string[]): Words & { readonly command: string | undefined } {
  try {
    const { positionals, values } = parse(args)
    const [command, ...rest] = positionals
    return { command, rest, values }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

export function configOf({ values }: Words): Promise<Config> {
  return loadConfig(resolve(values.config), process.env)
}

/** On stderr and only what is wrong, so that stdout is the command's answer. */
export function quietLog(): Logger {
  return pino({ level: process.env['LOG_LEVEL'] ?? 'error' }, pino.destination({ dest: 2, sync: true }))
}

/** Joins the database of the service for the time of `work`. */
export async function withStore<T>(config: Config, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await joinStore(config.database, { log: quietLog(), replica: `command-${process.pid}` })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

export function print(text: string): void {
  process.stdout.write(text)
}

export function printJson(value: unknown): void {
  print(`${JSON.stringify(value, undefined, process.stdout.isTTY ? 2 : undefined)}\n`)
}
