import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import fastifyStatic from '@fastify/static'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { LabError } from '../../src/wire/problems.js'
import { hashSecret } from './auth/secret.js'
import type { AppDeps } from './http/deps.js'
import { eventRoutes } from './http/events.js'
import { refuseForeign } from './http/guard.js'
import { labRoutes } from './http/labs.js'
import { operationRoutes } from './http/operations.js'
import { handleError } from './http/problem.js'
import { sessionRoutes } from './http/sessions.js'
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
    requestTimeout: 30_000,
    // Streams and tunnels are ended by us first; what is left after that must not hold the process.
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.setErrorHandler(handleError)
  app.setNotFoundHandler(() => {
    throw new LabError('request/unknown-path')
  })
  app.addHook('onRequest', async (request) => refuseForeign(request, deps.config))
  await security(app, deps.config.publicUrl)
  await app.register(swagger, {
    openapi: {
      info: { title: 'lab-terminal', version: '1', description: 'Labs of learners and their terminals' },
      components: { securitySchemes: { session: { type: 'http', scheme: 'bearer' } } },
    },
  })
  await app.register(websocket, {
    options: { handleProtocols: selectSubprotocol, maxPayload: MAX_TUNNEL_MESSAGE, perMessageDeflate: false },
  })
  await app.register(sessionRoutes(deps))
  await app.register(labRoutes(deps))
  await app.register(eventRoutes(deps))
  await app.register(tunnelRoutes(deps))
  await app.register(operationRoutes(deps))
  if (deps.cdnFolder !== undefined) {
    await app.register(fastifyStatic, {
      root: deps.cdnFolder,
      prefix: '/cdn/',
      decorateReply: false,
      setHeaders: (reply) => {
        reply.header('access-control-allow-origin', '*')
        reply.header('cross-origin-resource-policy', 'cross-origin')
      },
    })
  }
  await extend?.(app)
  return app
}

async function security(app: FastifyInstance, publicUrl: string): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    // Said by a service on plain HTTP it would mean nothing, or lock a browser out of other things on the host.
    strictTransportSecurity: publicUrl.startsWith('https:'),
  })
  // Who may call was decided before (`refuseForeign`): here the answer only says so to the browser.
  await app.register(cors, {
    origin: true,
    methods: ['GET', 'POST'],
    allowedHeaders: ['authorization', 'content-type'],
    maxAge: 600,
  })
  await app.register(rateLimit, {
    max: 600,
    timeWindow: 60_000,
    keyGenerator: ({ headers, ip }) => (headers.authorization === undefined ? ip : hashSecret(headers.authorization)),
  })
}
