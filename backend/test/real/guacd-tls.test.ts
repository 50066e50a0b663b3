/** A real guacd that speaks TLS (`npm run test:real`). */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { GuacdAddress } from '../../src/gateway/guacd/ports.js'
import { DeskSetup } from '../gateway/guacd/fixtures/setup.js'
import { GUACD_ROOT, OwnGuacd, TARGETS } from './fixtures/parts.js'
import { Mark, typeUntil } from './fixtures/typing.js'

const PATIENT = { firstWord: 15_000, handshake: 30_000, guacdAnswer: 60_000 }

/** A key of its own, and a certificate for it that only it has signed. */
async function certificate(folder: string, name: string, subject: string): Promise<string> {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=guacd', '-addext', `subjectAltName=${subject}`]
  await promisify(execFile)('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', cert])
  await chmod(key, 0o644)
  return readFile(cert, 'utf8')
}

describe('a guacd with TLS', () => {
  let folder: string
  let guacd: OwnGuacd
  const certificates: Record<string, string> = {}

  before(async () => {
    folder = await mkdtemp(join(GUACD_ROOT, 'tmp/tls-'))
    await chmod(folder, 0o755)
    certificates['right'] = await certificate(folder, 'right', 'IP:127.0.0.1,DNS:localhost')
    certificates['other'] = await certificate(folder, 'other', 'IP:127.0.0.1')
    certificates['named'] = await certificate(folder, 'named', 'DNS:guacd.example.org')
    guacd = await serving('right')
  })
  after(async () => {
    await guacd?.down()
    await rm(folder, { recursive: true, force: true })
  })

  function serving(name: string): Promise<OwnGuacd> {
    const inside = folder.slice(GUACD_ROOT.length)
    return OwnGuacd.start({ GUACD_CERT: `${inside}/${name}.pem`, GUACD_KEY: `${inside}/${name}.key` })
  }

  async function setupFor(address: GuacdAddress): Promise<DeskSetup> {
    const setup = await DeskSetup.start([address], { limits: PATIENT })
    setup.target = async () => TARGETS.ssh
    return setup
  }

  for (const host of ['127.0.0.1', 'localhost']) {
    test(`whose certificate the configuration trusts: what is typed runs, a reload sees the same (${host})`, async () => {
      const mark = new Mark()
      const setup = await setupFor({ host, port: guacd.address.port, tls: { ca: certificates['right'] ?? '' } })
      const tunnel = setup.tunnel()
      await tunnel.drawn()
      await typeUntil(tunnel, `kept=the-same; echo begun > ${mark.name}\n`, mark)
      tunnel.cut()
      const again = setup.tunnel()
      await again.drawn()
      await mark.remove()
      await typeUntil(again, `echo $kept > ${mark.name}\n`, mark)
      assert.equal(await mark.reads(), 'the-same\n')
      await again.close()
      await setup.close()
      await mark.remove()
    })
  }

  async function refused(address: GuacdAddress): Promise<{ said: string; logged: string }> {
    const setup = await setupFor(address)
    const tunnel = setup.tunnel()
    await tunnel.gone()
    await setup.close()
    assert.equal(tunnel.problem, 'link/desktop-unavailable')
    return { said: JSON.stringify(tunnel.heard), logged: setup.logged.join('\n') }
  }

  test('with another certificate gets no word: the learner reads that the service does not answer, the log says why', async () => {
    const { port } = guacd.address
    const other = await refused({ host: '127.0.0.1', port, tls: { ca: certificates['other'] ?? '' } })
    assert.match(other.logged, /DEPTH_ZERO_SELF_SIGNED_CERT/)
    assert.doesNotMatch(other.said, /CERT|127\.0\.0\.1/)
    const unknown = await refused({ host: '127.0.0.1', port, tls: {} })
    assert.match(unknown.logged, /DEPTH_ZERO_SELF_SIGNED_CERT/)
  })

  test('with a certificate for another name as well', async () => {
    const named = await serving('named')
    const { logged } = await refused({ ...named.address, tls: { ca: certificates['named'] ?? '' } })
    assert.match(logged, /ERR_TLS_CERT_ALTNAME_INVALID/)
    await named.down()
  })

  test('that is spoken to without, or one without that is spoken to with it: refused, and the log says so', async () => {
    const plain = await OwnGuacd.start()
    const { logged } = await refused({ ...plain.address, tls: { ca: certificates['right'] ?? '' } })
    assert.match(logged, /a guacd does not serve/)
    await plain.down()
    await refused(guacd.address)
  })
})
