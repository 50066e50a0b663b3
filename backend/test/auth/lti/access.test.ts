/** Which entry of the configuration vouches for a caller, where a platform has several registrations. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { trustOf } from '../../../src/auth/access.js'
import type { LtiTrust, Trust } from '../../../src/config/config.js'

const ISSUER = 'https://lms.example.org'
const client = (clientId: string, labs?: string[]): LtiTrust => ({
  type: 'lti',
  issuer: ISSUER,
  courseBy: 'id',
  client: { clientId, deploymentIds: ['1'], authUrl: 'https://a/', tokenUrl: 'https://t/', jwksUrl: 'https://j/' },
  ...(labs && { labs }),
})
const itself: LtiTrust = { type: 'lti', issuer: ISSUER, courseBy: 'id', registrationKey: 'k', deploymentIds: [] }
const jwt: Trust = { type: 'jwt', issuer: ISSUER, audience: 'a', keys: { file: '/k' } }
const [one, two] = [client('one', ['a']), client('two')]

describe('trustOf', () => {
  const rows: [what: string, client: string | undefined, trust: readonly Trust[], expected: Trust | undefined][] = [
    ['the entry of the client', 'two', [one, two], two],
    ['never that of another client', 'three', [one, two], undefined],
    ['the entry that registers itself, for clients that are not written', 'three', [one, itself], itself],
    ['the written one before it, in any order', 'one', [itself, one], one],
    ['no entry of tokens for a launch', 'one', [jwt], undefined],
    ['no entry of launches for a token', undefined, [one, itself], undefined],
    ['the entry of tokens for a token', undefined, [jwt], jwt],
    ['none of another issuer', 'one', [{ ...one, issuer: 'https://other' }], undefined],
  ]
  for (const [what, clientId, trust, expected] of rows) {
    it(what, () => {
      const principal = {
        issuer: ISSUER,
        subject: 'ada',
        roles: [],
        ...(clientId !== undefined && { client: clientId }),
      }
      assert.equal(trustOf(principal, trust), expected)
    })
  }
})
