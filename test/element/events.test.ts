import { expect, waitUntil } from '@open-wc/testing'
import type { LabTokenRequestEvent } from '../../src/element/events.js'
import { LabError, problemOf } from '../../src/wire/problems.js'
import { labStatus } from '../../stories/fakes/labs.js'
import { STATUS_SCENES } from '../../stories/fakes/scenes.js'
import { openLab, type TestLab } from './fakes/test-lab.js'

describe('events', () => {
  let lab: TestLab
  let ended: AbortController

  beforeEach(() => {
    ended = new AbortController()
  })

  afterEach(() => {
    ended.abort()
    lab.remove()
  })

  it('lab-status bubbles out of every shadow, once for each new word', async () => {
    const heard: unknown[] = []
    document.addEventListener(
      'lab-status',
      (event) => heard.push([event.status, event.lab?.rev, event.composed, lab.getAttribute('status'), lab.status]),
      { signal: ended.signal },
    )
    lab = await openLab(STATUS_SCENES.loading())
    lab.scripted.show({ name: 'preparing', lab: labStatus({ rev: 1 }) })
    lab.scripted.show({ name: 'preparing', lab: labStatus({ rev: 2 }) })
    lab.scripted.show({ name: 'connecting', lab: labStatus({ rev: 3 }), attempt: 0 })
    expect(heard).to.deep.equal([
      ['preparing', 1, true, 'preparing', 'preparing'],
      ['connecting', 3, true, 'connecting', 'connecting'],
    ])
  })

  it('lab-idle can be cancelled, and the session hears of it', async () => {
    lab = await openLab(STATUS_SCENES.connected())
    const heard: unknown[] = []
    lab.addEventListener('lab-idle', (event) => heard.push([event.secondsLeft, event.bubbles, event.cancelable]))
    expect(lab.scripted.tellIdle(120)).to.equal(true)
    lab.addEventListener('lab-idle', (event) => event.preventDefault())
    expect(lab.scripted.tellIdle(60)).to.equal(false)
    expect(heard).to.deep.equal([
      [120, true, true],
      [60, true, true],
    ])
  })

  it('lab-problem carries the problem', async () => {
    lab = await openLab(STATUS_SCENES.connected())
    const heard: string[] = []
    lab.addEventListener('lab-problem', ({ problem }) => heard.push(problem.code))
    lab.scripted.tellProblem(problemOf('link/lost'))
    expect(heard).to.deep.equal(['link/lost'])
  })

  it('tells nobody anything after it was removed', async () => {
    lab = await openLab(STATUS_SCENES.connected())
    const { scripted } = lab
    lab.remove()
    lab.clock.advance(0)
    expect(scripted.calls).to.deep.equal(['start', 'stop'])
    const heard: string[] = []
    for (const name of ['lab-status', 'lab-idle', 'lab-problem'] as const) {
      lab.addEventListener(name, () => heard.push(name))
    }
    scripted.show({ name: 'failed', problem: problemOf('link/lost') })
    scripted.tellIdle(20)
    scripted.tellProblem(problemOf('link/lost'))
    expect(heard).to.deep.equal([])
  })
})

