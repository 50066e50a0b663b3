/** The pure parts: process tables from recorded text, who belongs to a lab, the environment. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { chooseShell, isAcceptedVariable, labEnvironment, terminalType } from '../../../src/clouds/local/environment.js'
import { ptyProblem } from '../../../src/clouds/local/host/pty.js'
import { releaseLock, takeLock } from '../../../src/clouds/local/host-lock.js'
import { makeKeys } from '../../../src/clouds/local/keys.js'
import { LinuxProcessTable, parseStat } from '../../../src/clouds/local/linux-table.js'
import type { ProcessInfo } from '../../../src/clouds/local/process-table.js'
import { membersOf, send } from '../../../src/clouds/local/process-tree.js'
import { PsProcessTable, parsePs } from '../../../src/clouds/local/ps-table.js'
import { quote } from '../../../src/clouds/local/setup.js'
import { processTableOf } from '../../../src/clouds/local/system-table.js'

const STAT =
  '4711 (a (b) c) T 4700 4711 4600 34816 4711 4194304 95 0 0 0 0 0 0 0 20 0 1 0 322081 5 6 18446744073709551615 1 1'

describe('/proc', () => {
  test('a name with spaces and parentheses shifts nothing', () => {
    assert.deepEqual(parseStat(STAT), {
      pid: 4711,
      parent: 4700,
      group: 4711,
      session: 4600,
      state: 'stopped',
      start: '322081',
    })
  })

  for (const [letter, state] of [
    ['R', 'active'],
    ['S', 'active'],
    ['I', 'active'],
    ['D', 'blocked'],
    ['T', 'stopped'],
    ['t', 'stopped'],
    ['Z', 'dead'],
    ['X', 'dead'],
  ] as const) {
    test(`state ${letter} is ${state}`, () => {
      assert.equal(parseStat(STAT.replace(') T ', `) ${letter} `))?.state, state)
    })
  }

  test('what is no such line is nobody', () => {
    for (const line of ['', 'x', '12 (cut) S 1 2']) assert.equal(parseStat(line), undefined)
  })

  test('this process is in it, with its environment, and a made-up one is not', async () => {
    const table = processTableOf('linux')
    const own = await table.find(process.pid)
    assert.equal(own?.parent, process.ppid)
    assert.ok((await table.list()).some(({ pid, start }) => pid === process.pid && start === own?.start))
    const path = `PATH=${process.env['PATH']}`
    assert.deepEqual(await table.withEnvironment(path, [process.pid, 2 ** 30]), new Set([process.pid]))
    assert.deepEqual(await table.withEnvironment(path.slice(0, -1), [process.pid]), new Set(), 'not a part of a value')
    assert.deepEqual(await table.workingIn(process.cwd(), [process.pid]), new Set([process.pid]))
    assert.deepEqual(await table.workingIn(process.cwd().slice(0, -1), [process.pid]), new Set())
    assert.equal(await table.find(2 ** 30), undefined)
  })

  test('a process that goes away while it is read is left out', async () => {
    const proc = mkdtempSync(join(tmpdir(), 'proc-'))
    for (const pid of ['4711', '4712', 'self']) mkdirSync(join(proc, pid))
    writeFileSync(join(proc, '4711', 'stat'), STAT)
    assert.deepEqual(
      (await new LinuxProcessTable(proc).list()).map(({ pid }) => pid),
      [4711],
    )
    rmSync(proc, { recursive: true })
  })
})

describe('ps', () => {
  const recorded = [
    '    1     0     1      0 Ss   Mon Nov 16 09:12:01 2026    ',
    '  501   499   501      0 S+   Sun Nov 22 17:36:44 2026',
    '  777   501   777      0 T    Sun Nov  1 17:36:45 2026',
    '  778   501   777      0 UN   Sun Nov  1 17:36:45 2026',
    '  779   501   777      0 Z    Sun Nov  1 17:36:45 2026',
    'a line that is none',
    '',
  ].join('\n')

  test('recorded lines', () => {
    const found = parsePs(recorded)
    assert.deepEqual(
      found.map(({ pid, parent, group, state }) => [pid, parent, group, state]),
      [
        [1, 0, 1, 'active'],
        [501, 499, 501, 'active'],
        [777, 501, 777, 'stopped'],
        [778, 501, 777, 'blocked'],
        [779, 501, 777, 'dead'],
      ],
    )
    assert.equal(found[2]?.start, 'Sun Nov 1 17:36:45 2026')
  })

  test('the environment behind the command, whole values of wanted pids only', async () => {
    const environments = [
      '  501 /bin/bash -l HOME=/h LAB_TERMINAL_STACK=one.1 TERM=xterm',
      '  502 sleep 1 LAB_TERMINAL_STACK=one.12',
      '  503 sleep 1 LAB_TERMINAL_STACK=one.1',
    ].join('\n')
    const table = new PsProcessTable(async () => environments)
    assert.deepEqual(await table.withEnvironment('LAB_TERMINAL_STACK=one.1', [501, 502]), new Set([501]))
  })

  test('the real one agrees with /proc about this process', async () => {
    const [ps, proc] = [new PsProcessTable(), new LinuxProcessTable()]
    const { start: _, ...byPs } = (await ps.find(process.pid)) ?? { start: '' }
    const { start: __, ...byProc } = (await proc.find(process.pid)) ?? { start: '' }
    assert.deepEqual(byPs, byProc)
  })
})

describe('who belongs to a lab', () => {
  const process = (pid: number, parent: number, session: number): ProcessInfo => ({
    pid,
    parent,
    group: pid,
    session,
    state: 'active',
    start: '1',
  })
  const members = (all: ProcessInfo[], seeds: number[], self = 1000): number[] =>
    membersOf(all, new Set(seeds), self).map(({ pid }) => pid)

  test('descendants, whatever their environment, parents first', () => {
    const all = [process(5, 30, 5), process(30, 20, 30), process(20, 1, 20), process(99, 1, 99)]
    assert.deepEqual(members(all, [20]), [20, 30, 5])
  })

  test('orphans of a session, and their children in sessions of their own', () => {
    const all = [process(20, 1, 20), process(21, 1, 20), process(22, 21, 22), process(23, 22, 23)]
    assert.deepEqual(members(all, [20]), [20, 21, 22, 23])
  })

  test('orphans with the mark, and those of their session that have none', () => {
    assert.deepEqual(members([process(20, 1, 20), process(40, 1, 41), process(42, 1, 41)], [20, 40]), [20, 40, 42])
  })

  test('nobody of the machine: not the session of init, not the parents, not ourselves', () => {
    const all = [process(1, 0, 1), process(2, 1, 1), process(1000, 1, 1000), process(20, 1000, 1), process(21, 20, 21)]
    assert.deepEqual(members(all, [20, 1000]), [20, 21])
  })

  test('no signal ever goes to everybody, init or ourselves', () => {
    for (const pid of [0, -1, 1, globalThis.process.pid]) assert.equal(send(pid, 'SIGKILL'), 'denied')
    assert.equal(send(2 ** 30, 'SIGKILL'), 'gone')
  })
})

describe('the lock of a host', () => {
  const self = { pid: 12_345, start: '1' }
  const other = { pid: 12_346, start: '1' }
  const sleep = async (): Promise<void> => {}

  test('is taken once, kept from others while its holder lives, and given back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lock-'))
    const path = join(folder, 'lock')
    const alive = { isAlive: async () => true, sleep }
    const dead = { isAlive: async () => false, sleep }
    assert.equal(await takeLock(path, self, alive), true)
    assert.equal(await takeLock(path, other, alive), false)
    assert.equal(await takeLock(path, other, dead), true)
    await releaseLock(path, self)
    assert.equal(await takeLock(path, self, alive), false, "somebody else's is not given back")
    await releaseLock(path, other)
    assert.equal(await takeLock(path, self, alive), true)
    writeFileSync(path, 'damaged')
    assert.equal(await takeLock(path, self, alive), true)
    rmSync(folder, { recursive: true })
  })
})

describe('the environment of a lab', () => {
  test('shells: the wanted one if it is one and there, else what is', () => {
    const there =
      (...paths: string[]) =>
      (path: string) =>
        paths.includes(path)
    assert.equal(chooseShell('/usr/bin/zsh', there('/usr/bin/zsh', '/bin/bash')), '/usr/bin/zsh')
    assert.equal(chooseShell('/usr/bin/zsh', there('/bin/bash')), '/bin/bash')
    assert.equal(chooseShell('/usr/sbin/nologin', there('/usr/sbin/nologin', '/bin/sh')), '/bin/sh')
    assert.equal(chooseShell('zsh', there('zsh', '/bin/bash')), '/bin/bash')
    assert.equal(chooseShell(undefined, there()), '/bin/sh')
  })

  test('exactly these variables', () => {
    const settings = { lab: 'demo', id: 's.1', home: '/h', shell: '/bin/sh', account: 'me', lang: 'C.UTF-8' }
    const names = ['HOME', 'LAB', 'LAB_TERMINAL_STACK', 'LANG', 'LOGNAME', 'PATH', 'SHELL', 'USER']
    assert.deepEqual(Object.keys(labEnvironment(settings)).sort(), names)
  })

  test('what a client may set', () => {
    for (const name of ['LANG', 'LC_ALL', 'LC_CTYPE', 'COLORTERM']) assert.ok(isAcceptedVariable(name, 'C.UTF-8'), name)
    for (const name of ['PATH', 'LD_PRELOAD', 'LANGUAGE', 'LC_', 'LC_all', 'LAB_TERMINAL_STACK']) {
      assert.ok(!isAcceptedVariable(name, 'C'), name)
    }
    for (const value of ['', '$(id)', 'a b', 'a\0', 'x'.repeat(65)])
      assert.ok(!isAcceptedVariable('LANG', value), value)
    assert.equal(terminalType('screen.xterm-256color'), 'screen.xterm-256color')
    assert.equal(terminalType('a b'), 'xterm-256color')
    assert.equal(terminalType(undefined), 'xterm-256color')
  })

  test('a machine without pseudo-terminals is told in words', () => {
    assert.equal(ptyProblem(), undefined)
    const problem = ptyProblem(() => {
      throw new Error('forkpty(3) failed.')
    })
    assert.match(problem ?? '', /^no pseudo-terminals here \(forkpty\(3\) failed\.\): .*devpts/)
  })

  test('a word for the shell', () => {
    assert.equal(quote("it's $HOME"), `'it'\\''s $HOME'`)
  })

  test('keys are whole, always', () => {
    for (let i = 0; i < 400; i++) {
      const { clientPublic, hostPublic } = makeKeys()
      assert.equal(clientPublic.length, 80)
      assert.equal(hostPublic.length, 80)
      assert.match(hostPublic, /^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[\w+/]{43}$/)
    }
  })
})
