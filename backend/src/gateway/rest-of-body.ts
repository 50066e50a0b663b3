/** What is left of a request's body once the request is answered. */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'

/** How long a client may go on with what nobody wants any more (ms): nginx's `lingering_time`. */
const LINGER_MS = 30_000

/** Its chunks. Who stops early refuses it, and whoever sent it is to read why: the request stays, for `dropRest`. */
export function chunksOf(body: Readable): ReturnType<Readable['iterator']> {
  return body.iterator({ destroyOnReturn: false })
}

/**
 * Reads and drops it, so that the client comes to its end, sees the answer and can ask again on the same connection; to
 * close with bytes unread would reset it, and the answer be lost (RFC 9112 section 9.6). Node does so only where nobody
 * began to read. To be called when the answer is out.
 * @param linger Milliseconds after which the connection is closed all the same.
 */
export function dropRest(request: IncomingMessage, linger = LINGER_MS): void {
  if (request.destroyed) return
  if (!request.complete) {
    const timer = setTimeout(() => request.destroy(), linger).unref()
    request.once('close', () => clearTimeout(timer))
  }
  request.resume()
}
