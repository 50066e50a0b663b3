import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { LabError } from '../../src/wire/problems.js'
import { API_VERSION, PATHS } from '../../src/wire/protocol.js'
import { hashSecret } from './auth/secret.js'
import { cdnRoutes } from './cdn/routes.js'
import type { AppDeps } from './http/deps.js'
import { eventRoutes } from './http/events.js'
import { fileRoutes } from './http/files.js'
import { refuseForeign } from './http/guard.js'
import { labRoutes } from './http/labs.js'
import { ltiRoutes } from './http/lti.js'
import { openedxWindowRoutes } from './http/openedx-window.js'
import { operationRoutes } from './http/operations.js'
import { handleError } from './http/problem.js'
import { recordingRoutes } from './http/recordings.js'
import { sessionRoutes } from './http/sessions.js'

import { streamRoutes } from './http/streams.js'
import { selectSubprotocol, tunnelRoutes } from './http/tunnel.js'

/** Largest message a page may send on a tunnel, in bytes; the terminals' protocols cut well below. */
const MAX_TUNNEL_MESSAGE = 64 * 1024

/** The web application, apart from the process that serves it. `extend` adds routes of the demo. */
export async function buildApp(
  deps: AppDeps,
  extend?: (app: FastifyInstance) => Promise<void>,
): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = deps.log
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    trustProxy: deps.config.proxies === undefined ? false : [...deps.config.proxies],
    // For a whole request, so also for a large file on a slow line; headers have Node's own, shorter limit.
    requestTimeout: 60 * 60_000,
    // Streams and tunnels are ended by us first; what is left after that must not hold the process.
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.setErrorHandler(handleError)
  app.setNotFoundHandler(() => {
    throw new LabError('request/unknown-path')
  })
  // First of all hooks: only then is the socket of an upgrade that a later one refuses ended with its answer.
  await app.register(websocket, {
    options: { handleProtocols: selectSubprotocol, maxPayload: MAX_TUNNEL_MESSAGE, perMessageDeflate: false },
  })
  app.addHook('onRequest', async (request) => refuseForeign(request, deps.config))
  await security(app, deps)
  // Nothing here takes text: a form of another site can send it without asking first.
  app.removeContentTypeParser('text/plain')
  await app.register(swagger, {
    openapi: {
      info: { title: 'lab-terminal', version: '1', description: 'Labs of learners and their terminals' },
      components: { securitySchemes: { session: { type: 'http', scheme: 'bearer' } } },
    },
  })
  await app.register(sessionRoutes(deps))
  await app.register(ltiRoutes(deps))
  await app.register(openedxWindowRoutes(deps))
  await app.register(labRoutes(deps))
  await app.register(eventRoutes(deps))
  await app.register(tunnelRoutes(deps))
  await app.register(streamRoutes(deps))
  await app.register(fileRoutes(deps))
  await app.register(recordingRoutes(deps))
  await app.register(operationRoutes(deps))
  await app.register(cdnRoutes(deps.bundles))
  await extend?.(app)
  return app
}

async function security(app: FastifyInstance, { config, openedx }: AppDeps): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    // Said by a service on plain HTTP it would mean nothing, or lock a browser out of other things on the host.
    strictTransportSecurity: config.publicUrl.startsWith('https:'),
  })
  // Who may call was decided before (`refuseForeign`): here the answer only says so to the browser. Cookies are asked
  // for at one address only, and only of pages whose platform signs in by them.
  await app.register(cors, {
    hook: 'onRequest',
    delegator: ({ url, headers }, done) =>
      done(null, {
        origin: true,
        credentials: url === PATHS.sessions && openedx.takesCookiesOf(headers.origin),
        methods: ['GET', 'POST'],
        allowedHeaders: ['authorization', 'content-type', 'range', 'if-match', 'if-range'],
        exposedHeaders: ['etag', 'content-range', 'content-length', 'accept-ranges'],
        maxAge: 600,
      }),
  })
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith(`/${API_VERSION}/`)) reply.header('cache-control', 'no-store')
  })
  await app.register(rateLimit, {
    max: 600,
    timeWindow: 60_000,
    // A class behind one address opens its page at one time, and these are files without a secret or a cost.
    allowList: (request) => request.url.startsWith('/cdn/'),
    keyGenerator: ({ headers, ip }) => (headers.authorization === undefined ? ip : hashSecret(headers.authorization)),
  })
}
