import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import type { CDPSession, Page, Request } from 'playwright-core'
import { path } from './support/backend.js'
import { LabPage, launchBrowser } from './support/browser.js'
import { type Hosts, startHosts } from './support/hosts.js'
import { until } from './support/until.js'

const UNIT = 'openedx/host/unit.html'
const FILLER = '<p style="height: 120px"><a href="#somewhere">A link</a></p>'

const tag = (labs: string, lab = 'first-steps', more = ''): string =>
  `<lab-terminal lab="${lab}" backend="${labs}" token-url="/lab-token" ${more}>Loading the lab…</lab-terminal>`
const moduleScript = (labs: string): string => `<script type="module" src="${labs}/cdn/lab-terminal.js"></script>`
const classicScript = (labs: string): string => `<script src="${labs}/cdn/lab-terminal.iife.js"></script>`

/** As in Studio's previews and conditional blocks: the block's HTML goes through jQuery into the page. */
const injected = (html: string, times = 1): string =>
  `<div class="vert-mod" id="target"></div><script>
    window.unit = ${JSON.stringify(html).replaceAll('</', '<\\/')}
    for (let i = 0; i < ${times}; i++) $('#target').append(window.unit)
  </script>`

interface Integrity {
  version: string
  files: Record<string, string>
}

describe('a unit of Open edX', () => {
  let hosts: Hosts
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  before(async () => {
    const { version, files }: Integrity = JSON.parse(await readFile(path('dist/cdn/integrity.json'), 'utf8'))
    const pinned = (labs: string, name: string, to = name): string =>
      `<script src="${labs}/cdn/${version}/${name}" integrity="${files[to]}" crossorigin="anonymous"></script>`
    hosts = await startHosts({
      pages: (labs) => {
        const unit = (content: string): { page: string; content: string } => ({ page: UNIT, content })
        const classic = classicScript(labs) + tag(labs)
        return {
          '/xblock/module': unit(moduleScript(labs) + tag(labs)),
          '/xblock/classic': unit(classic),
          '/xblock/pinned': unit(pinned(labs, 'lab-terminal.iife.js') + tag(labs)),
          '/xblock/pinned-whole': unit(pinned(labs, 'lab-terminal.all.iife.js') + tag(labs)),
          '/xblock/other-script': unit(pinned(labs, 'lab-terminal.iife.js', 'lab-terminal.js') + tag(labs)),
          '/xblock/injected': unit(injected(classic)),
          '/xblock/twice': unit(injected(classic, 2)),
          '/xblock/both': unit(moduleScript(labs) + classic),
          '/xblock/paragraph': unit(`${classicScript(labs)}<p>${tag(labs)}</p>`),
          '/xblock/literal': unit(
            classicScript(labs) + tag(labs, 'first-steps', 'course="%%COURSE_ID%%" label="%%USER_ID%%"'),
          ),
          '/xblock/high': unit(FILLER.repeat(3) + classic + FILLER.repeat(8)),
        }
      },
    })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.server.close()
    await hosts?.close()
  })

  /** The learning app with a unit in its frame. */
  async function open(unit: string): Promise<LabPage> {
    const page = await (await browser.newContext()).newPage()
    await page.goto(`${hosts.learning}/openedx?unit=${unit}`)
    const frame = () => page.frames().find((one) => one.url().startsWith(`${hosts.lms}/xblock/`)) ?? page.mainFrame()
    return new LabPage(page, frame)
  }

  async function works(lab: LabPage, word: string): Promise<void> {
    await lab.reaches('connected')
    await lab.shows(/[$#] ?$/m)
    await lab.type(`echo ${word}-$((40 + 2))`)
    await lab.shows(new RegExp(`${word}-42`))
  }

  for (const unit of ['module', 'classic', 'pinned', 'pinned-whole', 'injected', 'both']) {
    it(`has a working lab: ${unit}`, async () => {
      const lab = await open(unit)
      await works(lab, unit)
      assert.deepEqual(lab.errors, [])
      await lab.page.context().close()
    })
  }

  it('runs no script but the one whose hash it names', async () => {
    const lab = await open('other-script')
    await until(() => lab.frame.locator('lab-terminal').count(), { what: 'the tag' })
    await lab.page.waitForLoadState('networkidle')
    assert.equal(await lab.frame.evaluate(() => customElements.get('lab-terminal')), undefined)
    assert.equal(await lab.frame.locator('lab-terminal').innerText(), 'Loading the lab…')
    await lab.page.context().close()
  })

  it('is injected twice: two elements of one lab, one shell', async () => {
    const lab = await open('twice')
    const statuses = () =>
      lab.frame.locator('lab-terminal').evaluateAll((all) => all.map((one) => one.getAttribute('status')))
    await until(async () => String(await statuses()) === 'connected,connected', { seconds: 30, what: 'both connected' })
    const texts = () =>
      lab.frame
        .locator('lab-terminal')
        .evaluateAll((all) => all.map((one) => String(Reflect.get(one, 'getText').call(one))))
    await until(async () => (await texts()).every((text) => /[$#] ?$/m.test(text)), { what: 'prompts' })
    await lab.type('echo both-$((40 + 2))')
    await until(async () => (await texts()).every((text) => text.includes('both-42')), { what: 'both' })
    assert.deepEqual(lab.errors, [])
    await lab.page.context().close()
  })

  it('keeps its shell and its connection when it is moved, and lets go when it is removed', async () => {
    const lab = await open('classic')
    const sockets: boolean[] = []
    lab.page.on('websocket', (socket) => {
      const at = sockets.push(true) - 1
      socket.on('close', () => {
        sockets[at] = false
      })
    })
    await works(lab, 'before')
    await lab.frame.evaluate(() => {
      const section = document.body.appendChild(document.createElement('section'))
      section.append(...document.querySelectorAll('lab-terminal'))
    })
    await lab.type('echo moved-$((40 + 2))')
    await lab.shows(/before-42[\s\S]*moved-42/)
    assert.deepEqual(sockets, [true])
    await lab.frame.evaluate(() => document.querySelector('lab-terminal')?.remove())
    await until(() => sockets.every((open) => !open), { what: 'the socket to close' })
    assert.deepEqual(lab.errors, [])
    await lab.page.context().close()
  })

  it('opens an address of the output in a window of its own, whatever the base of the page says', async () => {
    const lab = await open('classic')
    await lab.reaches('connected')
    await lab.shows(/[$#] ?$/m)
    await lab.type(`clear; echo ${hosts.lms}/plain`)
    await lab.shows(/^http\S+\/plain\s/)
    const screen = await lab.frame.locator('lab-terminal .xterm-screen').boundingBox()
    assert.ok(screen)
    const [x, y] = [screen.x + 40, screen.y + 8]
    await until(
      async () => {
        await lab.page.mouse.move(x + Math.random() * 4, y)
        return lab.frame.locator('lab-terminal [title*="/plain"]').count()
      },
      { what: 'the address to be seen as a link' },
    )
    const opened = lab.page.context().waitForEvent('page')
    await lab.page.keyboard.down('Control')
    await lab.page.mouse.click(x, y)
    await lab.page.keyboard.up('Control')
    const other = await opened
    await until(() => other.url() === `${hosts.lms}/plain`, { what: 'the page' })
    assert.equal(await other.evaluate(() => window.opener), null)
    assert.match(lab.page.url(), /\/openedx\?unit=classic$/)
    await lab.page.context().close()
  })

  it('is as wide as its paragraph, and takes the literals of an anonymous view for nothing', async () => {
    const inside = await open('paragraph')
    await inside.reaches('connected')
    const [p, own] = await Promise.all(
      ['p:has(lab-terminal)', 'lab-terminal'].map((selector) => inside.frame.locator(selector).boundingBox()),
    )
    assert.equal(own?.width, p?.width)
    assert.ok((own?.width ?? 0) > 500)
    await inside.page.context().close()

    const context = await browser.newContext()
    const page = await context.newPage()
    const asked = page.waitForRequest((request) => request.url().endsWith('/lab-token'))
    await page.goto(`${hosts.lms}/xblock/literal`)
    assert.deepEqual((await asked).postDataJSON(), { lab: 'first-steps', reason: 'start' })
    const lab = new LabPage(page)
    await lab.reaches('connected')
    await page.getByRole('region', { name: 'Your first lab' }).waitFor({ timeout: 10_000 })
    await context.close()
  })

  it('does not move the page or stir its observers while it connects, prints, sleeps and wakes', async () => {
    const lab = await open('high')
    await until(() => lab.frame.evaluate(() => customElements.get('lab-terminal') !== undefined), {
      what: 'the script',
    })
    await until(
      () =>
        lab.frame.evaluate(() => Boolean(document.querySelector('lab-terminal')?.shadowRoot?.querySelector('.frame'))),
      {
        what: 'its frame',
      },
    )
    await lab.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
    const before = await lab.frame.evaluate(() => {
      const { told } = window as unknown as { told: { resized: number; same: string[] } }
      told.same.length = 0
      return told.resized
    })
    await lab.page.evaluate(() => window.scrollTo(0, 1100))
    await works(lab, 'scrolled')
    await lab.type('seq 1 2000')
    await lab.shows(/2000\s+[^\n]*[$#] ?$/m)
    await lab.ask('suspend')
    await lab.reaches('paused')
    await lab.ask('resume')
    await lab.reaches('connected')
    const told = await lab.frame.evaluate(
      () => (window as unknown as { told: { resized: number; same: string[] } }).told,
    )
    assert.equal(told.resized, before)
    assert.deepEqual([...new Set(told.same)], ['attributes status'])
    assert.ok(told.same.length < 12, String(told.same.length))
    assert.equal(await lab.page.evaluate(() => window.scrollY), 1100)
    assert.equal(await lab.frame.evaluate(() => window.scrollY), 0)
    await lab.page.context().close()
  })

  it('20 units in the frame one after the other leave no socket and no stream', async () => {
    const page = await (await browser.newContext()).newPage()
    const open = trackConnections(page)
    await page.goto(`${hosts.learning}/openedx?unit=classic`)
    const lab = new LabPage(page, () => page.frame({ url: /\/xblock\// }) ?? page.mainFrame())
    for (let i = 0; i < 20; i++) {
      await lab.reaches('connected')
      const next = page.waitForEvent('framenavigated')
      await page.evaluate((unit) => Reflect.get(window, 'show')(unit), i % 2 === 0 ? 'module' : 'classic')
      await next
    }
    await works(lab, 'last')
    await until(() => open.sockets === 1 && open.streams === 1, { what: `one of each: ${open}` })
    assert.deepEqual(lab.errors, [])
    await page.context().close()
  })

  it('20 units switched by jQuery in one document leave no element, socket, stream or listener', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    const open = trackConnections(page)
    await page.goto(`${hosts.lms}/xblock/injected`)
    const lab = new LabPage(page)
    const show = () => page.evaluate(() => void Reflect.get(window, '$')('#target').html(Reflect.get(window, 'unit')))
    const clear = () => page.evaluate(() => void Reflect.get(window, '$')('#target').empty())
    const cdp = await context.newCDPSession(page)
    await cdp.send('Performance.enable')
    const rest = async () => {
      await clear()
      await until(() => open.sockets === 0 && open.streams === 0, { what: `nothing open: ${open}` })
      return counts(cdp)
    }

    await lab.reaches('connected')
    await show()
    await lab.reaches('connected')
    // What is loaded once for the page is there by now.
    const before = await rest()
    for (let i = 0; i < 20; i++) {
      await show()
      await lab.reaches('connected')
    }
    await works(lab, 'last')
    const after = await rest()
    assert.equal(after.elements, 0)
    assert.ok(after.listeners <= before.listeners + 5, `${before.listeners} → ${after.listeners} listeners`)
    assert.ok(after.nodes <= before.nodes + 50, `${before.nodes} → ${after.nodes} nodes`)
    assert.deepEqual(lab.errors, [])
    await context.close()
  })
})

/** What a page has open to the backend at this moment. */
function trackConnections(page: Page): { sockets: number; streams: number } {
  const open = {
    sockets: 0,
    streams: 0,
    toString() {
      return `${this.sockets} sockets, ${this.streams} streams`
    },
  }
  page.on('websocket', (socket) => {
    open.sockets += 1
    socket.on('close', () => {
      open.sockets -= 1
    })
  })
  const count = (change: number) => (request: Request) => {
    if (request.method() === 'GET' && request.url().endsWith('/events')) open.streams += change
  }
  page.on('request', count(1))
  page.on('requestfinished', count(-1))
  page.on('requestfailed', count(-1))
  return open
}

/** After a collection: elements that are still alive, and what the document holds. */
async function counts(cdp: CDPSession): Promise<{ elements: number; listeners: number; nodes: number }> {
  const collected = async () => {
    await cdp.send('HeapProfiler.collectGarbage')
    const { result } = await cdp.send('Runtime.evaluate', {
      expression: "customElements.get('lab-terminal').prototype",
    })
    const { objects } = await cdp.send('Runtime.queryObjects', { prototypeObjectId: result.objectId ?? '' })
    const { result: count } = await cdp.send('Runtime.callFunctionOn', {
      objectId: objects.objectId ?? '',
      functionDeclaration: 'function () { return this.length }',
      returnByValue: true,
    })
    await cdp.send('Runtime.releaseObject', { objectId: objects.objectId ?? '' })
    return Number(count.value)
  }
  const elements = await until(async () => ((await collected()) === 0 ? 'none' : false), {
    what: 'every element to be collected',
  }).then(() => 0, collected)
  const { metrics } = await cdp.send('Performance.getMetrics')
  const metric = (name: string): number => metrics.find((one) => one.name === name)?.value ?? Number.NaN
  return { elements, listeners: metric('JSEventListeners'), nodes: metric('Nodes') }
}
