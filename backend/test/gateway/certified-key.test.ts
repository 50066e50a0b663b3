/** What ssh2 sends for a key with a certificate, read by its own server. Its version is pinned: another one fails here. */
import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import ssh2, { type AuthContext, type Client } from 'ssh2'
import { sshString } from '../../src/gateway/certificate.js'
import { certifiedKey, readKeyPair } from '../../src/gateway/certified-key.js'
import { logIn } from '../../src/gateway/login.js'
import { systemTimers } from '../../src/gateway/timers.js'
import { type KeyPair, keyPair } from './fixtures/ssh-host.js'

/** A certificate of the key; the signature in it is nobody's, and no one here asks for it. */
function certificateOf({ public: line }: KeyPair): string {
  const blob = publicBlob(line)
  const keyType = line.split(' ')[0] ?? ''
  const type = `${keyType}-cert-v01@openssh.com`
  const fields = [
    ...[sshString(type), sshString('nonce'), blob.subarray(4 + keyType.length)],
    ...[Buffer.alloc(8), Buffer.of(0, 0, 0, 1), sshString('id'), sshString('')],
    ...[Buffer.alloc(8), Buffer.alloc(8, 0xff), sshString(''), sshString('')],
    ...[sshString(''), sshString('the authority'), sshString('its signature')],
  ]
  return `${type} ${Buffer.concat(fields).toString('base64')}`
}

const publicBlob = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64')

interface Shown {
  readonly algorithm: string
  readonly key: Buffer
  readonly signature?: Buffer
  readonly signed?: Buffer
}

/** What a client shows of itself when it logs in; the answer to all of it is yes. */
async function shownBy(privateKey: string, certificate: string): Promise<Shown[]> {
  const shown: Shown[] = []
  const server = new ssh2.Server({ hostKeys: [keyPair().private] }, (client) => {
    client.on('error', () => undefined)
    client.on('authentication', (context: AuthContext) => {
      if (context.method !== 'publickey') return context.reject(['publickey'])
      const { key, signature, blob } = context
      shown.push({ algorithm: key.algo, key: key.data, ...(signature && { signature }), ...(blob && { signed: blob }) })
      context.accept()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening')
  const { port } = address
  const options = { timeout: 20_000, timers: systemTimers, signal: new AbortController().signal }
  const target = { host: '127.0.0.1', port, user: 'learner', privateKey, certificate }
  await logIn(target, options, async (client) => client.end())
  await new Promise((resolve) => server.close(resolve))
  return shown
}

describe('a key with a certificate', () => {
  const schemes = [
    ['ed25519', 'ssh-ed25519', null],
    ['ecdsa', 'ecdsa-sha2-nistp256', 'sha256'],
    ['rsa', 'rsa-sha2-512', 'sha512'],
  ] as const
  for (const [type, format, hash] of schemes) {
    test(`${type}: asks for the certificate's algorithm, and signs as ${format}`, async () => {
      const pair = keyPair(type)
      const certificate = certificateOf(pair)
      const [asked, signed, ...more] = await shownBy(pair.private, certificate)
      assert.equal(more.length, 0)
      for (const one of [asked, signed]) {
        assert.equal(one?.algorithm, `${format}-cert-v01@openssh.com`)
        assert.ok(one?.key.equals(publicBlob(certificate)))
      }
      const head = sshString(format)
      const signature = signed?.signature ?? Buffer.alloc(0)
      // The server of ssh2 takes a name off that is the algorithm's only: the plain one stays on.
      assert.ok(signature.subarray(0, head.length).equals(head), signature.toString('latin1'))
      const value = signature.subarray(head.length + 4)
      assert.equal(signature.readUInt32BE(head.length), value.length)
      assert.ok(verified(pair, signed?.signed ?? Buffer.alloc(0), value, hash))
    })
  }

  test('two hundred ECDSA signatures, whose numbers have any length', () => {
    const pair = keyPair('ecdsa')
    const client = fakeClient()
    const key = certifiedKey(client, readKeyPair(pair.private, certificateOf(pair)))
    for (let round = 0; round < 200; round++) {
      const data = Buffer.from(`round ${round}`)
      const value = key.sign(data).subarray(sshString('ecdsa-sha2-nistp256').length + 4)
      assert.ok(verified(pair, data, value, 'sha256'))
    }
  })

  test('where ssh2 is not as expected, nothing is sent', () => {
    const pair = keyPair()
    const both = readKeyPair(pair.private, certificateOf(pair))
    const keeps = (what: string) => ({ code: 'server/internal', message: new RegExp(`ssh2 keeps ${what} elsewhere`) })
    for (const other of [{}, { _protocol: undefined }, { _protocol: {} }, { _protocol: { _packetRW: 5 } }]) {
      assert.throws(() => certifiedKey(asClient(other), both).sign('data'), keeps('its connection'))
    }
    for (const write of [undefined, {}, { allocStart: 5, alloc: () => Buffer.alloc(0) }]) {
      const client = asClient({ _protocol: { _packetRW: { write } } })
      assert.throws(() => certifiedKey(client, both).sign('data'), keeps('its packets'))
    }
    const client = fakeClient()
    const before = writerOf(client)
    certifiedKey(client, both).sign('data')
    const once = writerOf(client)
    assert.notEqual(once, before)
    assert.throws(() => once.finalize(Buffer.alloc(200)), keeps('its signatures'))
    assert.equal(writerOf(client), before)
  })

  test('this is the ssh2 that it was written for', async () => {
    const path = createRequire(import.meta.url).resolve('ssh2/package.json')
    assert.equal(Reflect.get(JSON.parse(await readFile(path, 'utf8')), 'version'), '1.17.0')
  })
})

interface Writer {
  finalize(packet: Buffer): Buffer
}

/** As much of a client of ssh2 as the key needs. */
function fakeClient(): Client {
  const write = { allocStart: 5, alloc: (size: number) => Buffer.alloc(5 + size), finalize: (packet: Buffer) => packet }
  return asClient({ _protocol: { _packetRW: { write } } })
}

function asClient(parts: object): Client {
  return Object.assign(new ssh2.Client(), parts)
}

function writerOf(client: Client): Writer {
  return Reflect.get(Reflect.get(Reflect.get(client, '_protocol'), '_packetRW'), 'write')
}

function verified(pair: KeyPair, data: Buffer, value: Buffer, hash: string | null): boolean {
  const parsed = [ssh2.utils.parseKey(pair.public)].flat()[0]
  if (!parsed || parsed instanceof Error) throw new Error('no public key')
  const key = createPublicKey(parsed.getPublicPEM())
  if (hash !== 'sha256') return verify(hash, data, key, value)
  const [r, s] = numbers(value)
  assert.ok(r && s)
  return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat([r, s]))
}

/** Two numbers, each as short as it can be and never negative, as 32 bytes. */
function numbers(value: Buffer): Buffer[] {
  const all: Buffer[] = []
  for (let at = 0; at < value.length; ) {
    const number = value.subarray(at + 4, at + 4 + value.readUInt32BE(at))
    assert.ok((number[0] ?? 0) < 0x80)
    assert.ok(number[0] !== 0 || (number[1] ?? 0) >= 0x80)
    all.push(Buffer.concat([Buffer.alloc(32), number]).subarray(-32))
    at += 4 + number.length
  }
  return all
}
