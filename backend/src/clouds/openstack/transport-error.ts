/**
 * No answer came. `unsent`: the other side never heard it; `broken`: it may have; `untrusted`: its certificate was not
 * accepted; `ended`: the backend is stopping. The message names the host and why, and holds no secret.
 */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly kind: 'unsent' | 'broken' | 'untrusted' | 'ended'

  constructor(kind: TransportError['kind'], host: string, why: string) {
    super(`${host}: ${why}`)
    this.kind = kind
  }
}

/** Codes of Node's TLS and of OpenSSL for a certificate that cannot be trusted. */
const CERTIFICATE_CODES =
  /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|HOSTNAME_MISMATCH|INVALID_CA)/

export function isCertificateTrouble(code: string): boolean {
  return CERTIFICATE_CODES.test(code)
}
