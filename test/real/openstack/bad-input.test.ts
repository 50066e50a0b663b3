/**
 * What an operator can get wrong, and a cloud can be out of, with the whole service on the real Keystone and Heat: one
 * clear problem for the operator, before and after; one for the learner, without a word on the cloud; nothing is lost.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { Testbed } from '../../../backend/test/real/openstack/testbed.js'
import type { LabStatus } from '../../../src/wire/schema.js'
import { path, TestBackend } from '../../e2e/support/backend.js'
import { Learner } from '../../e2e/support/learner.js'
import { until } from '../../e2e/support/until.js'

const PATIENCE_SECONDS = 180
const TERMINAL = 'host: { output: public_ip }, user: labuser'
const TERMINALS = `terminals: [{ name: shell, ${TERMINAL}, privateKey: { output: private_key } }]`
const INVALID =
  'heat_template_version: 2018-08-31\nresources: { a: { type: OS::Nova::Server, properties: { flavour: x } } }\n'

/** Each lab with its own mistake, and what the operator is told of it. */
const MISTAKES: readonly [lab: string, what: string, words: RegExp][] = [
  ['denied', 'wrong credentials', /^cloud denied: .*Keystone answers 401/],
  ['unknown', 'a cloud that clouds.yaml does not have', /has no cloud sto3; it has testbed, denied/],
  ['invalid', 'a template that does not validate', /flavour/],
  ['lacking', 'an output that is missing', /output password/],
]

describe('bad input on the real Keystone and Heat', () => {
  let testbed: Testbed
  let backend: TestBackend
  let learner: Learner
  let env: Record<string, string>
  before(async () => {
    testbed = await Testbed.open()
    const template = JSON.stringify(testbed.example)
    const entry = Object(await testbed.entry())
    const denied = { ...entry, auth: { ...entry.auth, password: 'wrong-pw' } }
    const clouds = await testbed.file('clouds.yaml', JSON.stringify({ clouds: { testbed: entry, denied } }))
    await testbed.file('invalid.yaml', INVALID)
    env = { OS_CLIENT_CONFIG_FILE: clouds }
    backend = await TestBackend.start({
      clouds: `
  good: { type: openstack, cloud: testbed }
  away: { type: openstack, cloud: testbed }
  denied: { type: openstack, cloud: denied }
  unknown: { type: openstack, cloud: sto3 }`,
      labs: `
  first-steps: { template: ${template}, clouds: [{ name: good }], ${TERMINALS} }
  away: { template: ${template}, clouds: [{ name: away }], ${TERMINALS} }
  denied: { template: ${template}, clouds: [{ name: denied }], ${TERMINALS} }
  unknown: { template: ${template}, clouds: [{ name: unknown }], ${TERMINALS} }
  invalid: { template: ${JSON.stringify(join(testbed.folder, 'invalid.yaml'))}, clouds: [{ name: good }],
    terminals: [{ name: shell, host: 127.0.0.1, user: labuser, password: none }] }
  lacking: { template: ${template}, clouds: [{ name: good }],
    terminals: [{ name: shell, ${TERMINAL}, password: { output: password } }] }`,
      env,
    })
    learner = await new Learner(backend).signIn()
  })
  after(async () => {
    await backend?.stop()
    if (backend) await testbed.clear(`127.0.0.1:${backend.port}`)
    await testbed?.dispose()
  })

  const command = async (...words: string[]) => {
    const args = [
      path('backend/bin/lab-backend.js'),
      ...words,
      '--json',
      '-c',
      join(backend.folder, 'lab-terminal.yaml'),
    ]
    const ran = promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env, PORT: '' } })
    return JSON.parse((await ran.catch((error: unknown) => Object(error))).stdout)
  }
  const reaches = async (lab: string, isSo: (status: LabStatus) => boolean): Promise<LabStatus> => {
    let seen: LabStatus | undefined
    const found = async () => {
      seen = await learner.lab(undefined, lab)
      return isSo(seen) && seen
    }
    return until(found, { seconds: PATIENCE_SECONDS, what: lab, every: 250 }).catch((error) => {
      throw new Error(`${error}: ${JSON.stringify(seen)}`)
    })
  }

  it('an operator who asks before: each mistake once, by its lab and cloud, and no secret', async () => {
    const { ok, refusals } = await command('check-config')
    assert.equal(ok, false)
    assert.deepEqual(refusals.map(({ lab }: { lab: string }) => lab).sort(), MISTAKES.map(([lab]) => lab).sort())
    for (const [lab, , words] of MISTAKES) {
      assert.match(refusals.find((one: { lab: string }) => one.lab === lab).reason, words)
    }
    assert.doesNotMatch(JSON.stringify(refusals), /demo-pw|wrong-pw/)
  })

  for (const [lab, what, words] of MISTAKES) {
    it(`${what}: the learner is told once, in plain words; the operator why; nothing is left in the cloud`, async () => {
      await learner.lab('start', lab)
      const { problem } = await reaches(lab, ({ phase }) => phase === 'failed')
      assert.deepEqual(problem, {
        ...{ code: 'lab/launch-failed', retry: 'user' },
        title: 'The lab could not be built.',
      })
      const row = (await command('labs', 'list')).find(({ name }: { name: string }) => name === lab)
      assert.match(row.reason, words)
      const left = async () =>
        (await testbed.stacksOf(`127.0.0.1:${backend.port}`)).filter(({ name }) => name.startsWith(`${lab}-`))
      await until(async () => (await left()).length === 0, { seconds: PATIENCE_SECONDS, what: `${lab} cleared` })
    })
  }

  it('a Keystone that is not there: told as long as it lasts, and the launch goes on by itself', async () => {
    await testbed.kill('keystone')
    try {
      await learner.lab('start', 'away')
      const { phase, problem } = await reaches('away', (status) => status.problem !== undefined)
      assert.deepEqual([phase, problem?.code, problem?.retry], ['launching', 'cloud/unreachable', 'auto'])
    } finally {
      await testbed.up()
    }
    assert.equal((await reaches('away', ({ phase }) => phase === 'running')).problem, undefined)
  })

  it('a cloud over its quota: the learner is in line, and comes in by itself when there is room', async () => {
    await testbed.restart('heat', { MAX_STACKS: String(await testbed.countStacks()) })
    try {
      await learner.lab('start')
      const { queue, problem } = await reaches('first-steps', ({ phase }) => phase === 'queued')
      assert.deepEqual([queue, problem], [{ position: 1 }, undefined])
    } finally {
      await testbed.restart('heat')
    }
    await reaches('first-steps', ({ phase }) => phase === 'running')
  })

  it('the log tells no secret', () => assert.doesNotMatch(backend.output, /PRIVATE KEY|demo-pw|wrong-pw|gAAAA/))
})
