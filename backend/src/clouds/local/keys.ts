import ssh2 from 'ssh2'
import type { Keys } from './stack-folder.js'

/** A key for the host and one for its only client, both ed25519 (RFC 8709), in OpenSSH's format. */
export function makeKeys(): Keys {
  const host = ssh2.utils.generateKeyPairSync('ed25519')
  const client = ssh2.utils.generateKeyPairSync('ed25519')
  return {
    hostPrivate: host.private,
    hostPublic: host.public,
    clientPrivate: client.private,
    clientPublic: client.public,
  }
}
