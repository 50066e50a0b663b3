import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { labFor } from '../auth/access.js'
import type { AppDeps } from './deps.js'
import { type Caller, callerOf } from './guard.js'
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
        const caller = await callerOf(request, deps)
        const { name } = labFor(caller.principal, request.params.lab, deps.config)
        const id = await deps.labs.idFor(keyOf(caller.principal, name))
        stream(begin(reply), { id, name }, caller, deps)
      },
    )
  }
}

function begin(reply: FastifyReply): ServerResponse {
  reply.hijack()
  const { raw } = reply
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  return raw
}

function stream(raw: ServerResponse, lab: { id: string; name: string }, caller: Caller, deps: AppDeps): void {
  const { labs, presence, now } = deps
  // The page may have gone while its lab was looked up.
  if (raw.destroyed) return
  const link = `events:${randomUUID()}`
  let lastSeen: Date | undefined
  const write = (text: string): void => {
    if (raw.writableLength > MAX_BEHIND) raw.destroy()
    else if (!raw.destroyed) raw.write(text)
  }
  const forget = presence.stream(caller.page, (seen) => {
    lastSeen = seen
    raw.destroy()
  })
  const unwatch = labs.watch(lab.id, lab.name, (status) =>
    write(`id: ${status.rev}\ndata: ${JSON.stringify(status)}\n\n`),
  )
  const heartbeat = setInterval(() => write(':\n\n'), HEARTBEAT_MS)
  const unguard = deps.vigil.watch({ page: caller.page, lab: lab.name }, () => raw.destroy())
  presence.opened(lab.id, link)
  raw.once('close', () => {
    clearInterval(heartbeat)
    unguard()
    unwatch()
    forget()
    presence.closed(lab.id, link, lastSeen ?? now())
  })
  write(':\n\n')
}
