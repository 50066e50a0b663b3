/** Suspend and resume of real process trees. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from 'ssh2'
import type { LocalCloud } from '../../../src/clouds/local/cloud.js'
import { send } from '../../../src/clouds/local/process-tree.js'
import type { StackRef } from '../../../src/labs/ports.js'
import { Bench, create, eventually, exec, login, resume, run, Shell, suspend } from './harness.js'

/** Appends a number about every 10 ms. */
const COUNTER = 'i=0; while :; do echo $i >> "$1"; i=$((i+1)); sleep 0.01; done'

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return '' // gone meanwhile
  }
}

describe('suspend and resume', () => {
  const bench = new Bench()
  let cloud: LocalCloud
  let ref: StackRef
  let client: Client
  let home: string

  before(async () => {
    cloud = bench.cloud()
    ref = bench.newRef()
    client = await login(await create(cloud, ref))
    home = bench.folderOf(ref).home
    writeFileSync(join(home, 'counter'), COUNTER)
  })
  after(async () => {
    client.end()
    assert.deepEqual(await bench.dispose(), [])
  })

  const lines = (file: string): string[] => readFileSync(join(home, file), 'utf8').trim().split('\n')
  const counts = async (file: string): Promise<void> => {
    const seen = await eventually(
      () => tryLines(file),
      (now) => now.length > 2,
    )
    await eventually(
      () => lines(file).length,
      (now) => now > seen.length + 2,
    )
  }
  const tryLines = (file: string): string[] => {
    try {
      return lines(file)
    } catch {
      return []
    }
  }
  const isContiguous = (file: string): void => {
    const found = lines(file)
    assert.deepEqual(
      found,
      found.map((_, index) => String(index)),
    )
  }
  /** Ends what runs such a command line in this lab: another run of this file on the machine has processes of the same names. */
  const end = async (command: RegExp): Promise<void> => {
    const runs = async (): Promise<number[]> => {
      const pids = (await bench.living(ref)).map(({ pid }) => pid)
      return pids.filter((pid) => command.test(commandLine(pid)))
    }
    await eventually(
      async () => {
        const pids = await runs()
        for (const pid of pids) send(pid, 'SIGKILL')
        return pids.length
      },
      (left) => left === 0,
    )
  }
  /** Suspends, checks that nothing moves for a while, resumes. */
  const nap = async (...files: string[]): Promise<void> => {
    const hosts = await bench.hosts(ref)
    await suspend(cloud, ref)
    const members = await bench.living(ref)
    assert.deepEqual(
      members.filter(({ state }) => state === 'active'),
      [],
    )
    const sizes = files.map((file) => lines(file).length)
    await delay(200)
    assert.deepEqual(
      files.map((file) => lines(file).length),
      sizes,
    )
    await resume(cloud, ref)
    assert.deepEqual(await bench.hosts(ref), hosts)
  }

  test('a foreground job stops and goes on with the next number; the shell notices nothing', async () => {
    const shell = await Shell.open(client)
    await shell.until(/[#$] $/)
    shell.type('echo pid=$$; bash counter fg\r')
    const pid = (await shell.until(/pid=(\d+)\r\n/))[1]
    await counts('fg')
    await nap('fg')
    await counts('fg')
    isContiguous('fg')
    shell.type('\x03')
    await delay(50)
    shell.type('echo same=$$\r')
    assert.equal((await shell.until(/same=(\d+)\r\n/))[1], pid)
    assert.doesNotMatch(shell.output, /Stopped/)
    shell.channel.close()
  })

  test('what was printed before, during and after a suspend is there once', async () => {
    const shell = await Shell.open(client)
    await shell.until(/[#$] $/)
    shell.output = ''
    shell.type('stty -echo; PS1=; for i in $(seq 1 20000); do echo "<$i>"; done; echo END\r')
    await shell.until(/<500>/)
    for (let round = 0; round < 3; round++) await nap()
    await shell.until(/END\r\n/, 30_000)
    const numbers = [...shell.output.matchAll(/<(\d+)>\r\n/g)].map((match) => Number(match[1]))
    assert.deepEqual(
      numbers,
      Array.from({ length: 20_000 }, (_, index) => index + 1),
    )
    shell.channel.close()
  })

  test('daemons that left their parents, session, terminal and environment stop, too', async () => {
    await exec(client, 'nohup bash counter nohup >/dev/null 2>&1 &')
    await exec(client, 'setsid bash counter setsid >/dev/null 2>&1 &')
    await exec(client, '(setsid bash -c "(bash counter double >/dev/null 2>&1 &)" &)')
    await exec(client, "(setsid env -i /bin/bash -c '. ./counter' x cleared >/dev/null 2>&1 &)")
    const files = ['nohup', 'setsid', 'double', 'cleared']
    for (const file of files) await counts(file)
    await nap(...files)
    for (const file of files) {
      await counts(file)
      isContiguous(file)
    }
    await end(/^bash counter|x cleared/)
  })

  test('a job that the learner had stopped stays stopped, and can be continued', async () => {
    const shell = await Shell.open(client)
    await shell.until(/[#$] $/)
    shell.type('bash counter job\r')
    await counts('job')
    shell.type('\x1a')
    await shell.until(/Stopped/)
    const size = lines('job').length
    await nap('job')
    await delay(200)
    assert.equal(lines('job').length, size)
    shell.type('fg\r')
    await counts('job')
    isContiguous('job')
    shell.channel.close()
  })

  test('processes that fork all the time are all stopped, and go on', async () => {
    writeFileSync(join(home, 'chain'), 'echo $1 >> chained; if [ $1 -lt 1500 ]; then bash chain $(($1+1)) & fi')
    writeFileSync(
      join(home, 'wide'),
      'i=0; while [ $i -lt 1500 ]; do echo $i >> widened; (sleep 0.02; echo $i >> widened2) & i=$((i+1)); done; wait',
    )
    await exec(client, '(bash chain 0; bash wide) >/dev/null 2>&1 &')
    await counts('chained')
    await nap('chained', 'widened')
    await nap('chained', 'widened')
    await counts('widened')
    await end(/^bash (chain|wide)/)
    const chained = lines('chained').map(Number)
    assert.deepEqual(
      chained,
      chained.map((_, index) => index),
    )
  })

  test('a signal that is trapped or ignored does not keep a process awake', async () => {
    await exec(client, '(trap "" TSTP TTIN TTOU TERM HUP INT CONT; bash counter stubborn) >/dev/null 2>&1 &')
    await counts('stubborn')
    await nap('stubborn')
    await counts('stubborn')
    await end(/counter stubborn/)
  })

  test('a host that was stopped by hand is suspended, and resumes', async () => {
    for (const pid of await bench.hosts(ref)) process.kill(pid, 'SIGSTOP')
    await eventually(
      () => cloud.observe(ref),
      (now) => now.state === 'suspended',
    )
    assert.equal(await run(await resume(cloud, ref), 'echo back'), 'back\n')
  })

  test('a host that was continued by hand is put to sleep again: what is recorded counts', async () => {
    await suspend(cloud, ref)
    for (const pid of await bench.hosts(ref)) process.kill(pid, 'SIGCONT')
    await delay(50)
    const observed = await cloud.observe(ref)
    assert.deepEqual(observed, { state: 'working', action: 'suspend' })
    await eventually(
      () => cloud.observe(ref),
      (now) => now.state === 'suspended',
    )
    await resume(cloud, ref)
  })

  test('when the host dies, daemons that outlive it are stopped until the lab is resumed', async () => {
    await exec(client, 'setsid nohup bash counter orphan >/dev/null 2>&1 &')
    await counts('orphan')
    await bench.crash(ref)
    await eventually(
      () => cloud.observe(ref),
      (now) => now.state === 'suspended',
    )
    const size = lines('orphan').length
    await delay(200)
    assert.equal(lines('orphan').length, size)
    client = await login(await resume(cloud, ref))
    await counts('orphan')
    isContiguous('orphan')
  })

  test('delete ends what ignores every signal it can', async () => {
    const stubborn = 'trap "" TERM HUP INT QUIT; while :; do sleep 1; done'
    await exec(client, `(setsid bash -c '${stubborn}' >/dev/null 2>&1 &); setsid nohup sleep 1000 >/dev/null 2>&1 &`)
    await cloud.delete(ref)
    await eventually(
      () => cloud.observe(ref),
      (now) => now.state === 'absent',
    )
    assert.deepEqual(await bench.living(ref), [])
  })
})
