import { expect } from '@open-wc/testing'
import { sendKeys } from '@web/test-runner-commands'
import { type KeyContext, keyMeaning } from '../../src/display/guacamole/keys.js'
import { keysymsOf } from '../../src/display/guacamole/keysyms.js'
import { Desktop, type DesktopOptions, until } from './fakes/guacamole-stage.js'

const PLAIN = { type: 'keydown', ctrlKey: false, shiftKey: false, altKey: false, metaKey: false }

let desktop: Desktop
afterEach(() => desktop?.remove())

async function focused(options?: DesktopOptions): Promise<Desktop> {
  desktop = new Desktop(options)
  await desktop.open()
  desktop.display.focus()
  desktop.forget()
  return desktop
}

function key(type: 'keydown' | 'keypress' | 'keyup', init: KeyboardEventInit & { keyCode?: number }): KeyboardEvent {
  const event = new KeyboardEvent(type, { bubbles: true, composed: true, cancelable: true, ...init })
  desktop.field.dispatchEvent(event)
  return event
}

async function chord(...names: string[]): Promise<void> {
  for (const down of names) await sendKeys({ down })
  for (const up of [...names].reverse()) await sendKeys({ up })
}

describe('whose a key is in a desktop', () => {
  const other: KeyContext = { platform: 'other', listening: true }
  for (const [chord, context, meaning] of [
    [{ key: 'a' }, other, 'lab'],
    [{ key: 'Tab' }, other, 'lab'],
    [{ key: 'F5' }, other, 'lab'],
    [{ key: 'Meta' }, other, 'lab'],
    [{ key: 'CapsLock' }, other, 'page'],
    [{ key: 'v', ctrlKey: true }, other, 'paste'],
    [{ key: 'V', ctrlKey: true, shiftKey: true }, other, 'paste'],
    [{ key: 'Insert', shiftKey: true }, other, 'paste'],
    [{ key: 'Insert', ctrlKey: true }, other, 'lab'],
    [{ key: 'v', ctrlKey: true, altKey: true }, other, 'lab'],
    [{ key: 'Backspace', ctrlKey: true, shiftKey: true }, other, 'leave'],
    [{ key: 'Backspace', ctrlKey: true, shiftKey: true }, { ...other, listening: false }, 'leave'],
    [{ key: 'a' }, { ...other, listening: false }, 'page'],
    [{ key: 'Meta' }, { ...other, platform: 'apple' }, 'page'],
    [{ key: 'v', metaKey: true }, { ...other, platform: 'apple' }, 'paste'],
    [{ key: 'v', ctrlKey: true }, { ...other, platform: 'apple' }, 'lab'],
    [{ key: 'c', metaKey: true }, { ...other, platform: 'apple' }, 'command'],
    [{ key: 't', metaKey: true }, { ...other, platform: 'apple' }, 'page'],
  ] as const satisfies readonly (readonly [object, KeyContext, string])[]) {
    it(`${JSON.stringify(chord)} on ${context.platform}${context.listening ? '' : ' without a link'}: ${meaning}`, () => {
      expect(keyMeaning({ ...PLAIN, ...chord }, context).for).to.equal(meaning)
    })
  }

  it('types text by keys, whole characters, and no control characters', () => {
    expect(keysymsOf('aü日🚀')).to.deep.equal([0x61, 0xfc, 0x010065e5, 0x0101f680])
    expect(keysymsOf('\r\n\t\x1b\x07\x85')).to.deep.equal([0xff0d, 0xff09, 0xff1b])
  })
})

