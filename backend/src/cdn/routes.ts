import { sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Bundle } from './bundles.js'

/** What never changes under its address. */
const FOR_EVER = 'public, max-age=31536000, immutable'
/** Asked for again after five minutes; until the answer is there, a page need not wait for it. */
const FOR_NOW = 'public, max-age=300, stale-while-revalidate=3600'

/**
 * The element for any page: `/cdn/<version>/…` is that version for ever, `/cdn/…` the current one. The current one's
 * lazy parts have names of their own content; a page that was opened before an upgrade asks for those of its version.
 */
export function cdnRoutes(bundles: readonly Bundle[]) {
  return async (app: FastifyInstance): Promise<void> => {
    // Not built: pages may take it from elsewhere.
    if (bundles.length === 0) return
    await app.register(serve('/cdn/', bundles, FOR_NOW))
    for (const bundle of bundles) await app.register(serve(`/cdn/${bundle.version}/`, [bundle], FOR_EVER))
  }
}

function serve(prefix: string, bundles: readonly Bundle[], caching: string) {
  const headers = (reply: FastifyReply, name: string): void => {
    reply.header('access-control-allow-origin', '*')
    // The same for every page, so shared caches keep one of it and not one for each origin.
    reply.removeHeader('vary')
    reply.header('cache-control', name.startsWith('lazy/') ? FOR_EVER : caching)
    const tag = tagOf(bundles, name)
    if (tag !== undefined) reply.header('etag', tag)
  }
  const nameOf = (path: string): string => {
    const folder = bundles.find((bundle) => path.startsWith(bundle.folder + sep))?.folder ?? ''
    return path.slice(folder.length + 1).replace(/\.(br|gz)$/, '')
  }
  return async (app: FastifyInstance): Promise<void> => {
    app.addHook('onRequest', async (request, reply) => {
      const name = request.url.slice(prefix.length).replace(/\?.*$/, '')
      const tag = tagOf(bundles, name)
      if (tag === undefined || !request.headers['if-none-match']?.split(/,\s*/).includes(tag)) return
      headers(reply, name)
      return reply.code(304).send()
    })
    await app.register(fastifyStatic, {
      root: bundles.map(({ folder }) => folder),
      prefix,
      decorateReply: false,
      index: false,
      preCompressed: true,
      cacheControl: false,
      // The times of files from a package are all the same, and so may be their sizes: content decides.
      etag: false,
      lastModified: false,
      setHeaders: (reply, path) => headers(reply, nameOf(path)),
    })
  }
}

/** Weak: the same for each encoding. */
function tagOf(bundles: readonly Bundle[], name: string): string | undefined {
  const hash = bundles.find(({ files }) => files.has(name))?.files.get(name)
  return hash === undefined ? undefined : `W/"${hash}"`
}
