/**
 * A small LMS, standing for yours: it knows its learners by a cookie, says who they are in signed tokens, and serves
 * the pages of these examples. What an LMS has to do is `/lab-token` and `/jwks`; the rest is pages.
 *
 *   node examples/lms/server.js          http://lms.localhost:8000/, labs at http://127.0.0.1:8080
 */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const EXAMPLES = fileURLToPath(new URL('..', import.meta.url))
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' }
const COOKIE = 'lms-learner'

/** Host pages, and what an author put into them. `{{content}}` is filled first, then `{{labs}}` and `{{port}}`. */
const PAGES = {
  '/': { page: 'lms/index.html' },
  '/plain': { page: 'plain/page.html' },
  // The learning app is on a host of its own; its unit comes from the LMS in a frame.
  '/openedx': { page: 'openedx/host/learning.html' },
  '/xblock/unit': { page: 'openedx/host/unit.html', content: 'openedx/unit.html' },
  '/moodle': { page: 'moodle/host/page.html', content: 'moodle/page.html' },
}

/**
 * @param {object} options
 * @param {number} [options.port]
 * @param {string} [options.labs] address of the backend
 * @param {string} [options.built] folder of built examples, by name
 * @param {Record<string, { page: string, content?: string }>} [options.pages] more pages; `content` is HTML here
 */
export async function startLms({ port = 8000, labs = 'http://127.0.0.1:8080', built = EXAMPLES, pages = {} } = {}) {
  const issuer = `http://lms.localhost:${port}`
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'examples', alg: 'EdDSA', use: 'sig' }] }

  /** Who the learner is comes from the LMS's own session, never from what the page sends. */
  const sign = (learner) =>
    new SignJWT({ name: 'Example learner', context: 'course-v1:examples+LABS+1', roles: ['learner'] })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'examples' })
      .setIssuer(issuer)
      .setAudience(labs)
      .setSubject(learner)
      .setIssuedAt()
      .setExpirationTime('2m')
      .setJti(randomUUID())
      .sign(privateKey)

  async function answer(request) {
    const { pathname } = new URL(request.url, issuer)
    if (pathname === '/jwks') return json(jwks)
    if (pathname === '/lab-token') return token(request)
    if (pathname in pages) return html(pages[pathname].page, pages[pathname].content)
    if (pathname in PAGES) {
      const { page, content } = PAGES[pathname]
      return html(page, content && (await readFile(join(EXAMPLES, content), 'utf8')))
    }
    if (pathname === '/jquery.js') return file(fileURLToPath(import.meta.resolve('jquery/dist/jquery.js')))
    const [, name, rest] = /^\/(react|vue|svelte)\/(.*)$/.exec(pathname) ?? []
    if (name === undefined) throw new Error('no such page')
    return file(join(built, name, 'dist', normalize(`/${rest || 'index.html'}`)))
  }

  async function token(request) {
    const origin = request.headers.origin
    // A page of another site must not fetch it, and with a POST a browser always says where it comes from.
    if (request.method !== 'POST' || origin !== `http://${request.headers.host}`) return { status: 403, body: 'no' }
    const learner = learnerOf(request)
    return learner === undefined ? { status: 401, body: 'not signed in' } : json({ token: await sign(learner) })
  }

  async function html(page, content = '') {
    const text = await readFile(join(EXAMPLES, page), 'utf8')
    const filled = text
      .replaceAll('{{content}}', () => content)
      .replaceAll('{{labs}}', labs)
      .replaceAll('{{port}}', String(port))
    return { type: TYPES['.html'], body: filled }
  }

  const server = createServer((request, response) => {
    answer(request).then(
      ({ status = 200, type = 'text/plain', body }) => {
        const headers = { 'content-type': type, 'cache-control': 'no-store' }
        // Whoever opens a page is signed in, each as a learner of their own.
        const isNew = type === TYPES['.html'] && learnerOf(request) === undefined
        if (isNew) headers['set-cookie'] = `${COOKIE}=${randomUUID()}; HttpOnly; SameSite=Lax; Path=/`
        response.writeHead(status, headers).end(body)
      },
      () => response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page.'),
    )
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

const learnerOf = ({ headers }) => new RegExp(`${COOKIE}=([0-9a-f-]{36})`).exec(headers.cookie ?? '')?.[1]
const json = (value) => ({ type: 'application/json', body: JSON.stringify(value) })
const file = async (path) => ({ type: TYPES[extname(path)] ?? 'application/octet-stream', body: await readFile(path) })

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 8000)
  await startLms({ port, ...(process.env.LABS && { labs: process.env.LABS }) })
  console.log(`The pages of the course: http://lms.localhost:${port}/`)
}
