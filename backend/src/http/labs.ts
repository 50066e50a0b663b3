import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { LabError } from '../../../src/wire/problems.js'
import type { LabAction } from '../../../src/wire/protocol.js'
import { LabStatusSchema, ProblemSchema, TicketSchema } from '../../../src/wire/schema.js'
import { labFor } from '../auth/access.js'
import type { Principal } from '../auth/ports.js'
import type { LabKey } from '../labs/lab.js'
import type { AppDeps } from './deps.js'
import { callerOf } from './guard.js'

const NameParams = Type.Object({ lab: Type.String({ maxLength: 200 }) })
const TerminalParams = Type.Object({ lab: Type.String({ maxLength: 200 }), name: Type.String({ maxLength: 200 }) })
const answers = { 200: LabStatusSchema, '4xx': ProblemSchema }

const ACTIONS = {
  start: 'Launch or resume; idempotent',
  suspend: 'Pause now',
  reset: 'Delete the lab and its work, then build it anew',
  touch: 'Somebody is active: renew the lease',
} as const satisfies Record<LabAction, string>

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

    for (const [action, summary] of Object.entries(ACTIONS) as [LabAction, string][]) {
      app.post(
        `/v1/labs/:lab/${action}`,
        { schema: { summary, params: NameParams, response: answers } },
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
      },
      async (request) => {
        const caller = await callerOf(request, deps)
        const lab = labFor(caller.principal, request.params.lab, config)
        const terminal = lab.terminals.find(({ name }) => name === request.params.name)
        if (!terminal) throw new LabError('lab/terminal-unknown')
        const labId = await labs.idOf(keyOf(caller.principal, lab.name))
        if (labId === undefined) throw new LabError('lab/not-running')
        const { ticket, expiresAt } = await deps.tickets.issue({
          labId,
          lab: lab.name,
          terminal: terminal.name,
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

/** Under the name the page already uses (it was checked), so that one service answers under several. */
function tunnelUrl(host: string | undefined, publicUrl: string): string {
  const url = new URL('/v1/tunnel', publicUrl)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  if (host !== undefined) url.host = host
  return url.href
}
