/** The desk gateway with a real guacd, sshd, VNC server and xrdp (`npm run test:real`). */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import type { DeskTarget } from '../../src/gateway/guacd/ports.js'
import { claimsOf } from '../gateway/fixtures/setup.js'
import { DeskSetup } from '../gateway/guacd/fixtures/setup.js'
import { type TestTunnel, until } from '../gateway/guacd/fixtures/tunnel.js'
import { TcpProxy } from '../support/tcp-proxy.js'
import { GUACD, OwnGuacd, PASSWORD, publicKey, ssh, TARGETS } from './fixtures/parts.js'
import { clipboardOf, Mark, offerClipboard, paste, type, typeUntil } from './fixtures/typing.js'

const TEXT = 'Zürich 日本語 🚀'
/** guacd makes a process for each connection, which on a busy machine may take its time. */
const PATIENT = { firstWord: 60_000, handshake: 60_000 }

describe('a desk by a real guacd', () => {
  let setup: DeskSetup
  let mark: Mark
  let labs = 0

  before(async () => {
    setup = await DeskSetup.start([GUACD], { limits: PATIENT })
  })
  after(() => setup.close())
  beforeEach(() => {
    mark = new Mark()
    setup.claims = claimsOf(`lab-${++labs}`)
    use(TARGETS.ssh)
  })
  afterEach(async () => {
    setup.gateway.labGone(`lab-${labs}`)
    await mark.remove()
  })

  function use(target: DeskTarget): void {
    setup.target = async () => target
  }

  async function prompt(tunnel: TestTunnel): Promise<void> {
    await tunnel.drawn()
    await tunnel.until(() => tunnel.heardOf('img').length >= 2, 'the prompt')
  }

  test('SSH: what is typed runs, and a reload comes back to the same shell', async () => {
    const tunnel = setup.tunnel()
    await prompt(tunnel)
    type(tunnel, `MARK=kept; echo typed > ${mark.name}\n`)
    assert.equal(await mark.reads(), 'typed\n')
    tunnel.cut()
    await until(() => setup.closed.length > 0, 'the first page to be gone')
    const begun = performance.now()
    const again = setup.tunnel()
    await again.drawn()
    const back = performance.now() - begun
    type(again, `echo $MARK > ${mark.name}\n`)
    assert.equal(await mark.reads((text) => text !== 'typed\n' && text !== ''), 'kept\n')
    process.stdout.write(`  back at the same shell after ${back.toFixed(0)} ms\n`)
    assert.ok(back < 5_000, 'one second, on a machine five times as slow')
    await again.close()
  })

  test('SSH: a second page sees and types; a read-only one only sees', async () => {
    const one = setup.tunnel()
    await prompt(one)
    const two = setup.tunnel()
    const looking = setup.tunnel('?read-only')
    await Promise.all([two.drawn(), looking.drawn()])
    type(looking, `echo no > ${mark.name}\n`)
    const before = looking.heardOf('img').length
    type(two, `echo yes > ${mark.name}\n`)
    assert.equal(await mark.reads(), 'yes\n')
    await looking.until(() => looking.heardOf('img').length > before, 'what the other one typed')
    await Promise.all([one, two, looking].map((tunnel) => tunnel.close()))
  })

  test('SSH: the clipboard, both ways, with every kind of letter', async () => {
    const tunnel = setup.tunnel('?width=1024&height=768')
    await prompt(tunnel)
    offerClipboard(tunnel, `printf '${TEXT}\\n' | tee ${mark.name}`)
    type(tunnel, 'clear\n')
    paste(tunnel)
    await new Promise((resolve) => setTimeout(resolve, 500))
    type(tunnel, '\n')
    assert.equal(await mark.reads(), `${TEXT}\n`)
    // Selected with the mouse, from the first line on.
    await until(
      () => {
        tunnel.say('mouse', '2', '3', '1')
        tunnel.say('mouse', '900', '60', '1')
        tunnel.say('mouse', '900', '60', '0')
        return clipboardOf(tunnel)?.includes(`\n${TEXT}`) === true || clipboardOf(tunnel)?.startsWith(TEXT) === true
      },
      'the selection',
      20_000,
    )
    await tunnel.close()
  })

  test('SSH: the key of the host is asked for', async () => {
    use({ ...ssh({ 'host-key': `127.0.0.1 ${publicKey('ssh/host_ecdsa.pub')}` }), pinned: true })
    const right = setup.tunnel()
    await prompt(right)
    type(right, `echo trusted > ${mark.name}\n`)
    await mark.reads()
    await right.close()
    setup.gateway.labGone(`lab-${labs}`)
    setup.claims = claimsOf(`lab-${++labs}`)
    use({ ...ssh({ 'host-key': `127.0.0.1 ${publicKey('keys/ecdsa.pub')}` }), pinned: true })
    const wrong = setup.tunnel()
    await wrong.gone()
    assert.equal(wrong.problem, 'link/host-key-changed')
  })

  for (const [what, target, problem] of [
    ['a wrong password', ssh({ password: 'wrong' }), 'link/login-refused'],
    ['a host that is not there', ssh({ port: '2' }), 'link/shell-unreachable'],
    [
      'a wrong VNC password',
      { ...TARGETS.vnc, parameters: { ...TARGETS.vnc.parameters, password: 'not-it' } },
      'link/login-refused',
    ],
    [
      'an RDP host that refuses network authentication',
      { ...TARGETS.rdp, parameters: { ...TARGETS.rdp.parameters, security: 'nla' } },
      'link/login-refused',
    ],
    [
      'a desktop that is not there',
      { ...TARGETS.vnc, parameters: { ...TARGETS.vnc.parameters, port: '2' } },
      'link/shell-unreachable',
    ],
  ] as const satisfies [string, DeskTarget, string][]) {
    test(`${what} is told within two seconds`, async () => {
      use(target)
      const begun = performance.now()
      const tunnel = setup.tunnel()
      await tunnel.gone()
      const after = performance.now() - begun
      assert.equal(tunnel.problem, problem)
      process.stdout.write(`  told after ${after.toFixed(0)} ms\n`)
      assert.ok(after < 10_000, 'two seconds, on a machine five times as slow')
      for (const line of setup.logged) assert.doesNotMatch(line, new RegExp(PASSWORD))
    })
  }

  for (const protocol of ['ssh', 'vnc', 'rdp'] as const) {
    test(`${protocol}: a lab host that goes away is told within two seconds, and shown when it is back`, async () => {
      const target: DeskTarget = TARGETS[protocol]
      const way = await TcpProxy.start(Number(target.parameters['port']))
      use({ ...target, parameters: { ...target.parameters, port: String(way.port) } })
      try {
        const open = setup.tunnel()
        await open.drawn()
        const begun = performance.now()
        way.cut()
        await open.gone()
        process.stdout.write(`  told after ${(performance.now() - begun).toFixed(0)} ms, ${open.problem}\n`)
        assert.equal(open.problem, 'link/shell-unreachable')
        assert.ok(performance.now() - begun < 10_000, 'two seconds, on a machine five times as slow')
        const meanwhile = setup.tunnel()
        await meanwhile.gone()
        assert.equal(meanwhile.problem, 'link/shell-unreachable')
        way.mend()
        const again = setup.tunnel()
        await again.drawn()
        await again.close()
      } finally {
        await way.close()
      }
    })
  }

  test('telnet: logs in by itself, what is typed runs, and a reload comes back to the same shell', async () => {
    use(TARGETS.telnet)
    // What is typed before would be part of the name.
    const login = new Mark('.telnet-login')
    await login.remove()
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    await login.reads()
    await typeUntil(tunnel, `kept=the-same; echo $USER > ${mark.name}\n`, mark)
    assert.equal(await mark.reads(), 'guactest\n')
    await tunnel.close()
    const again = setup.tunnel()
    await again.drawn()
    type(again, `echo $kept > ${mark.name}\n`)
    await mark.reads((text) => text === 'the-same\n')
    await again.close()
  })

  test('VNC: what is typed runs on the desktop, a reload sees the same one', async () => {
    use(TARGETS.vnc)
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    await typeUntil(tunnel, `echo by-vnc > /home/guactest/${mark.name}\n`, mark)
    assert.equal(await mark.reads(), 'by-vnc\n')
    tunnel.cut()
    const again = setup.tunnel()
    await again.drawn()
    await typeUntil(again, `echo again >> /home/guactest/${mark.name}\n`, mark)
    await again.close()
  })

  test('RDP: what is typed runs on the desktop, a reload sees the same session', async () => {
    use(TARGETS.rdp)
    const tunnel = setup.tunnel('?width=1024&height=768')
    await tunnel.until(() => tunnel.heardOf('sync').length > 3, 'the desktop', 60_000)
    await typeUntil(tunnel, `W=kept; echo by-rdp > /home/guactest/${mark.name}\n`, mark)
    tunnel.cut()
    const again = setup.tunnel()
    await again.drawn()
    type(again, `echo $W >> /home/guactest/${mark.name}\n`)
    await mark.reads((text) => text.includes('kept'))
    await again.close()
  })

  for (const name of ['rdp', 'vnc', 'ssh'] as const) {
    test(`${name}: pages that come in the instant of the first one see the same desk, ten times`, async () => {
      for (let round = 0; round < 10; round++) {
        setup.claims = claimsOf(`lab-${++labs}`)
        use(TARGETS[name])
        const pages = [setup.tunnel(), setup.tunnel(), setup.tunnel()]
        await Promise.all(pages.map((page) => page.until(() => page.heardOf('sync').length > 1, 'a picture', 60_000)))
        assert.deepEqual(
          pages.map(({ closed, problem }) => closed ?? problem),
          [undefined, undefined, undefined],
        )
        const users = setup.gateway.pool.state().map((guacd) => guacd.users)
        assert.deepEqual(users, [3], 'one connection, and nobody came twice')
        await Promise.all(pages.map((page) => page.close()))
        setup.gateway.labGone(`lab-${labs}`)
      }
    })
  }
})

