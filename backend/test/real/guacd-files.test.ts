/** Files through the whole backend: SFTP by a real guacd, HTTP to the page, at a distance (`npm run test:real`). */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { PATHS } from '../../../src/wire/protocol.js'
import { TestTunnel } from '../gateway/guacd/fixtures/tunnel.js'
import { late, TcpProxy } from '../support/tcp-proxy.js'
import { ServedLab } from './fixtures/served.js'

const MB = 1_000_000
const SIZE = 20 * MB
const RTT_MS = 50
const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

describe('files of a desk', () => {
  let lab: ServedLab
  let line: TcpProxy
  const name = `file-${process.pid}.bin`
  const remote = `/home/guactest/${name}`
  const content = randomBytes(SIZE)

  before(async () => {
    lab = await ServedLab.start()
    line = await TcpProxy.start(Number(new URL(lab.url).port), late(RTT_MS))
  })
  after(async () => {
    await rm(remote, { force: true })
    await line.close()
    await lab.close()
  })

  async function open(terminal: string): Promise<TestTunnel> {
    const { ticket, url } = await lab.ticket(terminal)
    const tunnel = new TestTunnel(url, { protocols: ['guacamole', `ticket.${ticket}`], origin: lab.origin })
    await tunnel.drawn()
    return tunnel
  }

  /** By a line with the round trip of another country; Host as the backend is known. */
  function call(
    method: string,
    path: string,
    body?: Buffer,
    headers = lab.headers,
  ): Promise<{ status: number; body: Buffer; headers: object }> {
    const { host } = new URL(lab.url)
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          port: line.port,
          host: '127.0.0.1',
          method,
          path,
          headers: { ...headers, host, ...(body && { 'content-type': 'application/octet-stream' }) },
        },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks), headers: answer.headers }),
          )
          answer.on('error', reject)
        },
      )
      asked.on('error', reject)
      asked.end(body)
    })
  }

  async function upload(tunnel: TestTunnel): Promise<void> {
    tunnel.say('file', '5', 'application/octet-stream', name)
    const begun = performance.now()
    const { status, body } = await call('POST', PATHS.stream(tunnel.uuid, 5, name), content)
    assert.equal(status, 204, body.toString())
    report('up', begun)
    assert.equal(sha(await readFile(remote)), sha(content))
  }

  /** Through the file system that guacd shows. */
  async function download(tunnel: TestTunnel): Promise<void> {
    await tunnel.until(() => tunnel.heardOf('filesystem').length > 0, 'the file system')
    const [, object = ''] = tunnel.heardOf('filesystem').at(-1) ?? []
    const known = tunnel.heardOf('body').length
    tunnel.say('get', object, remote)
    await tunnel.until(() => tunnel.heardOf('body').length > known, 'the file')
    const [, , index = ''] = tunnel.heardOf('body').at(-1) ?? []
    const begun = performance.now()
    const { status, body, headers } = await call('GET', PATHS.stream(tunnel.uuid, Number(index), name))
    assert.equal(status, 200)
    report('down', begun)
    assert.equal(sha(body), sha(content))
    assert.match(JSON.stringify(headers), /attachment; filename\*=UTF-8''file-/)
    await tunnel.until(() => tunnel.heardOf('end').some(([, stream]) => stream === index), 'the end in the tunnel')
    const since = tunnel.heard.slice(tunnel.heard.findLastIndex(([opcode]) => opcode === 'body'))
    assert.ok(!since.some(([opcode, stream]) => opcode === 'blob' && stream === index))
  }

  function report(way: string, begun: number): void {
    const seconds = (performance.now() - begun) / 1000
    process.stdout.write(`  ${SIZE / MB} MB ${way} at ${RTT_MS} ms: ${(SIZE / MB / seconds).toFixed(1)} MB/s\n`)
    // Stop and wait in the tunnel does 0.08 to 0.12 MB/s at this distance.
    assert.ok(SIZE / MB / seconds > 0.5)
  }

  test('20 MB up and down', async () => {
    const tunnel = await open('ssh')
    await upload(tunnel)
    await download(tunnel)
    await tunnel.close()
  })

  test('after a reload as well, by the seat that guacd gives files to', async () => {
    const first = await open('ssh')
    await first.close()
    const tunnel = await open('ssh')
    await upload(tunnel)
    await download(tunnel)
    await tunnel.close()
  })

  test('by a link that works once, and only for this file', async () => {
    const tunnel = await open('ssh')
    await tunnel.until(() => tunnel.heardOf('filesystem').length > 0, 'the file system')
    const [, object = ''] = tunnel.heardOf('filesystem')[0] ?? []
    tunnel.say('get', object, remote)
    await tunnel.until(() => tunnel.heardOf('body').length > 0, 'the file')
    const index = Number(tunnel.heardOf('body')[0]?.[2])
    const path = PATHS.stream(tunnel.uuid, index, name)
    const { capability = '' } = await lab.post(`${path}/capability`)
    const elsewhere = PATHS.stream(tunnel.uuid, index + 2, name)
    assert.equal((await call('GET', `${elsewhere}?capability=x`, undefined, {})).status, 401)
    const { status, body } = await call('GET', `${path}?capability=${capability}`, undefined, {})
    assert.equal(status, 200)
    assert.equal(sha(body), sha(content))
    assert.equal((await call('GET', `${path}?capability=${capability}`, undefined, {})).status, 401)
    await tunnel.close()
  })

  test('nobody else gets at them', async () => {
    const tunnel = await open('ssh')
    const path = PATHS.stream(tunnel.uuid, 1, name)
    const stranger = await lab.stranger()
    for (const [headers, status] of [
      [{}, 401],
      [stranger, 404],
      [{ ...lab.headers, origin: 'https://evil.example' }, 403],
    ] as [Record<string, string>, number][]) {
      assert.equal((await call('GET', path, undefined, headers)).status, status)
      assert.equal((await call('POST', path, Buffer.from('x'), headers)).status, status)
    }
    // A stream that was not opened in the tunnel is none.
    assert.equal((await call('POST', path, Buffer.from('x'))).status, 404)
    await tunnel.close()
  })

  test('a lab without files takes and gives none', async () => {
    const tunnel = await open('closed')
    tunnel.say('file', '5', 'text/plain', name)
    await tunnel.until(() => tunnel.heardOf('ack').length > 0, 'the refusal')
    assert.deepEqual(tunnel.heardOf('ack')[0], ['ack', '5', 'Not allowed here', '771'])
    assert.deepEqual(tunnel.heardOf('filesystem'), [])
    assert.equal((await call('POST', PATHS.stream(tunnel.uuid, 5, name), Buffer.from('x'))).status, 404)
    await tunnel.close()
  })

  test('no ticket and no capability is in the log', () => {
    for (const output of lab.output) assert.doesNotMatch(output, /ticket=|ticket\.|capability=|Throw4way/)
  })
})
