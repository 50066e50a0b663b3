import { expect, waitUntil } from '@open-wc/testing'
import { sendKeys } from '@web/test-runner-commands'
import { LabRecording } from '../../src/recording.js'

const DESKTOP = new URL('../../stories/fakes/desktop.guac', import.meta.url)

/** Two colours, two seconds apart. */
const TWO_PICTURES = [
  '4.size,1.0,2.64,2.32;4.rect,1.0,1.0,1.0,2.64,2.32;5.cfill,2.14,1.0,3.200,1.0,1.0,3.255;4.sync,4.1000;',
  '4.rect,1.0,1.0,1.0,2.64,2.32;5.cfill,2.14,1.0,1.0,1.0,3.200,3.255;4.sync,4.3000;',
].join('')

let recording: LabRecording

async function open(source: Blob, lang = 'en'): Promise<LabRecording> {
  recording = new LabRecording()
  recording.lang = lang
  recording.source = source
  document.body.append(recording)
  await recording.updateComplete
  return recording
}

const part = <T extends Element>(selector: string): T | null | undefined =>
  recording.shadowRoot?.querySelector<T>(selector)
const button = () => part<HTMLButtonElement>('button')
const slider = () => part<HTMLInputElement>('input')
const said = () => part('[role=status]')?.textContent?.trim()
const settled = { timeout: 9_000 }

function pixel(): number[] {
  const canvas = recording.shadowRoot?.querySelector('canvas')
  if (!canvas || canvas.width === 0) return []
  return [...(canvas.getContext('2d')?.getImageData(3, 3, 1, 1).data ?? [])].slice(0, 3)
}

describe('a recording on the page', () => {
  afterEach(() => recording.remove())

  it('shows its first picture, and how long it is, before it is played', async () => {
    await open(new Blob([TWO_PICTURES]))
    await waitUntil(() => pixel()[0] === 200, 'the first picture', settled)
    expect(button()?.textContent).to.equal('Play')
    expect(slider()?.getAttribute('aria-valuetext')).to.equal('0:00 of 0:02')
    expect(part('[role=img]')?.getAttribute('aria-label')).to.equal('Picture of the recording')
  })

  it('plays to its end, stops there, and begins anew', async () => {
    await open(new Blob([TWO_PICTURES]))
    await waitUntil(() => button(), 'it is read', settled)
    button()?.click()
    await waitUntil(() => button()?.textContent === 'Pause', 'it plays', settled)
    await waitUntil(() => pixel()[2] === 200, 'the second picture', settled)
    await waitUntil(() => button()?.textContent === 'Play', 'it stops', settled)
    expect(slider()?.getAttribute('aria-valuetext')).to.equal('0:02 of 0:02')
    button()?.click()
    await waitUntil(() => pixel()[0] === 200, 'the first picture again', settled)
  })

  it('has a slider that ends where it does, however short it is, and goes by seconds', async () => {
    await open(new Blob([TWO_PICTURES.replace('4.3000', '4.2500')]))
    await waitUntil(() => slider() && pixel()[0] === 200, 'it is read', settled)
    expect(slider()?.max).to.equal('1500')
    slider()?.focus()
    await sendKeys({ press: 'ArrowRight' })
    await waitUntil(() => slider()?.value === '1000', 'a second', settled)
    await sendKeys({ press: 'ArrowUp' })
    await waitUntil(() => slider()?.value === '1500', 'the end', settled)
    await waitUntil(() => pixel()[2] === 200, 'the last picture', settled)
    await sendKeys({ press: 'ArrowLeft' })
    await waitUntil(() => slider()?.value === '500', 'a second less', settled)
  })

  it('is moved and played by keyboard', async () => {
    await open(new Blob([TWO_PICTURES]))
    await waitUntil(() => slider() && pixel()[0] === 200, 'it is read', settled)
    slider()?.focus()
    await sendKeys({ press: 'End' })
    await waitUntil(() => pixel()[2] === 200, 'the last picture', settled)
    await sendKeys({ press: 'Home' })
    await waitUntil(() => pixel()[0] === 200, 'the first picture', settled)
    await sendKeys({ press: 'Space' })
    await waitUntil(() => button()?.textContent === 'Pause', 'it plays', settled)
    await sendKeys({ press: 'Space' })
    await waitUntil(() => button()?.textContent === 'Play', 'it stops', settled)
  })

  it('plays what guacd recorded, as wide as the page lets it, and can be read by axe', async () => {
    const answer = await fetch(DESKTOP)
    await open(await answer.blob())
    await waitUntil(() => button() && (part('.screen canvas')?.clientWidth ?? 0) > 0, 'it is read', settled)
    const screen = part<HTMLElement>('.screen')
    const picture = screen?.firstElementChild
    await waitUntil(
      () => Math.abs((picture?.getBoundingClientRect().width ?? 0) - (screen?.clientWidth ?? 0)) < 2,
      'it fills its frame',
      settled,
    )
    await expect(recording).to.be.accessible()
  })

  it('says that what is no recording cannot be played', async () => {
    await open(new Blob(['<!doctype html>']), 'de')
    await waitUntil(() => said() === 'Diese Aufzeichnung lässt sich nicht abspielen.', 'it says so', settled)
    expect(button()).to.equal(null)
  })

  it('leaves nothing of one when it is given another, or taken away', async () => {
    await open(new Blob([TWO_PICTURES]))
    await waitUntil(() => button(), 'it is read', settled)
    button()?.click()
    recording.source = new Blob([TWO_PICTURES.replaceAll('3.200', '3.100')])
    await waitUntil(() => pixel()[0] === 100, 'the other one', settled)
    expect(recording.shadowRoot?.querySelectorAll('.screen > *')).to.have.length(1)
    recording.remove()
    expect(recording.shadowRoot?.querySelectorAll('.screen > *')).to.have.length(0)
  })
})