describe('a guacd that fails', () => {
  let guacd: OwnGuacd
  let setup: DeskSetup

  beforeEach(async () => {
    guacd = await OwnGuacd.start()
    setup = await DeskSetup.start([guacd.address], { limits: { ...PATIENT, guacdSilence: 60_000 } })
    setup.target = async () => TARGETS.ssh
  })
  afterEach(async () => {
    await setup.close()
    await guacd.down()
  })

  test('killed: told within two seconds, and healed when it is back', async () => {
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    const begun = performance.now()
    await guacd.signal('SIGKILL')
    await tunnel.gone()
    const after = performance.now() - begun
    assert.equal(tunnel.problem, 'link/desktop-unavailable')
    process.stdout.write(`  told after ${after.toFixed(0)} ms\n`)
    assert.ok(after < 10_000, 'two seconds, on a machine five times as slow')
    const meanwhile = setup.tunnel()
    await meanwhile.gone()
    assert.equal(meanwhile.problem, 'link/desktop-unavailable')
    await guacd.up()
    const again = setup.tunnel()
    await again.drawn()
    await again.close()
  })

  test('hung: the page is told within two seconds, and comes back to the same shell when guacd goes on', async () => {
    const mark = new Mark()
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    await typeUntil(tunnel, `kept=the-same; echo begun > ${mark.name}\n`, mark)
    await guacd.signal('SIGSTOP')
    try {
      const begun = performance.now()
      await tunnel.gone()
      const after = performance.now() - begun
      process.stdout.write(`  an open page told after ${after.toFixed(0)} ms\n`)
      assert.equal(tunnel.problem, 'link/desktop-unavailable')
      assert.ok(after < 10_000, 'two seconds, on a machine five times as slow')
      const quick = await DeskSetup.start([guacd.address])
      quick.target = async () => TARGETS.ssh
      const asked = performance.now()
      const meanwhile = quick.tunnel()
      await meanwhile.gone()
      process.stdout.write(`  a new page told after ${(performance.now() - asked).toFixed(0)} ms\n`)
      assert.equal(meanwhile.problem, 'link/desktop-unavailable')
      await quick.close()
    } finally {
      await guacd.signal('SIGCONT')
    }
    const again = setup.tunnel()
    await again.drawn()
    await mark.remove()
    type(again, `echo $kept > ${mark.name}\n`)
    await mark.reads((text) => text === 'the-same\n')
    await mark.remove()
    await again.close()
  })

  test('full: who comes is told within two seconds, and is served when there is room again', async () => {
    const quick = await DeskSetup.start([guacd.address])
    quick.target = async () => TARGETS.ssh
    await guacd.room(1)
    const begun = performance.now()
    const refused = quick.tunnel()
    await refused.gone()
    process.stdout.write(`  told after ${(performance.now() - begun).toFixed(0)} ms\n`)
    assert.equal(refused.problem, 'link/desktop-unavailable')
    await quick.close()
    await guacd.room()
    const served = setup.tunnel()
    await served.drawn()
    await served.close()
  })

  test('another one serves instead', async () => {
    const both = await DeskSetup.start([guacd.address, GUACD], { limits: PATIENT })
    both.target = async () => TARGETS.ssh
    await guacd.signal('SIGKILL')
    const tunnel = both.tunnel()
    await tunnel.drawn()
    await tunnel.close()
    await both.close()
  })
})
