/** Connects and logs in to a lab host, up to an open shell or whatever else is wanted of it. */
import type { Duplex } from 'node:stream'
import { type AnyAuthMethod, Client, type ClientChannel, type ConnectConfig, type Prompt } from 'ssh2'
import { LabError } from '../../../src/wire/problems.js'
import type { TerminalSize } from '../../../src/wire/ssh.js'
import { doubtsOf } from './certificate.js'
import { certifiedKey, type KeyPair, readKeyPair } from './certified-key.js'
import { Connection } from './connection.js'
import { type PinnedKey, pinnedKey, scanHostKey } from './host-key.js'
import type { SshTarget } from './ports.js'
import { type Start, startCommand } from './start.js'
import type { Timers } from './timers.js'

const TERM = 'xterm-256color'
/** Programs write UTF-8; a host that takes no environment keeps its own. */
const ENVIRONMENT = { LANG: 'C.UTF-8' }

export interface LogInOptions {
  /** From connecting to what is wanted, milliseconds. */
  readonly timeout: number
  readonly timers: Timers
  readonly signal: AbortSignal
}

export interface LoginOptions extends LogInOptions {
  readonly size: TerminalSize
}

export type Login = (target: SshTarget, options: LoginOptions) => Promise<Connection>

/**
 * Resolves with an open shell. Rejects with `link/shell-unreachable`, `link/login-refused`, `link/host-key-changed` or
 * `cloud/misconfigured`. No error holds a secret or an address.
 */
export const login: Login = (target, options) =>
  logIn(target, options, (client) => openShell(client, options.size, options.timers, target.start))

/** Logs in and does `work` on the connection, which is the work's from then on; rejects as `login` does. */
export async function logIn<T>(
  target: SshTarget,
  options: LogInOptions,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { hostKey, certificate, privateKey = '' } = target
  const pinned = hostKey === undefined ? undefined : pinnedKey(hostKey)
  const certified = certificate === undefined ? undefined : readKeyPair(privateKey, certificate)
  const until = options.timers.now() + options.timeout
  const way = await wayTo(target, options)
  try {
    const timeout = Math.max(until - options.timers.now(), 1)
    return await new Attempt({ target, pinned, certified, way, options: { ...options, timeout }, work }).run()
  } catch (error) {
    way?.destroy()
    throw error
  }
}

/** The key that a host shows, asked over the way to it; rejects as `login` does. */
export async function hostKeyOf(
  target: Pick<SshTarget, 'host' | 'port' | 'via'>,
  options: LogInOptions,
): Promise<string> {
  const way = await wayTo(target, options)
  return await scanHostKey(target, options.timeout, way).finally(() => way?.destroy())
}

/** A stream to a host that is reached over another one; undefined where it is reached at its address. */
async function wayTo(
  { host, port, via }: Pick<SshTarget, 'host' | 'port' | 'via'>,
  options: LogInOptions,
): Promise<Duplex | undefined> {
  return via && (await logIn(via.target, options, (client) => forwarded(client, host, port)))
}

/** The connection of a jump host (RFC 4254 section 7.2) is for one stream, and ends with it whether or not it answers. */
function forwarded(client: Client, host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
      if (error) return reject(unreachable('no way on from the jump host'))
      const destroy: () => ClientChannel = channel.destroy.bind(channel)
      channel.destroy = () => {
        client.destroy()
        return destroy()
      }
      channel.on('close', () => client.destroy())
      resolve(channel)
    })
  })
}

function openShell(
  client: Client,
  { cols, rows }: TerminalSize,
  timers: Timers,
  start: Start | undefined,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const pty = { term: TERM, cols, rows, width: 0, height: 0 }
    const opened = (error: Error | undefined, channel: ClientChannel): void => {
      if (error) reject(unreachable('no shell'))
      else resolve(new Connection(client, channel, timers))
    }
    const command = start && startCommand(start)
    if (command === undefined) client.shell(pty, { env: ENVIRONMENT }, opened)
    else client.exec(command, { pty, env: ENVIRONMENT }, opened)
  })
}

interface AttemptDeps<T> {
  readonly target: SshTarget
  readonly pinned: PinnedKey | undefined
  readonly certified: KeyPair | undefined
  readonly way: Duplex | undefined
  readonly options: LogInOptions
  readonly work: (client: Client) => Promise<T>
}

