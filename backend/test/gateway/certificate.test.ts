import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { before, describe, test } from 'node:test'
import { doubtsOf, readCertificate, sshString } from '../../src/gateway/certificate.js'
import { Random } from './fixtures/random.js'

/**
 * Written by ssh-keygen of OpenSSH 9.2: `-s ca -I learner-1 -n training,root -z 7 -O force-command=date
 * -V 20260101000000Z:20270101000000Z`.
 */
const RECORDED = new URL('recordings/user-certificates.pub', import.meta.url)
/** What `ssh-keygen -l` says of the keys in them, in that order. */
const FINGERPRINTS = [
  ['ssh-ed25519', '7YPYvliM7SZYl/rpasdbEN/rgs/kgyEm42bUNqCC1vU'],
  ['ecdsa-sha2-nistp256', '0aXn84LusNdfbRBgZn++nzoyIFr68FAu56IpSNr2OTY'],
  ['ecdsa-sha2-nistp384', 'ncICLirQxGwOv496if9zEEij94E9pGrSBQtOh3bn+Cw'],
  ['ecdsa-sha2-nistp521', 'umY4++fBBrao5RlWlpz7DmO9AFnXmNxAsej/+62BTcI'],
  ['ssh-rsa', 'onaPJQ3njAxyP8Vqtvsg7oYnvXF4CXkpXd1Rz+MB30s'],
]
const [AFTER, BEFORE] = [Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)]
const DAMAGED = { code: 'cloud/misconfigured', message: "a terminal's certificate is damaged" }
const NONE = { code: 'cloud/misconfigured', message: "a terminal's certificate is no OpenSSH certificate" }

const TYPE = 'ssh-ed25519-cert-v01@openssh.com'
const line = (blob: Buffer, type = TYPE) => `${type} ${blob.toString('base64')} a comment\n`

interface Fields {
  readonly inner?: string
  readonly kind?: number
  readonly principals?: Buffer
  readonly extensions?: Buffer
  readonly rest?: Buffer
}

/** Field by field, as PROTOCOL.certkeys has them. */
function blobOf({ inner = TYPE, kind = 1, principals, extensions, rest = Buffer.alloc(0) }: Fields = {}): Buffer {
  const u32 = (value: number) => Buffer.from(value.toString(16).padStart(8, '0'), 'hex')
  const permitted = Buffer.concat([sshString('permit-pty'), sshString('')])
  return Buffer.concat([
    ...[sshString(inner), sshString('nonce'), sshString(Buffer.alloc(32, 7))],
    ...[Buffer.alloc(8), u32(kind), sshString('id')],
    sshString(principals ?? sshString('training')),
    ...[Buffer.alloc(8), Buffer.alloc(8, 0xff)],
    ...[sshString(''), sshString(extensions ?? permitted)],
    ...[sshString(''), sshString('the authority'), sshString('its signature'), rest],
  ])
}

describe('a certificate', () => {
  let recorded: string[] = []
  before(async () => {
    recorded = (await readFile(RECORDED, 'utf8')).trim().split('\n')
  })

  test('of each type of key: the key in it, for whom, and how long', () => {
    assert.equal(recorded.length, FINGERPRINTS.length)
    for (const [at, text] of recorded.entries()) {
      const certificate = readCertificate(text)
      const { principals, validAfter, validBefore, permitsTerminal, publicKey, keyType } = certificate
      const fingerprint = createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')
      assert.deepEqual([keyType, fingerprint], FINGERPRINTS[at])
      assert.deepEqual([principals, permitsTerminal], [['training', 'root'], true])
      assert.deepEqual([Number(validAfter) * 1000, Number(validBefore) * 1000], [AFTER, BEFORE])
    }
  })

  test('what is known against it: its time to the second, its user, no terminal', () => {
    const [text = ''] = recorded
    const certificate = readCertificate(text)
    assert.deepEqual(doubtsOf(certificate, 'root', AFTER), [])
    assert.deepEqual(doubtsOf(certificate, 'training', BEFORE - 1), [])
    assert.deepEqual(doubtsOf(certificate, 'root', AFTER - 1), ['is not valid before 2026-01-01T00:00:00.000Z'])
    assert.deepEqual(doubtsOf(certificate, 'learner', BEFORE), [
      'expired at 2027-01-01T00:00:00.000Z',
      'does not name the user who logs in',
    ])
    const forAll = readCertificate(line(blobOf({ principals: Buffer.alloc(0), extensions: Buffer.alloc(0) })))
    assert.deepEqual(doubtsOf(forAll, 'anybody', AFTER), ['does not permit a terminal (permit-pty)'])
  })

  test('what is none: refused, and nothing of it repeated', () => {
    const blob = blobOf()
    const plain = sshString('ssh-ed25519')
    const cases: [string, object][] = [
      ['', NONE],
      ['-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET', NONE],
      [line(plain, 'ssh-ed25519'), NONE],
      [line(blob, 'constructor-cert-v01@openssh.com'), NONE],
      [line(blob, 'ssh-dss-cert-v01@openssh.com'), NONE],
      [line(blob) + line(blob), NONE],
      [`${TYPE} ${blob.toString('base64')}!`, NONE],
      [line(Buffer.alloc(64 * 1024)), NONE],
      [line(blobOf({ inner: 'ssh-rsa-cert-v01@openssh.com' })), DAMAGED],
      [line(blobOf({ rest: Buffer.of(0) })), DAMAGED],
      [line(blobOf({ principals: Buffer.from('ffffffff', 'hex') })), DAMAGED],
      [line(blobOf({ principals: Buffer.from('0000', 'hex') })), DAMAGED],
      [line(blobOf({ kind: 2 })), { message: "a terminal's certificate is of a host, not of a user" }],
    ]
    for (const [text, error] of cases) assert.throws(() => readCertificate(text), error, text.slice(0, 60))
    assert.deepEqual(readCertificate(line(blob)).principals, ['training'])
  })

  test('cut anywhere, or with any length in it too large: damaged', () => {
    for (const text of recorded) {
      const [type = '', base64 = ''] = text.split(' ')
      const blob = Buffer.from(base64, 'base64')
      for (let end = 1; end < blob.length; end++) {
        assert.throws(() => readCertificate(line(blob.subarray(0, end), type)), DAMAGED)
      }
    }
    const blob = blobOf()
    for (let at = 0; at + 4 <= blob.length; at++) {
      const huge = Buffer.from(blob)
      huge.writeUInt32BE(0xffffffff, at)
      // Read as a certificate or refused in words; never anything else.
      try {
        readCertificate(line(huge))
      } catch (error) {
        assert.match(String(error), /is damaged|is of a host/)
      }
    }
  })

  test('bytes at random in it: read, or refused in words', () => {
    const random = new Random(19)
    for (let round = 0; round < 5_000; round++) {
      const blob = blobOf()
      for (let changes = random.below(4); changes >= 0; changes--) blob[random.below(blob.length)] = random.below(256)
      try {
        readCertificate(line(blob))
      } catch (error) {
        assert.match(String(error), /is damaged|is of a host/)
      }
    }
  })
})
