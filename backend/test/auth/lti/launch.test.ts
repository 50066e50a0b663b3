/** Launches from a real platform to a session, over HTTP. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, type JWK, jwtVerify } from 'jose'
import type { Trust } from '../../../src/config/config.js'
import { freePort } from '../../support/free-port.js'
import { AGS, DEEP_LINK, LTI, launchClaims, MEMBERSHIP, Platform, REGISTRATION_TOKEN, SCORE } from './platform.js'
import { attributeIn, formIn, lab, startTool, Visitor } from './tool.js'

const KEY = 'a-key-that-nobody-can-guess'
const SELF = 'http://127.0.0.1'

let platform: Platform
let moodle: Platform
let tool: Awaited<ReturnType<typeof startTool>>

before(async () => {
  const [port, own, other] = [await freePort(), await freePort(), await freePort()]
  const publicUrl = `${SELF}:${port}`
  platform = await Platform.start({ port: own, clientId: 'tool-7', publicUrl })
  moodle = await Platform.start({ port: other, clientId: 'unused', publicUrl })
  const trust: Trust[] = [
    {
      type: 'lti',
      issuer: platform.issuer,
      courseBy: 'id',
      client: platform.client,
      origins: ['https://lms.example.org'],
    },
    {
      type: 'lti',
      issuer: moodle.issuer,
      courseBy: 'label',
      registrationKey: KEY,
      deploymentIds: ['later'],
      labs: ['ceph-101'],
    },
  ]
  const labs = [lab('ceph-101', ['course-v1:acme+CEPH+2026', 'CEPH']), lab('scratch'), lab('other', ['another'])]
  tool = await startTool({ port, trust, labs })
})
after(async () => {
  await tool?.close()
  await platform?.stop()
  await moodle?.stop()
})

interface Step {
  readonly status: number
  readonly html: string
  readonly headers: Headers
}

/** From the platform's first word to what the tool answers on the launch. */
async function launch(visitor: Visitor, hint: string, more: Record<string, string> = {}, at = platform): Promise<Step> {
  const parameters = {
    ...{ iss: at.issuer, login_hint: hint, target_link_uri: `${tool.publicUrl}/lti/launch` },
    ...more,
  }
  const begun = await visitor.go(`${tool.publicUrl}/lti/login?${new URLSearchParams(parameters)}`)
  const redirect =
    begun.status === 302 ? begun.headers.get('location') : attributeIn(await begun.text(), 'data-redirect')
  const signed = await visitor.go(redirect ?? '')
  const { action, fields } = formIn(await signed.text())
  assert.equal(action, `${tool.publicUrl}/lti/launch`)
  const launched = await visitor.go(action, fields, { origin: at.issuer })
  return { status: launched.status, html: await launched.text(), headers: launched.headers }
}

interface Opened {
  readonly session: string
  readonly learner: object
  readonly roles: string[]
}

async function json<T>(response: Response): Promise<T> {
  const body: T = JSON.parse(await response.text())
  return body
}

