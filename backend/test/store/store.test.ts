import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { openStore } from '../../src/store/store.js'
import { log, openFolder } from './support/servers.js'

describe('the store on its embedded database', () => {
  let folder: string
  before(async () => {
    folder = await openFolder()
  })
  after(async () => await rm(folder, { recursive: true }))

  it('is opened, closed and opened again with what it held', async () => {
    const key = { issuer: 'https://lms.example.org', subject: 'ada', name: 'ceph-101' }
    const first = await openStore({ type: 'embedded', folder }, { log })
    await first.ping()
    const lab = await first.labs.ensure(key)
    await first.labs.linkOpened(lab.id, 'a')
    await first.close()
    await first.databaseEnded
    await assert.rejects(first.ping())
    const second = await openStore({ type: 'embedded', folder }, { log })
    assert.deepEqual(await second.labs.find(key), lab)
    const left: string[] = []
    await second.forgetDeadLinks(async (id) => {
      left.push(id)
    })
    assert.deepEqual(left, [lab.id])
    await second.close()
  })

  it('says what is wrong with a server that does not answer, without its password', async () => {
    const url = 'postgres://someone:hunter2@127.0.0.1:1/none'
    await assert.rejects(openStore({ type: 'postgres', url }, { log }), (error) => {
      assert.ok(error instanceof Error)
      assert.match(error.message, /ECONNREFUSED/)
      assert.doesNotMatch(`${error.stack}`, /hunter2/)
      return true
    })
  })
})
