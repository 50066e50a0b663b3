import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { TerminalConfig } from '../../src/config/config.js'
import { hostKeyOf, logIn } from '../../src/gateway/login.js'
import type { SshTarget } from '../../src/gateway/ports.js'
import { systemTimers } from '../../src/gateway/timers.js'
import { runCommand } from '../../src/readiness/ssh-command.js'
import { TerminalReadiness } from '../../src/readiness/terminal-readiness.js'
import { labConfig } from '../labs/support/world.js'
import { Setup } from './fixtures/setup.js'
import type { KeyType } from './fixtures/ssh-host.js'
import { Sshd, sshdMissing } from './fixtures/sshd.js'
import { PASSWORD, passwordsMissing, withAccounts } from './fixtures/sshd-password.js'

const options = () => ({ timeout: 60_000, timers: systemTimers, signal: new AbortController().signal })
const echo = (target: SshTarget) => logIn(target, options(), (client) => runCommand(client, 'echo here'))

describe('a learner key by the real OpenSSH server', { skip: sshdMissing }, () => {
  const algorithms: Partial<Record<KeyType, string>> = {
    ed25519: 'ssh-ed25519',
    ecdsa: 'ecdsa-sha2-nistp256',
    rsa: 'rsa-sha2-512,rsa-sha2-256',
  }
  for (const key of ['ed25519', 'ecdsa', 'rsa'] as const) {
    test(`${key}: ${algorithms[key]} only`, async () => {
      const sshd = await Sshd.start({ key, settings: [`PubkeyAcceptedAlgorithms ${algorithms[key]}`] })
      try {
        assert.deepEqual(await echo(sshd.target), { code: 0, output: 'here\n' })
      } finally {
        await sshd.close()
      }
    })
  }
})

describe('a password by the real OpenSSH server', { skip: passwordsMissing }, () => {
  const methods = {
    password: ['PasswordAuthentication yes', 'UsePAM yes', 'KbdInteractiveAuthentication no'],
    'keyboard-interactive': ['PasswordAuthentication no', 'UsePAM yes', 'KbdInteractiveAuthentication yes'],
  }
  for (const [method, settings] of Object.entries(methods)) {
    test(`${method} only: the right one lets in, another one does not`, async () => {
      const sshd = await Sshd.start({ settings: ['PubkeyAuthentication no', ...settings], within: withAccounts })
      const { privateKey: _, ...host } = sshd.target
      try {
        const target = { ...host, user: 'learner', password: PASSWORD }
        assert.deepEqual(await echo(target), { code: 0, output: 'here\n' })
        await assert.rejects(echo({ ...target, password: 'wrong' }), { code: 'link/login-refused' })
      } finally {
        await sshd.close()
      }
    })
  }
})

describe('a host behind a jump host, both the real OpenSSH server', { skip: sshdMissing }, () => {
  let [jump, inner, stranger]: Sshd[] = []
  const hosts = () => {
    assert.ok(jump && inner && stranger)
    return { jump, inner, stranger }
  }
  const behind = (changes: Partial<SshTarget> = {}): SshTarget => {
    const { jump, inner } = hosts()
    return { ...inner.target, via: { terminal: 'jump', target: { ...jump.target, ...changes } } }
  }

  before(async () => {
    ;[jump, inner, stranger] = await Promise.all([Sshd.start(), Sshd.start(), Sshd.start()])
  })
  after(async () => {
    await Promise.all([jump, inner, stranger].map((sshd) => sshd?.close()))
  })

  test('a command, and one over two jump hosts', async () => {
    assert.deepEqual(await echo(behind()), { code: 0, output: 'here\n' })
    const { stranger } = hosts()
    const twice = behind({ via: { terminal: 'first', target: stranger.target } })
    assert.deepEqual(await echo(twice), { code: 0, output: 'here\n' })
  })

  test('another host key on either, a key that the jump host does not know, no server behind it: refused', async () => {
    const { jump, inner, stranger } = hosts()
    const other = stranger.target
    const cases: [SshTarget, string][] = [
      [behind({ hostKey: other.hostKey ?? '' }), 'link/host-key-changed'],
      [{ ...behind(), hostKey: jump.target.hostKey ?? '' }, 'link/host-key-changed'],
      [behind({ privateKey: inner.target.privateKey ?? '' }), 'link/login-refused'],
      [{ ...behind(), port: 1 }, 'link/shell-unreachable'],
    ]
    for (const [target, code] of cases) await assert.rejects(echo(target), { code })
  })

  test('the key of the inner host is asked for over the jump host', async () => {
    assert.equal(await hostKeyOf(behind(), options()), hosts().inner.target.hostKey?.split(' ').slice(0, 2).join(' '))
    await assert.rejects(hostKeyOf(behind({ privateKey: hosts().inner.target.privateKey ?? '' }), options()))
  })

  test('the hosts of a lab are asked as its config says, and the key of each is kept once it let somebody in', async () => {
    const { jump, inner } = hosts()
    const kept = new Map<string, string>()
    const readiness = new TerminalReadiness(
      {},
      {
        limit: 60_000,
        hosts: {
          known: async (_lab, terminal) => kept.get(terminal),
          of: async (_lab, terminal, address) => {
            kept.set(terminal, await hostKeyOf(address, options()))
            return kept.get(terminal)
          },
        },
      },
    )
    const terminalOf = (name: string, { port, user, privateKey = '' }: SshTarget): TerminalConfig => ({
      ...{ name, title: name, protocol: 'ssh', display: 'xterm', readOnly: false },
      ...{ host: { literal: '127.0.0.1' }, port: { literal: String(port) }, user: { literal: user } },
      privateKey: { literal: privateKey },
    })
    const terminals = [terminalOf('jump', jump.target), { ...terminalOf('inner', inner.target), via: 'jump' }]
    const lab = labConfig({ terminals })
    const arrival = { id: 'lab-1', cloud: 'a', startedAt: null }
    assert.deepEqual(await readiness.probe(arrival, lab, {}), { ready: true })
    const keyOf = ({ hostKey = '' }: SshTarget) => hostKey.split(' ').slice(0, 2).join(' ')
    assert.deepEqual(Object.fromEntries(kept), { jump: keyOf(jump.target), inner: keyOf(inner.target) })
    kept.set('jump', keyOf(inner.target))
    // The inner one alone: it is not reached over a host that is another one.
    kept.delete('inner')
    assert.equal((await readiness.probe(arrival, lab, {})).ready, false)
    assert.equal(kept.has('inner'), false)
  })

  test('a shell, and another one after the jump host lost every connection', async () => {
    const setup = await Setup.start(() => behind())
    try {
      const page = setup.page()
      await page.ready()
      page.type('seq 1 20000; echo th""e end\n')
      await page.shows('the end', 60_000)
      await hosts().jump.signal('SIGKILL', 'connections')
      await page.until(() => page.closeCode !== undefined, 'told that it is lost', 60_000)
      assert.equal(page.problem, 'link/shell-unreachable')
      const back = setup.page({ screen: page.screen })
      await back.until(() => back.attached, 'attached', 60_000)
      back.type('echo ba""ck\n')
      await back.shows('back', 60_000)
      await back.close()
    } finally {
      await setup.close()
    }
  })
})
