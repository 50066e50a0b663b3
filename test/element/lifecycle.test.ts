import { expect, waitUntil } from '@open-wc/testing'
import { setViewport } from '@web/test-runner-commands'
import { MORE_SCENES, STATUS_SCENES } from '../../stories/fakes/scenes.js'
import { openLab, type TestLab } from './fakes/test-lab.js'

type Listening = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>

/** Counts what is listened to on the document and the window while `run` goes on. */
async function listenersLeft(run: () => Promise<void>): Promise<string[]> {
  const left: string[] = []
  const restore = [window, document, document.body].map((target: EventTarget & Listening) => {
    const { addEventListener, removeEventListener } = target
    target.addEventListener = (...args: Parameters<EventTarget['addEventListener']>) => {
      const [type, , options] = args
      left.push(type)
      if (typeof options === 'object') {
        options.signal?.addEventListener('abort', () => left.splice(left.indexOf(type), 1), { once: true })
      }
      addEventListener.apply(target, args)
    }
    target.removeEventListener = (...args: Parameters<EventTarget['removeEventListener']>) => {
      const at = left.indexOf(args[0])
      if (at >= 0) left.splice(at, 1)
      removeEventListener.apply(target, args)
    }
    return () => {
      target.addEventListener = addEventListener
      target.removeEventListener = removeEventListener
    }
  })
  try {
    await run()
  } finally {
    for (const undo of restore) undo()
  }
  return left
}

