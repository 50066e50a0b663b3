import ssh2 from 'ssh2'

/** An ed25519 key pair (RFC 8709) in OpenSSH's formats. */
export interface KeyPair {
  readonly private: string
  readonly public: string
}

/** ssh2 1.17 drops leading zero bytes of the public key: one pair of 256 is damaged. Those are thrown away. */
export function makeKeyPair(): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519')
    if (isWhole(pair.public) && isWhole(pair.private)) return pair
  }
}

/** The public half of a private key, as in `authorized_keys`. */
export function publicKeyOf(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey)
  if (key instanceof Error) throw new TypeError('not a private key', { cause: key })
  return `${key.type} ${key.getPublicSSH().toString('base64')}`
}

function isWhole(key: string): boolean {
  return !(ssh2.utils.parseKey(key) instanceof Error)
}
