import { randomUUID } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { labFor } from '../auth/access.js'
import type { AppDeps } from './deps.js'
import { callerOf } from './guard.js'
import { keyOf } from './labs.js'

/** A comment this often (ms) keeps proxies from closing the stream, and lets the page notice a dead one. */
const HEARTBEAT_MS = 5_000
/** A reader this far behind (bytes) is not reading: it asks again when it does. */
const MAX_BEHIND = 256 * 1024

/** `GET /v1/labs/:lab/events`: server-sent events (WHATWG HTML section 9.2), each a `LabStatus`. */
export function eventRoutes(deps: AppDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/v1/labs/:lab/events',
      {
        schema: {
          summary: "Every change of the caller's lab, as server-sent events",
          params: Type.Object({ lab: Type.String({ maxLength: 200 }) }),
        },
      },
      async (request, reply) => {
        const { principal, page } = await callerOf(request, deps)
        const config = labFor(principal, request.params.lab, deps.config)
        const id = await deps.labs.idFor(keyOf(principal, config.name))
        const link = `events:${randomUUID()}`
        reply.hijack()
        const { raw } = reply
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) raw.setHeader(name, value)
        raw.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        })
        const write = (text: string): void => {
          if (raw.writableLength > MAX_BEHIND) raw.destroy()
          else if (!raw.destroyed) raw.write(text)
        }
        write(':\n\n')
        let lastSeen: Date | undefined
        const forget = deps.presence.stream(page, (seen) => {
          lastSeen = seen
          raw.destroy()
        })
        const unwatch = deps.labs.watch(id, config.name, (status) =>
          write(`id: ${status.rev}\ndata: ${JSON.stringify(status)}\n\n`),
        )
        const heartbeat = setInterval(() => write(':\n\n'), HEARTBEAT_MS)
        deps.presence.opened(id, link)
        raw.once('close', () => {
          clearInterval(heartbeat)
          unwatch()
          forget()
          deps.presence.closed(id, link, lastSeen ?? deps.now())
        })
        // The page may have gone while the lab was looked up; then `close` came before anybody listened.
        if (raw.destroyed || request.raw.destroyed) raw.emit('close')
      },
    )
  }
}
