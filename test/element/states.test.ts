import { expect } from '@open-wc/testing'
import { emulateMedia, setViewport } from '@web/test-runner-commands'
import type { Status } from '../../src/core/state.js'
import { PROBLEMS, type ProblemCode, problemOf } from '../../src/wire/problems.js'
import { labStatus } from '../../stories/fakes/labs.js'
import { MORE_SCENES, STATUS_SCENES } from '../../stories/fakes/scenes.js'
import type { Script } from '../../stories/fakes/scripted-session.js'
import { openLab, type TestLab } from './fakes/test-lab.js'

/** What a learner with a screen reader is told in each status: politely, or at once. */
const TOLD: Record<Status, { status: string; alert?: string }> = {
  loading: { status: 'Loading…' },
  'signed-out': { status: '', alert: 'You are not signed in. Sign in to your course again, then reload this page.' },
  absent: { status: 'Not started. Usually 95 seconds, rarely over 3 minutes.' },
  queued: { status: 'You are number 3 in line.' },
  preparing: { status: 'Building your lab. Usually 95 seconds, rarely over 3 minutes.' },
  connecting: { status: 'Connecting…' },
  connected: { status: 'Connected' },
  reconnecting: { status: 'The connection is interrupted. Trying again. Keys typed now are not kept.' },
  paused: { status: 'Paused' },
  failed: {
    status: '',
    alert:
      'The lab could not be built. Try again. If it keeps happening, tell your course team and give them the code below.',
  },
}

const scenes: Record<string, () => Script> = { ...STATUS_SCENES, ...MORE_SCENES }

function isWider(lab: TestLab): boolean {
  const all = [lab.find('.frame'), ...(lab.shadowRoot?.querySelectorAll<HTMLElement>('.frame > *, .stage > *') ?? [])]
  const page = document.documentElement
  return (
    page.scrollWidth > page.clientWidth ||
    all.some((part) => !part.matches('.sr') && part.scrollWidth > part.clientWidth + 1)
  )
}

