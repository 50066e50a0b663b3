/** The embedded database with real processes: started, killed, started again. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LabError } from '../../../src/wire/problems.js'
import { findNative } from '../../src/store/embedded/native.js'
import { isAlive } from '../../src/store/embedded/process.js'
import { type Embedded, startEmbedded } from '../../src/store/embedded.js'
import { type Child, script } from './support/children.js'
import { log, openFolder, query } from './support/servers.js'

let top: string
before(async () => {
  top = await openFolder()
})
after(async () => await rm(top, { recursive: true, force: true }))

const children: Child[] = []
after(async () => {
  for (const child of children) await child.end('SIGKILL')
})

function backend(folder: string): Child {
  // A process group of its own, as a shell with job control gives it.
  const child = script('backend.ts', [JSON.stringify({ folder })], { detached: true })
  children.push(child)
  return child
}

const postmasterOf = async (folder: string) =>
  Number((await readFile(join(folder, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0])

/** Parent of a process; Linux only, as the tests that use it need. */
async function parentOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const parents = await Promise.all(pids.map((pid) => parentOf(pid).catch(() => 0)))
  return pids.filter((_, index) => parents[index] === parent)
}

async function gone(pid: number): Promise<void> {
  for (const limit = Date.now() + 10_000; isAlive(pid); await sleep(10)) {
    assert.ok(Date.now() < limit, `process ${pid} does not end`)
  }
}

describe('the embedded database', () => {
  let folder: string
  let embedded: Embedded
  before(async () => {
    folder = join(top, 'with space, "quotes" and ä')
    embedded = await startEmbedded({ folder, log })
  })
  after(async () => await embedded?.stop())

  it('is a PostgreSQL 18 in UTF-8 with the C locale, that writes to the disk', async () => {
    const sql = `select current_setting('server_version') as version, current_setting('server_encoding') as encoding,
      current_setting('fsync') as fsync, current_setting('lc_messages') as messages, datcollate as collation
      from pg_database where datname = current_database()`
    const [row] = await query<{ version: string }>(embedded.connectionString, sql)
    assert.match(row?.version ?? '', /^18\./)
    assert.deepEqual(
      { ...row, version: '' },
      { version: '', encoding: 'UTF8', fsync: 'on', messages: 'C', collation: 'C' },
    )
  })

  it('listens on a unix socket only, in a folder that its user alone enters', async () => {
    const [row] = await query<{ addresses: string }>(
      embedded.connectionString,
      "select current_setting('listen_addresses') as addresses",
    )
    assert.equal(row?.addresses, '')
    const sockets = new URLSearchParams(embedded.connectionString.split('?')[1]).get('host') ?? ''
    assert.equal((await stat(sockets)).mode & 0o777, 0o700)
  })

  it('lets nobody in without the password, which only its user can read', async () => {
    const wrong = embedded.connectionString.replace(/:[^:@]*@/, ':wrong@')
    await assert.rejects(query(wrong, 'select 1'), /password authentication failed/)
    const file = await stat(join(folder, 'postgres/data/lab-terminal.password'))
    assert.equal(file.mode & 0o777, 0o600)
  })

  it('refuses a second backend in the same process, and leaves nothing of it', async () => {
    const before = await readdir(join(folder, 'postgres'))
    const second = startEmbedded({ folder, log })
    await assert.rejects(second, (error) => error instanceof LabError && error.message.includes(`pid ${process.pid}`))
    assert.deepEqual(await readdir(join(folder, 'postgres')), before)
  })

  it('is reached under another name of its folder too', async () => {
    const other = join(top, 'link')
    await symlink(folder, other)
    await assert.rejects(startEmbedded({ folder: other, log }), new RegExp(`pid ${process.pid}`))
  })

  it('keeps its data over a stop, and leaves no process or socket', async () => {
    const long = join(top, 'long'.repeat(20))
    const first = await startEmbedded({ folder: long, log })
    const sockets = new URLSearchParams(first.connectionString.split('?')[1]).get('host') ?? ''
    assert.ok(Buffer.byteLength(join(sockets, '.s.PGSQL.5432')) <= 103, 'a long path gets a short socket')
    await query(first.connectionString, 'create table kept as select 42 as answer')
    const pid = await postmasterOf(long)
    await first.stop()
    await first.ended
    assert.equal(isAlive(pid), false)
    await assert.rejects(stat(sockets), /ENOENT/)
    const second = await startEmbedded({ folder: long, log })
    assert.deepEqual(await query(second.connectionString, 'select answer from kept'), [{ answer: 42 }])
    await second.stop()
    assert.deepEqual(await readdir(join(long, 'postgres')), ['data'])
  })
})

