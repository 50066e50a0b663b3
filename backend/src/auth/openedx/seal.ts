/** Tokens of the LMS as they lie in the store: sealed by a secret that only a page holds, whose hash alone is stored. */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import type { RandomBytes } from '../secret.js'

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16

export function seal(text: string, secret: string, random: RandomBytes): string {
  const nonce = random(NONCE)
  const cipher = createCipheriv(CIPHER, keyOf(secret), nonce)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
}

/** Throws for anything that this secret did not seal. */
export function unseal(sealed: string, secret: string): string {
  const bytes = Buffer.from(sealed, 'base64url')
  const decipher = createDecipheriv(CIPHER, keyOf(secret), bytes.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
  return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString('utf8')
}

/** Not the hash that the store knows it by. */
function keyOf(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', 'lab-terminal openedx token', 32))
}