describe('the keyboard of a desktop', () => {
  it('types what is typed, with its modifiers, as pressed and let go', async () => {
    await focused()
    await sendKeys({ press: 'a' })
    await chord('Shift', 'B')
    await sendKeys({ press: 'Tab' })
    await chord('Control', 'c')
    expect(desktop.keys).to.equal('+a -a +Shift +B -B -Shift +Tab -Tab +Ctrl +c -c -Ctrl')
    expect(desktop.eventsOf('input').length).to.be.greaterThan(0)
  })

  it('leaves every key of the page alone while it is not focused', async () => {
    await focused()
    const input = document.createElement('input')
    input.value = 'ab'
    const heard: KeyboardEvent[] = []
    input.addEventListener('keydown', (event) => heard.push(event))
    document.body.append(input)
    input.focus()
    desktop.forget()
    for (const press of ['ArrowLeft', 'Space', 'x', 'ArrowDown', 'Tab']) {
      input.focus()
      await sendKeys({ press })
    }
    // The browser would reload the page: it is enough that nobody took the key.
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'F5', keyCode: 116, bubbles: true, cancelable: true }))
    const kept = input.value
    input.remove()
    expect(kept).to.equal('a xb')
    expect(heard.map(({ key: name }) => name)).to.deep.equal(['ArrowLeft', ' ', 'x', 'ArrowDown', 'Tab', 'F5'])
    expect(heard.map((event) => event.defaultPrevented)).to.deep.equal([false, false, false, false, false, false])
    expect(desktop.keys).to.equal('')
  })

  it('takes the keys that the page would act on while it is focused', async () => {
    await focused()
    for (const [name, keyCode] of [
      ['F5', 116],
      [' ', 32],
      ['ArrowDown', 40],
      ['PageDown', 34],
    ] as const) {
      const down = key('keydown', { key: name, keyCode })
      const press = name === ' ' ? key('keypress', { key: ' ', keyCode: 32 }) : down
      expect(press.defaultPrevented, name).to.equal(true)
      key('keyup', { key: name, keyCode })
    }
  })

  it('lets go of everything when it loses the keyboard', async () => {
    await focused()
    await sendKeys({ down: 'Control' })
    await sendKeys({ down: 'Shift' })
    desktop.field.blur()
    expect(desktop.keys).to.match(/^\+Ctrl \+Shift (-Ctrl -Shift|-Shift -Ctrl)$/)
    await sendKeys({ up: 'Shift' })
    await sendKeys({ up: 'Control' })
  })

  it('lets go of what was down as the link was cut, once there is another', async () => {
    await focused()
    await sendKeys({ down: 'k' })
    desktop.socket.cut()
    await desktop.open()
    expect(desktop.keys).to.include('-k').and.to.include('-Ctrl').and.not.to.include('+')
    await sendKeys({ up: 'k' })
  })

  it('leaves by its chord, with nothing held', async () => {
    await focused()
    await chord('Control', 'Shift', 'Backspace')
    expect(desktop.eventsOf('leave')).to.have.length(1)
    expect(desktop.keys).not.to.include('Backspace')
    expect(desktop.keys).to.include('-Ctrl').and.to.include('-Shift')
  })

  it('types AltGr characters, as Linux sends them', async () => {
    await focused()
    key('keydown', { key: 'AltGraph', keyCode: 225 })
    key('keydown', { key: '@', keyCode: 81 })
    key('keypress', { key: '@', keyCode: 64 })
    key('keyup', { key: '@', keyCode: 81 })
    key('keyup', { key: 'AltGraph', keyCode: 225 })
    expect(desktop.keys).to.equal('+AltGr +@ -@ -AltGr')
  })

  it('types AltGr characters, as Windows sends them: Control is not held meanwhile', async () => {
    await focused()
    const both = { ctrlKey: true, altKey: true }
    key('keydown', { key: 'Control', keyCode: 17, location: 1, ctrlKey: true })
    key('keydown', { key: 'AltGraph', keyCode: 18, location: 2, ...both })
    key('keydown', { key: '{', keyCode: 55, ...both })
    key('keypress', { key: '{', keyCode: 123, ...both })
    const before = desktop.keys.slice(0, desktop.keys.indexOf('+{'))
    expect(before.lastIndexOf('-Ctrl')).to.be.greaterThan(before.lastIndexOf('+Ctrl'))
    expect(desktop.keys).to.include('+{')
    key('keyup', { key: '{', keyCode: 55, ...both })
    key('keyup', { key: 'AltGraph', keyCode: 18, location: 2 })
    key('keyup', { key: 'Control', keyCode: 17, location: 1 })
  })

  it('types dead keys and what an input method composes, once', async () => {
    await focused()
    desktop.field.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }))
    key('keydown', { key: 'Process', keyCode: 229, isComposing: true })
    desktop.field.value = 'に'
    desktop.field.dispatchEvent(
      new InputEvent('input', { data: 'に', inputType: 'insertCompositionText', isComposing: true, bubbles: true }),
    )
    desktop.field.dispatchEvent(new CompositionEvent('compositionend', { data: '日本🚀', bubbles: true }))
    desktop.field.dispatchEvent(
      new InputEvent('input', { data: '日本🚀', inputType: 'insertCompositionText', bubbles: true }),
    )
    expect(desktop.keys).to.equal('+日 -日 +本 -本 +🚀 -🚀')
    expect(desktop.field.value).to.equal('')
  })

  it('types what a soft keyboard inserts and takes away', async () => {
    await focused()
    await sendKeys({ type: 'é' })
    desktop.field.dispatchEvent(
      new InputEvent('beforeinput', { inputType: 'deleteContentBackward', bubbles: true, cancelable: true }),
    )
    desktop.field.dispatchEvent(
      new InputEvent('beforeinput', { inputType: 'insertLineBreak', bubbles: true, cancelable: true }),
    )
    expect(desktop.keys).to.equal('+é -é +Backspace -Backspace +Enter -Enter')
  })

  it('takes Command for Control on a Mac, and holds neither', async () => {
    await focused({ platform: 'apple' })
    key('keydown', { key: 'Meta', keyCode: 91, metaKey: true })
    expect(key('keydown', { key: 'c', keyCode: 67, metaKey: true }).defaultPrevented).to.equal(true)
    expect(key('keydown', { key: 't', keyCode: 84, metaKey: true }).defaultPrevented).to.equal(false)
    key('keyup', { key: 'Meta', keyCode: 91 })
    expect(desktop.keys).to.equal('+Ctrl +c -c -Ctrl')
  })

  it('does not turn on Caps Lock in the lab: letters come as they are meant', async () => {
    await focused()
    key('keydown', { key: 'CapsLock', keyCode: 20 })
    key('keydown', { key: 'A', keyCode: 65 })
    key('keypress', { key: 'A', keyCode: 65 })
    key('keyup', { key: 'A', keyCode: 65 })
    expect(desktop.keys).to.equal('+A -A')
  })

  it('sends text as if typed', async () => {
    await focused()
    desktop.display.send('é🚀\n')
    expect(desktop.keys).to.equal('+é -é +🚀 -🚀 +Enter -Enter')
  })
})

