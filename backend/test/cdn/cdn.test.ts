import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { keepBundles, readBundle } from '../../src/cdn/bundles.js'
import { cdnRoutes } from '../../src/cdn/routes.js'

const YEAR = 'public, max-age=31536000, immutable'
const SHORT = 'public, max-age=300, stale-while-revalidate=3600'

/** As a package manager unpacks it: every file of the same age. */
async function write(folder: string, version: string, files: Record<string, string>): Promise<void> {
  const hashes: Record<string, string> = {}
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    const forms = { '': text, '.br': brotliCompressSync(text), '.gz': gzipSync(text) }
    for (const [suffix, content] of Object.entries(forms)) {
      await writeFile(path + suffix, content)
      await utimes(path + suffix, 499162500, 499162500)
    }
    hashes[name] = `sha384-${createHash('sha384').update(text).digest('base64')}`
  }
  await writeFile(join(folder, 'integrity.json'), JSON.stringify({ version, files: hashes }))
}

describe('the element for any page', () => {
  let folder: string
  const apps: FastifyInstance[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lab-cdn-'))
  })
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close()
    await rm(folder, { recursive: true })
  })

  /** A backend with this version, after those that served before it. */
  async function upgrade(version: string, files: Record<string, string>) {
    const own = join(folder, 'package')
    await rm(own, { recursive: true, force: true })
    await write(own, version, files)
    const app = Fastify()
    apps.push(app)
    await app.register(cdnRoutes(await keepBundles(await readBundle(own), join(folder, 'shelf'), log)))
    return (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })
  }
  const warnings: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) })
  afterEach(() => void warnings.splice(0))

  it('is cached as long as its address is good for', async () => {
    const get = await upgrade('1.0.0', { 'lab-terminal.js': 'one', 'lazy/xterm-A.js': 'screen' })
    for (const [url, caching] of [
      ['/cdn/lab-terminal.js', SHORT],
      ['/cdn/lab-terminal.js?again', SHORT],
      ['/cdn/integrity.json', SHORT],
      ['/cdn/lazy/xterm-A.js', YEAR],
      ['/cdn/1.0.0/lab-terminal.js', YEAR],
      ['/cdn/1.0.0/lazy/xterm-A.js', YEAR],
    ] as const) {
      const { statusCode, headers } = await get(url, { origin: 'https://lms.example.org' })
      assert.equal(statusCode, 200, url)
      assert.equal(headers['cache-control'], caching, url)
      assert.equal(headers['access-control-allow-origin'], '*', url)
      assert.match(String(headers['content-type']), /^(text|application)\/(javascript|json)/, url)
      assert.equal(headers.vary, 'accept-encoding', url)
    }
  })

  it('comes as compressed as the browser can take it, and never twice', async () => {
    const get = await upgrade('1.0.0', { 'lab-terminal.js': 'one' })
    const said = async (encoding?: string) => {
      const answer = await get('/cdn/lab-terminal.js', encoding ? { 'accept-encoding': encoding } : {})
      return [answer.headers['content-encoding'], answer.rawPayload] as const
    }
    const [br, gz, plain] = [await said('gzip, deflate, br'), await said('gzip'), await said()]
    assert.deepEqual([br[0], brotliDecompressSync(br[1]).toString()], ['br', 'one'])
    assert.deepEqual([gz[0], gunzipSync(gz[1]).toString()], ['gzip', 'one'])
    assert.deepEqual([plain[0], plain[1].toString()], [undefined, 'one'])
  })

  it('is not sent again when it is the same, and is when only its words are another', async () => {
    const before = await upgrade('1.0.0', { 'lab-terminal.js': 'import A' })
    const first = await before('/cdn/lab-terminal.js', { 'accept-encoding': 'br' })
    const tag = String(first.headers.etag)
    const again = await before('/cdn/lab-terminal.js', { 'if-none-match': `"other", ${tag}` })
    assert.deepEqual([again.statusCode, again.payload, again.headers['cache-control']], [304, '', SHORT])
    assert.equal(again.headers['access-control-allow-origin'], '*')
    const after = await upgrade('1.0.1', { 'lab-terminal.js': 'import B' })
    const changed = await after('/cdn/lab-terminal.js', { 'if-none-match': tag, 'accept-encoding': 'br' })
    assert.deepEqual([changed.statusCode, brotliDecompressSync(changed.rawPayload).toString()], [200, 'import B'])
  })

  it('stays for the pages that name an earlier version, or were opened with it', async () => {
    await upgrade('1.0.0', { 'lab-terminal.js': 'one', 'lazy/xterm-A.js': 'screen A' })
    await upgrade('1.1.0', { 'lab-terminal.js': 'two', 'lazy/xterm-B.js': 'screen B' })
    const get = await upgrade('2.0.0', { 'lab-terminal.js': 'three', 'lazy/xterm-C.js': 'screen C' })
    for (const [url, text] of [
      ['/cdn/lab-terminal.js', 'three'],
      ['/cdn/2.0.0/lab-terminal.js', 'three'],
      ['/cdn/1.1.0/lab-terminal.js', 'two'],
      ['/cdn/1.0.0/lab-terminal.js', 'one'],
      ['/cdn/1.0.0/lazy/xterm-A.js', 'screen A'],
      ['/cdn/lazy/xterm-A.js', 'screen A'],
      ['/cdn/lazy/xterm-C.js', 'screen C'],
    ] as const) {
      const answer = await get(url)
      assert.deepEqual([answer.statusCode, answer.payload], [200, text], url)
    }
    assert.equal((await get('/cdn/1.0.0/lazy/xterm-C.js')).statusCode, 404)
    assert.equal((await get('/cdn/3.0.0/lab-terminal.js')).statusCode, 404)
    assert.deepEqual((await readdir(join(folder, 'shelf'))).sort(), ['1.0.0', '1.1.0', '2.0.0'])
    assert.deepEqual(warnings, [])
  })

  it('is the one that was built last where a version is built again', async () => {
    await upgrade('1.0.0', { 'lab-terminal.js': 'one' })
    await upgrade('1.0.0', { 'lab-terminal.js': 'one, better' })
    const get = await upgrade('1.1.0', { 'lab-terminal.js': 'two' })
    assert.equal((await get('/cdn/1.0.0/lab-terminal.js')).payload, 'one, better')
  })

  it('leaves out a kept version that is broken, and serves without keeping where it may not write', async () => {
    await upgrade('1.0.0', { 'lab-terminal.js': 'one' })
    await writeFile(join(folder, 'shelf/1.0.0/integrity.json'), '{"version": "../..", "files": {}}')
    const get = await upgrade('1.1.0', { 'lab-terminal.js': 'two' })
    assert.equal((await get('/cdn/1.0.0/lab-terminal.js')).statusCode, 404)
    assert.match(warnings.splice(0).join(), /kept version of the element is broken/)

    await rm(join(folder, 'shelf'), { recursive: true })
    await writeFile(join(folder, 'shelf'), 'no folder')
    const alone = await upgrade('1.2.0', { 'lab-terminal.js': 'three' })
    assert.equal((await alone('/cdn/1.2.0/lab-terminal.js')).payload, 'three')
    assert.match(warnings.join(), /not kept/)
  })

  it('leads to no other file', async () => {
    await writeFile(join(folder, 'secret.txt'), 'for nobody')
    const get = await upgrade('1.0.0', { 'lab-terminal.js': 'one' })
    for (const path of ['../secret.txt', '%2e%2e/secret.txt', '..%2fsecret.txt', '..%5csecret.txt', 'lazy', '', '.']) {
      for (const prefix of ['/cdn/', '/cdn/1.0.0/']) {
        const { statusCode, payload } = await get(prefix + path)
        assert.ok([400, 403, 404].includes(statusCode), `${prefix}${path}: ${statusCode}`)
        assert.ok(!payload.includes('for nobody'), path)
      }
    }
  })
})
