import { expect, waitUntil } from '@open-wc/testing'
import { APPEARANCE, Stage } from './fakes/stage.js'

describe('what a screen reader is told', () => {
  let stage: Stage
  const region = () => stage.root.querySelector('.lab-said')
  const said = () => region()?.textContent ?? ''

  beforeEach(async () => {
    stage = new Stage({ appearance: { ...APPEARANCE, screenReader: true } })
    stage.attach()
    await waitUntil(() => region() !== null, 'the announcer is there')
  })
  afterEach(() => stage.remove())

  /** xterm has handed the output to its own live region, which it does once a second at most. */
  const handed = (text: string) =>
    waitUntil(() => stage.find('.live-region').textContent?.includes(text), `xterm speaks ${text}`, { timeout: 5_000 })

  it('is the output, once, politely, and gone again: nothing is read a second time', async () => {
    stage.socket.bytes('file one\r\nfile two\r\n')
    await handed('two')
    expect(said()).to.equal('')
    stage.clock.advance(250)
    expect(said()).to.equal('file one\nfile two')
    expect(region()?.getAttribute('aria-live')).to.equal('polite')
    expect(stage.find('.live-region').getAttribute('aria-live')).to.equal('off')
    expect(stage.find('.live-region').getAttribute('aria-hidden')).to.equal('true')
    stage.clock.advance(2_000)
    expect(said()).to.equal('')
    await expect(stage.page).to.be.accessible()
  })

  it('comes at most once a second, and in a flood no more than twenty lines of it', async () => {
    stage.socket.bytes('first\r\n')
    await handed('first')
    stage.clock.advance(250)
    expect(said()).to.equal('first')
    stage.socket.bytes('second\r\n')
    await handed('second')
    stage.clock.advance(900)
    expect(said()).to.equal('first')
    stage.clock.advance(100)
    expect(said()).to.equal('second')
    stage.socket.bytes('flood\r\n'.repeat(2_000))
    await stage.parsed((text) => text.split('\n').length > 1_900)
    await handed('Too much')
    stage.clock.advance(1_000)
    expect(said().split('\n').length).to.be.at.most(20)
  })

  it('ends with the mode, and leaves no timer', async () => {
    stage.socket.bytes('pending\r\n')
    await handed('pending')
    const link = stage.clock.pending - 1
    stage.display.update(APPEARANCE)
    expect(region()).to.equal(null)
    expect(stage.clock.pending).to.equal(link)
  })
})
