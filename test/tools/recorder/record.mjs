/**
 * Records real programs on a terminal, for the tests of the replay: `node test/tools/recorder/record.mjs [word]` as root on
 * Linux, where the programs of `sessions.mjs` are installed. Each recording is an asciicast v2, gzipped.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { spawn } from '@lydell/node-pty'
import unicode from '@xterm/addon-unicode11'
import xterm from '@xterm/headless'
import { SESSIONS, SIZE } from './sessions.mjs'

const MACHINE = fileURLToPath(new URL('machine.sh', import.meta.url))
const FOLDER = new URL('../../../backend/test/gateway/recordings/', import.meta.url)
/** Milliseconds without output, and what a program that never rests may take between keys. */
const QUIET = 400
const LONGEST = 6_000

const [word = ''] = process.argv.slice(2)
for (const [name, [command, ...keys]] of Object.entries(SESSIONS)) {
  if (!name.includes(word)) continue
  const { events, screen } = await record(command, keys)
  const header = { version: 2, width: SIZE.cols, height: SIZE.rows, title: name, env: { TERM: 'xterm-256color' } }
  const lines = [header, ...events].map((line) => JSON.stringify(line)).join('\n')
  const packed = gzipSync(`${lines}\n`, { level: 9 })
  writeFileSync(new URL(`${name}.cast.gz`, FOLDER), packed)
  process.stdout.write(`── ${name}: ${lines.length} bytes, ${packed.length} packed\n${screen}\n`)
}
process.exit(0)

/** The output as asciicast events; times are left out (0): nobody plays these, and they would change with each run. */
async function record(command, keys) {
  const args = ['-m', '-u', '-p', '-f', '--mount-proc', '--kill-child', 'sh', MACHINE, command]
  const pty = spawn('unshare', args, { ...SIZE, name: 'xterm-256color', encoding: 'utf8' })
  const terminal = new xterm.Terminal({ ...SIZE, allowProposedApi: true, logLevel: 'off' })
  terminal.loadAddon(new unicode.Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  terminal.onData((answer) => pty.write(answer))
  const events = []
  let heard = Date.now()
  pty.onData((text) => {
    heard = Date.now()
    events.push([0, 'o', text])
    terminal.write(text)
  })
  const quiet = async () => {
    for (const begun = Date.now(); Date.now() - begun < LONGEST; await pause(50)) {
      if (events.length > 0 && Date.now() - Math.max(heard, begun) > QUIET) return
    }
  }
  await quiet()
  for (const key of keys) {
    pty.write(key)
    await quiet()
  }
  const said = [...events]
  pty.kill('SIGKILL')
  const { active } = terminal.buffer
  const screen = Array.from({ length: SIZE.rows }, (_, row) =>
    active.getLine(active.baseY + row)?.translateToString(true),
  )
  return { events: said, screen: screen.join('\n').trimEnd() }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
