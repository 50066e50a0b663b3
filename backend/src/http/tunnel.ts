import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { WebSocket } from 'ws'
import { LabError, PROBLEMS } from '../../../src/wire/problems.js'
import { PATHS, SUBPROTOCOL, type Subprotocol, TICKET_PREFIX } from '../../../src/wire/protocol.js'
import { terminalOf } from '../../../src/wire/shells.js'
import { labFor } from '../auth/access.js'
import type { TicketClaims } from '../auth/ports.js'
import { refuseBrowser } from '../gateway/guacd/browser.js'
import { screenOf } from '../gateway/guacd/screen.js'
import { refuse as refuseViewer } from '../gateway/viewer.js'
import type { AppDeps } from './deps.js'
import { originOf } from './guard.js'

/** A tunnel that may not be open any more has so long (ms) to close in good order. */
const CLOSE_MS = 2_000

/** Chooses our protocol and never the ticket, which must not come back in a header. */
export function selectSubprotocol(offered: ReadonlySet<string>): string | false {
  for (const protocol of offered) if (isSubprotocol(protocol)) return protocol
  return false
}

function isSubprotocol(word: string): word is Subprotocol {
  return word === SUBPROTOCOL.ssh || word === SUBPROTOCOL.guacamole
}

/** `WS /v1/tunnel`: one terminal, for one ticket. */
export function tunnelRoutes(deps: AppDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(PATHS.tunnel, { websocket: true, schema: { hide: true } }, (socket, request) => {
      // Nothing is read before the ticket is known to be good; nothing that came early is lost.
      socket.pause()
      const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((word) => word.trim())
      const query = queryOf(request.url)
      // Guacamole's own client can offer no second subprotocol: it has its ticket in the connect data.
      const ticket =
        offered.find((word) => word.startsWith(TICKET_PREFIX))?.slice(TICKET_PREFIX.length) ??
        (socket.protocol === SUBPROTOCOL.guacamole ? (query.get('ticket') ?? undefined) : undefined)
      redeem(deps, ticket, originOf(request, deps.config), socket.protocol).then(
        (claims) => {
          guard(socket, claims, deps)
          if (socket.protocol !== SUBPROTOCOL.guacamole) return deps.gateway.accept(socket, claims)
          deps.desks.accept(socket, claims, screenOf(query), request.raw.socket)
          socket.resume()
        },
        (error: unknown) => {
          request.log.info({ err: error }, 'tunnel refused')
          refuse(socket, error instanceof LabError ? error : new LabError('server/internal', { cause: error }))
        },
      )
    })
  }
}

/**
 * Guacamole's `WebSocketTunnel` puts `?` before the connect data, and its `Client` adds `undefined` where there is none.
 * The ticket in it is used up by then.
 */
function queryOf(url: string): URLSearchParams {
  const at = url.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : url.slice(at + 1, at + 8192))
}

async function redeem(
  deps: AppDeps,
  ticket: string | undefined,
  origin: string,
  protocol: string,
): Promise<TicketClaims> {
  if (ticket === undefined) throw new LabError('auth/ticket-invalid')
  const claims = await deps.tickets.redeem(ticket, origin)
  // The session may have ended, and the configuration may have changed, since the ticket was given.
  const principal = claims.page === undefined ? claims.principal : await deps.sessions.useOf(claims.page)
  const lab = labFor(principal, claims.lab, deps.config)
  const terminal = terminalOf(lab.terminals, claims.terminal)
  if (!terminal) throw new LabError('lab/terminal-unknown')
  if ((terminal.display === 'guacamole') !== (protocol === SUBPROTOCOL.guacamole)) throw new LabError('link/protocol')
  return claims
}

/** The tunnel ends with the right it was opened by. */
function guard(socket: WebSocket, { page, lab }: TicketClaims, { vigil }: AppDeps): void {
  if (page === undefined) return
  const unguard = vigil.watch({ page, lab }, (error) => {
    socket.close(PROBLEMS[error.code].close, error.code)
    // A page that does not answer the closing could still type.
    const cancel = setTimeout(() => socket.terminate(), CLOSE_MS)
    socket.once('close', () => clearTimeout(cancel))
  })
  socket.once('close', unguard)
}

function refuse(socket: WebSocket, error: LabError): void {
  if (socket.protocol !== SUBPROTOCOL.guacamole) {
    refuseViewer(socket, error)
    return
  }
  socket.resume()
  socket.on('error', () => socket.terminate())
  refuseBrowser(socket, error)
}
