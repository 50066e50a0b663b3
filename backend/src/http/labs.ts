import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { LabError } from '../../../src/wire/problems.js'
import { type LabAction, PATHS } from '../../../src/wire/protocol.js'
import { LabStatusSchema, ProblemSchema, TicketSchema } from '../../../src/wire/schema.js'
import { terminalOf } from '../../../src/wire/shells.js'
import { labFor } from '../auth/access.js'
import type { Principal } from '../auth/ports.js'
import type { LabKey } from '../labs/lab.js'
import type { AppDeps } from './deps.js'
import { callerOf } from './guard.js'

const NameParams = Type.Object({ lab: Type.String({ maxLength: 200 }) })
const TerminalParams = Type.Object({ lab: Type.String({ maxLength: 200 }), name: Type.String({ maxLength: 200 }) })
const answers = { 200: LabStatusSchema, '4xx': ProblemSchema }

/** With how often a session may in a minute: far more than a person does, far less than a script could. */
const ACTIONS = {
  start: { summary: 'Launch or resume; idempotent', perMinute: 120 },
  suspend: { summary: 'Pause now', perMinute: 120 },
  reset: { summary: 'Delete the lab and its work, then build it anew', perMinute: 30 },
  touch: { summary: 'Somebody is active: renew the lease', perMinute: 300 },
} as const satisfies Record<LabAction, object>
/** A page takes one for each try to connect. */
const TICKETS_PER_MINUTE = 300

const perMinute = (max: number) => ({ rateLimit: { max, timeWindow: 60_000 } })

export function keyOf(principal: Principal, name: string): LabKey {
  return { issuer: principal.issuer, subject: principal.subject, name }
}

/** `/v1/labs/:lab`: the caller's own lab, never another's: the key is made of the session alone. */
export function labRoutes(deps: AppDeps): FastifyPluginAsyncTypebox {
  const { labs, config } = deps
  return async (app) => {
    app.get(
      '/v1/labs/:lab',
      { schema: { summary: "The caller's lab", params: NameParams, response: answers } },
      async (request) => {
        const { principal } = await callerOf(request, deps)
        return labs.status(keyOf(principal, labFor(principal, request.params.lab, config).name))
      },
    )

    for (const action of ['start', 'suspend', 'reset', 'touch'] as const) {
      const { summary, perMinute: most } = ACTIONS[action]
      app.post(
        `/v1/labs/:lab/${action}`,
        { schema: { summary, params: NameParams, response: answers }, config: perMinute(most) },
        async (request) => {
          const { principal } = await callerOf(request, deps)
          const { name } = labFor(principal, request.params.lab, config)
          return labs.wish(keyOf(principal, name), action, principal.context)
        },
      )
    }

    app.post(
      '/v1/labs/:lab/terminals/:name/tickets',
      {
        schema: {
          summary: 'A single-use ticket for one tunnel',
          params: TerminalParams,
          response: { 200: TicketSchema, '4xx': ProblemSchema },
        },
        config: perMinute(TICKETS_PER_MINUTE),
      },
      async (request) => {
        const caller = await callerOf(request, deps)
        const lab = labFor(caller.principal, request.params.lab, config)
        const terminal = terminalOf(lab.terminals, request.params.name)
        if (!terminal) throw new LabError('lab/terminal-unknown')
        const labId = await labs.idOf(keyOf(caller.principal, lab.name))
        if (labId === undefined) throw new LabError('lab/not-running')
        const { ticket, expiresAt } = await deps.tickets.issue({
          labId,
          lab: lab.name,
          terminal: request.params.name,
          readOnly: terminal.readOnly,
          principal: caller.principal,
          origin: caller.origin,
          page: caller.page,
        })
        return {
          ticket,
          url: tunnelUrl(request.headers.host, config.publicUrl),
          subprotocol: terminal.display === 'xterm' ? ('lab-ssh.v1' as const) : ('guacamole' as const),
          expiresAt: expiresAt.toISOString(),
        }
      },
    )
  }
}

/**
 * Under the name the page already uses (it was checked), so that one service answers under several; and under the path
 * of `publicUrl`, where a proxy serves it beside the LMS.
 */
export function tunnelUrl(host: string | undefined, publicUrl: string): string {
  const url = new URL(`${publicUrl}${PATHS.tunnel}`)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  if (host !== undefined) url.host = host
  return url.href
}
