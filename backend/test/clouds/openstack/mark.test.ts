import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { installationTag, LONGEST_TAG, otherOwner } from '../../../src/clouds/openstack/mark.js'

describe('the tag of an installation', () => {
  for (const [url, tag] of [
    ['https://labs.example.org', 'labs.example.org'],
    ['http://labs.example.org', 'labs.example.org'],
    ['http://127.0.0.1:8080', '127.0.0.1:8080'],
    ['https://example.org:8443/labs/staging', 'example.org:8443/labs/staging'],
    ['https://example.org/a,b c', 'example.org/a-b-c'],
  ] as const) {
    it(`of ${url} is ${tag}`, () => assert.equal(installationTag(url), tag))
  }

  it('is as long as Heat takes, and still tells long ones apart', () => {
    const [one, two] = ['a', 'b'].map((end) => installationTag(`https://example.org/${'x'.repeat(200)}${end}`))
    assert.equal(one?.length, LONGEST_TAG)
    assert.notEqual(one, two)
  })
})

describe('the owner of a stack', () => {
  for (const [what, tags, owner] of [
    ['ours', ['lab-terminal', 'ours'], undefined],
    ['ours with more', ['x', 'ours', 'lab-terminal'], undefined],
    ['theirs', ['lab-terminal', 'theirs'], 'theirs'],
    ["nobody's", ['lab-terminal'], 'nobody'],
    ['of lost tags', [], undefined],
    ['of no tags', null, undefined],
    ['of other tags', ['x'], undefined],
  ] as const) {
    it(what, () => assert.equal(otherOwner(tags && [...tags], 'ours'), owner))
  }
})
