/** What goes wrong in a cloud, with the real Keystone and Heat. Each test leaves the testbed as it found it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { LabError, type ProblemCode } from '../../../../src/wire/problems.js'
import type { OpenStackCloud } from '../../../src/clouds/openstack/cloud.js'
import { findAccount } from '../../../src/clouds/openstack/clouds-yaml.js'
import type { Observed, StackRef } from '../../../src/labs/ports.js'
import { settled } from '../../contract/cloud.js'
import { PATIENCE, runCommand, Testbed } from './testbed.js'

/** Until the test lets it go. */
const HELD = { secs: 600 }

let testbed: Testbed
before(async () => {
  testbed = await Testbed.open()
})
after(() => testbed.dispose())

async function fails(work: Promise<unknown>, code: ProblemCode, words: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof LabError, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, words)
    assert.doesNotMatch(error.message, /demo-pw|wrong-pw/)
    return true
  })
}

async function reach(cloud: OpenStackCloud, ref: StackRef, state: Observed['state']): Promise<Observed> {
  const seen = await settled(cloud, ref, PATIENCE)
  assert.equal(seen.state, state, JSON.stringify(seen))
  return seen
}

/**
 * As the reconciler does: the call again, after each look, until the state is reached; ever later, since an engine that
 * has just been started says that a stack failed before it has put the stack's servers right.
 */
async function led(
  cloud: OpenStackCloud,
  ref: StackRef,
  call: 'suspend' | 'resume' | 'delete',
  state: Observed['state'],
): Promise<void> {
  const deadline = performance.now() + PATIENCE
  for (let tries = 0; ; tries += 1) {
    await delay(1_000 * Math.min(tries, 5))
    await cloud[call](ref)
    const seen = await settled(cloud, ref, PATIENCE)
    if (seen.state === state) return
    assert.ok(performance.now() < deadline, JSON.stringify(seen))
  }
}

async function running(cloud: OpenStackCloud): Promise<{ ref: StackRef; outputs: Readonly<Record<string, string>> }> {
  const ref = testbed.newRef()
  await cloud.create(ref)
  const seen = await reach(cloud, ref, 'running')
  assert.ok(seen.state === 'running')
  return { ref, outputs: seen.outputs }
}

describe('an account that is no good', () => {
  const ref = { stack: 'none', lab: { id: 'none', issuer: 'i', subject: 's', name: 'demo' } }
  const accounts: [what: string, changes: Parameters<Testbed['account']>[0], code: ProblemCode, words: RegExp][] = [
    ['a wrong password', { auth: { password: 'wrong-pw' } }, 'cloud/misconfigured', /Keystone answers 401/],
    ['an unknown user', { auth: { username: 'nobody' } }, 'cloud/misconfigured', /Keystone answers 401/],
    ['an unknown project', { auth: { project_name: 'nothing' } }, 'cloud/misconfigured', /Keystone answers 401/],
    ['an unknown domain', { auth: { user_domain_name: 'No' } }, 'cloud/misconfigured', /Keystone answers 401/],
    [
      'an unknown region',
      { entry: { region_name: 'Two' } },
      'cloud/misconfigured',
      /in region Two .*regions: RegionOne/,
    ],
    [
      'a Keystone that is not there',
      { auth: { auth_url: 'http://127.0.0.1:9/v3' } },
      'cloud/unreachable',
      /ECONNREFUSED/,
    ],
    ['a host that is no Keystone', { auth: { auth_url: 'HEAT' } }, 'cloud/misconfigured', /Keystone answers/],
  ]
  for (const [what, changes = {}, code, words] of accounts) {
    it(`${what} is one clear problem`, async () => {
      const heat = changes.auth?.['auth_url'] === 'HEAT' ? await testbed.heatUrl() : undefined
      const auth = { ...changes.auth, ...(heat === undefined ? {} : { auth_url: heat }) }
      const cloud = testbed.cloud({ account: () => testbed.account({ ...changes, auth }) })
      await fails(cloud.observe(ref), code, words)
      await fails(cloud.create(ref), code, words)
    })
  }

  it('an entry that clouds.yaml does not have', async () => {
    const account = () => findAccount('sto3', { folder: testbed.state, env: { HOME: '/nonexistent' } })
    await fails(testbed.cloud({ account }).observe(ref), 'cloud/misconfigured', /has no cloud sto3; it has testbed/)
    const good = () => findAccount('testbed', { folder: testbed.state, env: { HOME: '/nonexistent' } })
    assert.deepEqual(await testbed.cloud({ account: good }).observe(ref), { state: 'absent' })
  })

  it('an application credential logs in; that this Keystone lets it build nothing is told', async () => {
    const { id, secret } = await testbed.applicationCredential()
    const auth_url = (await testbed.account()).account.authUrl
    const account = () =>
      testbed.accountOf({
        auth_type: 'v3applicationcredential',
        auth: { auth_url, application_credential_id: id, application_credential_secret: secret },
      })
    const cloud = testbed.cloud({ account })
    assert.deepEqual(await cloud.observe(ref), { state: 'absent' })
    await cloud.validate('demo')
    // "Delegated tokens cannot manage trusts", and Heat wants a trust of whoever creates a stack.
    await fails(cloud.create(testbed.newRef()), 'cloud/misconfigured', /Heat answers 403: Access was denied/)
  })

  it('a certificate counts only when its authority is named, or when nobody checks', async () => {
    const tls = await testbed.tlsBefore((await testbed.account()).account.authUrl)
    try {
      const auth = { auth_url: tls.url }
      await fails(
        testbed.cloud({ account: () => testbed.account({ auth }) }).observe(ref),
        'cloud/misconfigured',
        /CERT|UNABLE_TO/,
      )
      const named = async () => ({ ...(await testbed.account({ auth })), ca: tls.ca })
      assert.deepEqual(await testbed.cloud({ account: named }).observe(ref), { state: 'absent' })
      const unchecked = () => testbed.account({ auth, entry: { verify: false } })
      assert.deepEqual(await testbed.cloud({ account: unchecked }).observe(ref), { state: 'absent' })
    } finally {
      await tls.close()
    }
  })
})

