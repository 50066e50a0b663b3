/** The key by which a lab host proves that it is the one that was built. */
import type { Duplex } from 'node:stream'
import { Client, type ServerHostKeyAlgorithm } from 'ssh2'
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

/**
 * In the order of libssh2, which guacd uses: it cannot be told which of a host's keys it should ask for, so the one that
 * is kept must be the one that it will see.
 */
const SCANNED: ServerHostKeyAlgorithm[] = [
  ...(['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'] as const),
  ...(['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256'] as const),
]

/**
 * The key that a host shows, as a line of a `.pub` file; nothing is logged in to. `sock`: the way to it, when it is not
 * reached at its address. Rejects where it does not answer.
 */
export function scanHostKey(
  address: { readonly host: string; readonly port: number },
  timeout: number,
  sock?: Duplex,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new Client()
    const fail = (): void => {
      client.destroy()
      reject(new LabError('link/shell-unreachable', { message: 'ssh: no host key' }))
    }
    client.on('error', fail)
    client.on('close', fail)
    client.connect({
      host: address.host,
      port: address.port,
      ...(sock && { sock }),
      username: 'host-key',
      readyTimeout: timeout,
      algorithms: { serverHostKey: SCANNED },
      hostVerifier: (blob: Buffer) => {
        // The blob begins with the name of its type (RFC 4253 section 6.6).
        const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1')
        resolve(`${type} ${blob.toString('base64')}`)
        return false
      },
    })
  })
}
