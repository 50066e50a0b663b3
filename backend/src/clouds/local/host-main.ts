/**
 * The host of one lab: its own process, started by the local cloud with the stack's folder as last argument, and
 * outliving the backend. Ends with all that was started in it on SIGTERM, or when no backend shows itself for long.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { monotonicClock } from '../../labs/clock.js'
import { endAll } from './end-all.js'
import { type LabSettings, STACK_VARIABLE } from './environment.js'
import { Absence } from './host/absence.js'
import { ptyProblem } from './host/pty.js'
import { SshServer } from './host/server.js'
import { type Holder, releaseLock, takeLock } from './host-lock.js'
import { isHostAlive } from './host-process.js'
import { ProcessTree } from './process-tree.js'
import { isKeys, isListening, type Keys, type Listening, statePaths } from './stack-folder.js'
import { isRecord, readJson, removeFile, writeWhole } from './state-file.js'
import { processTableOf } from './system-table.js'

const END_GRACE_MS = 1_500
const MAX_INTERVAL_MS = 30_000
const CHECKS = 20

type Settings = LabSettings & { readonly absentAfterMs: number }

function isSettings(value: unknown): value is Settings {
  return (
    isRecord(value) &&
    ['lab', 'id', 'home', 'shell', 'account', 'lang'].every((name) => typeof value[name] === 'string') &&
    Number(value['absentAfterMs']) > 0
  )
}

function log(message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${message}\n`)
}

type Files = ReturnType<typeof statePaths>

async function main(files: Files): Promise<void> {
  const settings = await readJson(files.settings, isSettings)
  const keys = await readJson(files.keys, isKeys)
  if (settings === undefined || keys === undefined) throw new Error('the settings or the keys of the lab are missing')
  if (process.env[STACK_VARIABLE] !== settings.id) throw new Error('started for another stack')
  const table = processTableOf(process.platform)
  const start = (await table.find(process.pid))?.start
  if (start === undefined) throw new Error('this process is not in the process table')
  const self = { pid: process.pid, start }
  const isAlive = (holder: Holder): Promise<boolean> => isHostAlive(table, settings.id, holder)
  if (!(await takeLock(files.lock, self, { isAlive, sleep: monotonicClock.sleep }))) {
    log('another host of this lab is there')
    return
  }
  const problem = ptyProblem()
  if (problem !== undefined) throw new Error(problem)
  await serve(files, self, settings, keys, new ProcessTree(table, `${STACK_VARIABLE}=${settings.id}`, settings.home))
}

async function serve(files: Files, self: Holder, settings: Settings, keys: Keys, tree: ProcessTree): Promise<void> {
  const server = new SshServer({ keys, settings, tree, log })
  const port = await server.listen((await readJson(files.listening, isListening))?.port ?? 0)
  let ending = false
  const end = (why: string): void => {
    if (ending) return
    ending = true
    log(`ends: ${why}`)
    server.close()
    endAll(tree, monotonicClock, END_GRACE_MS)
      .catch((error: unknown) => log(`something is left: ${String(error)}`))
      .then(() => releaseLock(files.lock, self))
      .catch((error: unknown) => log(String(error)))
      .finally(() => process.exit(0))
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => end(signal))
  watchBackend(files, settings.absentAfterMs, server, end)
  await writeWhole(files.listening, JSON.stringify({ ...self, port } satisfies Listening))
  log('listens')
}

function watchBackend(files: Files, limitMs: number, server: SshServer, end: (why: string) => void): void {
  const intervalMs = Math.min(MAX_INTERVAL_MS, limitMs / CHECKS)
  const absence = new Absence(limitMs, intervalMs, performance.now())
  const check = async (): Promise<void> => {
    const beat = await stat(files.heartbeat).catch(() => undefined)
    if (absence.check(performance.now(), beat?.mtimeMs, server.guests > 0)) end('no backend')
  }
  setInterval(() => {
    check().catch((error: unknown) => log(String(error)))
  }, intervalMs)
}

const files = statePaths(join(process.argv.at(-1) ?? '', 'state'))
removeFile(files.hostProblem)
  .then(() => main(files))
  .catch(async (error: unknown) => {
    const words = error instanceof Error ? error.message : String(error)
    log(words)
    await writeWhole(files.hostProblem, words).catch(() => undefined)
    process.exit(1)
  })
