import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { ServerChannel } from 'ssh2'
import { finish, hangUp, type Program, type ProgramEnd, type ProgramOptions, signalGroup } from './program.js'
import { windowOf } from './window.js'

/** How long a program that has ended may be silent before its output is over, though a daemon of its still holds it. */
const SILENCE_MS = 250
const WINDOW_PAUSE_MS = 10

/** Runs a program with pipes: standard input, output and error are the channel's. */
export function runWithPipes(options: ProgramOptions): Program {
  const { file, args, cwd, env, channel, tree } = options
  const child = spawn(file, [...args], { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  const { pid } = child
  let ended = false
  const output = new Output(channel)
  const pumps = [output.pump(child.stdout, 'out'), output.pump(child.stderr, 'err')]
  channel.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  channel.pipe(child.stdin)
  const conclude = async (end: ProgramEnd): Promise<void> => {
    ended = true
    await Promise.race([Promise.all(pumps), output.silence()])
    child.stdout.destroy()
    child.stderr.destroy()
    finish(channel, end)
  }
  const end = (result: ProgramEnd): void => {
    conclude(result).catch(() => channel.close())
  }
  child.once('error', () => end({ status: 127 }))
  child.once('exit', (status, signal) => end(signal === null ? { status: status ?? 0 } : { signal }))
  channel.on('close', () => {
    output.stop()
    if (!ended && pid !== undefined) hangUp(pid, tree)
  })
  return {
    signal: (name) => {
      if (!ended && pid !== undefined) signalGroup(pid, name)
    },
    resize: () => undefined,
  }
}

/**
 * Both streams of a program into one channel, one write at a time: ssh2 1.17 repeats old output when standard error
 * has to wait for the client's window after standard output had to, so standard error is only written within it.
 */
class Output {
  readonly #channel: ServerChannel
  #turn: Promise<void> = Promise.resolve()
  #waiting = 0
  #written = 0
  #stopped = false
  #stop: () => void = () => undefined
  readonly #stopping: Promise<void>

  constructor(channel: ServerChannel) {
    this.#channel = channel
    this.#stopping = new Promise((resolve) => {
      this.#stop = resolve
    })
  }

  /** The client is gone: what still comes is read and dropped. */
  stop(): void {
    this.#stopped = true
    this.#stop()
  }

  async pump(source: Readable, stream: 'out' | 'err'): Promise<void> {
    try {
      for await (const chunk of source) {
        const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
        if (!this.#stopped) await this.#inTurn(() => (stream === 'out' ? this.#out(bytes) : this.#err(bytes)))
      }
    } catch {
      // Destroyed on purpose: the program has ended and a daemon holds its output.
    }
  }

  /** Resolves when nothing was written for a while and nothing waits to be. */
  async silence(): Promise<void> {
    for (let seen = -1; seen !== this.#written || this.#waiting > 0; ) {
      seen = this.#written
      await delay(SILENCE_MS)
    }
  }

  async #inTurn(write: () => Promise<void>): Promise<void> {
    this.#waiting++
    const mine = this.#turn.then(write)
    this.#turn = mine
    await mine
    this.#waiting--
    this.#written++
  }

  async #out(bytes: Buffer): Promise<void> {
    await Promise.race([this.#stopping, new Promise<void>((resolve) => this.#channel.write(bytes, () => resolve()))])
  }

  async #err(bytes: Buffer): Promise<void> {
    let rest = bytes
    while (rest.length > 0 && !this.#stopped) {
      const room = Math.min(windowOf(this.#channel), rest.length)
      if (room > 0) this.#channel.stderr.write(rest.subarray(0, room))
      else await delay(WINDOW_PAUSE_MS)
      rest = rest.subarray(room)
    }
  }
}
