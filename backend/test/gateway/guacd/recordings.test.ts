/** What is kept of a desk that is recorded, and who may see it. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { buildApp } from '../../../src/app.js'
import type { Principal } from '../../../src/auth/ports.js'
import type { Config, LabConfig } from '../../../src/config/config.js'
import { DEFAULT_POLICY } from '../../../src/config/policy.js'
import { InstructionReader } from '../../../src/gateway/guacd/instruction.js'
import { Recordings } from '../../../src/gateway/guacd/recordings.js'
import { appDeps, CONFIG } from '../../fakes/app-deps.js'
import { FakeGuacd } from '../fakes/guacd.js'
import { claimsOf } from '../fixtures/setup.js'
import { DeskSetup, TARGET } from './fixtures/setup.js'
import { until } from './fixtures/tunnel.js'

const QUIET = { info: () => undefined, warn: () => undefined }

describe('a recorded desk', () => {
  let folder: string
  let guacd: FakeGuacd
  let setup: DeskSetup

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recordings-'))
    guacd = await FakeGuacd.start()
    setup = await DeskSetup.start([guacd.address], { limits: { firstWord: 15_000, handshake: 20_000 } })
  })
  afterEach(async () => {
    await setup.close()
    await guacd.close()
    await rm(folder, { recursive: true, force: true })
  })

  const record = (rules: { keys?: boolean; limit?: number; folder?: string } = {}): void => {
    const recording = { folder, keys: false, limit: 1_000_000, ...rules }
    setup.target = async () => ({ ...TARGET, recording })
  }
  const recorder = () => guacd.present.find(({ greeting }) => greeting.some(([, name]) => name === 'recorder'))

  async function written() {
    const [info] = await new Recordings(QUIET).list(folder)
    assert.ok(info)
    const bytes = await readFile(join(folder, `${info.id}.guac`))
    return { info, bytes, instructions: new InstructionReader(0).read(bytes) }
  }

  test('the page is told first; what is drawn is written; one recording goes on over a reload', async () => {
    record()
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    assert.deepEqual(tunnel.heard[1], ['', 'recorded', '1'])
    await until(() => recorder() !== undefined, 'the recorder')
    assert.equal(recorder()?.parameters['read-only'], 'true')
    for (const user of guacd.present) user.say('name', 'Zürich 🚀')
    await tunnel.until(() => tunnel.heardOf('name').length > 0, 'the name')
    tunnel.cut()
    const again = setup.tunnel()
    await again.drawn()
    await again.close()
    setup.gateway.labGone('lab-1')
    await until(() => guacd.connections.length === 0, 'the end of the connection')
    await setup.gateway.close()
    const { info, instructions } = await written()
    assert.deepEqual(
      instructions.filter(([opcode]) => opcode === 'name'),
      [['name', 'Zürich 🚀']],
    )
    assert.equal((await readdir(folder)).length, 2)
    assert.equal((await stat(join(folder, `${info.id}.guac`))).mode & 0o777, 0o600)
    assert.deepEqual([info.lab, info.terminal, info.subject, info.keys], ['ceph-101', 'main', 'learner-1', false])
    assert.ok(info.endedAt)
    assert.equal(info.cut, undefined)
  })

  for (const keys of [false, true]) {
    test(`what is typed is ${keys ? 'written where that is asked for' : 'not written'}; the pointer is`, async () => {
      record({ keys })
      const tunnel = setup.tunnel()
      await tunnel.drawn()
      await until(() => (recorder()?.heardOf('sync').length ?? 0) > 0, 'the recorder to see')
      tunnel.say('key', '115', '1')
      tunnel.say('mouse', '5', '6', '0')
      await until(() => guacd.present.some((user) => user.heardOf('mouse').length > 0), 'the mouse')
      await setup.gateway.close()
      const { info, instructions } = await written()
      assert.equal(info.keys, keys)
      assert.equal(instructions.filter(([opcode]) => opcode === 'key').length, keys ? 1 : 0)
      const [pointer] = instructions.filter(([opcode]) => opcode === 'mouse')
      assert.deepEqual(pointer?.slice(0, 4), ['mouse', '5', '6', '0'])
      assert.match(pointer?.[4] ?? '', /^\d+$/)
    })
  }

  test('at its limit it ends, whole instructions only, and the desk goes on', async () => {
    record({ limit: 5_000 })
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    await until(() => (recorder()?.heardOf('sync').length ?? 0) > 0, 'the recorder to see')
    for (let at = 0; at < 20; at++) recorder()?.say('name', `${at}`.padEnd(400, 'x'))
    await until(() => recorder() === undefined, 'the recorder to leave')
    for (const user of guacd.present) user.say('name', 'after')
    await tunnel.until(() => tunnel.heardOf('name').length > 0, 'the desk to go on')
    await setup.gateway.close()
    const { info, bytes } = await written()
    assert.equal(info.cut, true)
    assert.ok(bytes.length <= 5_000 && bytes.length > 0)
  })

  test('where it cannot be written nobody is let in, and nothing is left', async () => {
    await writeFile(join(folder, 'file'), '')
    record({ folder: join(folder, 'file', 'below') })
    const tunnel = setup.tunnel()
    await tunnel.gone()
    assert.equal(tunnel.problem, 'cloud/misconfigured')
    await until(() => guacd.connections.length === 0, 'the end of the connection')
  })

  test('what ended long ago is deleted, also what a backend that died left; what goes on is not', async () => {
    const recordings = new Recordings(QUIET)
    const claims = claimsOf('lab-1')
    const rules = { folder, keys: false, limit: 1000 }
    const ended = await recordings.begin(rules, claims)
    ended.end()
    await recordings.settled()
    await recordings.begin(rules, claims)
    await writeFile(join(folder, 'notes.json'), 'not ours')
    const later = new Date(Date.now() + 60_000)
    await recordings.sweep(folder, new Date(0))
    assert.equal((await recordings.list(folder)).length, 2)
    await recordings.sweep(folder, later)
    const [left, ...more] = await recordings.list(folder)
    assert.ok(left && more.length === 0 && left.endedAt === undefined)
    const long = new Date(Date.now() - 3_600_000)
    await utimes(join(folder, `${left.id}.guac`), long, long)
    await recordings.sweep(folder, later)
    assert.deepEqual(await readdir(folder), ['notes.json'])
  })
})

describe('who may watch', () => {
  const desk = { parameters: {}, clipboard: 'none', files: 'none', printing: false, audio: 'none', hold: 0 } as const

  test('staff of the course, and nobody else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recordings-'))
    const recording = { folder, keys: false, limit: 1000, keep: 1000 }
    const terminal = { name: 'main', title: 'main', protocol: 'vnc', display: 'guacamole', readOnly: false } as const
    const at = { host: { literal: 'h' }, port: { literal: '1' }, desk: { ...desk, recording } }
    const lab: LabConfig = {
      name: 'ceph-101',
      title: 'C',
      clouds: [],
      terminals: [{ ...terminal, ...at }],
      policy: DEFAULT_POLICY,
    }
    const trust = ['lms', 'other'].map(
      (issuer) => ({ type: 'jwt', issuer, audience: 'a', keys: { file: '/k' } }) as const,
    )
    const config: Config = { ...CONFIG, labs: new Map([[lab.name, lab]]), trust }
    const recordings = new Recordings(QUIET)
    const ada = { issuer: 'lms', subject: 'ada', name: 'Ada', context: 'one', roles: ['learner'] } as const
    const file = await recordings.begin(recording, claimsOf('lab-1', { principal: ada }))
    file.write(['4.sync,1.1;'])
    file.end()
    await recordings.settled()
    const deps = appDeps(config, { recordings })
    const app = await buildApp(deps)
    const ask = async (principal: Principal, path = '') => {
      const { session: bearer } = await deps.sessions.open(principal, 'http://127.0.0.1:8080')
      const headers = { authorization: `Bearer ${bearer}`, host: '127.0.0.1:8080' }
      return app.inject({ url: `/v1/labs/ceph-101/recordings${path}`, headers })
    }
    const staff: Principal = { ...ada, subject: 'grace', roles: ['instructor'] }
    const listed = await ask(staff)
    assert.equal(listed.statusCode, 200, listed.body)
    const [shown] = listed.json().recordings
    assert.deepEqual([shown.learner, shown.terminal, shown.keys, shown.bytes], ['Ada', 'main', false, 11])
    const path = `/${shown.id}`
    const played = await ask(staff, path)
    assert.deepEqual(
      [played.statusCode, played.body, played.headers['cache-control']],
      [200, '4.sync,1.1;', 'no-store'],
    )
    assert.equal((await ask(ada)).statusCode, 403)
    assert.equal((await ask(ada, path)).statusCode, 403)
    for (const stranger of [{ context: 'two' }, { issuer: 'other' }]) {
      assert.deepEqual((await ask({ ...staff, ...stranger })).json(), { recordings: [] })
      assert.equal((await ask({ ...staff, ...stranger }, path)).statusCode, 404)
    }
    for (const wrong of ['/..%2f..%2fetc%2fpasswd', '/nothing', `${path}.json`]) {
      assert.equal((await ask(staff, wrong)).statusCode, 404)
    }
    assert.equal(
      (await app.inject({ url: `/v1/labs/ceph-101/recordings${path}`, headers: { host: '127.0.0.1:8080' } }))
        .statusCode,
      401,
    )
    await app.close()
    await rm(folder, { recursive: true })
  })
})
