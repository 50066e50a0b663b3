import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { LabError } from '../../../src/wire/problems.js'
import type { AppDeps } from './deps.js'

/** What operators ask: alive, ready, how much, and what is spoken here. */
export function operationRoutes(deps: AppDeps): FastifyPluginAsyncTypebox {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'lab_terminal_labs',
    help: 'Labs by phase',
    labelNames: ['phase'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const [phase, count] of await deps.labs.count()) this.set({ phase }, count)
    },
  })
  new Gauge({
    name: 'lab_terminal_stray_stacks',
    help: 'Stacks with our mark that no lab has, by cloud, as of the last sweep',
    labelNames: ['cloud'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const [cloud, count] of await deps.labs.countStrays()) this.set({ cloud }, count)
    },
  })
  return async (app) => {
    app.get('/healthz', { schema: { summary: 'The process is alive', hide: true } }, async () => ({ ok: true }))
    app.get('/readyz', { schema: { summary: 'The database answers', hide: true } }, async () => {
      await deps.ready().catch((cause: unknown) => {
        throw new LabError('server/stopping', { cause, detail: 'The database does not answer.' })
      })
      return { ok: true }
    })
    app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
      reply.type(registry.contentType).send(await registry.metrics()),
    )
    app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  }
}
