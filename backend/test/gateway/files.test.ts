/** Files over a real SFTP server, whose requests meet each other. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { Client } from 'ssh2'
import { HostFiles } from '../../src/gateway/files/host-files.js'
import { Sftp } from '../../src/gateway/files/sftp.js'
import { Sshd, sshdMissing } from './fixtures/sshd.js'

describe('files of a lab host', { skip: sshdMissing }, () => {
  let sshd: Sshd
  let client: Client
  let files: HostFiles
  before(async () => {
    sshd = await Sshd.start()
    client = new Client()
    const { host, port, user, privateKey = '' } = sshd.target
    client.connect({ host, port, username: user, privateKey })
    await once(client, 'ready')
    files = new HostFiles(() => Sftp.open(client))
  })
  after(async () => {
    if (client) {
      client.end()
      await once(client, 'close')
    }
    await sshd?.close()
  })

  const received = async (path: string, upload: string): Promise<number> => {
    const answer = await files.do({ op: 'status', path, upload }, Readable.from([]), () => undefined)
    return 'status' in answer ? answer.status.received : assert.fail('no status')
  }
  /** An upload whose page fell silent in the middle. */
  const silent = async (path: string, upload: string, bytes: Buffer, size: number) => {
    const body = new PassThrough()
    let moved = () => {}
    const begun = new Promise<void>((resolve) => (moved = resolve))
    const request = { op: 'upload', path, upload, from: 0, size, overwrite: false } as const
    const ended = assert.rejects(files.do(request, body, moved), { code: 'link/lost' })
    body.write(bytes)
    await begun
    return { body, ended }
  }

  test('who asks how far an upload is can go on from there: the request before writes no more', async () => {
    const bytes = randomBytes(600_000)
    const { body, ended } = await silent('a', 'upload-01', bytes.subarray(0, 200_000), bytes.length)
    const from = await received('a', 'upload-01')
    assert.ok(from > 0)
    assert.equal(body.destroyed, true)
    await ended
    const rest = { op: 'upload', path: 'a', upload: 'upload-01', from, size: bytes.length, overwrite: false } as const
    const answer = await files.do(rest, Readable.from([bytes.subarray(from)]), () => undefined)
    assert.deepEqual('status' in answer && answer.status.done, true)
    assert.deepEqual(await readFile(join(sshd.home, 'a')), bytes)
  })

  test('who gives an upload up that waits for the one before ends both, and nothing is left', async () => {
    const { ended } = await silent('b', 'upload-02', randomBytes(100_000), 200_000)
    const request = { op: 'upload', path: 'b', upload: 'upload-02', from: 0, size: 200_000, overwrite: false } as const
    const second = assert.rejects(
      files.do(request, new PassThrough(), () => undefined),
      { code: 'link/lost' },
    )
    await files.do({ op: 'cancel', path: 'b', upload: 'upload-02' }, Readable.from([]), () => undefined)
    await Promise.all([ended, second])
    assert.deepEqual(
      (await readdir(sshd.home)).filter((name) => name.includes('upload-02')),
      [],
    )
  })
})