describe('a template that is no good', () => {
  const HEAD = 'heat_template_version: 2018-08-31\n'
  const templates: [what: string, text: string, words: RegExp][] = [
    ['a property', `${HEAD}resources: { a: { type: OS::Nova::Server, properties: { flavour: x } } }`, /flavour/],
    ['a type', `${HEAD}resources: { a: { type: OS::No::Thing } }`, /OS::No::Thing/],
    ['a version', 'heat_template_version: 1999-01-01\nresources: {}', /1999-01-01/],
    ['a reference', `${HEAD}resources: { a: { type: OS::Heat::None, depends_on: lost } }`, /"lost"/],
    ['a section', `${HEAD}resuorces: {}`, /resuorces/],
    [
      'a constraint',
      `${HEAD}parameters: { n: { type: number, default: 5, constraints: [{ range: { max: 3 } }] } }`,
      /3/,
    ],
    ['a parameter without value', `${HEAD}parameters: { image: { type: string } }`, /wants a value for image/],
    ['a file that is not there', `${HEAD}resources: { a: { type: no.yaml } }`, /no\.yaml is not there/],
  ]
  for (const [what, text, words] of templates) {
    it(`${what}: told when it is validated and when it is launched, and nothing is left`, async () => {
      const template = await testbed.file(`${what.replaceAll(' ', '-')}.yaml`, text)
      const cloud = testbed.cloud({}, { template, outputs: [] })
      const ref = testbed.newRef()
      await fails(cloud.validate('demo'), 'cloud/misconfigured', words)
      await fails(cloud.create(ref), 'cloud/misconfigured', words)
      assert.deepEqual(await cloud.observe(ref), { state: 'absent' })
    })
  }

  it('an output that it does not have', async () => {
    const cloud = testbed.cloud({}, { outputs: ['public_ip', 'password'] })
    await fails(cloud.validate('demo'), 'cloud/misconfigured', /the template has no output password$/)
    await testbed.cloud().validate('demo')
  })

  it('a nested one with files, an environment and parameters is built as Heat clients build it', async () => {
    await testbed.file(
      'inner.yaml',
      `${HEAD}parameters: { text: { type: string } }
resources: { s: { type: "OS::Heat::SoftwareConfig", properties: { config: { get_file: hello.sh } } } }
outputs: { said: { value: { get_attr: [s, config] } }, text: { value: { get_param: text } } }`,
    )
    await testbed.file('hello.sh', 'echo hello')
    const environment = await testbed.file(
      'env.yaml',
      'resource_registry: { "Course::Inner": inner.yaml }\nparameters: { size: 2 }',
    )
    const template = await testbed.file(
      'outer.yaml',
      `${HEAD}parameters:
  run: { type: string }
  size: { type: number }
  mode: { type: number }
  names: { type: comma_delimited_list }
resources:
  one: { type: inner.yaml, properties: { text: one } }
  two: { type: "Course::Inner", properties: { text: two } }
outputs:
  all: { value: [{ get_attr: [one, said] }, { get_attr: [two, text] }, { get_param: run }, { get_param: size }, { get_param: mode }, { get_param: [names, 1] }] }`,
    )
    const cloud = testbed.cloud(
      {},
      { template, environment, parameters: { mode: 7, names: ['x', 'y'] }, outputs: ['all'] },
    )
    await cloud.validate('demo')
    const { outputs } = await running(cloud)
    assert.deepEqual(JSON.parse(outputs['all'] ?? ''), ['echo hello', 'two', '2026', 2, 7, 'y'])
  })
})

