/** From a page in Chromium to a server of a real stack, asleep and awake again: only Nova and Neutron are not real. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { path, TestBackend } from '../../e2e/support/backend.js'
import { LabPage, launchBrowser } from '../../e2e/support/browser.js'
import { Learner } from '../../e2e/support/learner.js'

const PATIENCE_SECONDS = 180

describe('a page with a lab in Heat', () => {
  let backend: TestBackend
  before(async () => {
    const testbed = process.env['LAB_TEST_OPENSTACK']
    assert.ok(testbed, 'LAB_TEST_OPENSTACK names no testbed (npm run real:up)')
    backend = await TestBackend.start({
      clouds: '{ heat: { type: openstack, cloud: testbed } }',
      labs: `
  first-steps:
    title: A server of your own
    template: ${JSON.stringify(path('examples/heat/server.yaml'))}
    terminals: [{ name: shell, host: { output: public_ip }, user: labuser, privateKey: { output: private_key } }]`,
      env: { OS_CLIENT_CONFIG_FILE: `${testbed}/clouds.yaml` },
    })
  })
  after(() => backend?.stop())

  it('launches it, logs in, and after a suspend goes on in the same shell', async () => {
    const browser = await launchBrowser()
    try {
      const lab = new LabPage(await (await browser.newContext()).newPage())
      await lab.page.goto(`${backend.url}/`)
      await lab.reaches('connected', PATIENCE_SECONDS)
      await lab.type('n=0; while :; do n=$((n+1)); echo count-$n; sleep 0.2; done')
      await lab.shows(/count-5\b/, 60)

      await lab.ask('suspend')
      await lab.reaches('paused', PATIENCE_SECONDS)
      const last = (): Promise<number> => lab.text.then((text) => Math.max(...counted(text)))
      const asleep = await last()
      await sleep(3_000)
      assert.equal(await last(), asleep, 'nothing goes on while it sleeps')

      await lab.page.evaluate(() => window.dispatchEvent(new Event('focus')))
      await lab.reaches('connected', PATIENCE_SECONDS)
      await lab.shows(new RegExp(`count-${asleep + 5}\\b`), 60)
      assert.deepEqual(lab.errors, [])
      assert.equal(lab.navigations, 1)
    } finally {
      await browser.server.close()
    }
  })

  it('is given anew after a reset, and is gone when nobody wants it', async () => {
    const learner = await new Learner(backend).signIn()
    await learner.lab('start')
    await learner.reaches('running', PATIENCE_SECONDS)
    await learner.lab('suspend')
    await learner.reaches('suspended', PATIENCE_SECONDS)
    await learner.lab('reset')
    await learner.reaches('running', PATIENCE_SECONDS)
    assert.doesNotMatch(backend.output, /PRIVATE KEY|demo-pw|127\.78\./, 'no secret and no address in the log')
  })
})

function counted(text: string): number[] {
  return [...text.matchAll(/count-(\d+)/g)].map(([, number]) => Number(number))
}
