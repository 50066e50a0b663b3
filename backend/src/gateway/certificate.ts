/**
 * OpenSSH user certificates, as `ssh-keygen -s` writes them: a learner's public key with what an authority says of it.
 * The format is PROTOCOL.certkeys of OpenSSH. The authority's signature is not checked here: the host does, which alone
 * knows whom it trusts.
 */
import { LabError } from '../../../src/wire/problems.js'

const SUFFIX = '-cert-v01@openssh.com'
/** Strings that make up the public key, after the nonce. */
const KEY_PARTS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'ssh-rsa': 2,
}
const USER = 1
/** Of one certificate; OpenSSH writes a few hundred bytes, and never more than this. */
const MOST_BYTES = 48 * 1024

export interface Certificate {
  /** As the host reads it. */
  readonly blob: Buffer
  /** Of the key in it: `ssh-ed25519`, `ssh-rsa`, … */
  readonly keyType: string
  /** That key, as a host without certificates would see it (RFC 4253 section 6.6). */
  readonly publicKey: Buffer
  /** Users of the host; none: any. */
  readonly principals: readonly string[]
  /** Seconds since 1970: from the first on, and until before the second. */
  readonly validAfter: bigint
  readonly validBefore: bigint
  /** Whether a host gives a terminal to who shows it. */
  readonly permitsTerminal: boolean
}

/** Reads what is in a `…-cert.pub` file. Throws `cloud/misconfigured`; the message has nothing of the text in it. */
export function readCertificate(text: string): Certificate {
  const [type = '', base64 = ''] = text.trim().split(/\s+/, 2)
  const keyType = type.endsWith(SUFFIX) ? type.slice(0, -SUFFIX.length) : ''
  const parts = Object.hasOwn(KEY_PARTS, keyType) ? KEY_PARTS[keyType] : undefined
  const blob = Buffer.from(base64, 'base64')
  const exact = blob.length <= MOST_BYTES && blob.toString('base64') === base64
  if (parts === undefined || !exact || /[\r\n]/.test(text.trim())) throw wrong('is no OpenSSH certificate')
  try {
    return parse(blob, keyType, parts)
  } catch (error) {
    throw error instanceof LabError ? error : wrong('is damaged')
  }
}

function parse(blob: Buffer, keyType: string, parts: number): Certificate {
  const reader = new Reader(blob)
  if (reader.text() !== keyType + SUFFIX) throw new RangeError('another type inside')
  reader.string()
  const key = Array.from({ length: parts }, () => sshString(reader.string()))
  reader.u64()
  const kind = reader.u32()
  reader.string()
  const principals = reader.list()
  const [validAfter, validBefore] = [reader.u64(), reader.u64()]
  reader.string()
  const extensions = reader.list()
  // Reserved, the authority's key, and its signature.
  for (let left = 3; left > 0; left--) reader.string()
  reader.end()
  if (kind !== USER) throw wrong('is of a host, not of a user')
  return {
    blob,
    keyType,
    publicKey: Buffer.concat([sshString(keyType), ...key]),
    principals,
    validAfter,
    validBefore,
    // Names and their data take turns.
    permitsTerminal: extensions.some((name, at) => at % 2 === 0 && name === 'permit-pty'),
  }
}

/**
 * Why a host may refuse it, as far as can be told from here; empty: nothing is known against it. The host's own clock and
 * its own table of principals decide. `user`: undefined where it is not known yet. `now`: milliseconds.
 */
export function doubtsOf(certificate: Certificate, user: string | undefined, now: number): string[] {
  const { principals, validAfter, validBefore, permitsTerminal } = certificate
  const seconds = BigInt(Math.floor(now / 1000))
  return [
    ...(seconds < validAfter ? [`is not valid before ${date(validAfter)}`] : []),
    ...(seconds >= validBefore ? [`expired at ${date(validBefore)}`] : []),
    ...(principals.length > 0 && user !== undefined && !principals.includes(user)
      ? ['does not name the user who logs in']
      : []),
    ...(permitsTerminal ? [] : ['does not permit a terminal (permit-pty)']),
  ]
}

function date(seconds: bigint): string {
  const milliseconds = Number(seconds) * 1000
  return milliseconds <= 8.64e15 ? new Date(milliseconds).toISOString() : 'the end of time'
}

/** A string as SSH writes it (RFC 4251 section 5). */
export function sshString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** `what`: of a certificate; never anything that is in it. */
export function wrong(what: string): LabError {
  return new LabError('cloud/misconfigured', { message: `a terminal's certificate ${what}` })
}

/** Throws a `RangeError` past the end. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#step(4))
  }

  u64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#step(8))
  }

  string(): Buffer {
    const length = this.u32()
    const from = this.#step(length)
    return this.#bytes.subarray(from, from + length)
  }

  text(): string {
    return this.string().toString('utf8')
  }

  /** Strings in a string. */
  list(): string[] {
    const inner = new Reader(this.string())
    const all: string[] = []
    while (inner.#at < inner.#bytes.length) all.push(inner.text())
    return all
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new RangeError('more bytes than are told')
  }

  #step(length: number): number {
    const from = this.#at
    if (length > this.#bytes.length - from) throw new RangeError('too short')
    this.#at += length
    return from
  }
}