describe('a cloud that is full', () => {
  it('says so, and takes the lab when there is room', async () => {
    const cloud = testbed.cloud()
    const { ref: first } = await running(cloud)
    await testbed.restart('heat', { MAX_STACKS: String(await testbed.countStacks()) })
    try {
      const second = testbed.newRef()
      await fails(cloud.create(second), 'lab/queue-full', /maximum stacks per tenant/)
      assert.deepEqual(await cloud.observe(second), { state: 'absent' })
      await led(cloud, first, 'delete', 'absent')
      await cloud.create(second)
      await reach(cloud, second, 'running')
    } finally {
      await testbed.restart('heat')
    }
  })

  it('in the middle of a launch fails it with the words of the cloud', async () => {
    const cloud = testbed.cloud()
    const ref = testbed.newRef()
    await testbed.turn(ref.stack, { create: { secs: 1, fail: 'No valid host was found' } })
    await cloud.create(ref)
    const seen = await reach(cloud, ref, 'failed')
    assert.ok(seen.state === 'failed' && seen.action === 'create' && /No valid host was found/.test(seen.reason))
    await led(cloud, ref, 'delete', 'absent')
  })
})

describe('tokens of 10 seconds', () => {
  before(() => testbed.restart('keystone', { TOKEN_TTL: '10' }))
  after(() => testbed.restart('keystone'))

  it('last for a launch of 25', async () => {
    const cloud = testbed.cloud()
    const ref = testbed.newRef()
    await testbed.turn(ref.stack, { create: { secs: 25 } })
    await cloud.create(ref)
    const seen = await reach(cloud, ref, 'running')
    assert.ok(seen.state === 'running')
    await testbed.turn(ref.stack, {})
    await led(cloud, ref, 'suspend', 'suspended')
    await led(cloud, ref, 'delete', 'absent')
  })
})

