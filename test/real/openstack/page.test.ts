/** From a page in Chromium to a server of a real stack, asleep and awake again: only Nova and Neutron are not real. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Testbed } from '../../../backend/test/real/openstack/testbed.js'
import type { LabStatus } from '../../../src/wire/schema.js'
import { TestBackend } from '../../e2e/support/backend.js'
import { LabPage, launchBrowser } from '../../e2e/support/browser.js'
import { Learner } from '../../e2e/support/learner.js'
import { until } from '../../e2e/support/until.js'

const PATIENCE_SECONDS = 180

const TERMINALS =
  'terminals: [{ name: shell, host: { output: public_ip }, user: labuser, privateKey: { output: private_key } }]'

describe('a page with a lab in Heat', () => {
  let testbed: Testbed
  let backend: TestBackend
  before(async () => {
    testbed = await Testbed.open()
    const template = JSON.stringify(testbed.example)
    backend = await TestBackend.start({
      clouds: '{ heat: { type: openstack, cloud: testbed } }',
      labs: `
  first-steps: { template: ${template}, ${TERMINALS} }
  short: { template: ${template}, deleteAfter: 3s, ${TERMINALS} }`,
      env: { OS_CLIENT_CONFIG_FILE: `${testbed.state}/clouds.yaml` },
    })
  })
  after(async () => {
    await backend?.stop()
    await testbed?.clear(`127.0.0.1:${backend.port}`)
    await testbed?.dispose()
  })

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

  it('is given anew after a reset, and is gone when its time has come; the log tells no secret', async () => {
    const learner = await new Learner(backend).signIn()
    const reaches = (phase: LabStatus['phase']) =>
      until(async () => (await learner.lab(undefined, 'short')).phase === phase, {
        seconds: PATIENCE_SECONDS,
        what: `phase ${phase}`,
        every: 250,
      })
    await learner.lab('start', 'short')
    await reaches('running')
    await learner.lab('reset', 'short')
    await reaches('resetting')
    await reaches('running')
    await learner.lab('suspend', 'short')
    await reaches('absent')
    assert.doesNotMatch(backend.output, /PRIVATE KEY|demo-pw|gAAAA|127\.7[78]\./)
  })
})

function counted(text: string): number[] {
  return [...text.matchAll(/count-(\d+)/g)].map(([, number]) => Number(number))
}