async function exchange(code: string, origin = tool.publicUrl): Promise<Response> {
  return fetch(`${tool.publicUrl}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ grant: 'lti', code }),
  })
}

describe('a launch', () => {
  it('opens the lab of its learner, and leaves no cookie', async () => {
    platform.launches.set('ada', launchClaims(tool.publicUrl))
    const visitor = new Visitor()
    const { status, html, headers } = await launch(visitor, 'ada')
    assert.equal(status, 200, html)
    assert.equal(attributeIn(html, 'lab'), 'ceph-101')
    assert.match(html, /<html lang="de">/)
    assert.equal(visitor.cookies.size, 0)
    assert.equal(headers.get('x-frame-options'), null)
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'self' https:\/\/lms\.example\.org$/)
    assert.equal(headers.get('access-control-allow-origin'), null)

    const answer = await exchange(attributeIn(html, 'data-code'))
    assert.equal(answer.status, 200)
    const session = await json<Opened>(answer)
    assert.deepEqual([session.learner, session.roles], [{ name: 'Ada Lovelace', locale: 'de-DE' }, ['learner']])
    const ask = (name: string) =>
      fetch(`${tool.publicUrl}/v1/labs/${name}`, {
        headers: { origin: tool.publicUrl, authorization: `Bearer ${session.session}` },
      })
    assert.equal((await ask('ceph-101')).status, 200)
    assert.equal((await ask('scratch')).status, 403)
  })

  it('takes its code once, from its own page, within a minute', async () => {
    const code = async () => attributeIn((await launch(new Visitor(), 'ada')).html, 'data-code')
    const one = await code()
    assert.equal((await exchange(one)).status, 200)
    assert.equal((await exchange(one)).status, 401)
    const two = await code()
    assert.equal((await exchange(two, 'https://lms.example.org')).status, 403)
    const three = await code()
    tool.clock.ahead = 61_000
    assert.equal((await exchange(three)).status, 401)
    tool.clock.ahead = 0
  })

  it('begins by POST as well, and sends the hints back byte for byte', async () => {
    const hint = '{"cmid":"7","launchid":"a+b/c=%20&ü 😀"}'
    platform.launches.set('ä+1 %', launchClaims(tool.publicUrl))
    const begun = await new Visitor().go(`${tool.publicUrl}/lti/login`, {
      iss: platform.issuer,
      client_id: 'tool-7',
      login_hint: 'ä+1 %',
      lti_message_hint: hint,
      lti_deployment_id: '1',
      target_link_uri: `${tool.publicUrl}/lti/launch`,
      canvas_region: 'something of its own',
    })
    await fetch(begun.headers.get('location') ?? '')
    assert.equal(platform.lastQuery?.get('lti_message_hint'), hint)
    assert.equal(platform.lastQuery?.get('login_hint'), 'ä+1 %')
    assert.equal(platform.lastQuery?.get('response_mode'), 'form_post')
    assert.equal(platform.lastQuery?.get('prompt'), 'none')
  })

  it('knows who teaches', async () => {
    platform.launches.set('grace', launchClaims(tool.publicUrl, { [`${LTI}roles`]: [`${MEMBERSHIP}#Instructor`] }))
    const answer = await exchange(attributeIn((await launch(new Visitor(), 'grace')).html, 'data-code'))
    assert.deepEqual((await json<Opened>(answer)).roles, ['instructor'])
  })

  it('refuses a lab of another course in a page that says so', async () => {
    platform.launches.set('bob', launchClaims(tool.publicUrl, { [`${LTI}custom`]: { lab: 'other' } }))
    const { status, html } = await launch(new Visitor(), 'bob')
    assert.equal(status, 403)
    assert.match(html, /auth\/forbidden/)
    assert.doesNotMatch(html, /data-code/)
  })
})

