/** What is asked of a file of a tunnel, and what comes of it. Between the parts of a backend, and between replicas. */
import type { Readable } from 'node:stream'
import { type Static, Type } from 'typebox'

const where = { tunnel: Type.String(), index: Type.String() }
/** Whose session asks, and from which origin; the tunnel must be of both. */
const caller = Type.Object({ issuer: Type.String(), subject: Type.String(), origin: Type.String() })

export const StreamRequestSchema = Type.Union([
  /** A link to a download, good once. */
  Type.Object({ op: Type.Literal('link'), ...where, caller }),
  /** The file that the lab offers, by the session or by a link. */
  Type.Object({ op: Type.Literal('download'), ...where, by: Type.Union([caller, Type.String()]) }),
  /** Into a stream that the page opened; the body is the file. */
  Type.Object({ op: Type.Literal('upload'), ...where, caller }),
])
export type StreamRequest = Static<typeof StreamRequestSchema>
export type StreamCaller = Static<typeof caller>

export type StreamAnswer =
  | { readonly capability: string; readonly expiresAt: string }
  | { readonly file: Readable }
  | { readonly done: true }

export type StreamWork = (request: StreamRequest, body: Readable) => Promise<StreamAnswer>
