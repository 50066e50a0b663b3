import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { LabPage, launchBrowser } from './support/browser.js'
import { Consumer } from './support/consumer.js'
import { type Hosts, startHosts } from './support/hosts.js'

describe('both packages, packed and installed by npm into an empty folder', () => {
  let consumer: Consumer
  let hosts: Hosts
  before(async () => {
    consumer = await Consumer.install()
    hosts = await startHosts({ bin: consumer.bin('lab-backend') })
  })
  after(async () => {
    await hosts?.close()
    await consumer?.remove()
  })

  it('npx lab-backend says what it can do', async () => {
    const { stdout } = await promisify(execFile)('npx', ['--no', '--', 'lab-backend', '--help'], {
      cwd: consumer.folder,
    })
    assert.match(stdout, /lab-backend <command>/)
  })

  it('the backend serves the element of the package beside it, compressed', async () => {
    const installed = join(consumer.folder, 'node_modules/lab-terminal/dist/cdn')
    const { version } = JSON.parse(await readFile(join(installed, 'integrity.json'), 'utf8'))
    for (const base of ['/cdn', `/cdn/${version}`]) {
      const answer = await fetch(`${hosts.backend.url}${base}/lab-terminal.js`, {
        headers: { 'accept-encoding': 'br' },
      })
      assert.equal(answer.headers.get('content-encoding'), 'br')
      assert.equal(await answer.text(), await readFile(join(installed, 'lab-terminal.js'), 'utf8'))
    }
  })

  it('a page gets its lab', async () => {
    const browser = await launchBrowser()
    try {
      const lab = new LabPage(await (await browser.newContext()).newPage())
      await lab.page.goto(`${hosts.lms}/plain`)
      await lab.reaches('connected')
      await lab.type('echo installed-$((40 + 2))')
      await lab.shows(/installed-42/)
      assert.deepEqual(lab.errors, [])
    } finally {
      await browser.server.close()
    }
  })
})
