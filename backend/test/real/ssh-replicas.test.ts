/** Three backends, one PostgreSQL, one OpenSSH: a shell is reached through any of them, and outlives all but its own. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import type { Backend } from '../chaos/backends.js'
import { assertSamePages } from '../gateway/fixtures/state.js'
import { Replicas } from './fixtures/replicas.js'

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('a shell of several replicas', { timeout: 240_000 }, () => {
  let replicas: Replicas
  let folder: string
  let [a, b, c]: Backend[] = []
  const need = (replica: Backend | undefined): Backend => replica ?? assert.fail('no replica')

  before(async () => {
    replicas = await Replicas.start(3, 'files: both, shells: 3')
    ;[a, b, c] = replicas.all
    folder = await mkdtemp(join(tmpdir(), 'lab-files-'))
  })
  after(async () => {
    await replicas?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('is reached through any, and a page that changes replicas misses nothing', async () => {
    const first = await replicas.page(need(a))
    await first.ready()
    first.type('PS1=\'$ \'; MARK=kept; seq 1 5000; echo th""e end\n')
    await first.shows('the end')
    first.cut()
    const second = await replicas.page(need(b), { screen: first.screen })
    await second.ready()
    assert.equal(second.screen.snapshots, 1, 'went on where it was')
    second.type('echo $MARK; seq 5000 30000; echo fi""nis\n')
    await second.shows('finis')
    const third = await replicas.page(need(c))
    await third.ready()
    await third.shows('finis')
    await assertSamePages(third, second, 'by another replica')
    await Promise.all([second.close(), third.close()])
  })

  test('several shells of a terminal, each on its own, each through any replica', async () => {
    const status = await (await fetch(`${need(b).url}/v1/labs/ceph-101`, { headers: replicas.headers })).json()
    const names = status.terminals.map(({ name, title }: { name: string; title: string }) => [name, title])
    assert.deepEqual(names, [
      ['main', 'main'],
      ['main~2', 'main 2'],
      ['main~3', 'main 3'],
    ])
    const [one, two] = [await replicas.page(need(a)), await replicas.page(need(b), {}, 'main~2')]
    await Promise.all([one.ready(), two.ready()])
    one.type('SHELL_OF=first\n')
    two.type('PS1=\'$ \'; SHELL_OF=second; seq 1 20000; echo th""e end\n')
    await two.shows('the end', 60_000)
    two.cut()
    const back = await replicas.page(need(c), { screen: two.screen }, 'main~2')
    await back.ready()
    assert.equal(back.screen.snapshots, 1, 'went on where it was')
    const said = replicas.file(need(a), join(folder, 'said'), {}, 'files', 'main~2')
    back.type(`echo "[$SHELL_OF]" | tee ${join(folder, 'said')}; echo sa""id\n`)
    await back.shows('said', 60_000)
    assert.equal(await (await fetch(said, { headers: replicas.headers })).text(), '[second]\n')
    one.type('echo "[$SHELL_OF]"; exit 4\n')
    await one.shows('[first]', 60_000)
    await one.until(() => one.messages.some(({ type, code }) => type === 'exited' && code === 4), 'exited', 60_000)
    back.type('echo "st""ill [$SHELL_OF]"\n')
    await back.shows('still [second]', 60_000)
    for (const name of ['main~1', 'main~02', 'main~4', 'main~', 'main~2~2', '~2', 'main%7E2x']) {
      const url = `${need(a).url}/v1/labs/ceph-101/terminals/${name}/tickets`
      assert.equal((await fetch(url, { method: 'POST', headers: replicas.headers })).status, 404, name)
    }
    one.say({ type: 'new-shell' })
    await one.until(() => one.messages.some(({ type }) => type === 'opened'), 'opened', 60_000)
    await Promise.all([one.close(), back.close()])
  })

  test('files go through any, in both directions, go on where they were, and can be given up', async () => {
    const page = await replicas.page(need(a))
    await page.ready()
    const bytes = randomBytes(9_000_001)
    const path = join(folder, 'über uns.bin')
    const put = (replica: Backend, from: number, to: number, more = {}) =>
      fetch(
        replicas.file(replica, path, { upload: 'upload-01', size: `${bytes.length}`, offset: `${from}`, ...more }),
        {
          method: 'POST',
          headers: { ...replicas.headers, 'content-type': 'application/octet-stream' },
          body: bytes.subarray(from, to),
        },
      )
    const state = async (replica: Backend) =>
      (await fetch(replicas.file(replica, path, {}, 'uploads/upload-01'), { headers: replicas.headers })).json()
    assert.deepEqual(await (await put(need(c), 0, 4_000_000)).json(), { path, received: 4_000_000, done: false })
    await assert.rejects(stat(path))
    assert.equal((await state(need(b))).received, 4_000_000)
    assert.equal((await put(need(a), 3_000_000, bytes.length)).status, 412)
    assert.deepEqual(await (await put(need(b), 4_000_000, bytes.length)).json(), {
      path,
      received: bytes.length,
      done: true,
    })
    assert.equal(sha(await readFile(path)), sha(bytes))
    assert.equal((await put(need(a), 0, bytes.length)).status, 409, 'it is there already')
    assert.equal((await put(need(a), 0, bytes.length, { overwrite: 'true' })).status, 200)

    for (const replica of [a, b, c].map(need)) {
      const whole = await fetch(replicas.file(replica, path), { headers: replicas.headers })
      assert.equal(sha(new Uint8Array(await whole.arrayBuffer())), sha(bytes))
      const etag = whole.headers.get('etag') ?? ''
      const headers = { ...replicas.headers, range: 'bytes=8000000-', 'if-match': etag }
      const rest = await fetch(replicas.file(replica, path), { headers })
      assert.equal(rest.status, 206)
      assert.equal(rest.headers.get('content-range'), `bytes 8000000-9000000/${bytes.length}`)
      assert.equal(sha(new Uint8Array(await rest.arrayBuffer())), sha(bytes.subarray(8_000_000)))
      const other = await fetch(replicas.file(replica, path), { headers: { ...headers, 'if-match': '"other"' } })
      assert.equal(other.status, 412)
    }
    await put(need(a), 0, 1_000_000, { upload: 'upload-02', overwrite: 'true' })
    const cancel = replicas.file(need(b), path, {}, 'uploads/upload-02/cancel')
    assert.equal((await fetch(cancel, { method: 'POST', headers: replicas.headers })).status, 204)
    await assert.rejects(stat(join(folder, '.über uns.bin.upload-02.part')))
    await page.close()
  })

  test('files: refusals', async () => {
    const page = await replicas.page(need(a))
    await page.ready()
    await writeFile(join(folder, 'mine'), 'x')
    for (const [path, code] of [
      [join(folder, 'no-such'), 'file/unknown'],
      [folder, 'file/forbidden'],
      ['/dev/zero', 'file/forbidden'],
      ['..', 'request/invalid'],
      [`${folder}/`, 'request/invalid'],
      [`${folder}/\0`, 'request/invalid'],
    ] as const) {
      const answer = await fetch(replicas.file(need(b), path), { headers: replicas.headers })
      assert.equal((await answer.json()).code, code, path)
    }
    const large = replicas.file(need(b), join(folder, 'large'), { upload: 'upload-03', size: '2000000000' })
    const post = { method: 'POST', headers: replicas.headers }
    assert.equal((await (await fetch(large, post)).json()).code, 'file/too-large')
    const stranger = { ...replicas.headers, authorization: 'Bearer nobody' }
    assert.equal((await fetch(replicas.file(need(b), join(folder, 'mine')), { headers: stranger })).status, 401)
    await page.close()
  })

  test('files: who is refused in the middle of a large one reads why, and asks again on the same connection', async () => {
    const page = await replicas.page(need(a))
    await page.ready()
    await writeFile(join(folder, 'there'), 'x')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    // All of the body before the answer is read, as browsers do.
    const post = (replica: Backend, name: string, size: number, body: Buffer) =>
      new Promise<[status: number | undefined, code: string]>((resolve, reject) => {
        const url = replicas.file(replica, join(folder, name), { upload: `refused-${body.length}`, size: `${size}` })
        const headers = { ...replicas.headers, 'content-length': body.length }
        const asked = request(url, { method: 'POST', agent, headers })
        asked.setTimeout(20_000, () => asked.destroy(new Error('no answer')))
        asked.on('error', reject)
        asked.on('response', (answer) => {
          text(answer).then((said) => resolve([answer.statusCode, JSON.parse(said).code]), reject)
        })
        asked.end(body)
      })
    for (const replica of [need(a), need(b)]) {
      for (const size of [1_000_000, 20_000_000]) {
        const body = Buffer.alloc(size)
        assert.deepEqual(await post(replica, 'there', size, body), [409, 'file/exists'])
        assert.deepEqual(await post(replica, `longer-${replica.url.length}`, 1_000, body), [400, 'request/invalid'])
        assert.deepEqual(await post(replica, 'there', 1, Buffer.alloc(1)), [409, 'file/exists'])
      }
    }
    agent.destroy()
    await page.close()
  })

  test('the way between replicas is closed to anybody else', async () => {
    const client = new pg.Client(replicas.databaseUrl)
    await client.connect()
    const { rows } = await client.query('select peer from lab_terminal.replica where not ended')
    await client.end()
    assert.equal(rows.length, 3)
    for (const { peer } of rows) {
      // Not with `fetch`, which says of itself what browsers say.
      const post = (headers: Record<string, string>) =>
        new Promise((resolve) => {
          const asked = request(`http://${peer.address}/file`, { method: 'POST', headers })
          asked.on('response', (answer) => resolve(answer.resume().statusCode)).end()
        })
      assert.equal(await post({}), 401)
      assert.equal(await post({ authorization: `Bearer ${peer.secret}x` }), 401)
      assert.equal(await post({ authorization: `Bearer ${peer.secret}`, origin: 'https://lms.example.org' }), 403)
      assert.equal(await post({ authorization: `Bearer ${peer.secret}`, cookie: 'a=b' }), 403)
    }
  })

  test('a replica that stops hands over, one that is killed is noticed at once; what the page had stays', async () => {
    const page = await replicas.page(need(c))
    await page.ready()
    page.type('echo before-the-end\n')
    await page.shows('before-the-end')
    // The shell is held by the first; the page came by the third.
    await need(a).end('SIGTERM')
    await page.closed()
    assert.ok(page.closeCode === 4012 && page.problem === 'server/stopping', `${page.closeCode} ${page.problem}`)
    const begun = performance.now()
    const back = await replicas.page(need(b), { screen: page.screen })
    await back.ready()
    const { lost, snapshot } = back.messages.find(({ type }) => type === 'attached') ?? {}
    assert.deepEqual([lost, snapshot], [true, undefined])
    back.type('echo MARK=$MARK.\n')
    await back.shows('MARK=.')
    assert.ok(
      back.screen.lines().some((line) => line === 'before-the-end'),
      'the old scrollback is there',
    )
    assert.ok(performance.now() - begun < 5_000)

    const beside = await replicas.page(need(c), { screen: back.screen })
    await beside.ready()
    await need(b).end('SIGKILL')
    await Promise.all([back.closed(), beside.closed()])
    assert.deepEqual([beside.closeCode, beside.problem], [4006, 'link/lost'])
    const killed = performance.now()
    const again = await replicas.page(need(c), { screen: beside.screen })
    await again.ready()
    assert.equal(again.messages.find(({ type }) => type === 'attached')?.lost, true)
    again.type('echo an""other\n')
    await again.shows('another')
    assert.ok(again.screen.lines().includes('before-the-end'))
    assert.ok(performance.now() - killed < 5_000, 'without waiting for its heartbeat')
    await again.close()
  })
})
