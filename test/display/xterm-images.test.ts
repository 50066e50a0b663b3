import { expect } from '@open-wc/testing'
import { Stage } from './fakes/stage.js'

/** Ten columns of six pixels. */
const SIXEL = '\x1bPq#0;2;100;0;0#0!10~\x1b\\'

async function shown(wanted: () => boolean): Promise<boolean> {
  for (let turn = 0; turn < 300 && !wanted(); turn++) await new Promise((resolve) => setTimeout(resolve, 10))
  return wanted()
}

const layer = (stage: Stage) => stage.root.querySelector<HTMLCanvasElement>('canvas.xterm-image-layer')

describe('images in the output', () => {
  let stage: Stage

  afterEach(() => stage.remove())

  async function start(images: 'on' | 'off'): Promise<void> {
    stage = new Stage({ images })
    stage.attach().bytes('ready')
    await stage.parsed((text) => text === 'ready')
    // Their code comes after the first characters are painted.
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }

  it('are shown where the author allows them', async () => {
    await start('on')
    stage.socket.bytes(SIXEL)
    expect(await shown(() => layer(stage) !== null)).to.equal(true)
    expect(
      await shown(
        () =>
          layer(stage)
            ?.getContext('2d')
            ?.getImageData(0, 0, 640, 320)
            .data.some((one) => one > 0) ?? false,
      ),
      'something is painted',
    ).to.equal(true)
  })

  it('are passed over by default', async () => {
    await start('off')
    stage.socket.bytes(`${SIXEL}after`)
    await stage.parsed((text) => text.includes('after'))
    expect(layer(stage)).to.equal(null)
  })

  it('answer nothing of what the server answers', async () => {
    await start('on')
    stage.socket.bytes('\x1b[c\x1b[?1;1;0S\x1b[14t\x1b[16t\x1b[18tasked')
    await stage.parsed((text) => text.includes('asked'))
    expect(stage.socket.input).to.equal('')
  })

  it('that are too large cost nothing, and the terminal goes on', async function () {
    this.timeout(60_000)
    await start('on')
    stage.socket.bytes('\x1bPq"1;1;2000000000;2000000000#0!2000000000~\x1b\\')
    stage.socket.bytes(`\x1b]1337;File=inline=1;size=4000000000:${'A'.repeat(1_000)}\x07`)
    stage.socket.bytes(`\x1bPq${'#0~'.repeat(4 * 1024 * 1024)}`)
    stage.socket.bytes('\x1b\\\x18\x1bcgoes on')
    expect(await stage.parsed((text) => text === 'goes on')).to.equal('goes on')
    expect(stage.eventsOf('closed')).to.deep.equal([])
  })
})
