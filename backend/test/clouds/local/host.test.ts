/** The SSH host of a lab, as its only client meets it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from 'ssh2'
import type { LocalCloud } from '../../../src/clouds/local/cloud.js'
import { makeKeys } from '../../../src/clouds/local/keys.js'
import type { StackRef } from '../../../src/labs/ports.js'
import { Bench, create, eventually, exec, login, type Outputs, run, Shell } from './harness.js'

const SECRET = 'a-secret-of-the-backend'

describe('the host of a lab', () => {
  const bench = new Bench()
  let cloud: LocalCloud
  let ref: StackRef
  let outputs: Outputs
  let client: Client

  before(async () => {
    process.env['DATABASE_PASSWORD'] = SECRET
    cloud = bench.cloud()
    ref = bench.newRef()
    outputs = await create(cloud, ref)
    client = await login(outputs)
  })
  after(async () => {
    delete process.env['DATABASE_PASSWORD']
    client.end()
    assert.deepEqual(await bench.dispose(), [])
  })

  const hostPid = async (): Promise<number> => (await bench.hosts(ref))[0] ?? 0
  const isAlive = async (pid: number): Promise<boolean> =>
    (await bench.living(ref)).some((member) => member.pid === pid)

  describe('who may come in', () => {
    const other = makeKeys().clientPrivate
    const refused: [string, Parameters<typeof login>[1]][] = [
      ['another key', { privateKey: other }],
      ['another user', { username: 'root' }],
      ['a password', { privateKey: undefined, password: 'lab' } as object],
      ['nothing', { privateKey: undefined } as object],
    ]
    for (const [what, changes] of refused) {
      test(`${what} is refused`, async () => {
        await assert.rejects(login(outputs, changes), /authentication methods failed/)
      })
    }

    test('it listens on loopback only and proves its key', async () => {
      assert.equal(outputs['host'], '127.0.0.1')
      assert.match(outputs['host_key'] ?? '', /^ssh-ed25519 AAAA/)
      await assert.rejects(login({ ...outputs, host_key: makeKeys().hostPublic }), /verification failed/)
    })

    test('no forwarding but to the host itself: nowhere else, and not back', async () => {
      const through = await new Promise<Duplex>((resolve, reject) =>
        client.forwardOut('127.0.0.1', 1, '127.0.0.1', Number(outputs['port']), (error, channel) =>
          error ? reject(error) : resolve(channel),
        ),
      )
      const behind = await login(outputs, { sock: through })
      assert.equal((await exec(behind, 'echo behind')).out, 'behind\n')
      behind.end()
      const forward = new Promise((resolve, reject) =>
        client.forwardOut('127.0.0.1', 1, '127.0.0.1', 80, (error, channel) =>
          error ? reject(error) : resolve(channel),
        ),
      )
      await assert.rejects(forward, /open failure/)
      const listen = new Promise((resolve, reject) =>
        client.forwardIn('127.0.0.1', 0, (error, port) => (error ? reject(error) : resolve(port))),
      )
      await assert.rejects(listen, /Unable to bind/)
    })
  })

  describe('commands', () => {
    test('output, error, status', async () => {
      const ran = await exec(client, 'echo out; echo err >&2; exit 3')
      assert.deepEqual(ran, { out: 'out\n', err: 'err\n', status: 3, signal: undefined })
    })

    test('the end by a signal', async () => {
      const ran = await exec(client, 'kill -TERM $$')
      assert.equal(ran.signal, 'SIGTERM')
    })

    test('standard input, to its end', async () => {
      assert.equal((await exec(client, 'wc -c', { input: 'x'.repeat(300_000) })).out.trim(), '300000')
    })

    test('much of both output and error, for a slow reader', async () => {
      const ran = await new Promise<{ out: number; err: number; status: number }>((resolve, reject) => {
        const command =
          'head -c 6000000 /dev/zero; head -c 6000000 /dev/zero >&2; head -c 3000000 /dev/zero & head -c 3000000 /dev/zero >&2; wait; exit 5'
        client.exec(command, (error, channel) => {
          if (error) return reject(error)
          const counts = { out: 0, err: 0, status: -1 }
          channel.pause()
          setTimeout(() => channel.resume(), 300)
          channel.on('data', (bytes: Buffer) => (counts.out += bytes.length))
          channel.stderr.on('data', (bytes: Buffer) => (counts.err += bytes.length))
          channel.on('exit', (status: number) => (counts.status = status))
          channel.on('close', () => resolve(counts))
        })
      })
      assert.deepEqual(ran, { out: 9_000_000, err: 9_000_000, status: 5 })
    })

    test('a daemon that keeps the output open does not keep the channel', async () => {
      const begin = performance.now()
      assert.equal((await exec(client, 'echo started; sleep 300 & echo $! > daemon')).out, 'started\n')
      assert.ok(performance.now() - begin < 60_000)
      const pid = Number(readFileSync(join(bench.folderOf(ref).home, 'daemon'), 'utf8'))
      assert.ok(await isAlive(pid))
      await exec(client, `kill ${pid}`)
    })

    test('one that ignores the hang-up is killed after the grace', async () => {
      const pid = await new Promise<number>((resolve, reject) => {
        client.exec('trap "" HUP TERM; echo $$; while :; do sleep 0.1; done', (error, channel) => {
          if (error) return reject(error)
          channel.once('data', (bytes: Buffer) => {
            channel.close()
            resolve(Number(bytes.toString()))
          })
        })
      })
      assert.ok(await isAlive(pid))
      await eventually(
        () => isAlive(pid),
        (alive) => !alive,
      )
    })
  })

  describe('the environment', () => {
    test('is made from nothing: no variable of the backend is in it', async () => {
      const names = (await run(outputs, 'env'))
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0])
      const expected = [
        'HOME',
        'LAB',
        'LAB_TERMINAL_STACK',
        'LANG',
        'LOGNAME',
        'PATH',
        'PWD',
        'SHELL',
        'SHLVL',
        'USER',
        '_',
      ]
      assert.deepEqual(names.sort(), expected.sort())
      for (const { pid } of await bench.living(ref)) {
        assert.ok(!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(SECRET))
      }
    })

    test('names the lab, and a home of its own', async () => {
      const out = await run(outputs, 'echo $LAB $HOME $PWD $LAB_TERMINAL_STACK')
      const { home, id } = bench.folderOf(ref)
      assert.equal(out, `demo ${home} ${home} ${id}\n`)
    })

    test('a client sets its language and nothing else', async () => {
      const out = await new Promise<string>((resolve, reject) => {
        const env = { LANG: 'sv_SE.UTF-8', LC_ALL: 'C.UTF-8', LD_PRELOAD: '/tmp/x', LC_TIME: '$(id)' }
        client.exec('echo $LANG,$LC_ALL,$LD_PRELOAD,$LC_TIME', { env }, (error, channel) => {
          if (error) return reject(error)
          channel.on('data', (bytes: Buffer) => resolve(bytes.toString()))
        })
      })
      assert.equal(out, 'sv_SE.UTF-8,C.UTF-8,,\n')
    })
  })

  describe('the terminal', () => {
    test('is a login shell in a real terminal of the wanted kind and size, with a short prompt', async () => {
      const shell = await Shell.open(client, { rows: 31, cols: 97, term: 'xterm-256color' })
      await shell.until(/lab.*~.*[#$] $/)
      shell.type('shopt -q login_shell && echo login=yes; echo "$TERM $(stty size)"; tty; stty -a | grep -o .iutf8\r')
      await shell.until(/login=yes\r\nxterm-256color 31 97\r\n\/dev\/pts\/\d+\r\n iutf8/)
      shell.channel.setWindow(40, 120, 0, 0)
      shell.type('stty size\r')
      await shell.until(/40 120/)
      shell.channel.close()
    })

    test('a terminal type that is no plain word is replaced', async () => {
      const shell = await Shell.open(client, { term: '$(reboot)' })
      shell.type('echo t=$TERM.\r')
      await shell.until(/t=xterm-256color\./)
      shell.channel.close()
    })

    test('bytes pass unchanged, whatever they are', async () => {
      const received: Buffer[] = []
      await new Promise<void>((resolve, reject) => {
        client.exec(
          "stty raw; printf '\\xff\\xc3\\x28\\x00\\xe2\\x82'; sleep 0.05; printf '\\xac'",
          { pty: true },
          (error, channel) => {
            if (error) return reject(error)
            channel.on('data', (bytes: Buffer) => received.push(bytes))
            channel.on('close', () => resolve())
          },
        )
      })
      assert.equal(Buffer.concat(received).toString('hex'), 'ffc32800e282ac')
    })

    test("nothing is open in a program but its own: no other shell's terminal", async () => {
      const first = await Shell.open(client)
      await first.until(/[#$] $/)
      const second = await Shell.open(client)
      await second.until(/[#$] $/)
      second.type('readlink /proc/$$/fd/*; echo do""ne\r')
      await second.until(/[\r\n]done\r\n/)
      const open = [...second.output.matchAll(/[\r\n](\/\S+|pipe:\S+|socket:\S+)(?=\r\n)/g)].map((match) => match[1])
      assert.equal(new Set(open).size, 1, open.join())
      assert.match(open[0] ?? '', /^\/dev\/pts\/\d+$/)
      assert.match((await exec(client, 'readlink /proc/$$/fd/*')).out, /^(socket:\[\d+\]\n){3}$/)
      for (const shell of [first, second]) shell.channel.close()
    })

    test('the status of the shell, after its last output', async () => {
      const shell = await Shell.open(client)
      await shell.until(/[#$] $/)
      const events: string[] = []
      shell.channel.on('data', () => events.push('data'))
      shell.channel.on('exit', (status: number) => events.push(`exit ${status}`))
      const closed = new Promise((resolve) => shell.channel.once('close', resolve))
      shell.type('seq 1 20000; exit 7\r')
      await closed
      assert.equal(events.at(-1), 'exit 7')
      assert.match(shell.output, /19999\r\n20000\r\n/)
    })

    test('signals of the client reach the program', async () => {
      const shell = await Shell.open(client)
      shell.type("trap 'echo got-usr1' USR1; echo ready\r")
      await shell.until(/[\r\n]ready\r\n/)
      shell.channel.signal('USR1')
      await delay(100)
      shell.type('\r') // bash looks at its traps when it has read a line
      await shell.until(/[\r\n]got-usr1/)
      shell.channel.close()
    })

    test('a closed channel ends its shell and jobs; what was detached goes on', async () => {
      const shell = await Shell.open(client)
      await shell.until(/[#$] $/)
      shell.type('nohup sleep 1001 >/dev/null 2>&1 &\r')
      shell.type('echo detached=$! shell=$$; sleep 1002\r')
      const [, detached, pid] = await shell.until(/detached=(\d+) shell=(\d+)\r\n/)
      const sleeper = async (): Promise<boolean> => (await run(outputs, 'pgrep -fx "sleep 1002" || true')) !== ''
      await eventually(sleeper, (found) => found)
      shell.channel.close()
      await eventually(sleeper, (found) => !found)
      await eventually(
        () => isAlive(Number(pid)),
        (alive) => !alive,
      )
      assert.ok(await isAlive(Number(detached)))
      await run(outputs, `kill ${detached}`)
    })

    test('a paste into a program that reads nothing stalls nobody else, and nothing is lost', async () => {
      const shell = await Shell.open(client)
      await shell.until(/[#$] $/)
      shell.type('stty -echo raw; sleep 6; head -c 500000 | md5sum; stty sane\r')
      await delay(300)
      shell.type('0123456789'.repeat(50_000))
      assert.equal(await run(outputs, 'echo free'), 'free\n')
      assert.doesNotMatch(shell.output, /[0-9a-f]{32}/, 'it answered when the program had read, not before')
      await shell.until(/[0-9a-f]{32}/)
      const expected = (await run(outputs, 'for i in $(seq 50000); do printf 0123456789; done | md5sum')).slice(0, 32)
      assert.ok(shell.output.includes(expected))
      shell.channel.close()
    })

    test('a flood for a reader that stalls is held back, not buffered; all of it comes afterwards', async () => {
      const memory = async (): Promise<number> =>
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${await hostPid()}/status`, 'utf8'))?.[1]) / 1024
      const slow = await login(outputs)
      const shell = await Shell.open(slow)
      await shell.until(/[#$] $/)
      const before = await memory()
      shell.channel.removeAllListeners('data')
      shell.channel.pause()
      shell.type('stty -echo; head -c 80000000 /dev/zero | tr "\\0" x; echo END-OF-FLOOD\r')
      await delay(2_000)
      const grown = (await memory()) - before
      assert.ok(grown < 50, `the host grew by ${grown} MB`)
      let [count, tail] = [0, '']
      shell.channel.on('data', (bytes: Buffer) => {
        count += bytes.length
        tail = (tail + bytes.toString('latin1')).slice(-200)
      })
      shell.channel.resume()
      await eventually(
        () => tail,
        (text) => text.includes('xEND-OF-FLOOD'),
        60_000,
      )
      assert.ok(count > 80_000_000)
      slow.end()
    })
  })

  test('SIGTERM ends the host with all that was started in it; the next one takes the same port', async () => {
    const shell = await Shell.open(client)
    shell.type('setsid nohup bash -c "trap \'\' HUP TERM; while :; do sleep 1; done" >/dev/null 2>&1 &\r')
    await eventually(
      () => bench.living(ref),
      (members) => members.length > 3,
    )
    process.kill(await hostPid(), 'SIGTERM')
    await eventually(
      () => bench.living(ref),
      (members) => members.length === 0,
    )
    await eventually(
      () => cloud.observe(ref),
      (now) => now.state === 'suspended',
    )
    await cloud.resume(ref)
    const observed = await eventually(
      () => cloud.observe(ref),
      (now) => now.state === 'running',
    )
    assert.deepEqual(observed, { state: 'running', outputs })
  })
})
