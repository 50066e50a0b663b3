import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Pty, type PtyEnd } from '../../../src/clouds/local/host/pty.js'

const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }

function run(script: string): { pty: Pty; output: () => string; ended: Promise<PtyEnd> } {
  const pty = new Pty({ file: '/bin/sh', args: ['-c', script], cwd: '/', env, columns: 80, rows: 24 })
  let output = ''
  pty.onData((bytes) => {
    output += bytes.toString('latin1')
  })
  return { pty, output: () => output, ended: new Promise((resolve) => pty.onExit(resolve)) }
}

test('a reader that takes its time loses nothing of a program that has ended', async () => {
  const { pty, output, ended } = run('echo the last words; exit 7')
  pty.pause()
  // Longer than node-pty waits for its reader.
  await delay(600)
  assert.equal(output(), '')
  pty.resume()
  assert.deepEqual(await ended, { status: 7 })
  assert.equal(output(), 'the last words\r\n')
})

test('a job that holds the terminal does not keep its program from ending', async () => {
  const { output, ended } = run("trap '' HUP; (sleep 20 & echo $!); exit 3")
  assert.deepEqual(await ended, { status: 3 })
  process.kill(Number(output()), 'SIGKILL')
})