describe('every state', () => {
  let lab: TestLab

  afterEach(async () => {
    lab.remove()
    await emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' })
    await setViewport({ width: 800, height: 600 })
  })

  for (const [name, scene] of Object.entries(scenes)) {
    it(`${name} is accessible, light and dark`, async function () {
      this.timeout(20_000)
      await emulateMedia({ reducedMotion: 'reduce' })
      for (const colorScheme of ['light', 'dark'] as const) {
        await emulateMedia({ colorScheme })
        lab = await openLab(scene())
        // What shows late is there at once for a reader that looks at everything.
        await new Promise((resolve) => setTimeout(resolve, 550))
        await expect(lab).to.be.accessible()
        if (colorScheme === 'light') lab.remove()
      }
    })

    it(`${name} fits 320 px without scrolling sideways`, async () => {
      await setViewport({ width: 320, height: 600 })
      lab = await openLab(scene())
      expect(isWider(lab)).to.equal(false)
    })
  }

  for (const [name, scene] of Object.entries(STATUS_SCENES)) {
    it(`${name} is said once, where it belongs`, async () => {
      const told = new Map(Object.entries(TOLD)).get(name)
      lab = await openLab(scene())
      expect(lab.status).to.equal(name)
      expect(lab.getAttribute('status')).to.equal(name)
      expect(lab.spoken).to.equal(told?.status)
      expect(lab.alarmed).to.equal(told?.alert ?? '')
    })
  }

  it('stays as tall in every state', async () => {
    const heights = new Set<number>()
    for (const scene of Object.values(scenes)) {
      lab = await openLab(scene())
      heights.add(lab.getBoundingClientRect().height)
      lab.remove()
    }
    expect([...heights]).to.deep.equal([420])
    lab = await openLab(undefined)
  })

  it('says every problem in words of its own, with what to do and the code', async () => {
    lab = await openLab(STATUS_SCENES.loading())
    const titles = new Set<string>()
    for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
      lab.scripted.show({ name: 'failed', problem: problemOf(code) })
      await lab.updateComplete
      const [title = '', advice = ''] = [...(lab.shadowRoot?.querySelectorAll('.card > p') ?? [])].map((p) =>
        p.textContent?.trim(),
      )
      expect(title, code).to.equal(PROBLEMS[code].title)
      expect(advice.length, code).to.be.greaterThan(10)
      expect(lab.find('code').textContent).to.equal(code)
      expect(lab.has('.primary'), code).to.equal(PROBLEMS[code].retry !== 'never')
      titles.add(title)
    }
    expect(titles.size).to.equal(Object.keys(PROBLEMS).length)
  })

  it('shows what a newer server says about a problem this page does not know', async () => {
    lab = await openLab({
      state: { name: 'failed', problem: JSON.parse('{"code":"lab/eaten","title":"A dog ate it.","retry":"auto"}') },
    })
    expect(lab.alarmed).to.equal('A dog ate it. You need to do nothing: we keep trying.')
  })

  it('speaks of the problem, not of keys, while nothing was connected yet', async () => {
    lab = await openLab(MORE_SCENES['server away']())
    expect(lab.spoken).to.equal('The lab service cannot be reached. Check that you are online. We keep trying.')
    lab.button('Try now').click()
    expect(lab.scripted.calls).to.deep.equal(['start', 'reconnect'])
  })

  it('says over the last screen why it stands still, to the eye and to a screen reader', async () => {
    lab = await openLab(MORE_SCENES['desktop away']())
    const why = 'The service that shows this screen does not answer right now.'
    expect(lab.find('.notice b').textContent).to.equal(why)
    expect(lab.spoken).to.equal(`${why} Trying again. Keys typed now are not kept.`)
    lab.scripted.show(STATUS_SCENES.reconnecting().state)
    await lab.updateComplete
    expect(lab.find('.notice b').textContent).to.equal('The connection is interrupted.')
  })

  it('counts progress of the server and invents none', async () => {
    lab = await openLab(STATUS_SCENES.preparing())
    const bar = lab.find<HTMLProgressElement>('progress')
    expect([bar.value, bar.max]).to.deep.equal([3, 7])
    expect(lab.shown).to.contain('3 of 7 parts are ready')
    lab.scripted.show({ name: 'preparing', lab: labStatus({ phase: 'launching' }) })
    await lab.updateComplete
    expect(lab.find<HTMLProgressElement>('progress').hasAttribute('value')).to.equal(false)
    expect(lab.find<HTMLProgressElement>('progress').position).to.equal(-1)
  })

  it('tells how long it takes, by the clock of the server, and says so when it is late', async () => {
    const eta = { typicalSeconds: 14, slowSeconds: 25 }
    lab = await openLab(STATUS_SCENES.loading())
    const pageNow = lab.clock.now
    const status = labStatus({ phase: 'resuming', secondsAgo: 10, ahead: 3_600_000, pageNow, eta })
    lab.scripted.show({ name: 'preparing', lab: status })
    await lab.updateComplete
    expect(lab.shown).to.contain('Usually 14 seconds, rarely over 25 seconds.').and.to.contain('10 seconds so far')
    lab.clock.advance(16_000)
    await lab.updateComplete
    expect(lab.shown).to.contain('26 seconds so far').and.to.contain('This takes longer than usual.')
  })

  it('speaks of waiting every half minute, not every second', async () => {
    lab = await openLab(STATUS_SCENES.loading())
    const pageNow = lab.clock.now
    lab.scripted.show({ name: 'preparing', lab: labStatus({ phase: 'launching', pageNow }) })
    await lab.updateComplete
    const said = new Set<string>()
    for (let second = 0; second < 75; second++) {
      lab.clock.advance(1_000)
      await lab.updateComplete
      said.add(lab.spoken)
    }
    expect([...said]).to.deep.equal([
      'Building your lab.',
      'Building your lab: 30 seconds so far.',
      'Building your lab: 60 seconds so far.',
    ])
  })

  it('says once what holds a lab up, in place of an estimate, and no more when it is over', async () => {
    lab = await openLab(MORE_SCENES['cloud away']?.() ?? {})
    const words =
      'The cloud that runs the labs does not answer right now. Your lab is safe. You need to do nothing: we keep trying.'
    expect(lab.shown).to.contain(`${words} cloud/unreachable`).and.not.to.contain('Usually')
    expect(lab.spoken).to.equal(words)
    lab.scripted.show({ name: 'preparing', lab: labStatus({ phase: 'launching' }) })
    await lab.updateComplete
    expect(lab.shown).not.to.contain('does not answer')
    expect(lab.spoken).to.equal('Building your lab.')
  })

  it('keeps the last screen while paused, says since when and until when, and wakes', async () => {
    lab = await openLab(STATUS_SCENES.paused())
    expect(lab.displays).to.have.length(1)
    expect(lab.find('.stage').classList.contains('painted')).to.equal(true)
    expect(lab.find('#terminal').inert).to.equal(true)
    expect(lab.shown)
      .to.contain('Paused 42 minutes ago to save resources. Files and programs are as you left them.')
      .and.to.match(/Kept until \w+ \d+\. Using the lab extends this\./)
      .and.to.contain('It also wakes by itself when you come back to this page.')
    lab.button('Wake the lab').click()
    expect(lab.scripted.calls).to.deep.equal(['start', 'resume'])
  })

  it('shows no screen of a lab that is built anew', async () => {
    lab = await openLab({ ...STATUS_SCENES.connected(), screen: true })
    lab.scripted.show({ name: 'preparing', lab: labStatus({ phase: 'resetting' }) })
    await lab.updateComplete
    expect(lab.find('.stage').classList.contains('painted')).to.equal(false)
  })

  it('as one line with `hidden-lab`: no terminal, and everything can still be done', async () => {
    lab = await openLab(STATUS_SCENES.paused(), { 'hidden-lab': '' })
    expect(lab.has('#terminal')).to.equal(false)
    expect(lab.getBoundingClientRect().height).to.be.lessThan(60)
    await expect(lab).to.be.accessible()
    lab.button('Wake the lab').click()
    lab.scripted.show({ name: 'connected', lab: labStatus(), readOnly: true, shell: 'none' })
    await lab.updateComplete
    expect(lab.shown).to.equal('Running A three-node Ceph cluster Running')
    lab.scripted.show({ name: 'failed', problem: problemOf('lab/launch-failed') })
    await lab.updateComplete
    expect(lab.shown).to.contain('The lab could not be built. lab/launch-failed')
    lab.button('Try again').click()
    expect(lab.scripted.calls).to.deep.equal(['start', 'resume', 'reconnect'])
  })
})
