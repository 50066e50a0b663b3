/** Guacamole's own JavaScript client, unmodified, in Chromium, against the whole backend (`npm run test:real`). */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { ServedLab } from '../../backend/test/real/fixtures/served.js'
import { Mark } from '../../backend/test/real/fixtures/typing.js'
import { launchBrowser } from '../e2e/support/browser.js'

/** What a page of somebody else does with guacamole-common-js. */
const SCRIPT = `
import * as Guacamole from 'guacamole-common-js'
window.connect = (url, data) => {
  const tunnel = new Guacamole.WebSocketTunnel(url)
  const client = new Guacamole.Client(tunnel)
  const desk = { client, tunnel, state: 0, errors: [], drawn: false, unstable: false, names: [] }
  client.onstatechange = (state) => { desk.state = state }
  client.onerror = (status) => desk.errors.push(status.code)
  tunnel.onerror = (status) => desk.errors.push(status.code)
  tunnel.onstatechange = (state) => { desk.unstable ||= state === Guacamole.Tunnel.State.UNSTABLE }
  client.onsync = () => { desk.drawn = true }
  document.body.replaceChildren(client.getDisplay().getElement())
  client.connect(data)
  window.desk = desk
}
window.type = (text) => {
  for (const letter of text) {
    const keysym = letter === '\\n' ? 0xff0d : letter.codePointAt(0)
    desk.client.sendKeyEvent(1, keysym)
    desk.client.sendKeyEvent(0, keysym)
  }
}
window.picture = () => new Promise((resolve) => desk.client.getDisplay().flush(() => resolve(desk.client.getDisplay().flatten().toDataURL())))
`

describe("Guacamole's own client", () => {
  let pages: Server
  let lab: ServedLab
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  let page: Page
  const mark = new Mark()

  before(async () => {
    const bundled = await build({
      stdin: { contents: SCRIPT, resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
      bundle: true,
      write: false,
      format: 'iife',
    })
    const script = bundled.outputFiles[0]?.text ?? ''
    pages = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(
        `<!doctype html><title>A page</title><body><script>${script.replaceAll('</script', '<\\/script')}</script>`,
      )
    })
    pages.listen(0, '127.0.0.1')
    await once(pages, 'listening')
    const address = pages.address()
    const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    lab = await ServedLab.start({ pages: origin })
    browser = await launchBrowser()
    page = await (await browser.newContext()).newPage()
    await page.goto(origin)
  })
  after(async () => {
    await mark.remove()
    await browser?.server.close()
    await lab?.close()
    pages?.close()
  })

  async function open(terminal: string): Promise<void> {
    const { ticket, url } = await lab.ticket(terminal)
    await page.evaluate(`connect(${JSON.stringify(url)}, ${JSON.stringify(`ticket=${ticket}&width=800&height=600`)})`)
  }
  const ask = (script: string): Promise<unknown> => page.evaluate(script)
  const waitFor = (script: string): Promise<unknown> => page.waitForFunction(script, undefined, { timeout: 60_000 })

  for (const terminal of ['ssh', 'vnc', 'rdp']) {
    test(`${terminal}: connects, shows a picture and stays stable`, async () => {
      await open(terminal)
      await waitFor('desk.state === 3 && desk.drawn')
      // Longer than the second and a half after which the client calls a silent tunnel unstable.
      await ask('new Promise((resolve) => setTimeout(resolve, 4000))')
      assert.deepEqual(await ask('desk.errors'), [])
      assert.equal(await ask('desk.unstable'), false)
      assert.match(String(await ask('desk.tunnel.uuid')), /^[0-9a-f-]{36}$/)
      assert.ok(String(await ask('picture()')).length > 1_000)
      await ask('desk.client.disconnect()')
    })
  }

  test('types, and sees the same picture after it comes back', async () => {
    await open('ssh')
    await waitFor('desk.state === 3 && desk.drawn')
    await ask(`type(${JSON.stringify(`clear; echo by-client > ${mark.name}\n`)})`)
    await mark.reads((text) => text === 'by-client\n')
    // The cursor and the echo are drawn when two pictures in a row are the same.
    await waitFor(`(async () => {
      const one = await picture()
      await new Promise((resolve) => setTimeout(resolve, 700))
      return one === await picture()
    })()`)
    const before = await ask('picture()')
    await page.reload()
    await open('ssh')
    await waitFor('desk.state === 3 && desk.drawn')
    await waitFor(`picture().then((now) => now === ${JSON.stringify(before)})`)
    await ask('desk.client.disconnect()')
  })

  test('is told by Guacamole status when a ticket is no good', async () => {
    await ask(`connect(${JSON.stringify(`${lab.url.replace('http', 'ws')}/v1/tunnel`)}, 'ticket=${'x'.repeat(43)}')`)
    await waitFor('desk.errors.length > 0')
    assert.equal(await ask('desk.errors[0]'), 769)
  })

  test('that only looks on cannot type', async () => {
    await mark.remove()
    await open('watch')
    await waitFor('desk.state === 3 && desk.drawn')
    await ask(`type(${JSON.stringify(`echo no > ${mark.name}\n`)})`)
    await ask('new Promise((resolve) => setTimeout(resolve, 1500))')
    await assert.rejects(mark.reads(undefined, 500))
    assert.deepEqual(await ask('desk.errors'), [])
    await ask('desk.client.disconnect()')
  })
})
