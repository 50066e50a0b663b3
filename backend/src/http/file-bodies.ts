import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { dropRest } from '../gateway/rest-of-body.js'

/** Bodies of these routes are files: neither read into memory nor understood. What is left of one that is refused is dropped. */
export function takeFiles(app: Parameters<FastifyPluginAsyncTypebox>[0]): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.addHook('onResponse', async ({ raw }) => dropRest(raw))
}