for (const convergence of ['false', 'true']) {
  describe(`with convergence_engine = ${convergence}`, () => {
    const settings = { CONVERGENCE: convergence }
    let cloud: OpenStackCloud
    before(async () => {
      await testbed.restart('heat', settings)
      cloud = testbed.cloud({ stalledAfter: 3_000 })
    })

    it('long work is asked for again and goes on undisturbed', async () => {
      const { ref, outputs } = await running(cloud)
      await testbed.turn(ref.stack, { suspend: { secs: 8 }, resume: { secs: 8 }, delete: { secs: 5 } })
      await cloud.suspend(ref)
      await reach(cloud, ref, 'suspended')
      await cloud.resume(ref)
      await reach(cloud, ref, 'running')
      assert.equal(await runCommand(outputs, 'echo awake'), 'awake\n')
      await cloud.delete(ref)
      await reach(cloud, ref, 'absent')
    })

    it('a suspend in the middle of a launch is put off and harms nothing', async () => {
      const ref = testbed.newRef()
      await testbed.turn(ref.stack, { create: HELD })
      await cloud.create(ref)
      await fails(cloud.suspend(ref), 'cloud/unreachable', /look again/)
      await testbed.turn(ref.stack, { resume: HELD })
      await reach(cloud, ref, 'running')
      await led(cloud, ref, 'suspend', 'suspended')
      await cloud.resume(ref)
      await fails(cloud.suspend(ref), 'cloud/unreachable', /look again/)
      await testbed.turn(ref.stack, {})
      await reach(cloud, ref, 'running')
      await led(cloud, ref, 'suspend', 'suspended')
    })

    it('a suspend that fails is told, can be tried again, and the way back leads through it', async () => {
      const { ref, outputs } = await running(cloud)
      await runCommand(outputs, 'echo mine > file')
      await testbed.turn(ref.stack, { suspend: { fail: 'Instance is locked' } })
      await cloud.suspend(ref)
      const seen = await reach(cloud, ref, 'failed')
      assert.ok(seen.state === 'failed' && seen.action === 'suspend' && /Instance is locked/.test(seen.reason))
      await testbed.turn(ref.stack, {})
      await led(cloud, ref, 'resume', 'running')
      assert.equal(await runCommand(outputs, 'cat file'), 'mine\n')
      await led(cloud, ref, 'suspend', 'suspended')
    })

    it('a resume that fails is told, can be tried again, and the way to a suspend leads through it', async () => {
      const { ref, outputs } = await running(cloud)
      await runCommand(outputs, 'echo mine > file')
      await led(cloud, ref, 'suspend', 'suspended')
      await testbed.turn(ref.stack, { resume: { fail: 'No valid host was found' } })
      await cloud.resume(ref)
      const seen = await reach(cloud, ref, 'failed')
      assert.ok(seen.state === 'failed' && seen.action === 'resume' && /No valid host/.test(seen.reason))
      await testbed.turn(ref.stack, {})
      await led(cloud, ref, 'suspend', 'suspended')
      await led(cloud, ref, 'resume', 'running')
      assert.equal(await runCommand(outputs, 'cat file'), 'mine\n')
    })

    it('a delete that fails is told, and can be tried again', async () => {
      const { ref } = await running(cloud)
      await testbed.turn(ref.stack, { delete: { fail: 'in use' } })
      await cloud.delete(ref)
      const seen = await reach(cloud, ref, 'failed')
      assert.ok(seen.state === 'failed' && seen.action === 'delete' && /in use/.test(seen.reason), JSON.stringify(seen))
      await testbed.turn(ref.stack, {})
      await led(cloud, ref, 'delete', 'absent')
      assert.deepEqual(await testbed.servers(ref.stack), [])
    })

    for (const action of ['suspend', 'resume'] as const) {
      it(`Heat killed in the middle of a ${action}: unreachable, then the way goes on`, async () => {
        const { ref, outputs } = await running(cloud)
        await runCommand(outputs, 'echo mine > file')
        if (action === 'resume') await led(cloud, ref, 'suspend', 'suspended')
        await testbed.turn(ref.stack, { [action]: { secs: 20 } })
        await cloud[action](ref)
        if (action === 'resume') await testbed.untilResuming(ref.stack)
        else await testbed.until(ref.stack, /IN_PROGRESS/)
        await testbed.kill('heat')
        await fails(cloud.observe(ref), 'cloud/unreachable', /ECONNREFUSED|ECONNRESET/)
        await testbed.turn(ref.stack, {})
        await testbed.up(settings)
        if (action === 'suspend') await led(cloud, ref, 'suspend', 'suspended')
        await led(cloud, ref, 'resume', 'running')
        assert.equal(await runCommand(outputs, 'cat file'), 'mine\n')
        await led(cloud, ref, 'suspend', 'suspended')
      })
    }

    // The classic engine says that it failed; with convergence nothing ends it but its learner's patience.
    it('Heat killed in the middle of a launch: it can be deleted', async () => {
      const ref = testbed.newRef()
      await testbed.turn(ref.stack, { create: HELD })
      await cloud.create(ref)
      await testbed.until(ref.stack, /CREATE_IN_PROGRESS/)
      await testbed.restart('heat', settings)
      await testbed.turn(ref.stack, {})
      assert.notEqual((await cloud.observe(ref)).state, 'absent')
      await led(cloud, ref, 'delete', 'absent')
      assert.deepEqual(await testbed.servers(ref.stack), [])
    })

    it('what is done by hand is seen: a resume, a suspend, lost tags, a delete', async () => {
      const { ref } = await running(cloud)
      await testbed.byHand(ref.stack, 'suspend')
      await reach(cloud, ref, 'suspended')
      await testbed.byHand(ref.stack, 'resume')
      await reach(cloud, ref, 'running')
      await testbed.byHand(ref.stack, 'update')
      await reach(cloud, ref, 'running')
      await testbed.byHand(ref.stack, 'delete')
      await reach(cloud, ref, 'absent')
    })
  })
}
