/**
 * What a line takes where nobody looks at its output: by OpenSSH's own client, and by ssh2, which our gateway and the plain
 * relay read with. No terminal behind them can be faster.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import ssh2, { type ClientChannel } from 'ssh2'
import type { SshTarget } from '../../../src/gateway/ports.js'

const PTY = { term: 'xterm-256color', cols: 91, rows: 25 }

/** Milliseconds from the typed line to what is printed behind it. */
export async function floorOfOpenSsh(target: SshTarget, line: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'floor-'))
  const key = join(folder, 'key')
  await writeFile(key, target.privateKey ?? '', { mode: 0o600 })
  const settings = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR']
  const where = ['-i', key, '-p', String(target.port), `${target.user}@${target.host}`]
  const words = ['-F', 'none', '-tt', ...settings.flatMap((each) => ['-o', each]), ...where]
  const child = spawn('ssh', words, { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    await until(child.stdout, '$ ')
    child.stdin.write(`stty rows ${PTY.rows} cols ${PTY.cols}; printf 'si''zed\\n'\n`)
    await until(child.stdout, 'sized')
    return await timed(child.stdout, child.stdin, line)
  } finally {
    child.stdin.end('exit\n')
    await once(child, 'exit')
    await rm(folder, { recursive: true })
  }
}

/** The same. */
export async function floorOfSsh2(target: SshTarget, line: string): Promise<number> {
  const client = new ssh2.Client()
  const { host, port, user, privateKey = '' } = target
  client.connect({ host, port, username: user, privateKey })
  await once(client, 'ready')
  const shell = await new Promise<ClientChannel>((resolve, reject) => {
    client.shell(PTY, (error, channel) => (error ? reject(error) : resolve(channel)))
  })
  await until(shell, '$ ')
  const took = await timed(shell, shell, line)
  client.end()
  return took
}

async function timed(output: Readable, input: Writable, line: string): Promise<number> {
  const from = performance.now()
  input.write(`${line}; printf 'th''at\\n'\n`)
  await until(output, 'that')
  return performance.now() - from
}

function until(output: Readable, text: string): Promise<void> {
  let last = ''
  return new Promise((resolve) => {
    const look = (bytes: Buffer) => {
      last = (last + bytes.toString('latin1')).slice(-text.length - bytes.length)
      if (!last.includes(text)) return
      output.off('data', look)
      resolve()
    }
    output.on('data', look)
  })
}
