import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { LabError } from '../../../../src/wire/problems.js'
import { HOST_VARIABLE, STACK_VARIABLE } from '../../../src/clouds/local/environment.js'
import { StackFolder } from '../../../src/clouds/local/stack-folder.js'
import type { Observed } from '../../../src/labs/ports.js'
import { settled } from '../../contract/cloud.js'
import { Bench, create, eventually, exec, hostCommand, login, resume, run, Shell, suspend } from './harness.js'

describe('the local cloud', () => {
  const bench = new Bench()
  after(async () => assert.deepEqual(await bench.dispose(), []))

  test('a name that is no plain one is refused before anything is touched', async () => {
    const cloud = bench.cloud()
    const names = [
      '',
      '.',
      '..',
      '../x',
      'a/b',
      '/etc',
      '-rf',
      'A',
      'a b',
      'a\0b',
      'ä',
      '.trash',
      'x'.repeat(64),
      'a\n',
    ]
    for (const stack of names) {
      const ref = { stack, lab: { id: 'x', issuer: 'i', subject: 's', name: 'demo' } }
      for (const call of ['observe', 'create', 'suspend', 'resume', 'delete'] as const) {
        const refused = (error: unknown): boolean => error instanceof LabError && error.code === 'cloud/refused'
        await assert.rejects(cloud[call](ref), refused, JSON.stringify(stack))
      }
    }
    assert.deepEqual(readdirSync(bench.folder), [])
  })

  test('a lab that is not configured is refused', async () => {
    const ref = bench.newRef()
    const call = bench.cloud({ labOf: () => undefined }).create(ref)
    await assert.rejects(call, (error) => error instanceof LabError && error.code === 'cloud/misconfigured')
  })

  test('the state is for the account alone, and the ids of two folders differ', async () => {
    const cloud = bench.cloud()
    const ref = bench.newRef()
    await create(cloud, ref)
    const { state, home, files, id } = bench.folderOf(ref)
    for (const path of [state, home]) assert.equal(statSync(path).mode & 0o777, 0o700)
    for (const path of [files.keys, files.settings, files.lock, files.hostLog]) {
      assert.equal(statSync(path).mode & 0o777, 0o600, path)
    }
    assert.notEqual(new StackFolder('/elsewhere', ref.stack).id, id)
    await remove(cloud, ref)
  })

  test('no key is in the log', async () => {
    const cloud = bench.cloud()
    const ref = bench.newRef()
    const outputs = await create(cloud, ref)
    await remove(cloud, ref)
    const secret = outputs['private_key']?.split('\n')[2] ?? ''
    assert.ok(secret.length > 20)
    assert.ok(!bench.lines.join('\n').includes(secret))
  })

  test('files are copied with their modes and links; the set-up runs once, in the home, and is told as progress', async () => {
    const files = mkdtempSync(join(tmpdir(), 'lab-files-'))
    mkdirSync(join(files, 'deep'))
    writeFileSync(join(files, 'deep', 'script'), '#!/bin/sh\necho it runs\n', { mode: 0o755 })
    writeFileSync(join(files, '.bashrc'), 'PS1="own> "\n')
    symlinkSync('deep/script', join(files, 'link'))
    const cloud = bench.cloud({
      labOf: () => ({ files, setup: 'echo "$PWD $LAB" >> ran; sleep 0.3; echo printed; echo also >&2' }),
    })
    const ref = bench.newRef()
    await cloud.create(ref)
    const told: { done: number; total: number }[] = []
    await eventually(
      async () => {
        const observed = await cloud.observe(ref)
        if (observed.state === 'working' && observed.progress) told.push(observed.progress)
        return observed
      },
      (now) => now.state === 'running',
      30_000,
    )
    assert.ok(told.every(({ total }) => total === 5))
    assert.ok(
      told.some(({ done }) => done === 4),
      'the set-up is the last step',
    )
    assert.deepEqual(
      told.map(({ done }) => done),
      told.map(({ done }) => done).sort(),
    )
    const observed = await cloud.observe(ref)
    assert.ok(observed.state === 'running')
    const { home, files: state } = bench.folderOf(ref)
    assert.equal(await run(observed.outputs, './link'), 'it runs\n')
    assert.equal(readFileSync(join(home, 'ran'), 'utf8'), `${home} demo\n`)
    assert.equal(readFileSync(state.setupLog, 'utf8'), 'printed\nalso\n')
    const client = await login(observed.outputs)
    const shell = await Shell.open(client)
    await shell.until(/own> $/)
    client.end()
    await suspend(cloud, ref)
    await resume(cloud, ref)
    assert.equal(readFileSync(join(home, 'ran'), 'utf8').split('\n').length, 2)
    await remove(cloud, ref)
    assert.equal(readFileSync(join(files, '.bashrc'), 'utf8'), 'PS1="own> "\n')
    rmSync(files, { recursive: true })
  })

  const failures: [string, string, number, RegExp][] = [
    ['a status', 'echo made > trace; exit 3', 5_000, /^setup ended with status 3; its output is in state\/setup.log$/],
    ['a signal', 'kill -9 $$', 5_000, /^setup ended with signal SIGKILL/],
    ['no end', '(setsid sleep 1003 &); sleep 1004', 300, /^setup took longer than 0.3 s$/],
  ]
  for (const [what, setup, setupLimit, reason] of failures) {
    test(`a set-up that ends with ${what} fails the create; nothing runs on, and another try begins anew`, async () => {
      const cloud = bench.cloud({ labOf: () => ({ setup }), setupLimit })
      const ref = bench.newRef()
      await cloud.create(ref)
      const failed = await settled(cloud, ref, 30_000)
      assert.ok(failed.state === 'failed' && failed.action === 'create', JSON.stringify(failed))
      assert.match(failed.reason, reason)
      assert.deepEqual(await bench.living(ref), [])
      const later = bench.cloud({ labOf: () => ({ setup: 'test ! -e trace' }) })
      assert.deepEqual(await later.observe(ref), failed, 'a new backend knows')
      await create(later, ref)
      await remove(later, ref)
    })
  }

  test('a host that cannot be run, or ends at once, is told as the reason', async () => {
    for (const [hostCommand, reason] of [
      [['/nonexistent/node'], /ended while it started; see state\/host.log/],
      [['/bin/false'], /ended while it started/],
    ] as const) {
      const cloud = bench.cloud({ hostCommand })
      const ref = bench.newRef()
      await cloud.create(ref)
      const failed = await settled(cloud, ref, 30_000)
      assert.ok(failed.state === 'failed', JSON.stringify(failed))
      assert.match(failed.reason, reason)
      await remove(cloud, ref)
    }
  })

  test('delete removes read-only folders and very deep ones, and follows no link out', async () => {
    const cloud = bench.cloud()
    const ref = bench.newRef()
    const outputs = await create(cloud, ref)
    const outside = join(bench.folder, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'precious'), 'x')
    const client = await login(outputs)
    await exec(
      client,
      `ln -s ${outside} link; mkdir -p ro/in; ln -s ${outside} ro/in/link; touch ro/in/f; chmod -R a-w ro; chmod 0 ro/in`,
    )
    await exec(client, 'd=$(printf "x%.0s" $(seq 200)); for i in $(seq 60); do mkdir $d && cd -P $d || break; done')
    client.end()
    await remove(cloud, ref)
    assert.ok(existsSync(join(outside, 'precious')))
    chmodSync(outside, 0o755)
    assert.equal(statSync(join(outside, 'precious')).mode & 0o200, 0o200)
  })

  test('a folder that was removed by hand leaves no process behind', async () => {
    const cloud = bench.cloud()
    const ref = bench.newRef()
    await create(cloud, ref)
    rmSync(bench.folderOf(ref).path, { recursive: true })
    assert.deepEqual(await settled(cloud, ref, 10_000), { state: 'absent' })
    assert.deepEqual(await bench.living(ref), [])
  })

  test('another call while one is under way: try again; the same one: joined', async () => {
    const cloud = bench.cloud()
    const ref = bench.newRef()
    await create(cloud, ref)
    await cloud.suspend(ref)
    await cloud.suspend(ref)
    await assert.rejects(cloud.resume(ref), (error) => error instanceof LabError && error.code === 'cloud/unreachable')
    assert.equal((await settled(cloud, ref, 10_000)).state, 'suspended')
    await remove(cloud, ref)
  })

  test('close ends what runs and what is suspended, and keeps the files', async () => {
    const cloud = bench.cloud()
    const [one, two] = [bench.newRef(), bench.newRef()]
    const outputs = await create(cloud, one)
    await run(
      outputs,
      'echo kept > file; setsid nohup bash -c "trap \\"\\" TERM HUP; sleep 1005; sleep 1006" >/dev/null 2>&1 &',
    )
    await create(cloud, two)
    await suspend(cloud, two)
    await cloud.close()
    await cloud.close()
    for (const ref of [one, two]) assert.deepEqual(await bench.living(ref), [])
    await assert.rejects(cloud.observe(one), (error) => error instanceof LabError && error.code === 'cloud/unreachable')
    const next = bench.cloud()
    for (const ref of [one, two]) assert.deepEqual(await next.observe(ref), { state: 'suspended' } satisfies Observed)
    assert.equal(await run(await resume(next, one), 'cat file'), 'kept\n')
    await remove(next, one)
    await remove(next, two)
  })

  test("of many hosts started for one stack at once, also over a dead one's lock, one stays", async () => {
    const cloud = bench.cloud()
    const ref = bench.newRef()
    const outputs = await create(cloud, ref)
    const { path, files, id } = bench.folderOf(ref)
    await bench.crash(ref)
    const [program = '', ...args] = hostCommand
    const env = { PATH: process.env['PATH'] ?? '', [STACK_VARIABLE]: id, [HOST_VARIABLE]: id }
    const children = Array.from({ length: 5 }, () =>
      spawn(program, [...args, path], { env, detached: true, stdio: 'ignore' }),
    )
    const ends = children.map((child) => once(child, 'exit'))
    await eventually(
      () => children.filter(({ exitCode }) => exitCode === null),
      (left) => left.length === 1,
      30_000,
    )
    await eventually(
      () => cloud.observe(ref),
      (now) => now.state === 'running',
    )
    assert.equal(await run(outputs, 'echo one'), 'one\n')
    assert.equal(existsSync(`${files.lock}.guard`), false)
    await remove(cloud, ref)
    await Promise.all(ends)
  })

  async function remove(cloud: ReturnType<Bench['cloud']>, ref: ReturnType<Bench['newRef']>): Promise<void> {
    await cloud.delete(ref)
    assert.deepEqual(await settled(cloud, ref, 30_000), { state: 'absent' })
    assert.deepEqual(await bench.living(ref), [])
    assert.ok(!existsSync(bench.folderOf(ref).path))
  }
})
