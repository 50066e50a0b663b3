import { expect } from '@open-wc/testing'
import { Stage } from './fakes/stage.js'

/**
 * What keyboards on a screen send, as Android's do: the key of a `keydown` is not known (229), the text comes by
 * composition or by `input`, and some leave the key events out. One step of a typist each.
 */
type Step =
  | { key: 'down' | 'up' }
  | { compose: 'start' | 'update' | 'end'; data: string }
  | { input: 'insertText' | 'insertCompositionText' | 'deleteContentBackward'; data: string | null; value: string }
  /** The browser's tasks have run. */
  | 'wait'

const typed = (data: string, value: string): Step[] => [
  { key: 'down' },
  { input: 'insertText', data, value },
  { key: 'up' },
  'wait',
]

const composed = (data: string, value: string): Step[] => [
  { key: 'down' },
  { compose: 'update', data },
  { input: 'insertCompositionText', data, value },
  { key: 'up' },
  'wait',
]

const KEYBOARDS: Record<string, { steps: Step[]; sent: string }> = {
  'letters by input alone': { steps: [...typed('l', 'l'), ...typed('s', 'ls')], sent: 'ls' },
  'letters without key events': {
    steps: [
      { input: 'insertText', data: 'l', value: 'l' },
      'wait',
      { input: 'insertText', data: 's', value: 'ls' },
      'wait',
    ],
    sent: 'ls',
  },
  'a word composed, ended by a space': {
    steps: [
      { key: 'down' },
      { compose: 'start', data: '' },
      ...composed('l', 'l'),
      ...composed('ls', 'ls'),
      { key: 'down' },
      { compose: 'end', data: 'ls' },
      { input: 'insertText', data: ' ', value: 'ls ' },
      { key: 'up' },
      'wait',
    ],
    sent: 'ls ',
  },
  'two words, each composed': {
    steps: [
      { compose: 'start', data: '' },
      ...composed('cd', 'cd'),
      { compose: 'end', data: 'cd' },
      'wait',
      ...typed(' ', 'cd '),
      { compose: 'start', data: '' },
      ...composed('tmp', 'cd tmp'),
      { compose: 'end', data: 'tmp' },
      'wait',
    ],
    sent: 'cd tmp',
  },
  'a word taken from the suggestions': {
    steps: [
      { compose: 'start', data: '' },
      ...composed('ec', 'ec'),
      { compose: 'update', data: 'echo' },
      { input: 'insertCompositionText', data: 'echo', value: 'echo' },
      { compose: 'end', data: 'echo' },
      'wait',
    ],
    sent: 'echo',
  },
}

describe('a keyboard on the screen', () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
    stage.attach()
    stage.display.focus()
  })
  afterEach(() => stage.remove())

  const play = async (step: Step) => {
    const { textarea } = stage
    const on = { bubbles: true, composed: true, cancelable: true }
    if (step === 'wait') await new Promise((resolve) => setTimeout(resolve, 20))
    else if ('key' in step) {
      const event = new KeyboardEvent(`key${step.key}`, { ...on, key: 'Unidentified', keyCode: 229 })
      textarea.dispatchEvent(event)
    } else if ('compose' in step) {
      textarea.dispatchEvent(new CompositionEvent(`composition${step.compose}`, { ...on, data: step.data }))
    } else {
      textarea.value = step.value
      textarea.selectionStart = step.value.length
      textarea.dispatchEvent(new InputEvent('input', { ...on, inputType: step.input, data: step.data }))
    }
  }

  for (const [name, { steps, sent }] of Object.entries(KEYBOARDS)) {
    it(`sends once: ${name}`, async () => {
      for (const step of steps) await play(step)
      expect(stage.socket.input).to.equal(sent)
    })
  }
})