class Attempt<T> {
  readonly #client = new Client()
  readonly #deps: AttemptDeps<T>
  #keyChanged = false

  constructor(deps: AttemptDeps<T>) {
    this.#deps = deps
  }

  async run(): Promise<T> {
    const { timers, timeout, signal } = this.#deps.options
    let cancel: () => void = () => undefined
    let abort: () => void = () => undefined
    const given = new Promise<never>((_, reject) => {
      cancel = timers.after(timeout, () => reject(unreachable('timeout')))
      abort = () => reject(unreachable('aborted'))
      signal.addEventListener('abort', abort)
      if (signal.aborted) abort()
    })
    try {
      return await Promise.race([this.#open(), given])
    } catch (error) {
      this.#client.destroy()
      throw error
    } finally {
      cancel()
      signal.removeEventListener('abort', abort)
    }
  }

  #open(): Promise<T> {
    const client = this.#client
    return new Promise((resolve, reject) => {
      client.on('error', (error) => reject(this.#problem(error)))
      client.on('close', () => reject(unreachable('closed')))
      client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) =>
        finish(this.#say(prompts)),
      )
      client.on('ready', () => void this.#deps.work(client).then(resolve, reject))
      try {
        client.connect(this.#config()).setNoDelay(true)
      } catch {
        // ssh2 refuses a key or an algorithm that it cannot read; its words may quote it.
        reject(new LabError('cloud/misconfigured', { message: "a terminal's key cannot be read" }))
      }
    })
  }

  #config(): ConnectConfig {
    const { target, pinned, certified, way } = this.#deps
    const { host, port, user, privateKey, password } = target
    return {
      host,
      port,
      username: user,
      readyTimeout: 0,
      ...(way && { sock: way }),
      ...(certified ? { authHandler: this.#methods(certified) } : privateKey === undefined ? {} : { privateKey }),
      ...(password === undefined ? {} : { password, tryKeyboard: true }),
      ...(pinned === undefined ? {} : { algorithms: { serverHostKey: pinned.algorithms } }),
      hostVerifier: (blob: Buffer) => {
        this.#keyChanged = pinned !== undefined && !pinned.matches(blob)
        return !this.#keyChanged
      },
    }
  }

  /** As ssh2 would try them, with the certificate for the bare key. */
  #methods(certified: KeyPair): AnyAuthMethod[] {
    const { user: username, password } = this.#deps.target
    const prompt = (_name: string, _words: string, _language: string, prompts: Prompt[], finish: Finish): void =>
      finish(this.#say(prompts))
    return [
      { type: 'none', username },
      { type: 'publickey', username, key: certifiedKey(this.#client, certified) },
      ...(password === undefined
        ? []
        : ([
            { type: 'password', username, password },
            { type: 'keyboard-interactive', username, prompt },
          ] as const)),
    ]
  }

  /** A host without the `password` method asks for the password by keyboard-interactive (RFC 4256). */
  #say(prompts: readonly { echo?: boolean }[]): string[] {
    const asksPassword = prompts.length === 1 && prompts[0]?.echo !== true
    return prompts.map(() => (asksPassword ? (this.#deps.target.password ?? '') : ''))
  }

  #problem(error: Error & { level?: string; code?: unknown }): LabError {
    if (error instanceof LabError) return error
    const { target, pinned, certified, options } = this.#deps
    if (this.#keyChanged || (pinned && /host key format/.test(error.message))) {
      return new LabError('link/host-key-changed')
    }
    if (error.level === 'client-authentication') return refused(target.user, certified, options.timers.now())
    return unreachable(typeof error.code === 'string' ? error.code : (error.level ?? 'protocol'))
  }
}

type Finish = (answers: string[]) => void

/** What is known against a certificate is told only now: the host's clock decides, and its list of principals. */
function refused(user: string, certified: KeyPair | undefined, now: number): LabError {
  if (!certified) return new LabError('link/login-refused')
  const doubts = doubtsOf(certified.certificate, user, now)
  const why = doubts.length > 0 ? doubts.join(' and ') : 'is in order: does the host trust its authority?'
  return new LabError('link/login-refused', { message: `the host refused the login; the certificate ${why}` })
}

function unreachable(why: string): LabError {
  return new LabError('link/shell-unreachable', { message: `ssh: ${why}` })
}
