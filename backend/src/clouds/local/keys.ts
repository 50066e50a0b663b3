import ssh2 from 'ssh2'
import type { Keys } from './stack-folder.js'

/** A key for the host and one for its only client, both ed25519 (RFC 8709), in OpenSSH's format. */
export function makeKeys(): Keys {
  const host = makePair()
  const client = makePair()
  return {
    hostPrivate: host.private,
    hostPublic: host.public,
    clientPrivate: client.private,
    clientPublic: client.public,
  }
}

/** ssh2 1.17 drops leading zero bytes of the public key: one pair of 256 is damaged. Those are thrown away. */
function makePair(): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519')
    if (isWhole(pair.public) && isWhole(pair.private)) return pair
  }
}

function isWhole(key: string): boolean {
  return !(ssh2.utils.parseKey(key) instanceof Error)
}
