import { makeKeyPair } from '../key-pair.js'
import type { Keys } from './stack-folder.js'

/** A key for the host and one for its only client. */
export function makeKeys(): Keys {
  const host = makeKeyPair()
  const client = makeKeyPair()
  return {
    hostPrivate: host.private,
    hostPublic: host.public,
    clientPrivate: client.private,
    clientPublic: client.public,
  }
}