describe('without cookies', () => {
  it('asks the platform for what it keeps, and takes it once', async () => {
    const parameters = { lti_storage_target: 'post_message_forwarding' }
    const kept = new Map<string, string>()
    const visitor = new Visitor()
    const begun = await visitor.go(
      `${tool.publicUrl}/lti/login?${new URLSearchParams({ iss: platform.issuer, login_hint: 'ada', target_link_uri: `${tool.publicUrl}/lti/launch`, ...parameters })}`,
    )
    const store = await begun.text()
    assert.equal(attributeIn(store, 'data-origin'), platform.issuer)
    assert.equal(attributeIn(store, 'data-target'), 'post_message_forwarding')
    kept.set(attributeIn(store, 'data-key'), attributeIn(store, 'data-value'))
    visitor.cookies.clear()
    const signed = await visitor.go(attributeIn(store, 'data-redirect'))
    const { action, fields } = formIn(await signed.text())
    const prove = await (await visitor.go(action, fields)).text()
    assert.doesNotMatch(prove, /data-code/)
    const form = formIn(prove)
    assert.equal(form.action, `${tool.publicUrl}/lti/prove`)
    const browser = kept.get(attributeIn(prove, 'data-key')) ?? ''
    const bring = (fields: Record<string, string>, origin = tool.publicUrl) =>
      visitor.go(form.action, { ...form.fields, ...fields }, { origin })
    assert.equal((await bring({ browser }, 'https://lms.example.org')).status, 403)
    const lab = await bring({ browser })
    assert.match(await lab.text(), /data-code/)
    assert.equal((await bring({ browser })).status, 401)
  })

  it('with a wrong word from the storage, or none, opens a window instead', async () => {
    for (const browser of ['', 'x'.repeat(43)]) {
      const visitor = new Visitor()
      visitor.go = withoutCookies(visitor)
      const { html } = await launch(visitor, 'ada', { lti_storage_target: '_parent' })
      const form = formIn(html)
      const answer = await visitor.go(form.action, { ...form.fields, browser }, { origin: tool.publicUrl })
      const window = await answer.text()
      assert.match(window, /target="_blank"/)
      assert.doesNotMatch(window, /data-code/)
    }
  })

  it('with neither, begins anew in a window, which works', async () => {
    const framed = new Visitor()
    framed.go = withoutCookies(framed)
    const { status, html } = await launch(framed, 'ada', { lti_message_hint: '{"a":"b"}' })
    assert.equal(status, 200)
    const { action, fields } = formIn(html)
    assert.equal(action, `${tool.publicUrl}/lti/login`)
    assert.equal(fields['lti_message_hint'], '{"a":"b"}')
    const top = new Visitor()
    const begun = await top.go(action, fields, { origin: tool.publicUrl })
    const signed = await top.go(begun.headers.get('location') ?? '')
    const form = formIn(await signed.text())
    assert.match(await (await top.go(form.action, form.fields)).text(), /data-code/)
  })

  it('where the platform signs nobody in, a window helps too: it may have no cookies in the frame either', async () => {
    const { html } = await launch(new Visitor(), 'nobody')
    assert.match(html, /target="_blank"/)
  })
})

function withoutCookies(visitor: Visitor): Visitor['go'] {
  const go = visitor.go.bind(visitor)
  return async (...parameters) => {
    visitor.cookies.clear()
    return go(...parameters)
  }
}