describe('a killed backend', () => {
  let folder: string
  let child: Child
  before(async () => {
    folder = join(top, 'killed')
    child = backend(folder)
    const url = await child.said('at')
    await query(url, 'create table counted (id integer)')
  })

  it('takes its database with it, and the next one goes on at once', async () => {
    for (let round = 1; round <= 3; round += 1) {
      const pid = await postmasterOf(folder)
      child.process.kill('SIGKILL')
      // At once: the old database is still stopping.
      const next = backend(folder)
      const url = await next.said('at')
      assert.equal(isAlive(pid), false)
      await query(url, `insert into counted values (${round})`)
      assert.equal((await query(url, 'select * from counted')).length, round)
      child = next
    }
    const pid = await postmasterOf(folder)
    await child.end('SIGKILL')
    await gone(pid)
    // What guarded it tidies up when it has seen the end.
    await eventually(async () => (await leftovers(folder)).length === 0)
  })

  it('whose supervisor was killed too leaves a database that the next one ends', async () => {
    child = backend(folder)
    await child.said('at')
    const pid = await postmasterOf(folder)
    const supervisor = await parentOf(pid)
    for (const other of await childrenOf(supervisor)) if (other !== pid) process.kill(other, 'SIGKILL')
    process.kill(supervisor, 'SIGKILL')
    await child.end('SIGKILL')
    await sleep(100)
    assert.equal(isAlive(pid), true)
    child = backend(folder)
    await child.said('at')
    assert.equal(isAlive(pid), false)
    await child.end('SIGTERM')
  })

  it('leaves a lock file whose pid is another program by now', async () => {
    // As the database's own user, so that postgres cannot tell them apart.
    const { uid, gid } = await stat(join(folder, 'postgres/data'))
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...(process.getuid?.() === 0 ? { uid, gid } : {}) })
    const lines = [stranger.pid, join(folder, 'postgres/data'), 1_700_000_000, 5432, '', '', '', 'ready   ', '']
    await writeFile(join(folder, 'postgres/data/postmaster.pid'), lines.join('\n'))
    child = backend(folder)
    await child.said('at')
    assert.equal(isAlive(stranger.pid ?? 0), true)
    stranger.kill()
    await child.end('SIGTERM')
  })

  it('leaves the lock file of a pid that is gone', async () => {
    const past = spawn('true')
    await once(past, 'exit')
    const lines = [past.pid, join(folder, 'postgres/data'), 1_700_000_000, 5432, '', '', '', 'ready   ', '']
    await writeFile(join(folder, 'postgres/data/postmaster.pid'), lines.join('\n'))
    child = backend(folder)
    await child.said('at')
    await child.end('SIGTERM')
  })
})

describe('a terminal that sends Ctrl+C to all its processes', () => {
  it('stops the backend first and the database last', async () => {
    const folder = join(top, 'terminal')
    const child = backend(folder)
    const url = await child.said('at')
    process.kill(-child.pid, 'SIGINT')
    await sleep(200)
    assert.equal((await query(url, 'select 1')).length, 1)
    const pid = await postmasterOf(folder)
    await child.end('SIGTERM')
    assert.equal(isAlive(pid), false)
  })
})