describe('the mouse of a desktop', () => {
  const at = (x: number, y: number, more: PointerEventInit = {}) => {
    const box = desktop.surface.getBoundingClientRect()
    return { clientX: box.left + x, clientY: box.top + y, bubbles: true, cancelable: true, composed: true, ...more }
  }
  const point = (type: string, x: number, y: number, more: PointerEventInit = {}) =>
    desktop.surface.dispatchEvent(new PointerEvent(type, at(x, y, { pointerType: 'mouse', ...more })))

  it('moves, presses and lets go, with each button', async () => {
    await focused()
    point('pointermove', 10, 20)
    point('pointerdown', 10, 20, { buttons: 1 })
    point('pointermove', 30, 40, { buttons: 1 })
    point('pointerup', 30, 40, { buttons: 0 })
    point('pointerdown', 30, 40, { buttons: 2 })
    point('pointerdown', 30, 40, { buttons: 6 })
    point('pointerup', 30, 40, { buttons: 0 })
    expect(desktop.sentOf('mouse')).to.deep.equal([
      ['10', '20', '0'],
      ['10', '20', '1'],
      ['30', '40', '1'],
      ['30', '40', '0'],
      ['30', '40', '4'],
      ['30', '40', '6'],
      ['30', '40', '0'],
    ])
  })

  for (const [name, style] of [
    ['a scroller', 'overflow: auto; width: 300px; height: 200px'],
    ['a scaled page', 'transform: scale(.5); transform-origin: 20px 10px'],
    ['a moved page', 'position: fixed; left: 37px; top: 21px'],
  ] as const) {
    it(`is right within ${name}`, async () => {
      const parent = document.createElement('div')
      parent.style.cssText = style
      document.body.append(parent)
      await focused({ parent })
      parent.scrollTop = 60
      parent.scrollLeft = 40
      const scale = style.includes('scale') ? 0.5 : 1
      point('pointermove', 100 * scale, 80 * scale)
      parent.remove()
      expect(desktop.sentOf('mouse')).to.deep.equal([['100', '80', '0']])
    })
  }

  it('counts in the pixels of the lab where that is shown smaller', async () => {
    desktop = new Desktop()
    await desktop.open({ width: 1280, height: 640 })
    desktop.forget()
    point('pointermove', 100, 80)
    expect(desktop.sentOf('mouse')).to.deep.equal([['200', '160', '0']])
  })

  it('gets the keyboard by a click, not by a finger that may scroll the page', async () => {
    desktop = new Desktop()
    await desktop.open()
    point('pointerdown', 5, 5, { pointerType: 'touch', buttons: 1 })
    expect(desktop.root.activeElement).to.equal(null)
    desktop.surface.dispatchEvent(new MouseEvent('click', at(5, 5)))
    expect(desktop.root.activeElement).to.equal(desktop.field)
    desktop.field.blur()
    point('pointerdown', 5, 5, { buttons: 1 })
    expect(desktop.root.activeElement).to.equal(desktop.field)
  })

  it('turns its wheel only with the keyboard, and never with Ctrl', async () => {
    desktop = new Desktop()
    await desktop.open()
    desktop.forget()
    const turn = (deltaY: number, more: WheelEventInit = {}) => {
      const event = new WheelEvent('wheel', { ...at(10, 10), deltaY, ...more })
      desktop.surface.dispatchEvent(event)
      return event.defaultPrevented
    }
    expect(turn(120)).to.equal(false)
    expect(desktop.sentOf('mouse')).to.deep.equal([])
    desktop.display.focus()
    expect(turn(120)).to.equal(true)
    expect(desktop.sentOf('mouse').map(([, , mask]) => mask)).to.deep.equal(['16', '0', '16', '0'])
    expect(turn(120, { ctrlKey: true })).to.equal(false)
    desktop.forget()
    turn(-3, { deltaMode: WheelEvent.DOM_DELTA_LINE })
    expect(desktop.sentOf('mouse').map(([, , mask]) => mask)).to.deep.equal(['8', '0'])
  })

  it('lets go of a button when it loses the keyboard', async () => {
    await focused()
    point('pointerdown', 5, 5, { buttons: 1 })
    desktop.field.blur()
    expect(desktop.sentOf('mouse').at(-1)).to.deep.equal(['5', '5', '0'])
  })

  it('clicks where a finger taps, once the lab has the keyboard', async () => {
    await focused()
    const tap = (type: string) => {
      const layer = desktop.root.querySelector('.touch') ?? desktop.surface
      const { clientX, clientY } = at(50, 60)
      const touch = new Touch({ identifier: 1, target: layer, clientX, clientY })
      const touches = type === 'touchend' ? [] : [touch]
      const event = new TouchEvent(type, { touches, changedTouches: [touch], bubbles: true, cancelable: true })
      layer.dispatchEvent(event)
      return event.defaultPrevented
    }
    expect(tap('touchstart')).to.equal(true)
    tap('touchend')
    await until(() => desktop.sentOf('mouse').length > 1)
    expect(desktop.sentOf('mouse').map((mouse) => mouse.join(' '))).to.include('50 60 1')
    desktop.field.blur()
    expect(tap('touchstart')).to.equal(false)
  })
})
