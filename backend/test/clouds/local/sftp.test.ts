/** Files of a local lab by SFTP: as the gateway takes them, and what a client may not do. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import type { Client, SFTPWrapper } from 'ssh2'
import { HostFiles } from '../../../src/gateway/files/host-files.js'
import { Sftp } from '../../../src/gateway/files/sftp.js'
import { Bench, create, login } from './harness.js'

describe('files of a local lab', () => {
  const bench = new Bench()
  let home: string
  let client: Client
  let files: HostFiles
  before(async () => {
    const ref = bench.newRef()
    client = await login(await create(bench.cloud(), ref))
    home = bench.folderOf(ref).home
    files = new HostFiles(() => Sftp.open(client))
  })
  after(async () => {
    client?.end()
    assert.deepEqual(await bench.dispose(), [])
  })

  const upload = (path: string, bytes: Buffer, more: { from?: number; size?: number; overwrite?: boolean } = {}) => {
    const { from = 0, size = bytes.length, overwrite = false } = more
    const request = { op: 'upload', path, upload: 'upload-01', from, size, overwrite } as const
    return files.do(request, Readable.from([bytes]), () => undefined)
  }
  const download = async (path: string): Promise<Buffer> => {
    const request = { op: 'download', path, from: 0, largest: 100_000_000 } as const
    const answer = await files.do(request, Readable.from([]), () => undefined)
    return 'bytes' in answer ? await buffer(answer.bytes) : assert.fail('no file')
  }
  const raw = (): Promise<SFTPWrapper> =>
    new Promise((resolve, reject) => client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp))))

  test('go up and come down the same, by the home, by ~ and by their whole path', async () => {
    const bytes = randomBytes(3_000_000)
    const answer = await upload('ä b.bin', bytes)
    assert.deepEqual(answer, { status: { path: join(home, 'ä b.bin'), received: bytes.length, done: true } })
    assert.deepEqual(await readFile(join(home, 'ä b.bin')), bytes)
    for (const path of ['ä b.bin', '~/ä b.bin', join(home, 'ä b.bin')]) assert.deepEqual(await download(path), bytes)
    assert.equal((await stat(join(home, 'ä b.bin'))).mode & 0o777, 0o644)
    await writeFile(join(home, 'empty'), '')
    assert.deepEqual(await download('empty'), Buffer.alloc(0))
  })

  test('go on where they were', async () => {
    const bytes = randomBytes(100_000)
    await upload('parts', bytes.subarray(0, 40_000), { size: bytes.length })
    await upload('parts', bytes.subarray(40_000), { from: 40_000, size: bytes.length })
    assert.deepEqual(await readFile(join(home, 'parts')), bytes)
  })

  test('replace one only where that is wanted, and keep its permissions', async () => {
    await writeFile(join(home, 'run.sh'), 'old', { mode: 0o755 })
    await assert.rejects(upload('run.sh', Buffer.from('new')), { code: 'file/exists' })
    assert.equal(await readFile(join(home, 'run.sh'), 'utf8'), 'old')
    await upload('run.sh', Buffer.from('new'), { overwrite: true })
    assert.equal(await readFile(join(home, 'run.sh'), 'utf8'), 'new')
    assert.equal((await stat(join(home, 'run.sh'))).mode & 0o777, 0o755)
    assert.deepEqual(
      (await readdir(home)).filter((name) => name.endsWith('.part')),
      [],
    )
  })

  describe('nothing outside of the home', () => {
    before(async () => {
      await mkdir(join(home, 'inner'))
      await writeFile(join(home, 'inner', 'own'), 'own')
      await symlink('/etc/passwd', join(home, 'to-a-file'))
      await symlink('/etc', join(home, 'to-a-folder'))
      await symlink('../..', join(home, 'inner', 'up'))
      await symlink('/etc/not-there', join(home, 'to-nothing'))
      await symlink('inner/own', join(home, 'to-my-own'))
      execFileSync('mkfifo', [join(home, 'pipe')])
    })

    test('a link within is followed', async () => {
      assert.equal((await download('to-my-own')).toString(), 'own')
    })

    for (const path of [
      '/etc/passwd',
      '../../../../../../../../etc/passwd',
      'inner/../../../state/keys.json',
      'to-a-file',
      'to-a-folder/passwd',
      'inner/up/state/keys.json',
      'pipe',
      'inner',
    ]) {
      test(`${path} is not read`, async () => {
        await assert.rejects(download(path), { code: 'file/forbidden' })
      })
    }

    for (const path of ['/tmp/lab-sftp-test', '../outside', 'to-a-folder/new', 'inner/up/new', 'to-a-file']) {
      test(`${path} is not written`, async () => {
        await assert.rejects(upload(path, Buffer.from('x'), { overwrite: true }), { code: 'file/forbidden' })
      })
    }

    test('a link is not written through, and what it leads to is neither moved, removed nor made', async () => {
      const sftp = await raw()
      const ask = (run: (done: (error: unknown) => void) => void) =>
        new Promise<unknown>((resolve) => run((error) => resolve(error && Reflect.get(Object(error), 'code'))))
      assert.equal(await ask((done) => sftp.open('to-nothing', 'wx', done)), 4)
      assert.equal(await ask((done) => sftp.open('to-a-file', 'r+', done)), 3)
      assert.equal(await ask((done) => sftp.unlink('/etc/hostname', done)), 3)
      assert.equal(await ask((done) => sftp.rename('inner/own', '/tmp/lab-sftp-test', done)), 3)
      assert.equal(await ask((done) => sftp.rename('inner/own', 'run.sh', done)), 4)
      for (const never of ['a+', 'w'] as const) assert.equal(await ask((done) => sftp.open('new', never, done)), 8)
      assert.equal(await ask((done) => sftp.mkdir('new', done)), 8)
      assert.equal(await ask((done) => sftp.symlink('/etc', 'new', done)), 8)
      assert.equal(await ask((done) => sftp.realpath('..', done)), 3)
      assert.equal(await ask((done) => sftp.unlink('to-nothing', done)), undefined)
      sftp.end()
    })
  })

  test('handles are not kept without end, and end with their channel', async () => {
    const sftp = await raw()
    const open = () => new Promise<boolean>((resolve) => sftp.open('run.sh', 'r', (error) => resolve(!error)))
    const opened: boolean[] = []
    for (let count = 0; count < 40; count++) opened.push(await open())
    assert.equal(opened.filter(Boolean).length, 32)
    const nowhere = Buffer.from('99')
    assert.ok((await new Promise((resolve) => sftp.close(nowhere, resolve))) instanceof Error)
    assert.ok((await new Promise((resolve) => sftp.read(nowhere, Buffer.alloc(9), 0, 9, 0, resolve))) instanceof Error)
    const closed = new Promise((resolve) => sftp.once('close', resolve))
    sftp.end()
    await closed
    assert.equal((await download('run.sh')).toString(), 'new')
  })

  test('many requests at once: each has an answer', async () => {
    const sftp = await raw()
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => new Promise((resolve) => sftp.stat('run.sh', (error) => resolve(!error)))),
    )
    assert.equal(answers.length, 500)
    assert.ok(answers.filter(Boolean).length >= 64)
    sftp.end()
  })
})
