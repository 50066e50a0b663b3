/** Files of a desk, asked of a replica that has not its tunnel (`npm run test:real`). */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { PATHS } from '../../../src/wire/protocol.js'
import type { Backend } from '../chaos/backends.js'
import { TestTunnel } from '../gateway/guacd/fixtures/tunnel.js'
import { GUACD, PASSWORD } from './fixtures/parts.js'
import { Replicas } from './fixtures/replicas.js'

const ORIGIN = 'https://lms.example.org'
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe('files of a desk of several replicas', { timeout: 240_000 }, () => {
  let replicas: Replicas
  let [a, b]: Backend[] = []
  const name = `replica-${process.pid}.bin`
  const remote = `/home/guactest/${name}`
  const content = new Uint8Array(randomBytes(3_000_001))
  const need = (replica: Backend | undefined): Backend => replica ?? assert.fail('no replica')

  before(async () => {
    const login = `host: 127.0.0.1, port: 2222, user: guactest, password: "${PASSWORD}"`
    const terminals = [`name: desk, display: guacamole, ${login}, files: both`]
    replicas = await Replicas.start(2, 'files: both', { guacd: { address: `${GUACD.host}:${GUACD.port}`, terminals } })
    ;[a, b] = replicas.all
  })
  after(async () => {
    await replicas?.close()
    await rm(remote, { force: true })
  })

  async function open(replica: Backend): Promise<TestTunnel> {
    const { ticket, url } = await replicas.ticket(replica, 'desk')
    const tunnel = new TestTunnel(url, { protocols: ['guacamole', `ticket.${ticket}`], origin: ORIGIN })
    await tunnel.until(() => tunnel.heardOf('filesystem').length > 0, 'the file system', 60_000)
    return tunnel
  }
  const send = (replica: Backend, path: string, headers: Record<string, string>, body?: Uint8Array<ArrayBuffer>) =>
    fetch(replica.url + path, {
      method: 'POST',
      headers: { ...headers, ...(body && { 'content-type': 'application/octet-stream' }) },
      ...(body && { body }),
    })

  test('go up and down by the other one, and by links of it', async () => {
    const tunnel = await open(need(a))
    tunnel.say('file', '5', 'application/octet-stream', name)
    const up = await send(need(b), PATHS.stream(tunnel.uuid, 5, name), replicas.headers, content)
    assert.equal(up.status, 204, await up.text())
    assert.equal(sha(await readFile(remote)), sha(content))
    const object = tunnel.heardOf('filesystem')[0]?.[1] ?? ''
    for (const linked of [false, true]) {
      const before = tunnel.heardOf('body').length
      tunnel.say('get', object, remote)
      await tunnel.until(() => tunnel.heardOf('body').length > before, 'the file', 60_000)
      const path = PATHS.stream(tunnel.uuid, Number(tunnel.heardOf('body').at(-1)?.[2]), name)
      let query = ''
      if (linked) {
        const link = await send(need(b), `${path}/capability`, replicas.headers)
        query = `?capability=${(await link.json()).capability}`
      }
      const down = await fetch(need(b).url + path + query, linked ? {} : { headers: replicas.headers })
      assert.equal(down.status, 200)
      assert.equal(sha(new Uint8Array(await down.arrayBuffer())), sha(content))
      if (linked) assert.equal((await fetch(need(b).url + path + query)).status, 401, 'good once')
    }
    await tunnel.close()
  })

  test('are refused there as here: of a stream that is none, of no tunnel, and to nobody', async () => {
    const tunnel = await open(need(a))
    for (const replica of [need(a), need(b)]) {
      const none = await send(replica, PATHS.stream(tunnel.uuid, 9, name), replicas.headers, content.slice(0, 10))
      assert.equal(none.status, 404)
      const nobody = await send(replica, PATHS.stream(tunnel.uuid, 9, name), { origin: ORIGIN }, content.slice(0, 10))
      assert.equal(nobody.status, 401)
    }
    await tunnel.close()
    await tunnel.gone()
    const path = PATHS.stream('00000000-0000-4000-8000-000000000000', 1, name)
    assert.equal((await fetch(need(b).url + path, { headers: replicas.headers })).status, 404)
  })
})
