/** Typing shown before a far host echoes it: two pages on one shell, and only one of them shows it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Random } from '../../backend/test/gateway/fixtures/random.js'
import { late, TcpProxy } from '../../backend/test/support/tcp-proxy.js'
import { TestBackend } from './support/backend.js'
import { LabPage, launchBrowser } from './support/browser.js'
import { until } from './support/until.js'

const RTT = 160
const LINES = process.env.LAB_FULL ? 60 : 6
const CHARACTERS = [...'abcdefghijkl mnopqrstuvwxyz 0123456789 äß漢字🙂']

/** What lies over the terminal now, beside what the terminal holds. */
const look = (lab: LabPage) =>
  lab.page.evaluate(() => {
    const element = document.querySelector('lab-terminal')
    const text = element && 'getText' in element && typeof element.getText === 'function' ? element.getText() : ''
    return { text: String(text), over: element?.shadowRoot?.querySelector('.lab-echo')?.textContent ?? '' }
  })

/** Keeps all that ever lay over the terminal. */
function watchOverlay(): void {
  const seen: string[] = []
  Reflect.set(window, 'overlays', seen)
  const root = document.querySelector('lab-terminal')?.shadowRoot
  if (!root) throw new Error('no terminal')
  new MutationObserver(() => {
    const over = root.querySelector('.lab-echo')?.textContent
    if (over) seen.push(over)
  }).observe(root, { childList: true, subtree: true, characterData: true })
}

describe('typing on a slow link', () => {
  let proxy: TcpProxy
  let backend: TestBackend
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  let ours: LabPage
  let plain: LabPage
  const asked: string[] = []
  before(async () => {
    backend = await TestBackend.start({
      beside: async (port) => {
        proxy = await TcpProxy.start(port, late(RTT))
        return {}
      },
      publicUrl: () => `http://127.0.0.1:${proxy.port}`,
    })
    browser = await launchBrowser()
    const context = await browser.newContext({ bypassCSP: true })
    plain = new LabPage(await context.newPage())
    plain.page.on('request', (request) => asked.push(request.url()))
    ours = new LabPage(await context.newPage())
    for (const lab of [plain, ours]) {
      await lab.page.goto(`${backend.url}/`)
      const far = `127.0.0.1:${proxy.port}`
      const linked = lab.page.waitForEvent('websocket', {
        predicate: (socket) => socket.url().includes(far),
        timeout: 120_000,
      })
      await lab.page.evaluate(
        (url) => document.querySelector('lab-terminal')?.setAttribute('backend', url),
        `http://${far}`,
      )
      await linked
      await lab.reaches('connected')
    }
  })
  after(async () => {
    await browser?.server.close()
    await backend?.stop()
    await proxy?.close()
  })

  /** Both pages have the end of a line of this name; then nothing that was typed waits for an echo. */
  async function settled(name: string): Promise<void> {
    await ours.type(`echo e''nd-${name}`)
    const { text } = await until(
      async () => {
        const seen = await look(ours)
        return seen.over === '' && new RegExp(`^end-${name}\\n\\$ *$`, 'm').test(seen.text) && seen
      },
      { what: `the end of ${name}, and nothing over it` },
    )
    await until(async () => (await look(plain)).text.trimEnd() === text.trimEnd(), {
      what: `both pages equal: ${name}`,
    })
  }

  it('shows what is typed, nothing of a password, and is never wrong once the truth is there', async () => {
    await ours.page.evaluate(() => document.querySelector('lab-terminal')?.setAttribute('local-echo', ''))
    await until(
      () => ours.page.evaluate(() => !!document.querySelector('lab-terminal')?.shadowRoot?.querySelector('.lab-echo')),
      {
        what: 'the layer',
      },
    )
    await ours.page.evaluate(watchOverlay)
    await ours.type("PS1='$ '; clear")
    await settled('clear')

    const random = new Random(7)
    const { keyboard } = ours.page
    for (let line = 0; line < LINES; line++) {
      await keyboard.type(": '")
      // Some lines are longer than the screen is wide.
      const length = 5 + random.below(line % 3 === 0 ? 150 : 40)
      for (let at = 0; at < length; at++) {
        const wish = random.below(12)
        if (wish === 0) await keyboard.press('Backspace')
        else await keyboard.type(CHARACTERS[random.below(CHARACTERS.length)] ?? ' ')
        if (wish > 6) await ours.page.waitForTimeout(random.below(40))
      }
      if (line % 2 === 1) await keyboard.press('Control+c')
      else {
        await keyboard.type("'")
        await keyboard.press('Enter')
      }
    }
    await settled('lines')

    // Each page breaks its lines anew at another byte, so what was there before is cleared away.
    await keyboard.type(': one two')
    await ours.page.setViewportSize({ width: 900, height: 600 })
    await keyboard.type(' three')
    await keyboard.press('Enter')
    await ours.type('clear')
    await settled('size')

    await ours.type("read -rs -p 'Password: '")
    await ours.shows(/^Password: *$/m)
    await keyboard.type('QQQQQQQQ', { delay: 30 })
    await keyboard.press('Enter')
    await settled('password')

    // A terminal in its usual mode echoes by itself.
    await ours.type('cat')
    await keyboard.type('one two', { delay: 30 })
    await keyboard.press('Enter')
    await keyboard.press('Control+d')
    await settled('cat')

    const overlays: string[] = await ours.page.evaluate(() => Reflect.get(window, 'overlays'))
    assert.ok(overlays.length > 0, `${overlays.length} times something was shown`)
    assert.deepEqual(
      overlays.filter((over) => over.includes('Q')),
      [],
    )
    assert.deepEqual([...ours.errors, ...plain.errors], [])
    assert.deepEqual(
      asked.filter((url) => url.includes('echo')),
      [],
      'its code is for those who want it',
    )
  })
})
