/** One file to the backend. By `XMLHttpRequest`, since `fetch` does not tell how far it is. */
import { LabError } from '../wire/problems.js'
import { decodeFailure } from './decode.js'

export interface UploadRequest {
  readonly url: string
  readonly session: string
  readonly file: Blob
  /** From 0 to 1. */
  readonly progress: (share: number) => void
  readonly signal: AbortSignal
}

/** Resolves with the answer. @throws LabError of the server's problem, or `server/unreachable`; the signal's reason when aborted */
export function sendFile({ url, session, file, progress, signal }: UploadRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const request = new XMLHttpRequest()
    const stop = () => request.abort()
    signal.addEventListener('abort', stop)
    request.upload.addEventListener('progress', ({ loaded }) => progress(file.size > 0 ? loaded / file.size : 1))
    request.addEventListener('loadend', () => {
      signal.removeEventListener('abort', stop)
      if (signal.aborted) reject(signal.reason)
      else if (request.status === 0) reject(new LabError('server/unreachable'))
      else if (request.status >= 200 && request.status < 300) resolve(parsed(request.responseText))
      else reject(decodeFailure(request.status, parsed(request.responseText)))
    })
    request.open('POST', url)
    request.setRequestHeader('authorization', `Bearer ${session}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.send(file)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
