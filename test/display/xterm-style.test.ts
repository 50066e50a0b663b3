import { expect, waitUntil } from '@open-wc/testing'
import { APPEARANCE, frames, Stage } from './fakes/stage.js'

/** The strictest policy for styles there is, for the rest of this page's life. */
function forbidStyles(): void {
  const meta = document.createElement('meta')
  meta.httpEquiv = 'Content-Security-Policy'
  meta.content = "style-src 'none'; style-src-attr 'none'; style-src-elem 'none'"
  document.head.append(meta)
}

it('the slider of the scroll bar has no layer of its own, below which WebGL is cut', async () => {
  const stage = new Stage()
  stage.attach().bytes('line\r\n'.repeat(200))
  await stage.parsed((text) => text.includes('line'))
  await frames(4)
  const slider = stage.root.querySelector<HTMLElement>('.scrollbar.vertical > .slider')
  expect(slider?.style.transform, 'what xterm wants').to.contain('translate3d')
  expect(slider && getComputedStyle(slider).transform).to.equal('none')
  stage.remove()
})

describe('under a policy that allows no styles', () => {
  const violations: string[] = []
  before(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      violations.push(`${event.violatedDirective} ${event.sourceFile}:${event.lineNumber}`)
    })
    forbidStyles()
  })

  it('the policy is real', async () => {
    const style = document.createElement('style')
    style.textContent = 'body { color: red }'
    document.head.append(style)
    await frames()
    style.remove()
    expect(violations.splice(0)).to.have.length(1)
  })

  it('the terminal has its sizes and colours, and asks for nothing', async () => {
    const stage = new Stage({ appearance: { ...APPEARANCE, screenReader: true } })
    const socket = stage.attach()
    socket.bytes(
      '\x1b[38;2;250;120;10mtrue\x1b[0m \x1b[31mnamed\x1b[0m \x1b[4:3m\x1b[58;2;1;200;3munder\x1b[0m https://example.org/',
    )
    await stage.parsed((text) => text.includes('example'))
    stage.display.update({ ...APPEARANCE, theme: 'light', fontSize: 18 })
    stage.display.update({ ...APPEARANCE, fontSize: 16 })
    await frames(4)
    const colourOf = (text: string) => {
      const spans = [...stage.root.querySelectorAll('.xterm-rows span')]
      const span = spans.find(({ textContent }) => textContent?.includes(text))
      return span && getComputedStyle(span)
    }
    expect(colourOf('true')?.color).to.equal('rgb(250, 120, 10)')
    expect(colourOf('under')?.textDecorationColor).to.equal('rgb(1, 200, 3)')
    expect(colourOf('named')?.color).not.to.equal(colourOf('https')?.color)
    expect(colourOf('named')?.display).to.equal('inline-block')
    expect(stage.root.querySelectorAll('style')).to.have.length(0)
    stage.remove()
    expect(stage.root.adoptedStyleSheets).to.have.length(0)
    expect(Object.hasOwn(document, 'createElement')).to.equal(false)
    await frames()
    expect(violations).to.deep.equal([])
  })

  it('neither do search, speech, WebGL, and the way back from it', async () => {
    await import('../../src/display/xterm/extras.js')
    const stage = new Stage({ appearance: { ...APPEARANCE, screenReader: true }, hasGpu: true })
    const output = '\x1b[38;2;250;120;10mtrue\x1b[0m needle https://example.org/'
    stage.attach().bytes(output)
    await stage.parsed((text) => text.includes('example'))
    const canvas = () => stage.root.querySelector<HTMLCanvasElement>('.xterm-screen canvas:not(.xterm-link-layer)')
    await waitUntil(() => canvas() !== null, 'WebGL paints', { timeout: 8_000 })
    stage.display.find?.('needle', 'previous')
    await waitUntil(() => stage.eventsOf('found').length > 0, 'found')
    stage.display.update({ ...APPEARANCE, screenReader: true, theme: 'light', fontSize: 18 })
    await frames(4)
    canvas()?.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext()
    await waitUntil(() => canvas() === null, 'the DOM again', { timeout: 8_000 })
    stage.socket.bytes('\r\n\x1b[38;2;9;230;11mback')
    await stage.parsed((text) => text.includes('back'))
    await frames(4)
    const span = [...stage.root.querySelectorAll('.xterm-rows span')].find((each) => each.textContent === 'back')
    expect(span && getComputedStyle(span).display).to.equal('inline-block')
    stage.remove()
    expect(stage.root.querySelectorAll('style')).to.have.length(0)
    expect(stage.root.adoptedStyleSheets).to.have.length(0)
    await frames()
    expect(violations).to.deep.equal([])
  })
})
