/** Whether terminals answer, asked of real hosts. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pino } from 'pino'
import { LabError } from '../../../src/wire/problems.js'
import type { LabConfig, TerminalConfig, Value } from '../../src/config/config.js'
import { HostKeys } from '../../src/host-keys.js'
import type { Arrival, StackSecrets } from '../../src/labs/ports.js'
import { SshHooks } from '../../src/readiness/ssh-hooks.js'
import { TerminalReadiness } from '../../src/readiness/terminal-readiness.js'
import { Bench, create } from '../clouds/local/harness.js'
import { keyPair, SshHost } from '../gateway/fixtures/ssh-host.js'
import { labConfig } from '../labs/support/world.js'

const output = (name: string): Value => ({ output: name })
const ssh: TerminalConfig = {
  ...{ name: 'shell', title: 'Shell', protocol: 'ssh', display: 'xterm', readOnly: false },
  host: output('host'),
  port: output('port'),
  user: output('user'),
  privateKey: output('private_key'),
  hostKey: output('host_key'),
}
const rdp: TerminalConfig = {
  ...{ name: 'desktop', title: 'Desktop', protocol: 'rdp', display: 'guacamole', readOnly: false },
  host: { literal: '127.0.0.1' },
  port: output('rdp'),
}
const labWith = (...terminals: TerminalConfig[]): LabConfig => labConfig({ terminals })
const BEGUN = Date.UTC(2026, 5)
const arrivalOf = (id: string, startedAt = BEGUN, cloud = 'a'): Arrival => ({
  ...{ id, cloud },
  startedAt: new Date(startedAt),
})
/** Host keys in a map. */
const hostKeys = (kept: Map<string, string>): HostKeys => {
  const secrets: StackSecrets = {
    find: async (_lab, name) => kept.get(name),
    ensure: async (_lab, name, make) => {
      const value = kept.get(name) ?? (await make())
      kept.set(name, value)
      return value
    },
    forget: async () => kept.clear(),
  }
  return new HostKeys(secrets, pino({ level: 'silent' }))
}
/** A public key without its comment. */
const bare = (key: string): string => key.split(' ').slice(0, 2).join(' ')
const portOf = (server: Server): string => {
  const address = server.address()
  return String(typeof address === 'object' ? address?.port : address)
}

