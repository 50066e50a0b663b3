/** Where a terminal is and how to log in, from its configuration and the outputs of the lab's stack. */
import { readFile } from 'node:fs/promises'
import { LabError } from '../../../src/wire/problems.js'
import type { TerminalConfig, Value } from '../config/config.js'
import type { SshTarget } from './ports.js'

export type Outputs = Readonly<Record<string, string>>

/**
 * `terminals`: all of the lab, for those that are the way to this one. `shell`: names the shell that begins there. Throws
 * `cloud/misconfigured` without the value: the message names what is missing only.
 */
export async function sshTarget(
  terminal: TerminalConfig,
  outputs: Outputs,
  env: NodeJS.ProcessEnv,
  terminals: readonly TerminalConfig[],
  shell = terminal.name,
): Promise<SshTarget> {
  const optional = async (value: Value | undefined) => value && (await resolveValue(value, outputs, env))
  const [privateKey, certificate, password, hostKey] = [
    await optional(terminal.privateKey),
    await optional(terminal.certificate),
    await optional(terminal.password),
    await optional(terminal.hostKey),
  ]
  const over = terminal.via === undefined ? undefined : terminals.find(({ name }) => name === terminal.via)
  if (terminal.via !== undefined && !over) throw misconfigured(`way to terminal ${terminal.name}`)
  const via = over && { terminal: over.name, target: await sshTarget(over, outputs, env, terminals) }
  return {
    ...(await addressOf(terminal, outputs, env)),
    user: (await optional(terminal.user)) ?? '',
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(password === undefined ? {} : { password }),
    ...(hostKey === undefined ? {} : { hostKey }),
    ...(via && { via }),
    ...(terminal.start && { start: { ...terminal.start, session: `lab-${shell}` } }),
  }
}

/** The target with the key that `find` has for each host on the way, and for its own, where none is given. */
export async function pinned(
  terminal: string,
  target: SshTarget,
  find: (terminal: string, target: SshTarget) => Promise<string | undefined>,
): Promise<SshTarget> {
  const { via } = target
  const reached = via ? { ...target, via: { ...via, target: await pinned(via.terminal, via.target, find) } } : target
  const hostKey = target.hostKey ?? (await find(terminal, reached))
  return hostKey === undefined ? reached : { ...reached, hostKey }
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