describe('deep linking', () => {
  const settings = (more: object = {}) => ({
    [`${LTI}message_type`]: 'LtiDeepLinkingRequest',
    [`${LTI}resource_link`]: undefined,
    [`${LTI}custom`]: undefined,
    [`${LTI}roles`]: [`${MEMBERSHIP}#Instructor`],
    [`${DEEP_LINK}deep_linking_settings`]: {
      deep_link_return_url: `${platform.issuer}/return?x=1`,
      accept_types: ['link', 'ltiResourceLink'],
      accept_multiple: true,
      data: 'csrf:1',
      ...more,
    },
  })

  it('offers the labs of the course, and signs the choice with a published key', async () => {
    platform.launches.set('grace', launchClaims(tool.publicUrl, settings()))
    const { html, status } = await launch(new Visitor(), 'grace')
    assert.equal(status, 200, html)
    const offered = [...html.matchAll(/name="lab" value="([^"]*)"/g)].map(([, name]) => name)
    assert.deepEqual(offered, ['ceph-101', 'scratch'])
    const { action, fields } = formIn(html)
    const choose = () =>
      new Visitor().go(action, { ...fields, lab: 'scratch', graded: 'yes' }, { origin: tool.publicUrl })
    const answer = await (await choose()).text()
    const { action: back, fields: sent } = formIn(answer)
    assert.equal(back, `${platform.issuer}/return?x=1`)
    const jwks = await json<{ keys: JWK[] }>(await fetch(`${tool.publicUrl}/lti/jwks`))
    assert.deepEqual(Object.keys(jwks.keys[0] ?? {}).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
    const { payload } = await jwtVerify(sent['JWT'] ?? '', createLocalJWKSet(jwks), {
      issuer: 'tool-7',
      audience: platform.issuer,
      algorithms: ['RS256'],
    })
    assert.equal(payload[`${LTI}message_type`], 'LtiDeepLinkingResponse')
    assert.equal(payload[`${LTI}deployment_id`], '1')
    assert.equal(payload[`${DEEP_LINK}data`], 'csrf:1')
    assert.deepEqual(payload[`${DEEP_LINK}content_items`], [
      {
        type: 'ltiResourceLink',
        title: 'The lab scratch',
        url: `${tool.publicUrl}/lti/launch`,
        custom: { lab: 'scratch' },
        lineItem: { label: 'The lab scratch', scoreMaximum: 100, resourceId: 'scratch' },
      },
    ])
    assert.equal((await choose()).status, 401)
  })

  it('takes no choice that was not offered', async () => {
    platform.launches.set('grace', launchClaims(tool.publicUrl, settings({ accept_multiple: false })))
    const { action, fields } = formIn((await launch(new Visitor(), 'grace')).html)
    const answer = await new Visitor().go(action, { ...fields, lab: 'other' }, { origin: tool.publicUrl })
    assert.equal(answer.status, 400)
  })

  for (const [what, change] of [
    ['a learner', { [`${LTI}roles`]: [`${MEMBERSHIP}#Learner`] }],
    [
      'an instructor of the institution only',
      { [`${LTI}roles`]: ['http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor'] },
    ],
    [
      'a return address that is a script',
      {
        [`${DEEP_LINK}deep_linking_settings`]: {
          deep_link_return_url: 'javascript:alert(1)',
          accept_types: ['ltiResourceLink'],
        },
      },
    ],
    ['no return address', { [`${DEEP_LINK}deep_linking_settings`]: { accept_types: ['ltiResourceLink'] } }],
    [
      'a course that takes no links',
      { [`${DEEP_LINK}deep_linking_settings`]: { deep_link_return_url: 'https://a/', accept_types: ['file'] } },
    ],
  ] as const) {
    it(`is refused to ${what}`, async () => {
      platform.launches.set('eve', launchClaims(tool.publicUrl, { ...settings(), ...change }))
      const { status, html } = await launch(new Visitor(), 'eve')
      assert.equal(status, 401, html)
      assert.match(html, /auth\/token-invalid/)
    })
  }
})

describe('scores', () => {
  const lineitem = (query = '') => ({
    [AGS]: { scope: [SCORE], lineitem: `${platform.issuer}/items/7${query}`, lineitems: `${platform.issuer}/items` },
  })
  const whose = () => ({ issuer: platform.issuer, subject: 'ada', lab: 'ceph-101' })

  it('go to the line item of the last launch, with a token of the platform, each newer than the last', async () => {
    platform.launches.set('ada', launchClaims(tool.publicUrl, lineitem('?type_id=3')))
    await launch(new Visitor(), 'ada')
    assert.equal(await tool.scores.post(whose(), { given: 7, maximum: 10, comment: 'Good' }), 'posted')
    assert.equal(await tool.scores.post(whose(), { given: 8, maximum: 10, finished: false }), 'posted')
    const [first, second] = platform.scores
    assert.equal(first?.path, '/items/7/scores?type_id=3')
    assert.equal(first?.type, 'application/vnd.ims.lis.v1.score+json')
    const { timestamp, ...body } = first?.body ?? {}
    assert.deepEqual(body, {
      userId: 'ada',
      scoreGiven: 7,
      scoreMaximum: 10,
      activityProgress: 'Completed',
      gradingProgress: 'FullyGraded',
      comment: 'Good',
    })
    assert.ok(Date.parse(String(second?.body['timestamp'])) > Date.parse(String(timestamp)))
    assert.equal(second?.body['gradingProgress'], 'Pending')
  })

  it('are tried again while the platform is down, and with a new token when that was withdrawn', async () => {
    tool.pauses.length = 0
    platform.gradebookAnswers.push(503, 429)
    assert.equal(await tool.scores.post(whose(), { given: 1, maximum: 1 }), 'posted')
    assert.deepEqual(tool.pauses, [1_000, 5_000])
    platform.gradebookAnswers.push(401)
    assert.equal(await tool.scores.post(whose(), { given: 1, maximum: 1 }), 'posted')
    for (const answers of [[503, 503, 503, 503], [400], [401, 401]]) {
      platform.gradebookAnswers.push(...answers)
      await assert.rejects(tool.scores.post(whose(), { given: 1, maximum: 1 }), { name: 'PlatformRefused' })
      assert.equal(platform.gradebookAnswers.length, 0)
    }
  })

  it('go nowhere where no launch allowed them, and never out of their range', async () => {
    assert.equal(await tool.scores.post({ ...whose(), lab: 'scratch' }, { given: 1, maximum: 1 }), 'nowhere')
    await assert.rejects(tool.scores.post(whose(), { given: 2, maximum: 1 }), RangeError)
    await assert.rejects(tool.scores.post(whose(), { given: Number.NaN, maximum: 1 }), RangeError)
  })
})

describe('a platform that registers the tool itself', () => {
  const register = (key: string, token: string | undefined, at: string = moodle.issuer) =>
    fetch(
      `${tool.publicUrl}/lti/register/${key}?${new URLSearchParams({
        openid_configuration: `${at}/.well-known/openid-configuration`,
        ...(token !== undefined && { registration_token: token }),
      })}`,
    )

  it('is refused without the key, without its own token, and when it is another one', async () => {
    assert.equal((await register('wrong-key-that-somebody-guessed', REGISTRATION_TOKEN)).status, 403)
    assert.equal((await register(KEY, undefined)).status, 503)
    assert.equal((await register(KEY, 'of-a-teacher')).status, 503)
    const foreign = await register(KEY, REGISTRATION_TOKEN, platform.issuer)
    assert.equal(foreign.status, 401)
    assert.deepEqual(await tool.store.registrations(moodle.issuer), [])
  })

  it('then launches, for the labs of its entry only, with the course by its label', async () => {
    const answer = await register(KEY, REGISTRATION_TOKEN)
    assert.equal(answer.status, 200)
    assert.match(await answer.text(), /data-page="registered"/)
    const [registration] = await tool.store.registrations(moodle.issuer)
    assert.deepEqual(registration?.deploymentIds, ['made-for-you'])
    const claims = { [`${LTI}deployment_id`]: 'made-for-you' }
    moodle.launches.set('joan', launchClaims(tool.publicUrl, claims))
    const { html } = await launch(new Visitor(), 'joan', { client_id: registration?.clientId ?? '' }, moodle)
    assert.match(html, /data-code/)
    const session = await json<Opened>(await exchange(attributeIn(html, 'data-code')))
    const status200 = await fetch(`${tool.publicUrl}/v1/labs/ceph-101`, {
      headers: { origin: tool.publicUrl, authorization: `Bearer ${session.session}` },
    })
    assert.equal(status200.status, 200)
    // A deployment that the platform made afterwards, and the operator wrote down.
    moodle.launches.set('joan', launchClaims(tool.publicUrl, { [`${LTI}deployment_id`]: 'later' }))
    assert.match((await launch(new Visitor(), 'joan', {}, moodle)).html, /data-code/)
    moodle.launches.set('joan', launchClaims(tool.publicUrl, { ...claims, [`${LTI}custom`]: { lab: 'scratch' } }))
    assert.equal((await launch(new Visitor(), 'joan', {}, moodle)).status, 403)
  })
})

describe('the keys of the tool', () => {
  it('sign only when platforms had the time to fetch them, and rest before they go', async () => {
    const day = 24 * 3600_000
    const kids = async () => (await tool.keys.published()).keys.map(({ kid }) => kid)
    const signer = async () => decodeProtectedHeader(await tool.keys.sign({}, 60)).kid
    const [first] = await kids()
    assert.equal(await signer(), first)
    tool.clock.ahead = 91 * day
    const [, second] = await kids()
    assert.ok(second)
    assert.equal(await signer(), first)
    tool.clock.ahead = 94 * day
    assert.equal(await signer(), second)
    assert.deepEqual(await kids(), [first, second])
    tool.clock.ahead = 124 * day
    assert.deepEqual(await kids(), [second])
    tool.clock.ahead = 0
  })
})
