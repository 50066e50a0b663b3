/** Opaque secrets given to pages: 256 random bits, of which only a hash is stored. */
import { createHash } from 'node:crypto'

export type Clock = () => Date
/** `node:crypto` `randomBytes`, or what a test gives. */
export type RandomBytes = (size: number) => Uint8Array

/** 32 random bytes and whatever must be bound to them, as base64url. */
export function newSecret(random: RandomBytes, bound: Uint8Array = new Uint8Array(0)): string {
  return Buffer.concat([random(32), bound]).toString('base64url')
}

/**
 * The form a secret is stored and looked up in. A plain hash is enough: 256 random bits cannot be guessed from it,
 * and a look-up by hash takes no time that tells how much of a guess was right.
 */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('base64url')
}
