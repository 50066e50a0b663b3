import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { LabError } from '../../../src/wire/problems.js'
import type { SshTarget } from '../../src/gateway/ports.js'
import { flood } from './fixtures/flood.js'
import { claimsOf, Setup } from './fixtures/setup.js'
import { keyPair, SshHost, type SshHostOptions } from './fixtures/ssh-host.js'

type Deps = NonNullable<Parameters<typeof Setup.start>[1]>

async function withHost(
  options: SshHostOptions,
  deps: Deps,
  run: (setup: Setup, host: SshHost) => Promise<void>,
): Promise<void> {
  const host = await SshHost.start(options)
  const setup = await Setup.start(() => host.target(), deps)
  try {
    await run(setup, host)
  } finally {
    await setup.close()
    await host.close()
  }
}

/** A TCP server that does what it is told with each connection. */
async function tcp(serve: (socket: Socket) => void): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening')
  return {
    port: address.port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const SECRET = 'correct horse battery staple'

/** What is wrong, and what the page is told. Nothing of the target may get out. */
const FAILURES: Record<string, { code: string; close: number; target: (host: SshHost) => Partial<SshTarget> }> = {
  'a key that the host does not know': {
    code: 'link/login-refused',
    close: 4505,
    target: () => ({ privateKey: keyPair().private }),
  },
  'a wrong password': {
    code: 'link/login-refused',
    close: 4505,
    target: (host) => {
      const { privateKey: _, ...rest } = host.target()
      return { ...rest, password: `${SECRET}?` }
    },
  },
  'another host key': { code: 'link/host-key-changed', close: 4506, target: () => ({ hostKey: keyPair().public }) },
  'a host key of another type': {
    code: 'link/host-key-changed',
    close: 4506,
    target: () => ({ hostKey: `ecdsa-sha2-nistp256 ${Buffer.alloc(104, 1).toString('base64')}` }),
  },
  'a host key that is none': {
    code: 'cloud/misconfigured',
    close: 4500,
    target: () => ({ hostKey: 'ssh-ed25519 nope' }),
  },
  'a private key that is none': {
    code: 'cloud/misconfigured',
    close: 4500,
    target: () => ({ privateKey: `PRIVATE ${SECRET}` }),
  },
  'a port where nobody listens': { code: 'link/shell-unreachable', close: 4504, target: () => ({ port: 1 }) },
  'a name that nobody has': {
    code: 'link/shell-unreachable',
    close: 4504,
    target: () => ({ host: 'nowhere.invalid' }),
  },
}

for (const [name, { code, close, target }] of Object.entries(FAILURES)) {
  test(`no login: ${name}: ${code}`, async () => {
    await withHost({ password: SECRET }, {}, async (setup, host) => {
      const chosen = target(host)
      setup.target = async () =>
        (Object.hasOwn(chosen, 'user')
          ? { ...host.target(), ...chosen, privateKey: undefined }
          : host.target(chosen)) as SshTarget
      const page = setup.page()
      await page.closed()
      assert.deepEqual([page.problem, page.closeCode], [code, close])
      const told = JSON.stringify(page.messages) + setup.logged.join('\n')
      for (const secret of [SECRET, '127.0.0.1', String(host.port), 'PRIVATE', 'nowhere', 'learner@']) {
        assert.ok(!told.includes(secret), `${secret} in ${told}`)
      }
      assert.equal(setup.gateway.shells, 0, 'a shell that never was is not kept')
    })
  })
}

test('no login: a host that accepts and says nothing', async () => {
  const silent = await tcp(() => undefined)
  await withHost({}, { limits: { loginTimeout: 300 } }, async (setup, host) => {
    setup.target = async () => host.target({ port: silent.port })
    const page = setup.page()
    await page.closed()
    assert.deepEqual([page.problem, page.closeCode], ['link/shell-unreachable', 4504])
  })
  await silent.close()
})

test('no login: a host that speaks something else, or hangs up', async () => {
  for (const words of ['HTTP/1.1 400 Bad Request\r\n\r\n', '']) {
    const other = await tcp((socket) => socket.end(words))
    await withHost({}, {}, async (setup, host) => {
      setup.target = async () => host.target({ port: other.port })
      const page = setup.page()
      await page.closed()
      assert.equal(page.problem, 'link/shell-unreachable')
    })
    await other.close()
  }
})

test('what the labs say is told: a lab that is not running', async () => {
  await withHost({}, {}, async (setup) => {
    setup.target = () => Promise.reject(new LabError('lab/not-running'))
    const page = setup.page()
    await page.closed()
    assert.deepEqual([page.problem, page.closeCode], ['lab/not-running', 4409])
  })
})

test('a password, asked for by the host in whichever way', async () => {
  for (const keyboard of [false, true]) {
    await withHost({ password: SECRET, keyboard }, {}, async (setup, host) => {
      const { privateKey: _, ...rest } = host.target()
      setup.target = async () => ({ ...rest, password: SECRET })
      const page = setup.page()
      await page.ready()
      page.type('echo in""side\n')
      await page.shows('inside')
      await page.close()
    })
  }
})

test('a login that fails fails every page that waits for it, and the next one tries again', async () => {
  await withHost({}, {}, async (setup, host) => {
    const good = setup.target
    setup.target = async () => host.target({ port: 1 })
    const pages = [setup.page(), setup.page(), setup.page()]
    await Promise.all(pages.map((page) => page.closed()))
    assert.deepEqual(
      pages.map((page) => page.problem),
      Array.from({ length: 3 }, () => 'link/shell-unreachable'),
    )
    setup.target = good
    const page = setup.page()
    await page.ready()
    await page.close()
  })
})

test('a suspended lab keeps its shell: pages are told, nothing is sent, and after the resume the same shell is back', async () => {
  await withHost({}, { limits: { probeEvery: 20 } }, async (setup, host) => {
    const page = setup.page()
    await page.ready()
    page.type('MARK=same; echo mar""ked\n')
    await page.shows('marked')
    setup.gateway.labPaused(setup.claims.labId)
    await page.closed()
    assert.deepEqual([page.problem, page.closeCode], ['lab/paused', 4410])
    host.freeze()
    const requests = host.requests
    await delay(150)
    host.thaw()
    await delay(50)
    assert.equal(host.requests, requests, 'no keep-alive')
    const back = setup.page({ screen: page.screen })
    await back.ready()
    assert.equal(host.requests, requests + 1, 'the old connection had to prove itself')
    back.type('echo $MARK\n')
    await back.shows(/^same$/)
    assert.equal(host.logins, 1)
    assert.equal(back.screen.snapshots, 1)
    await back.close()
  })
})

test('a host that was started anew: a new login on the same stream, modes reset, the old output above', async () => {
  await withHost({}, {}, async (setup, host) => {
    const page = setup.page()
    await page.ready()
    page.type('echo ear""lier; printf "\\e[?1049h\\e[?2004h\\e[?1003h"; sleep 100\n')
    await page.until(() => page.screen.terminal.modes.mouseTrackingMode === 'any', 'a full-screen program')
    setup.gateway.labPaused(setup.claims.labId)
    await page.closed()
    host.cut()
    const back = setup.page({ screen: page.screen })
    await back.ready()
    await back.until(() => back.messages.some(({ type }) => type === 'opened'), 'opened')
    back.type('echo la""ter\n')
    await back.shows('later')
    assert.equal(back.screen.snapshots, 1, 'the stream goes on')
    assert.equal(host.logins, 2)
    const { terminal } = back.screen
    assert.deepEqual([terminal.buffer.active.type, terminal.modes.mouseTrackingMode], ['normal', 'none'])
    assert.match(back.screen.lines().join('\n'), /earlier[\s\S]*later/)
    await back.close()
  })
})

test('a connection that is dead without a word is replaced once the host takes a new login, and not before', async () => {
  const limits = { probeTimeout: 500, loginTimeout: 2_000 }
  await withHost({}, { limits }, async (setup, host) => {
    const page = setup.page()
    await page.ready()
    page.type('echo one\n')
    await page.shows('one')
    setup.gateway.labPaused(setup.claims.labId)
    await page.closed()
    host.freeze()
    // Not awake yet: the old connection is silent, and a new one would be too.
    const silent = await tcp(() => undefined)
    setup.target = async () => host.target({ port: silent.port })
    const early = setup.page({ screen: page.screen })
    await early.closed()
    assert.equal(early.problem, 'link/shell-unreachable')
    // Awake, and the old connection was alive all along.
    host.thaw()
    const back = setup.page({ screen: page.screen })
    await back.ready()
    assert.equal(host.logins, 1, 'the shell was kept')
    await back.close()
    setup.gateway.labPaused(setup.claims.labId)
    // Awake, and the old connection stays silent for ever.
    host.freeze()
    setup.target = async () => host.target()
    const anew = setup.page({ screen: page.screen })
    await anew.ready()
    assert.equal(host.logins, 2)
    assert.ok(anew.messages.some(({ type }) => type === 'opened'))
    await silent.close()
    await anew.close()
  })
})

test('a shell that ended while the lab was away is replaced by itself', async () => {
  await withHost({}, {}, async (setup, host) => {
    const page = setup.page()
    await page.ready()
    page.type('exit\n')
    await page.until(() => page.messages.some(({ type }) => type === 'exited'), 'exited')
    setup.gateway.labPaused(setup.claims.labId)
    await page.closed()
    const back = setup.page({ screen: page.screen })
    await back.ready()
    assert.equal(back.messages.find(({ type }) => type === 'attached')?.running, true)
    await back.until(() => back.messages.some(({ type }) => type === 'opened'), 'opened')
    assert.equal(host.logins, 2)
    await back.close()
  })
})

test('a connection that breaks while somebody watches: told link/shell-unreachable, and back at once', async () => {
  await withHost({}, {}, async (setup, host) => {
    const page = setup.page()
    await page.ready()
    host.cut()
    await page.closed()
    assert.deepEqual([page.problem, page.closeCode], ['link/shell-unreachable', 4504])
    const back = setup.page({ screen: page.screen })
    await back.ready()
    back.type('echo ba""ck\n')
    await back.shows('back')
    await back.close()
  })
})

test('a host that vanishes while somebody watches is noticed, and its shell is kept', async () => {
  await withHost({}, { limits: { probeEvery: 100, probeTimeout: 150 } }, async (setup, host) => {
    const page = setup.page()
    await page.ready()
    host.freeze()
    await page.closed()
    assert.equal(page.problem, 'link/shell-unreachable')
    host.thaw()
    const back = setup.page({ screen: page.screen })
    await back.ready()
    assert.equal(host.logins, 1)
    await back.close()
  })
})

test('a stopping server tells its pages and leaves nothing open', async () => {
  const host = await SshHost.start({ script: flood(1e9) })
  const setup = await Setup.start(() => host.target())
  const pages = [setup.page(), setup.page({ stopped: true }), setup.page({ silent: true })] as const
  await Promise.all([once(pages[2].socket, 'open'), pages[0].ready(), pages[1].ready()])
  await setup.close()
  await Promise.all(pages.map((page) => page.closed()))
  for (const page of pages) assert.deepEqual([page.problem, page.closeCode], ['server/stopping', 4012])
  assert.deepEqual(setup.closed.length, 3)
  await pages[0].until(() => host.open === 0, 'the host is left')
  await host.close()
})

test('nothing is left of labs that are gone: no timer, socket, listener or shell', async () => {
  await withHost({}, {}, async (setup, host) => {
    const count = (kind: string) => process.getActiveResourcesInfo().filter((other) => other === kind).length
    const round = async (lab: number): Promise<void> => {
      setup.claims = claimsOf(`lab-${lab}`)
      const pages = [setup.page(), setup.page()] as const
      await Promise.all(pages.map((page) => page.ready()))
      pages[0].cut()
      if (lab % 2 === 0) setup.gateway.labPaused(setup.claims.labId)
      setup.gateway.labGone(setup.claims.labId)
      await Promise.all(pages.map((page) => page.closed()))
      await pages[1].until(() => host.open === 0 && count('Immediate') === 0, 'connections closed')
    }
    await round(0)
    const before = { sockets: count('TCPSocketWrap'), timers: count('Timeout') }
    for (let lab = 1; lab <= 10; lab++) await round(lab)
    const left = () => ({
      sockets: count('TCPSocketWrap') <= before.sockets,
      timers: count('Timeout') <= before.timers,
    })
    for (let wait = 0; wait < 100 && !(left().sockets && left().timers); wait++) await delay(20)
    assert.deepEqual(left(), { sockets: true, timers: true })
    assert.deepEqual([setup.gateway.shells, setup.gateway.viewers, setup.opened.length], [0, 0, setup.closed.length])
  })
})

test('a lab that goes while its login is under way leaves nothing', async () => {
  const silent = await tcp(() => undefined)
  await withHost({}, {}, async (setup, host) => {
    setup.target = async () => host.target({ port: silent.port })
    const page = setup.page()
    await page.until(() => setup.opened.length === 1, 'under way')
    await delay(100)
    setup.gateway.labGone(setup.claims.labId)
    await page.closed()
    assert.equal(page.problem, 'lab/removed')
    assert.equal(setup.gateway.shells, 0)
  })
  await silent.close()
})
