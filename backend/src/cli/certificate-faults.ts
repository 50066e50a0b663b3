import type { Config, TerminalConfig, Value } from '../config/config.js'
import { doubtsOf, readCertificate } from '../gateway/certificate.js'
import { readKeyPair } from '../gateway/certified-key.js'
import { resolveValue } from '../gateway/target.js'

export interface CertificateFault {
  readonly lab: string
  readonly terminal: string
  readonly reason: string
}

/**
 * What is wrong with the certificates that are there before a lab is: in files, in the environment, or written down. What a
 * stack puts out is known to `doctor` only. `now`: milliseconds.
 */
export async function certificateFaults(
  { labs }: Pick<Config, 'labs'>,
  env: NodeJS.ProcessEnv,
  now: number,
): Promise<CertificateFault[]> {
  const faults: CertificateFault[] = []
  for (const lab of labs.values()) {
    for (const terminal of lab.terminals) {
      const reason = await faultOf(terminal, env, now)
      if (reason !== undefined) faults.push({ lab: lab.name, terminal: terminal.name, reason })
    }
  }
  return faults
}

async function faultOf(terminal: TerminalConfig, env: NodeJS.ProcessEnv, now: number): Promise<string | undefined> {
  const here = async (value: Value | undefined) =>
    value === undefined || 'output' in value ? undefined : await resolveValue(value, {}, env)
  try {
    const [text, privateKey, user] = [
      await here(terminal.certificate),
      await here(terminal.privateKey),
      await here(terminal.user),
    ]
    if (text === undefined) return undefined
    const certificate = privateKey === undefined ? readCertificate(text) : readKeyPair(privateKey, text).certificate
    const doubts = doubtsOf(certificate, user, now)
    return doubts.length > 0 ? `its certificate ${doubts.join(' and ')}` : undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
