/**
 * A learner's key that shows its certificate to the host. ssh2 1.17 knows no certificates, but takes a key object as it
 * is: this one tells the certificate for its public key. One thing is left. ssh2 writes one name both as the algorithm
 * that is asked for and as the format of the signature (RFC 4252 section 7); with a certificate these differ, and OpenSSH
 * refuses any but the plain one. So the one packet that carries the signature is corrected on its way out. Whatever in
 * ssh2 is not as expected ends the login; the signature then is sent to nobody.
 */
import { sign } from 'node:crypto'
import ssh2, { type Client, type ParsedKey } from 'ssh2'
import { LabError } from '../../../src/wire/problems.js'
import { type Certificate, readCertificate, sshString, wrong } from './certificate.js'

interface Scheme {
  /** What the host is asked for, and what the signature says that it is. RSA: with SHA-2 only (RFC 8332). */
  readonly algorithm: string
  readonly format: string
  readonly hash: string | null
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  'ssh-ed25519': scheme('ssh-ed25519', null),
  'ecdsa-sha2-nistp256': scheme('ecdsa-sha2-nistp256', 'sha256'),
  'ecdsa-sha2-nistp384': scheme('ecdsa-sha2-nistp384', 'sha384'),
  'ecdsa-sha2-nistp521': scheme('ecdsa-sha2-nistp521', 'sha512'),
  'ssh-rsa': scheme('rsa-sha2-512', 'sha512'),
}

function scheme(format: string, hash: string | null): Scheme {
  return { algorithm: `${format}-cert-v01@openssh.com`, format, hash }
}

export interface KeyPair {
  readonly certificate: Certificate
  readonly key: ParsedKey
  readonly scheme: Scheme
}

/** Throws `cloud/misconfigured` where either cannot be read, or they do not belong together. */
export function readKeyPair(privateKey: string, certificateText: string): KeyPair {
  const certificate = readCertificate(certificateText)
  const key = [ssh2.utils.parseKey(privateKey)].flat()[0]
  const found = SCHEMES[certificate.keyType]
  if (!key || key instanceof Error || !key.isPrivateKey()) {
    throw new LabError('cloud/misconfigured', { message: "a terminal's key cannot be read" })
  }
  if (!found || !key.getPublicSSH().equals(certificate.publicKey)) throw wrong('is of another key than its privateKey')
  return { certificate, key, scheme: found }
}

/** For the `authHandler` of this very client. */
export function certifiedKey(client: Client, { certificate, key, scheme }: KeyPair): ParsedKey {
  const own: Pick<ParsedKey, 'type' | 'getPublicSSH' | 'sign'> = {
    type: scheme.algorithm as ParsedKey['type'],
    getPublicSSH: () => certificate.blob,
    sign: (data) => {
      const bytes = Buffer.from(data)
      const signature = Buffer.concat([sshString(scheme.format), sshString(signed(bytes, key.getPrivatePEM(), scheme))])
      correctNext(client, scheme.algorithm, signature)
      return signature
    },
  }
  return Object.assign(Object.create(key), own)
}

function signed(data: Buffer, pem: string, { format, hash }: Scheme): Buffer {
  if (!format.startsWith('ecdsa-')) return sign(hash, data, pem)
  // Two numbers of one length, each of which becomes an mpint (RFC 5656 section 3.1.2).
  const both = sign(hash, data, { key: pem, dsaEncoding: 'ieee-p1363' })
  const half = both.length / 2
  return Buffer.concat([mpint(both.subarray(0, half)), mpint(both.subarray(half))])
}

/** Of a number without a sign (RFC 4251 section 5): no zeros in front but the one that keeps it positive. */
function mpint(number: Buffer): Buffer {
  const from = number.findIndex((byte) => byte !== 0)
  const bytes = from === -1 ? Buffer.alloc(0) : number.subarray(from)
  return sshString((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

/** What ssh2 writes its packets with: room for the payload from `allocStart` on, then the packet as it is sent. */
interface Writer {
  readonly allocStart: number
  alloc(size: number): Buffer
  finalize(packet: Buffer): Buffer
}

/** The next packet that this client writes is the answer to a signature; the ones after it are its own again. */
function correctNext(client: Client, algorithm: string, signature: Buffer): void {
  const packets = packetsOf(client)
  const { write } = packets
  if (!isWriter(write)) throw unexpected('its packets')
  const once: Writer = {
    allocStart: 0,
    alloc: (size) => Buffer.alloc(size),
    finalize: (written) => {
      packets.write = write
      const payload = corrected(written, algorithm, signature)
      const packet = write.alloc(payload.length)
      packet.set(payload, write.allocStart)
      return write.finalize(packet)
    },
  }
  packets.write = once
}

/** The signature in the place of the one that was written with the algorithm for its format. */
function corrected(written: Buffer, algorithm: string, signature: Buffer): Buffer {
  const misnamed = sshString(Buffer.concat([sshString(algorithm), sshString(signature)]))
  const at = written.length - misnamed.length
  if (at < 0 || !written.subarray(at).equals(misnamed)) throw unexpected('its signatures')
  return Buffer.concat([written.subarray(0, at), sshString(signature)])
}

function packetsOf(client: Client): { write: unknown } {
  const protocol: unknown = Reflect.get(client, '_protocol')
  const packets: unknown = typeof protocol === 'object' && protocol !== null && Reflect.get(protocol, '_packetRW')
  if (typeof packets !== 'object' || packets === null || !('write' in packets)) throw unexpected('its connection')
  return packets
}

function isWriter(value: unknown): value is Writer {
  if (typeof value !== 'object' || value === null) return false
  const is = (name: string, type: string) => typeof Reflect.get(value, name) === type
  return is('allocStart', 'number') && is('alloc', 'function') && is('finalize', 'function')
}

function unexpected(what: string): LabError {
  return new LabError('server/internal', { message: `no login by certificate: ssh2 keeps ${what} elsewhere` })
}
