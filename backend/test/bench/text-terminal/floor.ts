/**
 * What a line takes where nobody looks at its output: by OpenSSH's own client, and by ssh2, which our gateway and the plain
 * relay read with. No terminal behind them can be faster.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type ClientChannel } from 'ssh2'
import type { SshTarget } from '../../../src/gateway/ports.js'

const PTY = { term: 'xterm-256color', cols: 91, rows: 25 }

/** Milliseconds, without those of the login. */
export async function floorOfOpenSsh(target: SshTarget, line: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'floor-'))
  const key = join(folder, 'key')
  await writeFile(key, target.privateKey ?? '', { mode: 0o600 })
  const settings = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR']
  const where = ['-i', key, '-p', String(target.port), `${target.user}@${target.host}`]
  const time = async (typed: string) => {
    const from = performance.now()
    const words = ['-F', 'none', '-tt', ...settings.flatMap((each) => ['-o', each]), ...where]
    const child = spawn('ssh', words, { stdio: ['pipe', 'ignore', 'inherit'] })
    child.stdin.write(`stty rows ${PTY.rows} cols ${PTY.cols}; ${typed}exit\n`)
    await once(child, 'exit')
    return performance.now() - from
  }
  try {
    const login = await time('')
    return (await time(`${line}; `)) - login
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Milliseconds from the typed line to the prompt behind it. */
export async function floorOfSsh2(target: SshTarget, line: string): Promise<number> {
  const client = new ssh2.Client()
  const { host, port, user, privateKey = '' } = target
  client.connect({ host, port, username: user, privateKey })
  await once(client, 'ready')
  const shell = await new Promise<ClientChannel>((resolve, reject) => {
    client.shell(PTY, (error, channel) => (error ? reject(error) : resolve(channel)))
  })
  await until(shell, '$ ')
  const from = performance.now()
  shell.write(`${line}; printf 'th''at\\n'\n`)
  await until(shell, 'that')
  const took = performance.now() - from
  client.end()
  return took
}

function until(shell: ClientChannel, text: string): Promise<void> {
  let last = ''
  return new Promise((resolve) => {
    const look = (bytes: Buffer) => {
      last = (last + bytes.toString('latin1')).slice(-text.length - bytes.length)
      if (!last.includes(text)) return
      shell.off('data', look)
      resolve()
    }
    shell.on('data', look)
  })
}
