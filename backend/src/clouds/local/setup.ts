/** Runs a lab's set-up command in its home, over the same door that a learner comes through. */

import { timingSafeEqual } from 'node:crypto'
import { createWriteStream, type WriteStream } from 'node:fs'
import ssh2, { type ClientChannel } from 'ssh2'
import { SSH_USER } from './environment.js'
import type { Keys, StackFolder } from './stack-folder.js'
import { writeWhole } from './state-file.js'
import { Interrupted, WorkFailed } from './work-context.js'

const MAX_LOG_BYTES = 1024 * 1024

export interface SetupOptions {
  readonly command: string
  readonly limitMs: number
  readonly keys: Keys
  readonly port: number
  readonly signal: AbortSignal
}

/** Throws `WorkFailed` for an exit status other than 0 or past the limit, `Interrupted` when aborted. */
export async function runSetup(folder: StackFolder, options: SetupOptions): Promise<void> {
  await writeWhole(folder.files.setupScript, `${options.command}\n`)
  const log = createWriteStream(folder.files.setupLog, { mode: 0o600 })
  try {
    const end = await execute(`exec /bin/bash ${quote(folder.files.setupScript)}`, log, options)
    if (end !== 0) throw new WorkFailed(`setup ended with ${describe(end)}; its output is in state/setup.log`)
  } finally {
    await new Promise<void>((resolve) => log.end(resolve))
  }
}

type End = number | string

function describe(end: End): string {
  return typeof end === 'number' ? `status ${end}` : `signal ${end}`
}

/** A word for sh(1). */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** When the connection ends early the host ends the command: nothing of it is left behind. */
function execute(command: string, log: WriteStream, options: SetupOptions): Promise<End> {
  const { keys, port, limitMs, signal } = options
  const client = new ssh2.Client()
  return new Promise<End>((resolve, reject) => {
    const timer = setTimeout(() => reject(new WorkFailed(`setup took longer than ${limitMs / 1000} s`)), limitMs)
    const onAbort = (): void => reject(new Interrupted('setup was interrupted'))
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    client.once('close', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      reject(new WorkFailed('the connection to the host ended during setup'))
    })
    client.on('error', (error) => reject(new WorkFailed(`setup could not be run: ${error.message}`)))
    client.once('ready', () => {
      client.exec(command, (error, channel) => {
        if (error) reject(new WorkFailed(`setup could not be run: ${error.message}`))
        else follow(channel, log, resolve)
      })
    })
    client.connect({
      host: '127.0.0.1',
      port,
      username: SSH_USER,
      privateKey: keys.clientPrivate,
      hostVerifier: (key: Buffer) => isSameKey(key, keys.hostPublic),
    })
  }).finally(() => client.end())
}

function isSameKey(key: Buffer, expected: string): boolean {
  const wanted = Buffer.from(expected.split(' ')[1] ?? '', 'base64')
  return wanted.length === key.length && timingSafeEqual(wanted, key)
}

function follow(channel: ClientChannel, log: WriteStream, resolve: (end: End) => void): void {
  let room = MAX_LOG_BYTES
  const keep = (bytes: Buffer): void => {
    if (room > 0) log.write(bytes.subarray(0, room))
    room -= bytes.length
  }
  channel.on('data', keep)
  channel.stderr.on('data', keep)
  channel.end()
  let end: End = 'unknown'
  channel.on('exit', (status: number | null, name?: string) => {
    end = status ?? name ?? 'unknown'
  })
  channel.on('close', () => resolve(end))
}
