import { resolve } from 'node:path'
import { createIssuer } from '../auth/issuer.js'
import { type Command, configOf, print, printJson, UsageError } from './command.js'

/** Makes a signed token, to try things. */
export const token: Command = async (words) => {
  const { key, issuer, sub, context, audience: written, json } = words.values
  if (key === undefined || issuer === undefined || sub === undefined) {
    throw new UsageError('token needs --key, --issuer and --sub')
  }
  const audience = written ?? (await configOf(words)).publicUrl
  const made = await createIssuer({ issuer, audience, keyFile: resolve(key) })
  const minted = await made.mint({ sub, ...(context === undefined ? {} : { context }) })
  if (json) printJson({ token: minted, jwks: made.jwks })
  else print(`${minted}\n`)
  return 0
}
