/** What is left of a body when its request is answered: on real sockets, as the routes of files do. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { dropRest } from '../../src/gateway/rest-of-body.js'

const LINGER_MS = 300

describe('the rest of a body', () => {
  let server: Server
  let url: string
  let begun: IncomingMessage
  before(async () => {
    // Refuses in the middle, as who finds out by reading.
    server = createServer(async (incoming, response) => {
      begun = incoming
      for await (const chunk of incoming.iterator({ destroyOnReturn: false })) if (chunk.length > 0) break
      response.once('finish', () => dropRest(incoming, LINGER_MS))
      response.writeHead(409).end('no')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  after(() => server.close())

  /** Sends all of it before it reads the answer, as browsers do. */
  function post(agent: Agent, body: Buffer): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const asked = request(url, { method: 'POST', agent, headers: { 'content-length': body.length } })
      asked.setTimeout(10_000, () => asked.destroy(new Error('no answer')))
      asked.on('error', reject)
      asked.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode)))
      asked.end(body)
    })
  }

  for (const size of [1, 100_000, 1_000_000, 20_000_000]) {
    test(`of ${size} bytes is dropped, and the connection serves again`, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      try {
        assert.equal(await post(agent, Buffer.alloc(size)), 409)
        assert.equal(await post(agent, Buffer.alloc(10)), 409)
      } finally {
        agent.destroy()
      }
    })
  }

  test('is not awaited for ever', async () => {
    const asked = request(url, { method: 'POST', headers: { 'content-length': 1_000_000 } })
    asked.on('error', () => undefined)
    asked.write('a')
    const [answer] = await once(asked, 'response')
    assert.equal(answer.statusCode, 409)
    assert.equal(begun.destroyed, false)
    await once(begun, 'close')
    assert.equal(begun.complete, false)
    asked.destroy()
  })
})
