/**
 * The form in which a guacd takes a private key. Measured by what sshd accepted: guacd up to 1.4 takes RSA in PKCS #1 PEM
 * only; 1.5 and 1.6 take all but ed25519 in PKCS #8. RSA goes as PKCS #1 to every one of them.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import ssh2 from 'ssh2'
import { LabError } from '../../../../src/wire/problems.js'
import { isAtLeast, type Version } from './versions.js'

/** Throws `cloud/misconfigured`, with words for the operator and nothing of the key. */
export function keyFor(version: Version, key: string, passphrase?: string): string {
  const parsed = ssh2.utils.parseKey(key, passphrase)
  const found = Array.isArray(parsed) ? parsed[0] : parsed
  if (found instanceof Error || !found?.isPrivateKey()) {
    const pkcs8 = readPkcs8(key, passphrase)
    if (pkcs8) return fromPkcs8(version, pkcs8)
    throw misfit('cannot be read')
  }
  if (found.type === 'ssh-rsa') return found.getPrivatePEM()
  if (!isAtLeast(version, 'VERSION_1_5_0')) {
    throw misfit(`is ${found.type}, which this guacd does not take; it takes RSA (PEM), guacd 1.5 and later take all`)
  }
  return key
}

function fromPkcs8(version: Version, key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString()
  if (!isAtLeast(version, 'VERSION_1_5_0')) throw misfit('is not RSA, and this guacd takes no other')
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString()
  if (key.asymmetricKeyType === 'ed25519') return openSshEd25519(key)
  throw misfit('is of a kind that guacd does not take')
}

function readPkcs8(key: string, passphrase: string | undefined): KeyObject | undefined {
  try {
    return createPrivateKey({ key, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) })
  } catch {
    return undefined
  }
}

/** `openssh-key-v1` (PROTOCOL.key of OpenSSH), not encrypted. */
function openSshEd25519(key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' })
  const [secret, open] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const text = (value: string | Buffer): Buffer => Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(value)])
  const publicKey = Buffer.concat([text('ssh-ed25519'), text(open)])
  // Two equal numbers show a reader that it has decrypted right; nothing is encrypted here.
  const body = Buffer.concat([uint32(0), uint32(0), publicKey, text(Buffer.concat([secret, open])), text('')])
  const padding = Buffer.from(Array.from({ length: (8 - (body.length % 8)) % 8 }, (_, at) => at + 1))
  const all = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[text('none'), text('none'), text(''), uint32(1), text(publicKey)],
    text(Buffer.concat([body, padding])),
  ])
  const lines = all.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function misfit(how: string): LabError {
  return new LabError('cloud/misconfigured', { message: `a terminal's private key ${how}` })
}
