/** What the cloud makes of the answers; the real Keystone and Heat are asked in test/real/openstack. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { LabError, type ProblemCode } from '../../../../src/wire/problems.js'
import { readAccount, type Section } from '../../../src/clouds/openstack/account.js'
import { OpenStackCloud, type OpenStackCloudOptions } from '../../../src/clouds/openstack/cloud.js'
import type { StackRef } from '../../../src/labs/ports.js'
import { FakeClock } from './fakes/clock.js'
import { FakeOpenStack } from './fakes/openstack.js'
import type { Asked, Said } from './fakes/scripted-server.js'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloud-'))
  const text = 'heat_template_version: 2018-08-31\nparameters: { public_key: {} }\noutputs: { ip: { value: 1 } }\n'
  await writeFile(join(folder, 'lab.yaml'), text)
})
after(() => rm(folder, { recursive: true }))

let openstack: FakeOpenStack
let clock: FakeClock
let cloud: OpenStackCloud
beforeEach(async () => {
  openstack = await FakeOpenStack.start()
  kept.clear()
  clock = new FakeClock()
  cloud = make()
})
afterEach(async () => {
  await cloud.close()
  await openstack.server.stop()
})

const kept = new Map<string, string>()

function make(options: Partial<OpenStackCloudOptions> = {}, entry: Section = {}): OpenStackCloud {
  const auth = { auth_url: openstack.server.url, username: 'me', password: 'secret-word', project_name: 'labs' }
  return new OpenStackCloud({
    name: 'sto2',
    account: async () => ({ account: readAccount('sto2', { auth, ...entry }) }),
    labOf: (name) =>
      name === 'lab'
        ? {
            template: join(folder, 'lab.yaml'),
            parameters: {},
            run: 'r',
            launchTimeout: 90_000,
            outputs: ['ip', 'private_key'],
          }
        : undefined,
    tag: 'ours',
    secrets: {
      ensure: async (id, name, making) => {
        const value = kept.get(`${id} ${name}`) ?? (await making())
        kept.set(`${id} ${name}`, value)
        return value
      },
      find: async (id, name) => kept.get(`${id} ${name}`),
      forget: async () => {},
    },
    limits: { atOnce: 8, perSecond: 1000, burst: 1000 },
    clock,
    random: () => 0,
    ...options,
  })
}

function ref(stack: string, lab = 'lab'): StackRef {
  return { stack, lab: { id: stack, issuer: 'i', subject: 's', name: lab } }
}

function says(beginning: string, ...said: Said[]): void {
  let index = 0
  openstack.override = ({ line }: Asked) =>
    line.startsWith(beginning) ? said[Math.min(index++, said.length - 1)] : undefined
}

async function fails(work: Promise<unknown>, code: ProblemCode, words: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof LabError, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, words)
    assert.doesNotMatch(`${error.message} ${error.stack} ${JSON.stringify(error)}`, /secret-word|token-1/)
    return true
  })
}

describe('looking', () => {
  it('many at once are one list, and one that asks meanwhile waits for the next', async () => {
    for (let index = 0; index < 50; index += 1) openstack.add(`s${index}`, 'SUSPEND_COMPLETE')
    const first = Promise.all(Array.from({ length: 50 }, (_, index) => cloud.observe(ref(`s${index}`))))
    assert.deepEqual(new Set((await first).map(({ state }) => state)), new Set(['suspended']))
    assert.equal(openstack.server.count('GET /v1/p/stacks?'), 1)
    assert.equal(openstack.server.count('GET'), 1)
  })

  it('is never answered by what was before it was asked', async () => {
    const stack = openstack.add('a', 'CREATE_COMPLETE')
    let asked: Promise<unknown> | undefined
    openstack.override = ({ line }) => {
      if (line.startsWith('GET /v1/p/stacks?') && asked === undefined) {
        const before = { json: { stacks: [{ ...stack, stack_status: 'RESUME_IN_PROGRESS' }] } }
        stack.stack_status = 'SUSPEND_COMPLETE'
        asked = cloud.observe(ref('a'))
        return before
      }
      return undefined
    }
    assert.equal((await cloud.observe(ref('a'))).state, 'working')
    assert.deepEqual(await asked, { state: 'suspended' })
  })

  it('lists at most four times a second', async () => {
    openstack.add('a', 'SUSPEND_COMPLETE')
    for (let index = 0; index < 5; index += 1) await cloud.observe(ref('a'))
    assert.ok(clock.now() - 1_000 >= 4 * 250, String(clock.now()))
  })

  it('a stack is absent only when its name finds none either', async () => {
    openstack.add('untagged', 'SUSPEND_COMPLETE', { tags: [] })
    assert.deepEqual(await cloud.observe(ref('untagged')), { state: 'suspended' })
    openstack.add('ended', 'DELETE_COMPLETE')
    assert.deepEqual(await cloud.observe(ref('ended')), { state: 'absent' })
    assert.deepEqual(
      (await cloud.list()).map(({ stack }) => stack),
      [],
      'untagged is found by name only',
    )
    assert.deepEqual(await cloud.observe(ref('nothing')), { state: 'absent' })
  })

  it('tells outputs as text, without those that have none, and the key that was made', async () => {
    kept.set('a key', 'PRIVATE')
    openstack.add('a', 'CREATE_COMPLETE', {
      outputs: [
        { output_key: 'ip', output_value: '10.0.0.1' },
        { output_key: 'port', output_value: 22 },
        { output_key: 'list', output_value: ['x'] },
        { output_key: 'null', output_value: null },
        { output_key: 'bad', output_value: null, output_error: 'no such attribute' },
      ],
    })
    const outputs = { ip: '10.0.0.1', port: '22', list: '["x"]', private_key: 'PRIVATE' }
    assert.deepEqual(await cloud.observe(ref('a')), { state: 'running', outputs })
    await cloud.observe(ref('a'))
    assert.equal(openstack.server.count('GET /v1/p/stacks/a/'), 1, 'kept for a while')
  })

  it('asks for no outputs that nobody wants', async () => {
    openstack.add('a', 'CREATE_COMPLETE', { outputs: [{ output_key: 'ip', output_value: '10.0.0.1' }] })
    assert.deepEqual(await cloud.observe(ref('a'), { outputs: false }), { state: 'running', outputs: {} })
    assert.equal(openstack.server.count('GET /v1/p/stacks/a/'), 0)
  })

  it("the template's own key is left alone", async () => {
    kept.set('b key', 'PRIVATE')
    openstack.add('b', 'CREATE_COMPLETE', { outputs: [{ output_key: 'private_key', output_value: 'OWN' }] })
    assert.deepEqual(await cloud.observe(ref('b')), { state: 'running', outputs: { private_key: 'OWN' } })
  })

  it('outputs are asked for again after a suspend, though Heat does not say that it changed', async () => {
    const stack = openstack.add('a', 'RESUME_COMPLETE', { outputs: [{ output_key: 'ip', output_value: '1' }] })
    await cloud.observe(ref('a'))
    stack.stack_status = 'SUSPEND_COMPLETE'
    await cloud.observe(ref('a'))
    clock.time += 30_000
    stack.stack_status = 'RESUME_COMPLETE'
    stack.outputs = [{ output_key: 'ip', output_value: '2' }]
    const seen = await cloud.observe(ref('a'))
    assert.equal(seen.state === 'running' && seen.outputs['ip'], '2')
  })

  it('tells how far a launch is, and why it failed', async () => {
    openstack.add('a', 'CREATE_IN_PROGRESS')
    const progress = { done: 1, total: 3 }
    assert.deepEqual(await cloud.observe(ref('a')), { state: 'working', action: 'create', progress })
    openstack.add('b', 'CREATE_FAILED', { stack_status_reason: 'Resource CREATE failed: No valid host' })
    const reason = 'Resource CREATE failed: No valid host'
    assert.deepEqual(await cloud.observe(ref('b')), { state: 'failed', action: 'create', reason })
  })

  it('a launch whose progress cannot be told is still a launch', async () => {
    openstack.add('a', 'CREATE_IN_PROGRESS')
    says('GET /v1/p/stacks/a/id-a/resources', { status: 500 })
    assert.deepEqual(await cloud.observe(ref('a')), { state: 'working', action: 'create' })
  })
})

describe('the token', () => {
  it('is used again, and renewed once when it is not taken', async () => {
    openstack.add('a', 'SUSPEND_COMPLETE')
    await cloud.observe(ref('a'))
    await cloud.observe(ref('a'))
    assert.equal(openstack.server.count('POST /v3/auth/tokens'), 1)
    openstack.token = 'token-2'
    assert.deepEqual(await cloud.observe(ref('a')), { state: 'suspended' })
    assert.equal(openstack.server.count('POST /v3/auth/tokens'), 2)
  })

  it('refused again, it is an error that passes', async () => {
    says('GET /v1/p/stacks?', { status: 401, json: { error: { message: 'Unauthorized' } } })
    await fails(cloud.observe(ref('a')), 'cloud/unreachable', /Heat answers 401: Unauthorized/)
    assert.equal(openstack.server.count('POST /v3/auth/tokens'), 2)
  })

  it('is renewed ahead', async () => {
    openstack.add('a', 'SUSPEND_COMPLETE')
    openstack.lifeSeconds = 20
    await cloud.observe(ref('a'))
    clock.time += 14_000
    await cloud.observe(ref('a'))
    assert.equal(openstack.server.count('POST /v3/auth/tokens'), 1)
    clock.time += 1_000
    await cloud.observe(ref('a'))
    assert.equal(openstack.server.count('POST /v3/auth/tokens'), 2)
  })

  it('serves on while it is good and Keystone is away', async () => {
    openstack.add('a', 'SUSPEND_COMPLETE')
    await cloud.observe(ref('a'))
    says('POST /v3/auth/tokens', { status: 500 })
    clock.time += 3_500_000
    assert.deepEqual(await cloud.observe(ref('a')), { state: 'suspended' })
    clock.time += 100_000
    await fails(cloud.observe(ref('a')), 'cloud/unreachable', /Keystone answers 500/)
  })

  it('wrong credentials are one clear problem, are not shown again at once, and heal', async () => {
    openstack.add('a', 'SUSPEND_COMPLETE')
    const refused = { status: 401, json: { error: { message: 'The request you have made requires authentication.' } } }
    says('POST /v3/auth/tokens', refused)
    for (let index = 0; index < 20; index += 1) {
      await fails(cloud.observe(ref('a')), 'cloud/misconfigured', /cloud sto2: list the stacks: Keystone answers 401/)
    }
    assert.ok(openstack.server.count('POST /v3/auth/tokens') <= 2)
    openstack.override = () => undefined
    clock.time += 5_000
    assert.deepEqual(await cloud.observe(ref('a')), { state: 'suspended' })
  })
})

describe('where the services are', () => {
  it('is the wanted region and interface of the catalogue', async () => {
    await fails(
      make({}, { region_name: 'two' }).observe(ref('a')),
      'cloud/misconfigured',
      /no orchestration service in region two with interface public; regions: one/,
    )
    await fails(make({}, { interface: 'admin' }).observe(ref('a')), 'cloud/misconfigured', /with interface admin/)
    const written = { orchestration_endpoint_override: `${openstack.server.url}/v1/p/`, interface: 'admin' }
    assert.deepEqual(await make({}, written).observe(ref('a')), { state: 'absent' })
  })

  it('an address that leads elsewhere is told', async () => {
    says('POST /v3/auth/tokens', { status: 301, headers: { location: 'https://real.example/v3/auth/tokens' } })
    await fails(cloud.observe(ref('a')), 'cloud/misconfigured', /a redirect to https:\/\/real\.example$/)
  })
})

describe('calls', () => {
  const posts = () => openstack.server.asked.filter(({ line }) => line.startsWith('POST /v1/p/stacks/'))

  it('are made where nothing is in progress', async () => {
    openstack.add('a', 'CREATE_COMPLETE')
    await cloud.suspend(ref('a'))
    assert.deepEqual(
      posts().map(({ body }) => body),
      [{ suspend: null }],
    )
    assert.deepEqual(await cloud.observe(ref('a')), { state: 'working', action: 'suspend' }, 'before Heat shows it')
    await cloud.suspend(ref('a'))
    assert.equal(posts().length, 1, 'not twice')
    await fails(cloud.resume(ref('a')), 'cloud/unreachable', /look again/)
  })

  it('what Heat lost can be asked for again', async () => {
    openstack.add('a', 'CREATE_COMPLETE')
    await cloud.suspend(ref('a'))
    clock.time += 15_000
    assert.equal((await cloud.observe(ref('a'))).state, 'running')
    await cloud.suspend(ref('a'))
    assert.equal(posts().length, 2)
  })

  it('a delete that Heat does not begin is freed of a dead engine by another action, then asked for again', async () => {
    const stack = openstack.add('a', 'INIT_COMPLETE')
    const writes = () => openstack.server.asked.filter(({ line }) => /^(POST|DELETE) \/v1\/p\/stacks\//.test(line))
    await cloud.delete(ref('a'))
    await cloud.delete(ref('a'))
    assert.deepEqual(
      writes().map(({ body }) => body),
      [undefined],
      'once, and no more',
    )
    clock.time += 15_000
    openstack.override = ({ line }) =>
      line.endsWith('/actions') ? { status: 409, json: { error: { type: 'ActionInProgress' } } } : undefined
    assert.deepEqual(await cloud.observe(ref('a')), {
      ...{ state: 'working', action: 'create', progress: { done: 1, total: 3 } },
    })
    await cloud.list()
    await cloud.delete(ref('a'))
    assert.deepEqual(
      writes().map(({ line, body }) => [line.split(' ')[0], body]),
      [
        ['DELETE', undefined],
        ['POST', { check: null }],
        ['DELETE', undefined],
      ],
    )
    stack.stack_status = 'DELETE_FAILED'
    await cloud.delete(ref('a'))
    clock.time += 15_000
    await cloud.delete(ref('a'))
    const since = writes().slice(3)
    assert.deepEqual([...new Set(since.map(({ line }) => line.split(' ')[0]))], ['DELETE'], 'begun, so not held')
  })

  it('a resume of a failed suspend suspends first, a suspend of a failed resume resumes first', async () => {
    openstack.add('a', 'SUSPEND_FAILED')
    await cloud.resume(ref('a'))
    openstack.add('b', 'RESUME_FAILED')
    await cloud.suspend(ref('b'))
    assert.deepEqual(
      posts().map(({ body }) => body),
      [{ suspend: null }, { resume: null }],
    )
  })

  for (const status of ['CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'RESUME_IN_PROGRESS', 'DELETE_IN_PROGRESS']) {
    it(`a suspend waits for ${status}`, async () => {
      openstack.add('a', status)
      await fails(cloud.suspend(ref('a')), 'cloud/unreachable', /in progress; look again/)
      assert.deepEqual(posts(), [])
    })
  }

  it('one that Heat takes no more, after its engine died in a resume, wakes the servers and checks the stack', async () => {
    for (const wanted of ['suspend', 'resume'] as const) {
      openstack.server.asked.length = 0
      const reason = "Resource RESUME failed: Error: resources.s: State ('RESUME', 'IN_PROGRESS') invalid for resume"
      openstack.add(wanted, 'RESUME_FAILED', { stack_status_reason: reason })
      openstack.resources = [
        { resource_name: 's', resource_type: 'OS::Nova::Server', physical_resource_id: 'a' },
        { resource_name: 'n', resource_type: 'OS::Neutron::Net', physical_resource_id: 'b' },
      ].map((resource) => ({ ...resource, resource_status: 'RESUME_IN_PROGRESS' }))
      await cloud[wanted](ref(wanted))
      const writes = openstack.server.asked.filter(({ line }) => /^POST \/(v1|nova)/.test(line))
      assert.deepEqual(
        writes.map(({ line, body }) => [line, body]),
        [
          ['POST /nova/servers/a/action', { resume: null }],
          [`POST /v1/p/stacks/${wanted}/id-${wanted}/actions`, { check: null }],
        ],
      )
      assert.deepEqual(await cloud.observe(ref(wanted)), {
        ...{ state: 'working', action: 'resume' },
        progress: { done: 0, total: 2 },
      })
    }
  })

  it('one that Heat refuses because of another is made again later', async () => {
    openstack.add('a', 'CREATE_COMPLETE')
    says('POST /v1/p/stacks/a', { status: 409, json: { error: { type: 'ActionInProgress', message: 'busy' } } })
    await fails(cloud.suspend(ref('a')), 'cloud/unreachable', /busy/)
  })

  it('a failed launch that is being deleted is not told as failed', async () => {
    const stack = openstack.add('a', 'CREATE_IN_PROGRESS')
    await cloud.delete(ref('a'))
    stack.stack_status = 'CREATE_FAILED'
    assert.deepEqual(await cloud.observe(ref('a')), { state: 'working', action: 'delete' })
    stack.stack_status = 'DELETE_FAILED'
    assert.equal((await cloud.observe(ref('a'))).state, 'failed')
  })

  it('work that shows no end is asked for again, ever more seldom; what is really in progress says so', async () => {
    openstack.add('a', 'SUSPEND_IN_PROGRESS')
    says('POST /v1/p/stacks/a', { status: 409, json: { error: { type: 'ActionInProgress', message: 'busy' } } })
    const begun = clock.now()
    const asked: number[] = []
    while (clock.now() < begun + 500_000) {
      assert.deepEqual(await cloud.observe(ref('a')), { state: 'working', action: 'suspend' })
      if (posts().length > asked.length) asked.push(Math.floor((clock.now() - begun) / 10_000))
      clock.time += 10_000
    }
    assert.deepEqual(asked, [6, 18, 42])
  })

  it("another installation's stack is never touched", async () => {
    openstack.add('a', 'CREATE_COMPLETE', { tags: ['lab-terminal', 'theirs'] })
    const words = /stack a belongs to the installation theirs, this one is ours/
    for (const call of ['observe', 'suspend', 'resume', 'delete'] as const) {
      await fails(cloud[call](ref('a')), 'cloud/misconfigured', words)
    }
    says('POST /v1/p/stacks', { status: 409, json: { error: { type: 'StackExists', message: 'exists' } } })
    await fails(cloud.create(ref('a')), 'cloud/misconfigured', words)
    assert.deepEqual(await cloud.list(), [])
  })
})

describe('a launch', () => {
  const created = () => openstack.server.asked.find(({ line }) => line === 'POST /v1/p/stacks')?.body

  it('sends the template, the tags, the time and the public key', async () => {
    await cloud.create(ref('fresh'))
    const body = created()
    assert.ok(typeof body === 'object' && body !== null && 'parameters' in body)
    const { parameters, template, ...rest } = body as Record<string, Record<string, string>>
    assert.match(parameters?.['public_key'] ?? '', /^ssh-ed25519 AAAA/)
    assert.equal(template?.['heat_template_version'], '2018-08-31')
    assert.deepEqual(rest, {
      ...{ stack_name: 'fresh', tags: 'lab-terminal,ours', timeout_mins: 2, disable_rollback: true },
      ...{ files: {}, environment: {} },
    })
    assert.match(kept.get('fresh key') ?? '', /BEGIN OPENSSH PRIVATE KEY/)
  })

  it('whose name is taken by itself is done', async () => {
    openstack.add('a', 'CREATE_IN_PROGRESS')
    says('POST /v1/p/stacks', { status: 409, json: { error: { type: 'StackExists', message: 'exists' } } })
    await cloud.create(ref('a'))
    openstack.stacks.length = 0
    openstack.add('a', 'DELETE_IN_PROGRESS')
    await fails(cloud.create(ref('a')), 'cloud/unreachable', /still being deleted/)
  })

  const heat = (status: number, type: string, message: string): Said => ({ status, json: { error: { type, message } } })
  const refusals: [what: string, said: Said, code: ProblemCode][] = [
    [
      'stack quota',
      heat(400, 'RequestLimitExceeded', 'You have reached the maximum stacks per tenant, 3.'),
      'lab/queue-full',
    ],
    [
      'quota',
      heat(403, 'Forbidden', 'Quota exceeded for cores: Requested 4, but already used 20 of 20'),
      'lab/queue-full',
    ],
    ['over limit', { status: 413, json: { overLimit: { message: 'OverLimit Retry', code: 413 } } }, 'lab/queue-full'],
    ['bad template', heat(400, 'StackValidationFailed', 'Property error: resources.a'), 'cloud/misconfigured'],
    ['no right', heat(403, 'Forbidden', 'You are not authorized to complete this action.'), 'cloud/misconfigured'],
    ['server error', heat(500, 'InternalError', 'oops'), 'cloud/unreachable'],
    ['proxy', { status: 503, raw: '<html>' }, 'cloud/unreachable'],
  ]
  for (const [what, said, code] of refusals) {
    it(`refused: ${what}`, async () => {
      says('POST /v1/p/stacks', said)
      await fails(cloud.create(ref('a')), code, /cloud sto2: create stack a: Heat answers/)
    })
  }

  it('of a lab that has no template here', async () => {
    await fails(cloud.create(ref('a', 'other')), 'cloud/misconfigured', /lab other has no template for cloud sto2/)
  })

  it('with a template that cannot be read', async () => {
    const labOf = () => ({ template: join(folder, 'no.yaml'), parameters: {}, run: '', launchTimeout: 1, outputs: [] })
    await fails(make({ labOf }).create(ref('a')), 'cloud/misconfigured', /no\.yaml is not there/)
  })
})

describe('validation', () => {
  it("tells Heat's words, and outputs that the template does not have", async () => {
    says('POST /v1/p/validate', { json: {} })
    await cloud.validate('lab')
    says('POST /v1/p/validate', { status: 400, json: { error: { message: 'Unknown Property flavour' } } })
    await fails(cloud.validate('lab'), 'cloud/misconfigured', /Unknown Property flavour/)
    const labOf = () => ({
      ...{ template: join(folder, 'lab.yaml'), parameters: {}, run: '', launchTimeout: 1 },
      outputs: ['ip', 'password'],
    })
    says('POST /v1/p/validate', { json: {} })
    await fails(make({ labOf }).validate('lab'), 'cloud/misconfigured', /the template has no output password/)
  })
})

describe('servers that must be rebooted', () => {
  const add = (output_value: unknown) =>
    openstack.add('a', 'RESUME_COMPLETE', { outputs: [{ output_key: 'reboot_on_resume', output_value }] })

  it('are rebooted, and waited for', async () => {
    add(['one', 'two'])
    openstack.servers.set('one', ['HARD_REBOOT', 'HARD_REBOOT', 'ACTIVE'])
    await cloud.reboot(ref('a'))
    const rebooted = openstack.server.asked.filter(({ line }) => line.startsWith('POST /nova/servers/'))
    assert.deepEqual(
      rebooted.map(({ line, body }) => [line, body]),
      [
        ['POST /nova/servers/one/action', { reboot: { type: 'HARD' } }],
        ['POST /nova/servers/two/action', { reboot: { type: 'HARD' } }],
      ],
    )
    assert.equal(clock.sleeps.filter((ms) => ms === 1_000).length, 2)
  })

  it('may be none', async () => {
    for (const none of [[], '', null]) {
      openstack.stacks.length = 0
      add(none)
      clock.time += 60_000
      await cloud.reboot(ref('a'))
    }
    assert.equal(openstack.server.count('POST /nova'), 0)
  })

  it('that do not come up are told', async () => {
    add(['one'])
    openstack.servers.set('one', ['ERROR'])
    await fails(cloud.reboot(ref('a')), 'cloud/refused', /server one is in ERROR/)
    openstack.servers.set('one', ['HARD_REBOOT'])
    await fails(cloud.reboot(ref('a')), 'cloud/unreachable', /server one is still HARD_REBOOT/)
  })
})

describe('the end', () => {
  it('refuses what comes after', async () => {
    await cloud.close()
    await fails(cloud.observe(ref('a')), 'cloud/unreachable', /the backend is stopping/)
  })
})
