/** What one replica tells another of a page, in a header. */
import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { TicketClaims } from '../../auth/ports.js'

const text = Type.String()
const optional = Type.Optional
const ClaimsSchema = Type.Object({
  labId: text,
  lab: text,
  terminal: text,
  readOnly: Type.Boolean(),
  principal: Type.Object({
    issuer: text,
    subject: text,
    client: optional(text),
    name: optional(text),
    locale: optional(text),
    roles: Type.Array(Type.Union([Type.Literal('learner'), Type.Literal('instructor')])),
    context: optional(text),
    labs: optional(Type.Array(text)),
  }),
  origin: text,
  page: optional(text),
})

/** The header of a request between replicas that says whose page it is of. */
export const CLAIMS_HEADER = 'x-lab-claims'

/** As a header: any JSON in characters that a header may have. */
export function pack(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Undefined for what `pack` did not write, or what is no `schema`. */
export function unpack<T extends TSchema>(schema: T, header: string | string[] | undefined): Static<T> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(String(header), 'base64url').toString())
    return Value.Check(schema, value) ? value : undefined
  } catch {
    return undefined
  }
}

export function claimsOfHeader(header: string | string[] | undefined): TicketClaims | undefined {
  const claims = unpack(ClaimsSchema, header)
  // The ticket was taken by the other replica: that it expires means nothing any more.
  return claims && { ...claims, expiresAt: new Date(0) }
}
