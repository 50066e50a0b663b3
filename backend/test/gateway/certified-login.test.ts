/** Logins by certificate at the real OpenSSH server, with certificates of the real ssh-keygen. */
import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { hostKeyOf, logIn } from '../../src/gateway/login.js'
import type { SshTarget } from '../../src/gateway/ports.js'
import { systemTimers } from '../../src/gateway/timers.js'
import { runCommand } from '../../src/readiness/ssh-command.js'
import { Authority, type CertificateOptions } from './fixtures/authority.js'
import { Setup } from './fixtures/setup.js'
import { Sshd, sshdMissing } from './fixtures/sshd.js'
import { PASSWORD, passwordsMissing, withAccounts } from './fixtures/sshd-password.js'

const options = () => ({ timeout: 60_000, timers: systemTimers, signal: new AbortController().signal })
const echo = (target: SshTarget) => logIn(target, options(), (client) => runCommand(client, 'echo here'))
const HERE = { code: 0, output: 'here\n' }
const user = userInfo().username

describe('a certificate by the real OpenSSH server', { skip: sshdMissing }, () => {
  let [authority, stranger]: Authority[] = []
  let sshd: Sshd

  before(async () => {
    ;[authority, stranger] = await Promise.all([Authority.start(), Authority.start()])
    assert.ok(authority)
    sshd = await trusting(authority)
  })
  after(async () => {
    await sshd.close()
    await Promise.all([authority?.close(), stranger?.close()])
  })

  /** Knows no learner's key, only who signed it. */
  function trusting(one: Authority, ...settings: string[]): Promise<Sshd> {
    return Sshd.start({ settings: ['AuthorizedKeysFile none', `TrustedUserCAKeys ${one.file}`, ...settings] })
  }

  async function certified(changes: CertificateOptions = {}, of = authority): Promise<SshTarget> {
    assert.ok(of)
    return { ...sshd.target, ...(await of.issue({ principals: [user], ...changes })) }
  }

  const types: [name: string, options: CertificateOptions][] = [
    ['ssh-ed25519-cert-v01@openssh.com', { type: 'ed25519' }],
    ['ecdsa-sha2-nistp256-cert-v01@openssh.com', { type: 'ecdsa', bits: 256 }],
    ['ecdsa-sha2-nistp384-cert-v01@openssh.com', { type: 'ecdsa', bits: 384 }],
    ['ecdsa-sha2-nistp521-cert-v01@openssh.com', { type: 'ecdsa', bits: 521 }],
    ['rsa-sha2-512-cert-v01@openssh.com', { type: 'rsa', bits: 3072 }],
  ]
  for (const [name, type] of types) {
    test(`${name} only: lets in, every time`, async () => {
      assert.ok(authority)
      const strict = await trusting(authority, `PubkeyAcceptedAlgorithms ${name}`)
      try {
        const target = { ...(await certified(type)), port: strict.target.port, hostKey: strict.target.hostKey ?? '' }
        for (let round = 0; round < 2; round++) assert.deepEqual(await echo(target), HERE)
      } finally {
        await strict.close()
      }
    })
  }

  const refusals: [what: string, changes: CertificateOptions, said: RegExp][] = [
    ['one that has expired', { validity: '20200101:20200102' }, /certificate expired at 2020-01-0/],
    ['one that is not valid yet', { validity: '20990101:20990102' }, /is not valid before 20\d\d-/],
    ['one for another user', { principals: ['somebody-else'] }, /does not name the user who logs in/],
    ['one that the host wants to be used elsewhere', { options: ['source-address=192.0.2.1'] }, /is in order: does/],
  ]
  for (const [what, changes, message] of refusals) {
    test(`${what}: refused, and the reason told`, async () => {
      await assert.rejects(echo(await certified(changes)), { code: 'link/login-refused', message })
    })
  }

  test('one of an authority that the host does not know, and the key without it: refused', async () => {
    await assert.rejects(echo(await certified({}, stranger)), { code: 'link/login-refused', message: /its authority/ })
    const { certificate: _, ...bare } = await certified()
    await assert.rejects(echo(bare), { code: 'link/login-refused' })
  })

  test('one of a host, of another key, without a key, and none at all: refused before the host is asked', async () => {
    const target = { ...(await certified()), host: '192.0.2.1' }
    const { privateKey: _, ...keyless } = target
    const cases: [SshTarget, RegExp][] = [
      [{ ...target, ...(await authority?.issue({ host: true })) }, /is of a host, not of a user/],
      [{ ...target, certificate: (await certified()).certificate ?? '' }, /is of another key than its privateKey/],
      [{ ...target, certificate: sshd.target.hostKey ?? '' }, /is no OpenSSH certificate/],
      [{ ...target, privateKey: target.certificate ?? '' }, /key cannot be read/],
      [keyless, /key cannot be read/],
    ]
    for (const [wrong, message] of cases) {
      await assert.rejects(echo(wrong), { code: 'cloud/misconfigured', message })
    }
  })

  test('a shell, files, and a jump host that is logged in to by a certificate too', async () => {
    const [jump, inner] = [await certified(), await certified({ type: 'rsa' })]
    const target = { ...inner, via: { terminal: 'jump', target: jump } }
    assert.equal(await hostKeyOf(target, options()), sshd.target.hostKey?.split(' ').slice(0, 2).join(' '))
    const setup = await Setup.start(() => target)
    try {
      const page = setup.page()
      await page.ready()
      page.type('echo th""ere\n')
      await page.shows(/^there$/)
      await page.close()
    } finally {
      await setup.close()
    }
    const names = await logIn(target, options(), (client) => {
      return new Promise<number>((resolve, reject) =>
        client.sftp((error, sftp) => {
          if (error) return reject(error)
          sftp.readdir('/', (failed, list) => {
            client.end()
            if (failed) reject(failed)
            else resolve(list.length)
          })
        }),
      )
    })
    assert.ok(names > 0)
  })

  test('a refused certificate is not the end where a password is given as well', {
    skip: passwordsMissing,
  }, async () => {
    assert.ok(authority)
    const settings = [`TrustedUserCAKeys ${authority.file}`, 'PasswordAuthentication yes', 'UsePAM yes']
    const both = await Sshd.start({ settings, within: withAccounts })
    try {
      const target = { ...(await certified({ principals: ['nobody'] })), ...both.target, user: 'learner' }
      const pair = await authority.issue({ principals: ['nobody'] })
      assert.deepEqual(await echo({ ...target, ...pair, password: PASSWORD }), HERE)
      await assert.rejects(echo({ ...target, ...pair, password: 'wrong' }), { code: 'link/login-refused' })
    } finally {
      await both.close()
    }
  })
})