describe('tokens of the host page', () => {
  let lab: TestLab
  const requests: { url: string; init: RequestInit | undefined }[] = []
  let answer: () => Response | Promise<Response>

  const voucher = (reason: 'start' | 'expired' = 'start') =>
    lab.scripted.deps.voucher({ reason, signal: new AbortController().signal })
  const ask = async (reason?: 'start' | 'expired') => {
    const { request } = await voucher(reason)
    return request.grant === 'jwt' ? request.token : request
  }

  const codeOf = async (promise: Promise<unknown>): Promise<string> => {
    try {
      await promise
    } catch (error) {
      if (error instanceof LabError) return error.code
    }
    return 'no LabError'
  }

  beforeEach(async () => {
    requests.length = 0
    answer = () => new Response('from.the.address')
    lab = await openLab(STATUS_SCENES.loading())
    lab.fetcher = async (input, init) => {
      requests.push({ url: String(input), init })
      return answer()
    }
  })

  afterEach(() => lab.remove())

  it('come from tokenProvider, else a listener, else token-url, else token', async () => {
    lab.token = 'from.the.attribute'
    expect(await ask()).to.equal('from.the.attribute')
    lab.tokenUrl = '/token'
    expect(await ask()).to.equal('from.the.address')
    const listener = (event: LabTokenRequestEvent) =>
      event.respondWith(Promise.resolve(`from.a.${event.reason}-${event.lab}`))
    lab.addEventListener('lab-token-request', listener)
    expect(await ask()).to.equal('from.a.start-ceph-101')
    lab.tokenProvider = async ({ reason, signal }) => `from.the.${reason}.${signal.aborted}`
    expect(await ask('expired')).to.equal('from.the.expired.false')
    expect(requests).to.have.length(1)
  })

  it('are not taken from attributes that the course system has not filled in', async () => {
    lab.token = '%%LAB_TOKEN%%'
    lab.tokenUrl = ' %%TOKEN_URL%% '
    expect(await ask()).to.deep.equal({ grant: 'openedx', lab: 'ceph-101' })
    expect(requests).to.deep.equal([])
    lab.token = 'real'
    expect(await ask()).to.equal('real')
  })

  it('a sign-in window that fails by itself is told at the next exchange, once', async () => {
    let closed = false
    const broken = {
      closed: false,
      location: {
        set href(_: string) {
          throw new TypeError('blocked')
        },
      },
      close: () => {
        closed = true
      },
    }
    lab.popUp = broken as unknown as Window
    lab.scripted.show({ name: 'signed-out', problem: problemOf('auth/window-needed') })
    await lab.updateComplete
    const button = [...(lab.shadowRoot?.querySelectorAll('button') ?? [])].find((one) =>
      /Sign in/.test(one.textContent),
    )
    button?.click()
    await waitUntil(() => lab.scripted.calls.includes('reconnect'), 'it goes on', { timeout: 60_000 })
    expect(closed).to.equal(true)
    expect(await codeOf(voucher())).to.equal('auth/token-invalid')
    expect(await ask()).to.deep.equal({ grant: 'openedx', lab: 'ceph-101' })
  })

  it('may be the code of an LTI launch', async () => {
    lab.tokenProvider = async () => ({ grant: 'lti', code: 'c0de' })
    expect(await ask()).to.deep.equal({ grant: 'lti', code: 'c0de' })
  })

  it('are fetched with the cookies of the page, by POST', async () => {
    lab.tokenUrl = '/token?x=1'
    lab.course = 'course-v1:acme+CEPH+2026'
    answer = () => Response.json({ token: 'a.b.c', expiresAt: 'later' })
    expect(await ask()).to.equal('a.b.c')
    const [request] = requests
    expect(request?.url).to.equal(`${location.origin}/token?x=1`)
    expect(request?.init).to.include({ method: 'POST', credentials: 'include' })
    expect(JSON.parse(String(request?.init?.body))).to.deep.equal({
      lab: 'ceph-101',
      reason: 'start',
      course: 'course-v1:acme+CEPH+2026',
    })
  })

  const failures: readonly (readonly [string, () => Response | Promise<Response>, string])[] = [
    ['nobody is signed in', () => new Response('', { status: 401 }), 'auth/no-session'],
    ['the page forbids it', () => new Response('', { status: 403 }), 'auth/no-session'],
    ['the course site is broken', () => new Response('', { status: 502 }), 'auth/issuer-unreachable'],
    ['the course site is away', () => Promise.reject(new TypeError('no network')), 'auth/issuer-unreachable'],
    ['there is no such address', () => new Response('', { status: 404 }), 'auth/token-invalid'],
    ['the answer is empty', () => new Response(''), 'auth/token-invalid'],
    ['the answer is other JSON', () => Response.json({ jwt: 'x' }), 'auth/token-invalid'],
    ['the answer is broken JSON', () => new Response('{"token":'), 'auth/token-invalid'],
    ['the answer is far too long', () => new Response('x'.repeat(16_385)), 'auth/token-invalid'],
  ]
  for (const [what, response, code] of failures) {
    it(`end in ${code} when ${what}`, async () => {
      lab.tokenUrl = '/token'
      answer = response
      expect(await codeOf(ask())).to.equal(code)
    })
  }

  it('serve once: the same `token` is not offered again, a new one is', async () => {
    lab.token = 'first'
    await ask()
    expect(await codeOf(ask('expired'))).to.equal('auth/session-expired')
    lab.token = 'second'
    expect(await ask('expired')).to.equal('second')
  })

  it('are not needed on a page of an Open edX: its cookies go along, and are renewed where it gives new ones', async () => {
    lab.course = '%%COURSE_ID%%'
    expect(await ask()).to.deep.equal({ grant: 'openedx', lab: 'ceph-101' })
    Reflect.set(window, '$$course_id', 'course-v1:acme+CEPH+2026')
    expect(await ask()).to.deep.equal({ grant: 'openedx', lab: 'ceph-101', course: 'course-v1:acme+CEPH+2026' })
    lab.course = 'course-v1:acme+NET+2026'
    const { request, withCookies, renew } = await voucher()
    expect([request, withCookies]).to.deep.equal([{ grant: 'openedx', lab: 'ceph-101', course: lab.course }, true])
    Reflect.deleteProperty(window, '$$course_id')
    expect(requests).to.deep.equal([])
    const { signal } = new AbortController()
    answer = () => Response.json({ success: true })
    await renew?.(signal)
    expect(requests[0]?.url).to.equal(`${location.origin}/login_refresh`)
    expect(requests[0]?.init).to.include({ method: 'POST', credentials: 'same-origin' })
    const failures = [
      [() => new Response('', { status: 401 }), 'auth/no-session'],
      [() => new Response('', { status: 404 }), 'auth/no-session'],
      [() => new Response('', { status: 502 }), 'auth/issuer-unreachable'],
      [() => Promise.reject(new TypeError('no network')), 'auth/issuer-unreachable'],
    ] as const
    for (const [response, code] of failures) {
      answer = response
      expect(await codeOf(Promise.resolve(renew?.(signal)))).to.equal(code)
    }
  })

  it('never show in the document', async () => {
    lab.token = 'secret.token'
    lab.tokenProvider = async () => 'secret.provided'
    await ask()
    await lab.settled()
    expect(document.documentElement.outerHTML).not.to.contain('secret')
    expect(lab.shadowRoot?.innerHTML).not.to.contain('secret')
  })
})