describe('readiness', () => {
  let host: SshHost
  let outputs: Record<string, string>
  before(async () => {
    host = await SshHost.start()
    outputs = {
      ...{ host: '127.0.0.1', port: String(host.port), user: 'learner' },
      ...{ private_key: host.learner.private, host_key: host.hostKey.public },
    }
  })
  after(() => host.close())
  const probe = (changes: Record<string, string> = {}, limit = 5_000, ...terminals: TerminalConfig[]) =>
    new TerminalReadiness({}, { limit }).probe(arrivalOf('id'), labWith(ssh, ...terminals), { ...outputs, ...changes })

  it('is a login that succeeds, and leaves nothing open', async () => {
    assert.deepEqual(await probe(), { ready: true })
    for (let turn = 0; host.open > 0 && turn < 500; turn++) await new Promise((resolve) => setTimeout(resolve, 10))
    assert.equal(host.open, 0)
  })

  it('is not a host that lets nobody in yet, for which one waits', async () => {
    assert.deepEqual(await probe({ private_key: keyPair().private }), {
      ...{ ready: false, final: false },
      why: 'terminal shell: The lab refused the login.',
    })
  })

  it('is not a port where nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const port = portOf(server)
    server.close()
    await once(server, 'close')
    assert.deepEqual(await probe({ port }), { ready: false, final: false, why: 'terminal shell: ssh: ECONNREFUSED' })
  })

  it('is asked within a bound of a host that says nothing', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const answer = await probe({ port: portOf(silent) }, 200)
    assert.deepEqual(answer, { ready: false, final: false, why: 'terminal shell: ssh: timeout' })
    silent.close()
  })

  it('is not another host, whatever it answers', async () => {
    const answer = await probe({ host_key: keyPair().public })
    assert.ok(!answer.ready && /identity/.test(answer.why), JSON.stringify(answer))
  })

  it('cannot be waited for where an output is missing', async () => {
    const { private_key: _, ...rest } = outputs
    const answer = await new TerminalReadiness({}).probe(arrivalOf('id'), labWith(ssh), rest)
    assert.deepEqual(answer, {
      ...{ ready: false, final: true },
      why: "terminal shell: a terminal's output private_key of the stack is missing or wrong",
    })
  })

  it('is an answer on the port for desktops, at the port that is set', async () => {
    const desktop = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(desktop, 'listening')
    const port = portOf(desktop)
    assert.deepEqual(await probe({ rdp: port }, 5_000, rdp), { ready: true })
    desktop.close()
    await once(desktop, 'close')
    assert.deepEqual(await probe({ rdp: port }, 5_000, rdp), {
      ...{ ready: false, final: false },
      why: 'terminal desktop: tcp: ECONNREFUSED',
    })
  })

  it('is asked again only of what has not answered, for a minute, and of everything at the next arrival', async () => {
    let [asked, now] = [0, 0]
    const counted = await SshHost.start()
    const desktop = createServer((socket) => {
      asked++
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(desktop, 'listening')
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const port = portOf(closed)
    closed.close()
    await once(closed, 'close')
    const keys = { private_key: counted.learner.private, host_key: counted.hostKey.public }
    const all = { ...outputs, ...keys, port: String(counted.port), rdp: port }
    const readiness = new TerminalReadiness({}, { now: () => now })
    const lab = labWith(ssh, rdp)
    for (let turn = 0; turn < 3; turn++) assert.equal((await readiness.probe(arrivalOf('id'), lab, all)).ready, false)
    assert.equal(counted.logins, 1)
    assert.equal((await readiness.probe(arrivalOf('other'), lab, all)).ready, false)
    assert.equal(counted.logins, 2, 'another lab')
    now = 61_000
    assert.equal((await readiness.probe(arrivalOf('id'), lab, all)).ready, false)
    assert.equal(counted.logins, 3, 'a minute later')
    assert.deepEqual(await readiness.probe(arrivalOf('id'), lab, { ...all, rdp: portOf(desktop) }), { ready: true })
    assert.deepEqual([counted.logins, asked], [3, 1])
    assert.deepEqual(await readiness.probe(arrivalOf('id'), lab, { ...all, rdp: portOf(desktop) }), { ready: true })
    assert.deepEqual([counted.logins, asked], [4, 2], 'arrived, and on its way again')
    for (const [startedAt, cloud] of [[BEGUN], [BEGUN + 1], [BEGUN + 1, 'b']] as const) {
      const logins: number = counted.logins
      for (let turn = 0; turn < 2; turn++) await readiness.probe(arrivalOf('id', startedAt, cloud), lab, all)
      assert.equal(counted.logins, logins + 1, 'another machine: reset, resumed, or on another cloud')
    }
    desktop.close()
    await once(desktop, 'close')
    await counted.close()
  })

  it('tells no secret and no address', async () => {
    const answer = await probe({ private_key: 'garbage that is secret', host: '127.0.0.1' })
    assert.ok(!answer.ready)
    assert.doesNotMatch(answer.why, /garbage|127\.0/)
  })
})

describe('hooks', () => {
  const bench = new Bench()
  let folder: string
  let outputs: Readonly<Record<string, string>>
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hooks-'))
    outputs = await create(bench.cloud(), bench.newRef())
  })
  after(async () => {
    await rm(folder, { recursive: true })
    assert.deepEqual(await bench.dispose(), [])
  })
  const run = async (script: string, { limit = 30_000, terminal = ssh, kept = new Map<string, string>() } = {}) => {
    const file = join(folder, 'hook.sh')
    await writeFile(file, script)
    const lab = labConfig({ terminals: [terminal], hooks: { suspend: file } })
    await new SshHooks({}, hostKeys(kept), limit).run('id', lab, 'suspend', outputs)
  }

  it('run on the lab, told what for', async () => {
    await run('echo "$1 in $HOME" > said')
    await run('grep -q "^suspend in /" said')
  })

  it('that fail say so, with what they printed', async () => {
    await assert.rejects(
      run('echo no licence server >&2; exit 3'),
      (error) => error instanceof LabError && /the suspend hook ended with 3: no licence server/.test(error.message),
    )
  })

  it('that take too long are given up', async () => {
    await assert.rejects(run('sleep 60', { limit: 1_500 }), (error) => error instanceof LabError)
  })

  it('are nothing where the lab has none', async () => {
    await new SshHooks({}, hostKeys(new Map())).run('id', labConfig({ terminals: [ssh] }), 'resume', outputs)
  })

  it('hold a host of which the template tells no key to the one that it showed first', async () => {
    const { hostKey: _, ...terminal } = ssh
    const kept = new Map<string, string>()
    await run('true', { terminal, kept })
    assert.deepEqual([...kept.values()].map(bare), [bare(outputs.host_key ?? '')])
    for (const name of kept.keys()) kept.set(name, keyPair().public)
    await assert.rejects(
      run('touch ran', { terminal, kept }),
      (error) => error instanceof LabError && error.code === 'link/host-key-changed',
    )
    await run('! test -e ran')
  })
})