describe('the first start', () => {
  it('is done again when it was killed in the middle', async () => {
    const folder = join(top, 'half')
    const child = backend(folder)
    await child.said('began')
    await eventually(async () => (await leftovers(folder)).some((name) => name.startsWith('init-')))
    await sleep(100)
    await child.end('SIGKILL')
    assert.equal((await readdir(join(folder, 'postgres'))).includes('data'), false)
    const next = backend(folder)
    await next.said('at')
    await next.end('SIGTERM')
    assert.deepEqual(await readdir(join(folder, 'postgres')), ['data'])
  })

  it('of two backends at once is one, and the other is told whose it is', async () => {
    const folder = join(top, 'two')
    const children = [backend(folder), backend(folder)]
    const answers = await Promise.all(
      children.map(async (child) => {
        return await child.said('at').then(
          () => child.pid,
          (error: Error) => error.message,
        )
      }),
    )
    const winner = answers.find((answer) => typeof answer === 'number')
    const words = answers.find((answer) => typeof answer === 'string')
    assert.ok(words?.includes(`failed The embedded database in ${folder}`), words)
    assert.ok(words?.includes(`in use by the backend with pid ${winner}.`), words)
    await Promise.all(children.map((child) => child.end('SIGTERM')))
    assert.deepEqual(await readdir(join(folder, 'postgres')), ['data'])
  })
})

describe('a folder that is no database', () => {
  for (const [what, file, content, expected] of [
    ['of another program', 'notes.txt', 'mine', /not empty and not a database/],
    ['of an older PostgreSQL', 'PG_VERSION', '17\n', /made by PostgreSQL 17, this is 18/],
    ['without its password', 'PG_VERSION', '18\n', /password file .* is missing/],
  ] as const) {
    it(`is refused and kept: ${what}`, async () => {
      const folder = join(top, what)
      const data = join(folder, 'postgres/data')
      await mkdir(data, { recursive: true })
      await writeFile(join(data, file), content)
      await assert.rejects(
        startEmbedded({ folder, log }),
        (error) => error instanceof LabError && expected.test(error.message),
      )
      assert.deepEqual(await readdir(data), [file])
    })
  }

  it('is refused with words when it cannot be made', async () => {
    await writeFile(join(top, 'file'), '')
    await assert.rejects(startEmbedded({ folder: join(top, 'file'), log }), /cannot be used: .*EEXIST/)
  })
})

describe('the programs', () => {
  it('are missing for some platforms, with words', async () => {
    await assert.rejects(
      findNative('plan9', 'mips'),
      (error) => error instanceof LabError && /plan9-mips is not installed/.test(error.message),
    )
  })

  it('run from a copy where the install script of npm made no links', async () => {
    const native = await findNative()
    const bare = join(top, 'package/native')
    await mkdir(dirname(bare))
    await cp(native.folder, bare, { recursive: true, verbatimSymlinks: true })
    const links: { target: string }[] = JSON.parse(await readFile(join(bare, 'pg-symlinks.json'), 'utf8'))
    for (const { target } of links) await rm(join(dirname(bare), target))
    const folder = join(top, 'bare')
    const embedded = await startEmbedded({ folder, log, native: { folder: bare, version: '1.2.3' } })
    const copy = join(folder, 'postgres/native-1.2.3')
    assert.ok((await stat(copy)).isDirectory())
    await embedded.stop()
    const made = (await stat(copy)).ctimeMs
    const again = await startEmbedded({ folder, log, native: { folder: bare, version: '1.2.3' } })
    await again.stop()
    assert.equal((await stat(copy)).ctimeMs, made, 'copied once')
  })
})

async function leftovers(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'postgres')).catch(() => [])
  return names.filter((name) => name !== 'data')
}

async function eventually(done: () => Promise<boolean>): Promise<void> {
  for (const limit = Date.now() + 10_000; !(await done()); await sleep(5))
    assert.ok(Date.now() < limit, 'it did not happen')
}
