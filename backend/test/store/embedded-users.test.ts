/** The embedded database as root, which PostgreSQL refuses to be, and as an ordinary user. Run as either. */
import assert from 'node:assert/strict'
import { chmod, chown, cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { isRoot, unprivileged } from '../../src/store/embedded/account.js'
import { findNative, type Native } from '../../src/store/embedded/native.js'
import { type EmbeddedOptions, startEmbedded } from '../../src/store/embedded.js'
import { Child } from './support/children.js'
import { log, openFolder, query } from './support/servers.js'

let top: string
let native: Native
let program: string
before(async () => {
  top = await openFolder()
  const found = await findNative()
  // Where every user can go, unlike perhaps this checkout.
  native = { folder: join(top, 'native'), version: found.version }
  await cp(found.folder, native.folder, { recursive: true, verbatimSymlinks: true })
  program = join(top, 'backend.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('./support/backend.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url)",
    },
    logLevel: 'silent',
  })
})
after(async () => await rm(top, { recursive: true, force: true }))

/** A backend with nothing in its environment: no HOME, no USER, no PATH. */
function bare(options: Omit<EmbeddedOptions, 'log'>, account: { uid?: number; gid?: number } = {}): Child {
  return new Child(process.execPath, [program, JSON.stringify({ native, ...options })], {
    ...account,
    cwd: '/',
    env: {},
  })
}

async function someone(): Promise<{ uid: number; gid: number }> {
  const account = isRoot() ? await unprivileged() : undefined
  return account ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
}

describe('an ordinary user without a home', () => {
  it('has the database in place, and nothing is copied', async () => {
    const account = await someone()
    const folder = join(top, 'theirs')
    await mkdir(folder)
    if (isRoot()) await chown(folder, account.uid, account.gid)
    const child = bare({ folder }, isRoot() ? account : {})
    const url = await child.said('at')
    assert.deepEqual(await query(url, 'select 1 as one'), [{ one: 1 }])
    await child.end('SIGTERM')
    assert.deepEqual(await readdir(join(folder, 'postgres')), ['data'])
    assert.equal((await stat(join(folder, 'postgres/data'))).uid, account.uid)
  })
})

if (isRoot()) asRoot()
else asOrdinaryUser()

function asOrdinaryUser(): void {
  describe('an ordinary user', () => {
    it('is told when the folder is not theirs', async () => {
      await assert.rejects(
        startEmbedded({ folder: '/lab-terminal-test/data', log }),
        /cannot be used: .*(EACCES|EROFS)/,
      )
    })
  })
}

function asRoot(): void {
  describe('root without a home', () => {
    it('has the database in its folder where others can enter it', async () => {
      const folder = join(top, 'open')
      const child = bare({ folder })
      const url = await child.said('at')
      assert.deepEqual(await query(url, 'select 1 as one'), [{ one: 1 }])
      await child.end('SIGTERM')
      assert.equal((await stat(join(folder, 'postgres/data'))).uid, (await someone()).uid)
      assert.deepEqual(await readdir(folder), ['postgres'])
    })

    it('runs it as the user whose data it is', async () => {
      const account = await someone()
      const folder = join(top, 'shared')
      await mkdir(folder)
      // Not the user that root itself would take.
      const other = { uid: account.uid - 1, gid: account.gid }
      await chown(folder, other.uid, other.gid)
      const data = join(folder, 'postgres/data')
      await mkdir(data, { recursive: true })
      await chown(join(folder, 'postgres'), other.uid, other.gid)
      await chown(data, other.uid, other.gid)
      const child = bare({ folder })
      // A user without a name makes no database; that it was tried as that user is the point.
      await assert.rejects(child.said('at'), new RegExp(`effective user ID ${other.uid}`))
    })
  })

  describe('root in a folder that only root can enter', () => {
    const elsewhere = () => join(top, 'elsewhere')
    const checkout = () => join(top, 'closed')
    before(async () => await mkdir(checkout(), { mode: 0o700 }))

    it('has the database elsewhere, says where, and finds it again', async () => {
      const folder = join(checkout(), 'data')
      const lines: unknown[] = []
      const told = Object.assign(Object.create(log), { info: (fields: unknown) => lines.push(fields) })
      const first = await startEmbedded({ folder, log: told, elsewhere: elsewhere() })
      await query(first.connectionString, 'create table kept as select 42 as answer')
      await first.stop()
      const home = (await readFile(join(folder, 'postgres.location'), 'utf8')).trim()
      assert.ok(home.startsWith(elsewhere()))
      assert.deepEqual(lines, [{ folder, home }])
      assert.equal((await readFile(join(home, 'origin'), 'utf8')).trim(), folder)
      assert.deepEqual(await readdir(folder), ['postgres.location'])
      const second = await startEmbedded({ folder, log, elsewhere: elsewhere() })
      assert.deepEqual(await query(second.connectionString, 'select answer from kept'), [{ answer: 42 }])
      await second.stop()
      assert.equal((await readdir(elsewhere())).length, 1)
    })

    it('starts programs that only root can read from a copy', async () => {
      const hidden = join(checkout(), 'native')
      await cp(native.folder, hidden, { recursive: true, verbatimSymlinks: true })
      // As `npm ci` under umask 077 leaves them.
      await chmod(join(hidden, 'share'), 0o700)
      const child = bare({ folder: join(top, 'copied'), native: { ...native, folder: hidden } })
      await child.said('at')
      await child.end('SIGTERM')
      assert.ok((await readdir(join(top, 'copied/postgres'))).includes(`native-${native.version}`))
    })

    it('takes the data along when the folder was moved there', async () => {
      const before = join(top, 'moved')
      const first = await startEmbedded({ folder: before, log })
      await query(first.connectionString, 'create table kept as select 43 as answer')
      await first.stop()
      const folder = join(checkout(), 'moved')
      await rename(before, folder)
      const second = await startEmbedded({ folder, log, elsewhere: elsewhere() })
      assert.deepEqual(await query(second.connectionString, 'select answer from kept'), [{ answer: 43 }])
      await second.stop()
      assert.deepEqual(await readdir(folder), ['postgres.location'])
    })

    it('starts with an empty database when the one elsewhere was removed', async () => {
      const folder = join(checkout(), 'data')
      await rm((await readFile(join(folder, 'postgres.location'), 'utf8')).trim(), { recursive: true })
      const again = await startEmbedded({ folder, log, elsewhere: elsewhere() })
      await assert.rejects(query(again.connectionString, 'select answer from kept'), /does not exist/)
      await again.stop()
    })
  })

  describe('an ordinary user after root', () => {
    it('is told whose the database is', async () => {
      const account = await someone()
      const folder = join(top, 'after')
      const first = await startEmbedded({ folder, log })
      await first.stop()
      await chown(folder, account.uid, account.gid)
      await chmod(join(folder, 'postgres'), 0o755)
      const child = bare({ folder }, { uid: account.uid - 1, gid: account.gid })
      await assert.rejects(child.said('at'), new RegExp(`belongs to user ${account.uid}`))
    })
  })
}
