/** Where a terminal is and how to log in, from its configuration and the outputs of the lab's stack. */
import { readFile } from 'node:fs/promises'
import { LabError } from '../../../src/wire/problems.js'
import type { TerminalConfig, Value } from '../config/config.js'
import type { SshTarget } from './ports.js'

export type Outputs = Readonly<Record<string, string>>

/** Throws `cloud/misconfigured` without the value: the message names what is missing only. */
export async function sshTarget(
  terminal: TerminalConfig,
  outputs: Outputs,
  env: NodeJS.ProcessEnv,
): Promise<SshTarget> {
  const optional = async (value: Value | undefined) => value && (await resolveValue(value, outputs, env))
  const [privateKey, password, hostKey] = [
    await optional(terminal.privateKey),
    await optional(terminal.password),
    await optional(terminal.hostKey),
  ]
  return {
    ...(await addressOf(terminal, outputs, env)),
    user: (await optional(terminal.user)) ?? '',
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(password === undefined ? {} : { password }),
    ...(hostKey === undefined ? {} : { hostKey }),
    ...(terminal.start && { start: { ...terminal.start, session: `lab-${terminal.name}` } }),
  }
}

/** Throws as `sshTarget`. */
export async function addressOf(
  terminal: TerminalConfig,
  outputs: Outputs,
  env: NodeJS.ProcessEnv,
): Promise<{ host: string; port: number }> {
  const port = Number(await resolveValue(terminal.port, outputs, env))
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw misconfigured(`port of terminal ${terminal.name}`)
  return { host: await resolveValue(terminal.host, outputs, env), port }
}

/** Throws `cloud/misconfigured` without the value: the message names what is missing only. */
export async function resolveValue(value: Value, outputs: Outputs, env: NodeJS.ProcessEnv): Promise<string> {
  if ('literal' in value) return value.literal
  if ('output' in value) return outputs[value.output] ?? fail(`output ${value.output} of the stack`)
  if ('env' in value) return env[value.env] ?? fail(`environment variable ${value.env}`)
  return readFile(value.file, 'utf8').then(
    (text) => text.trimEnd(),
    () => fail(`file ${value.file}`),
  )
}

function fail(what: string): never {
  throw misconfigured(what)
}

/** `what` is missing or wrong; never its value. */
export function misconfigured(what: string): LabError {
  return new LabError('cloud/misconfigured', { message: `a terminal's ${what} is missing or wrong` })
}
