import { expect } from '@open-wc/testing'
import { LabApi } from '../../src/session/api.js'
import { sendFile } from '../../src/session/upload.js'
import { LabError } from '../../src/wire/problems.js'
import { FakeBackend, json } from './fakes/backend.js'
import { FakeClock } from './fakes/clock.js'

const PATH = '/v1/tunnels/3e7ab9a2-53ec-4f0b-8f3c-1d2b0a7d9c11/streams/0/a.txt'

function apiOf(): { backend: FakeBackend; api: LabApi } {
  const clock = new FakeClock()
  const backend = new FakeBackend(() => clock.now())
  const settings = { backend: 'https://labs.test', lab: 'ceph' }
  const voucher = async () => ({ request: { grant: 'jwt', token: 'signed.token' } }) as const
  return { backend, api: new LabApi(settings, voucher, { fetch: backend.fetch, timers: clock, random: () => 0 }) }
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof LabError ? error.code : String(error)),
  )
}

describe('files of a tunnel', () => {
  const { signal } = new AbortController()

  it('have a link for the browser, which holds no session', async () => {
    const { backend, api } = apiOf()
    backend.faults.set('/capability', json({ capability: 'a+b', expiresAt: backend.iso(30_000) }))
    expect(await api.downloadLink(PATH, signal)).to.equal(`https://labs.test${PATH}?capability=a%2Bb`)
    expect(backend.calls.at(-1)?.path).to.equal(`${PATH}/capability`)
  })

  it('have none where the server’s answer makes no sense', async () => {
    const { backend, api } = apiOf()
    backend.faults.set('/capability', json({ capability: 7 }))
    expect(await codeOf(api.downloadLink(PATH, signal))).to.equal('server/internal')
  })

  const request = { session: 's', file: new Blob(['abc']), progress: () => undefined }

  it('tell why they did not go up', async () => {
    // The server of the tests takes no files.
    expect(await codeOf(sendFile({ ...request, url: '/nothing-here', signal }))).to.equal('lab/unknown')
    // Nobody listens there.
    expect(await codeOf(sendFile({ ...request, url: 'http://127.0.0.1:9/', signal }))).to.equal('server/unreachable')
  })

  it('stop when they are cancelled', async () => {
    const controller = new AbortController()
    const sent = codeOf(sendFile({ ...request, url: '/nothing-here', signal: controller.signal }))
    controller.abort('enough')
    expect(await sent).to.equal('enough')
    expect(await codeOf(sendFile({ ...request, url: '/x', signal: controller.signal }))).to.equal('enough')
  })
})
