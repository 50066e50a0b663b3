/** The key by which a lab host proves that it is the one that was built. */
import type { ServerHostKeyAlgorithm } from 'ssh2'
import { LabError } from '../../../src/wire/problems.js'

/** Signature algorithms by the type of key (RFC 8709, RFC 5656, RFC 8332; no SHA-1). */
const ALGORITHMS: Readonly<Record<string, ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
}

export interface PinnedKey {
  /** To negotiate: a host that has keys of several types must show this one. */
  readonly algorithms: ServerHostKeyAlgorithm[]
  matches(blob: Buffer): boolean
}

/** Reads one line of a `.pub` file. Throws `cloud/misconfigured` for anything else. */
export function pinnedKey(line: string): PinnedKey {
  const [type = '', base64 = ''] = line.trim().split(/\s+/)
  const algorithms = ALGORITHMS[type]
  const expected = Buffer.from(base64, 'base64')
  if (!algorithms || expected.length < 32) {
    throw new LabError('cloud/misconfigured', { message: "a terminal's host key is not a public key" })
  }
  return { algorithms, matches: (blob) => blob.equals(expected) }
}