describe('in a page', () => {
  const labs: TestLab[] = []
  const open = async (...args: Parameters<typeof openLab>): Promise<TestLab> => {
    const lab = await openLab(...args)
    labs.push(lab)
    return lab
  }

  afterEach(async () => {
    for (const lab of labs.splice(0)) lab.remove()
    document.body.replaceChildren()
    document.dir = ''
    await setViewport({ width: 800, height: 600 })
  })

  it('keeps session, link and screen while it is moved', async () => {
    const lab = await open(STATUS_SCENES.connected())
    const { screen, scripted } = lab
    const home = document.createElement('section')
    document.body.append(home)
    home.append(lab)
    await lab.settled()
    lab.clock.advance(60_000)
    await lab.settled()
    expect(lab.sessions).to.have.length(1)
    expect(scripted.calls).to.deep.equal(['start'])
    expect(screen.disposed).to.equal(false)
    expect(lab.find('.room').contains(screen.field)).to.equal(true)
    expect(lab.status).to.equal('connected')
  })

  it('leaves nothing behind when it is removed', async () => {
    const title = document.title
    // The locale and lazy code are loaded once for the page; that is not what is counted.
    ;(await open(MORE_SCENES['idle prompt']())).remove()
    const sheets = document.adoptedStyleSheets.length
    let lab: TestLab | undefined
    const left = await listenersLeft(async () => {
      lab = await open(MORE_SCENES['idle prompt']())
      lab.remove()
      lab.clock.advance(0)
    })
    expect(left).to.deep.equal([])
    expect(lab?.clock.pending).to.equal(0)
    expect(lab?.scripted.calls).to.deep.equal(['start', 'stop'])
    expect(lab?.screen.disposed).to.equal(true)
    expect(lab?.find('.room').childElementCount).to.equal(0)
    expect(document.adoptedStyleSheets.length).to.equal(sheets)
    expect(document.title).to.equal(title)
  })

  it('begins anew when it comes back later', async () => {
    const lab = await open(STATUS_SCENES.connected())
    lab.remove()
    lab.clock.advance(0)
    expect(lab.status).to.equal('loading')
    document.body.append(lab)
    await lab.settled()
    expect(lab.sessions).to.have.length(2)
    expect(lab.displays).to.have.length(2)
    expect(lab.status).to.equal('connected')
    expect(lab.scripted.calls).to.deep.equal(['start'])
  })

  it('touches nothing of the page around it but its own status', async () => {
    const lab = await open(STATUS_SCENES.preparing())
    const seen: string[] = []
    const observer = new MutationObserver((records) =>
      seen.push(...records.map(({ type, attributeName }) => `${type} ${attributeName}`)),
    )
    observer.observe(document.documentElement, {
      attributes: true,
      childList: true,
      characterData: true,
      subtree: true,
    })
    for (let second = 0; second < 10; second++) {
      lab.clock.advance(1_000)
      await lab.updateComplete
    }
    lab.scripted.show(MORE_SCENES['idle prompt']().state)
    await lab.settled()
    observer.disconnect()
    expect(seen).to.deep.equal(['attributes status'])
  })

  it('is a block inside a paragraph, and as wide as it', async () => {
    document.body.innerHTML =
      '<p style="text-align: center; letter-spacing: 9px; line-height: 3; width: 500px; margin: 0">Text</p>'
    const p = document.querySelector('p')
    if (!p) throw new Error('no paragraph')
    const lab = await open(STATUS_SCENES.absent(), {}, p)
    expect(lab.parentElement).to.equal(p)
    expect(getComputedStyle(lab).display).to.equal('block')
    expect(lab.getBoundingClientRect().width).to.equal(500)
    const title = getComputedStyle(lab.find('.title'))
    expect([title.textAlign, title.letterSpacing]).to.deep.equal(['start', 'normal'])
  })

  it('keeps to its ancestor when that scrolls or is transformed', async () => {
    document.body.innerHTML =
      '<div style="width: 400px; height: 200px; overflow: auto; transform: translate(50px, 40px)"><div style="height: 300px"></div></div>'
    const scroller = document.querySelector('div')
    if (!scroller) throw new Error('no scroller')
    Object.defineProperty(document, 'hasFocus', { configurable: true, value: () => true })
    const lab = await open(MORE_SCENES['idle prompt'](), {}, scroller)
    Reflect.deleteProperty(document, 'hasFocus')
    // Further down than the reader is, it comes into view.
    expect(scroller.scrollTop).to.be.greaterThan(0)
    expect(lab.find('#keep').getBoundingClientRect().bottom).to.be.at.most(scroller.getBoundingClientRect().bottom)
    const frame = lab.find('.frame').getBoundingClientRect()
    const prompt = lab.find('.prompt').getBoundingClientRect()
    expect(prompt.top).to.be.greaterThan(frame.top)
    expect(prompt.bottom).to.be.lessThan(frame.bottom)
    expect(prompt.left).to.be.at.least(frame.left)
    expect(prompt.right).to.be.at.most(frame.right)
  })

  it('shows where nothing tells its width, as in a flex row', async () => {
    document.body.innerHTML = '<div style="display: flex"></div>'
    const lab = await open(STATUS_SCENES.absent(), {}, document.body.firstElementChild ?? undefined)
    expect(lab.getBoundingClientRect().width).to.be.greaterThan(300)
  })

  it('stands twice on a page: each its own session, focus and words', async () => {
    const one = await open(STATUS_SCENES.connected(), { lab: 'one', label: 'One' })
    const two = await open(STATUS_SCENES.paused(), { lab: 'two', label: 'Two', lang: 'de' })
    await two.settled()
    expect(one.scripted.settings[0]?.lab).to.equal('one')
    expect(two.scripted.settings[0]?.lab).to.equal('two')
    one.scripted.show(MORE_SCENES['shell ended']().state)
    await one.settled()
    expect(one.shown).to.contain('Start a new shell')
    await waitUntil(() => two.shown.includes('Lab wecken'))
    expect(one.shown).to.contain('Start a new shell')
    one.remove()
    await two.settled()
    expect(two.isConnected && two.status).to.equal('paused')
  })

  it('is mirrored where the page is written from right to left, at 320 px too', async () => {
    await setViewport({ width: 320, height: 600 })
    document.dir = 'rtl'
    const lab = await open(MORE_SCENES['several terminals']())
    const name = lab.find('.name').getBoundingClientRect()
    const menu = lab.find('#menu-button').getBoundingClientRect()
    expect(menu.right).to.be.lessThan(name.left)
    lab.find('#menu-button').click()
    await lab.settled()
    expect(lab.find('.menu').getBoundingClientRect().left).to.be.lessThan(30)
    expect(document.documentElement.scrollWidth).to.equal(document.documentElement.clientWidth)
  })

  it('has targets of at least 24 pixels', async () => {
    for (const scene of [MORE_SCENES['several terminals'], MORE_SCENES['idle prompt'], STATUS_SCENES.reconnecting]) {
      const lab = await open(scene())
      lab.find('#menu-button').click()
      await lab.settled()
      for (const button of lab.shadowRoot?.querySelectorAll('button') ?? []) {
        const { width, height } = button.getBoundingClientRect()
        expect(Math.min(width, height), button.textContent ?? '').to.be.at.least(24)
      }
      lab.remove()
    }
  })

  it('shows what it has in a frame that is very low', async () => {
    const lab = await open(STATUS_SCENES.paused(), { height: '120px' })
    const cover = lab.find('.cover')
    expect(lab.getBoundingClientRect().height).to.equal(120)
    expect(cover.scrollHeight).to.be.greaterThan(cover.clientHeight)
    expect(getComputedStyle(cover).overflowY).to.equal('auto')
  })
})
