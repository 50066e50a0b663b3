import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pino } from 'pino'
import { LabError } from '../../../src/wire/problems.js'
import type { Principal } from '../../src/auth/ports.js'
import type { LabConfig, Trust } from '../../src/config/config.js'
import { DEFAULT_POLICY } from '../../src/config/policy.js'
import { Vigil } from '../../src/http/vigil.js'

const lab = (name: string, course: string): [string, LabConfig] => [
  name,
  { name, title: name, courses: [course], clouds: [], terminals: [], policy: DEFAULT_POLICY },
]
const ADA: Principal = { issuer: 'lms', subject: 'ada', roles: ['learner'], context: 'one' }

function setUp() {
  const trust: Trust[] = [{ type: 'jwt', issuer: 'lms', audience: 'a', keys: { file: '/keys' } }]
  const answers = new Map<string, Principal | Error>([['page', ADA]])
  const asked: string[] = []
  const sessions = {
    useOf: async (page: string): Promise<Principal> => {
      asked.push(page)
      const answer = answers.get(page) ?? new LabError('auth/session-expired')
      if (answer instanceof Error) throw answer
      return answer
    },
  }
  const config = { trust, labs: new Map([lab('a', 'one'), lab('b', 'one')]) }
  const vigil = new Vigil({ sessions, config, log: pino({ level: 'silent' }) })
  const ended: string[] = []
  const open = (page: string, name: string) =>
    vigil.watch({ page, lab: name }, ({ code }) => ended.push(`${name} ${code}`))
  return { vigil, answers, asked, ended, open, trust }
}

describe('the vigil', () => {
  it('asks once for each page, whatever it has open', async () => {
    const { vigil, asked, ended, open } = setUp()
    for (const name of ['a', 'a', 'b']) open('page', name)
    await vigil.look()
    assert.deepEqual([asked, ended], [['page'], []])
  })

  it('ends everything of a page whose session ended, and nothing of others', async () => {
    const { vigil, ended, open } = setUp()
    open('page', 'a')
    open('gone', 'a')
    open('gone', 'b')
    await vigil.look()
    assert.deepEqual(ended, ['a auth/session-expired', 'b auth/session-expired'])
  })

  it('ends what the session allows no more, lab by lab', async () => {
    const { vigil, answers, ended, open } = setUp()
    open('page', 'a')
    open('page', 'b')
    answers.set('page', { ...ADA, labs: ['b'] })
    await vigil.look()
    answers.set('page', { ...ADA, context: 'two', labs: ['b'] })
    await vigil.look()
    assert.deepEqual(ended, ['a auth/forbidden', 'a auth/forbidden', 'b auth/forbidden'])
  })

  it('ends nothing because the database does not answer', async () => {
    const { vigil, answers, ended, open } = setUp()
    open('page', 'a')
    answers.set('page', new Error('connection refused'))
    await vigil.look()
    answers.set('page', ADA)
    await vigil.look()
    assert.deepEqual(ended, [])
  })

  it('forgets what has closed', async () => {
    const { vigil, asked, ended, open } = setUp()
    const [one, two] = [open('gone', 'a'), open('gone', 'b')]
    one()
    await vigil.look()
    two()
    two()
    await vigil.look()
    assert.deepEqual([asked, ended], [['gone'], ['b auth/session-expired']])
  })
})
