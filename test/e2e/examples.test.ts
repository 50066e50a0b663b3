import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { LEAVE_CHORD } from '../../src/display/leave-chord.js'
import { faultsIn } from './support/axe.js'
import { LabPage, launchBrowser } from './support/browser.js'
import { Consumer } from './support/consumer.js'
import { type Hosts, startHosts } from './support/hosts.js'

const FRAMEWORKS = ['react', 'vue', 'svelte']

describe('the examples, as an author would open them', () => {
  let hosts: Hosts
  let consumer: Consumer
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  before(async () => {
    consumer = await Consumer.create()
    hosts = await startHosts({ built: consumer.folder })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.server.close()
    await hosts?.close()
    await consumer?.remove()
  })

  async function open(address: string): Promise<LabPage> {
    const page = await (await browser.newContext()).newPage()
    const lab = new LabPage(page, () => page.frame({ url: /\/xblock\// }) ?? page.mainFrame())
    await page.goto(address)
    await lab.reaches('connected')
    await lab.shows(/[$#] ?$/m)
    return lab
  }

  async function works(lab: LabPage): Promise<void> {
    await lab.type('echo it-$((40 + 2))')
    await lab.shows(/it-42/)
    assert.deepEqual(lab.errors, [])
  }

  /** From what is before the element to what is after it and back, by Tab alone; and out of the terminal by its keys. */
  async function neverTraps({ frame, page }: LabPage): Promise<void> {
    const focused = () => frame.evaluate(() => document.activeElement?.id || document.activeElement?.localName || '')
    const walk = async (key: string, to: string): Promise<string[]> => {
      const way: string[] = []
      for (let i = 0; i < 25 && way.at(-1) !== to; i++) {
        await page.keyboard.press(key)
        way.push(await focused())
      }
      assert.equal(way.at(-1), to, `${key}: ${way.join(' ')}`)
      return way
    }
    await frame.locator('#before').focus()
    assert.ok((await walk('Tab', 'after')).includes('lab-terminal'))
    assert.ok((await walk('Shift+Tab', 'before')).includes('lab-terminal'))

    await frame.evaluate(() => document.querySelector<HTMLElement>('lab-terminal')?.focus())
    await page.keyboard.type(' ')
    await page.keyboard.press(LEAVE_CHORD.ariaKeyShortcuts)
    await walk('Tab', 'after')
  }

  const hosted: [string, (hosts: Hosts) => string][] = [
    ['plain', ({ lms }) => `${lms}/plain`],
    ['openedx', ({ learning }) => `${learning}/openedx`],
    ['moodle', ({ lms }) => `${lms}/moodle`],
    ...FRAMEWORKS.map((name): [string, (hosts: Hosts) => string] => [name, ({ lms }) => `${lms}/${name}/`]),
  ]
  for (const [name, address] of hosted) {
    it(`${name}: a prompt, no fault that axe knows, and Tab comes and goes`, async () => {
      if (FRAMEWORKS.includes(name)) await consumer.build(name, hosts.labs)
      const lab = await open(address(hosts))
      await works(lab)
      assert.deepEqual(await faultsIn(lab.frame), [])
      await neverTraps(lab)
      if (FRAMEWORKS.includes(name)) {
        assert.equal(await lab.page.locator('output').innerText(), 'connected')
        await lab.page.locator('#before').click()
        await lab.shows(/README\.txt/)
      }
      assert.deepEqual(lab.errors, [])
      await lab.page.context().close()
    })
  }

  it('react: a page that the server rendered comes alive, with its properties and listeners', async () => {
    const unit = `
      import { createElement } from 'react'
      import { LabTerminal } from 'lab-terminal/react'
      const token = async () => (await (await fetch('/lab-token', { method: 'POST' })).json()).token
      const seen = (event) => (globalThis.seen ??= []).push(event.status)
      const lab = { lab: 'first-steps', backend: '${hosts.labs}', height: '20rem', fontSize: 16 }
      const unit = createElement(LabTerminal, { ...lab, tokenProvider: token, onLabStatus: seen }, 'Loading the lab…')`
    const html = await consumer.run(`${unit}
      const { renderToString } = await import('react-dom/server')
      process.stdout.write(renderToString(unit))`)
    await consumer.bundle(
      `${unit}
      import { hydrateRoot } from 'react-dom/client'
      hydrateRoot(document.querySelector('#app'), unit)`,
      'react',
      'hydrate',
    )
    const head = '<!doctype html><meta charset="utf-8"><script type="module" src="/react/hydrate.js"></script>'
    await writeFile(join(consumer.folder, 'react/dist/rendered.html'), `${head}<div id="app">${html}</div>`)
    const page = await (await browser.newContext()).newPage()
    const complaints: string[] = []
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    const lab = new LabPage(page)
    await page.goto(`${hosts.lms}/react/rendered.html`)
    await lab.reaches('connected')
    await works(lab)
    assert.equal(await page.evaluate(() => Reflect.get(globalThis, 'seen').at(-1)), 'connected')
    assert.equal(await page.locator('lab-terminal').evaluate((one) => Reflect.get(one, 'fontSize')), 16)
    assert.deepEqual(
      complaints.filter((text) => !text.includes('404')),
      [],
    )
    await page.context().close()
  })

  it('react: the packed types are right for an app', async () => {
    await consumer.checkTypes('react')
  })
})
