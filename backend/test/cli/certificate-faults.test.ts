import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { certificateFaults } from '../../src/cli/certificate-faults.js'
import type { TerminalConfig } from '../../src/config/config.js'
import { keyPair } from '../gateway/fixtures/ssh-host.js'
import { labConfig } from '../labs/support/world.js'

/** For training and root, in 2026. */
const RECORDED = new URL('../gateway/recordings/user-certificates.pub', import.meta.url)

describe('the certificates that a configuration names', () => {
  let folder = ''
  let file = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certificates-'))
    file = join(folder, 'id-cert.pub')
    await writeFile(file, (await readFile(RECORDED, 'utf8')).split('\n')[0] ?? '')
  })
  after(() => rm(folder, { recursive: true }))

  async function faults(changes: Partial<TerminalConfig>, now = Date.UTC(2026, 5)): Promise<string[]> {
    const terminal: TerminalConfig = {
      ...{ name: 'deploy', title: 'deploy', protocol: 'ssh', display: 'xterm', readOnly: false },
      ...{ host: { literal: 'h' }, port: { literal: '22' }, user: { literal: 'training' } },
      privateKey: { output: 'private_key' },
      ...changes,
    }
    const labs = new Map([['ceph', labConfig({ name: 'ceph', terminals: [terminal] })]])
    const found = await certificateFaults({ labs }, { SERVER: 'yes' }, now)
    assert.ok(found.every(({ lab, terminal }) => lab === 'ceph' && terminal === 'deploy'))
    return found.map(({ reason }) => reason)
  }

  it('are told nothing of, where there are none, or only a stack has them', async () => {
    assert.deepEqual(await faults({}), [])
    assert.deepEqual(await faults({ certificate: { output: 'certificate' } }), [])
  })

  it('are held against the clock and the user, read anew', async () => {
    assert.deepEqual(await faults({ certificate: { file } }), [])
    assert.deepEqual(await faults({ certificate: { file } }, Date.UTC(2027, 0, 2)), [
      'its certificate expired at 2027-01-01T00:00:00.000Z',
    ])
    assert.deepEqual(await faults({ certificate: { file }, user: { literal: 'learner' } }), [
      'its certificate does not name the user who logs in',
    ])
    assert.deepEqual(await faults({ certificate: { file }, user: { output: 'user' } }), [])
  })

  it('are held against the key where it is here as well', async () => {
    const { private: privateKey, public: publicKey } = keyPair()
    assert.deepEqual(await faults({ certificate: { file }, privateKey: { literal: privateKey } }), [
      "a terminal's certificate is of another key than its privateKey",
    ])
    assert.deepEqual(await faults({ certificate: { literal: publicKey } }), [
      "a terminal's certificate is no OpenSSH certificate",
    ])
    assert.deepEqual(await faults({ certificate: { env: 'NO_SUCH' } }), [
      "a terminal's environment variable NO_SUCH is missing or wrong",
    ])
  })
})
