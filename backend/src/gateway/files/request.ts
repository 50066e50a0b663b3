/** What may be asked of the files of a lab host, as the front has judged it, and what comes of it. */
import type { Readable } from 'node:stream'
import { type Static, Type } from 'typebox'
import { LabError } from '../../../../src/wire/problems.js'
import type { FileStatus } from '../../../../src/wire/schema.js'

const path = Type.String()
const upload = Type.String()
/** Bytes. */
const count = Type.Integer({ minimum: 0 })

export const FileRequestSchema = Type.Union([
  /** From byte `from` on; `etag`: only if it is still this file. */
  Type.Object({ op: Type.Literal('download'), path, from: count, largest: count, etag: Type.Optional(Type.String()) }),
  Type.Object({ op: Type.Literal('upload'), path, upload, from: count, size: count, overwrite: Type.Boolean() }),
  Type.Object({ op: Type.Literal('status'), path, upload }),
  Type.Object({ op: Type.Literal('cancel'), path, upload }),
])
export type FileRequest = Static<typeof FileRequestSchema>
export type DownloadRequest = Extract<FileRequest, { op: 'download' }>
export type UploadRequest = Extract<FileRequest, { op: 'upload' }>

export type FileAnswer =
  | { readonly status: FileStatus }
  /** `bytes` begin at `from`. */
  | { readonly file: { readonly size: number; readonly etag: string; readonly from: number }; readonly bytes: Readable }

/** Longest path that Linux knows. */
const MAX_PATH_BYTES = 4096
/** Longest name of a file that Linux knows. */
const MAX_NAME_BYTES = 255
const UPLOAD = /^[A-Za-z0-9_-]{8,64}$/

/** The path as SFTP takes it: relative ones begin in the home. Throws `request/invalid`. */
export function hostPath(written: string): string {
  const path = written === '~' ? '.' : written.startsWith('~/') ? written.slice(2) : written
  const name = path.slice(path.lastIndexOf('/') + 1)
  const sound = !/\p{Cs}/u.test(path) && !path.includes('\0') && Buffer.byteLength(path) <= MAX_PATH_BYTES
  if (!sound || name === '' || name === '.' || name === '..') throw invalid('the path of a file')
  return path
}

/** Where an upload gathers, beside the file. Throws `request/invalid`. */
export function partPath(path: string, upload: string): string {
  if (!UPLOAD.test(upload)) throw invalid('the id of an upload')
  const at = path.lastIndexOf('/') + 1
  const name = `.${path.slice(at)}.${upload}.part`
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw invalid('a shorter name')
  return path.slice(0, at) + name
}

export function invalid(expected: string): LabError {
  return new LabError('request/invalid', { detail: `expected ${expected}` })
}
