import { expect } from '@open-wc/testing'
import { sendKeys } from '@web/test-runner-commands'
import { pageSignals } from '../../src/session/activity.js'

describe('the signals of a page', () => {
  let stop: (() => void) | undefined
  afterEach(() => stop?.())

  function heard(): string[] {
    const signals: string[] = []
    stop = pageSignals(window).subscribe((signal) => signals.push(signal))
    return signals
  }

  it('tell of a key, also one that a widget keeps for itself', async () => {
    const signals = heard()
    const widget = document.createElement('input')
    widget.addEventListener('keydown', (event) => event.stopImmediatePropagation())
    document.body.append(widget)
    widget.focus()
    signals.length = 0
    await sendKeys({ press: 'a' })
    widget.remove()
    expect(signals).to.include('input')
  })

  it('do not take what a script makes up for a person', () => {
    const signals = heard()
    window.dispatchEvent(new KeyboardEvent('keydown', { key: 'a' }))
    expect(signals).to.deep.equal([])
  })

  it('tell of focus, blur, online, offline, leaving and coming back', () => {
    const signals = heard()
    for (const name of ['focus', 'blur', 'online', 'offline']) window.dispatchEvent(new Event(name))
    window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
    document.dispatchEvent(new Event('visibilitychange'))
    expect(signals).to.deep.equal(['focus', 'blur', 'online', 'offline', 'leave', 'return', document.visibilityState])
  })

  it('end with the last subscription', () => {
    const page = pageSignals(window)
    const signals: string[] = []
    const listener = (signal: string) => signals.push(signal)
    const one = page.subscribe(listener)
    const two = page.subscribe(listener)
    one()
    one()
    window.dispatchEvent(new Event('online'))
    expect(signals).to.deep.equal(['online'])
    two()
    window.dispatchEvent(new Event('online'))
    expect(signals).to.deep.equal(['online'])
    stop = page.subscribe(listener)
    window.dispatchEvent(new Event('offline'))
    expect(signals).to.deep.equal(['online', 'offline'])
  })
})
