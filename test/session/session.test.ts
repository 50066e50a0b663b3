import { expect } from '@open-wc/testing'
import { settled } from './fakes/clock.js'
import { Rig, SETTINGS } from './fakes/rig.js'

const DOWN = { phase: 'suspended', desired: 'suspended' } as const
const NOTHING = { timers: 0, listeners: 0, requests: 0, linked: false }

describe('a session', () => {
  it('signs in, reads the status, takes a ticket, and is connected when the display has proof', async () => {
    const rig = await new Rig().start()
    expect(rig.status).to.equal('connecting')
    rig.display.ready()
    expect(rig.session.state).to.deep.include({ name: 'connected', readOnly: false, shell: 'open' })
    expect(rig.statuses).to.deep.equal(['connecting', 'connected'])
    expect(rig.backend.calls.map(({ method, path }) => `${method} ${path}`)).to.have.members([
      'POST /v1/sessions',
      'GET /v1/labs/ceph',
      'GET /v1/labs/ceph/events',
      'POST /v1/labs/ceph/terminals/deploy/tickets',
    ])
    expect(rig.backend.calls[0]?.body).to.deep.equal({ grant: 'jwt', token: 'signed.token' })
    expect(rig.tokens.map(({ reason }) => reason)).to.deep.equal(['start'])
  })

  it('launches, follows the way of the lab, and connects', async () => {
    const rig = new Rig()
    rig.backend.status = { ...rig.backend.status, phase: 'absent', desired: 'absent' }
    await rig.start()
    for (const phase of ['queued', 'launching', 'running'] as const) {
      rig.backend.change({ phase })
      await settled()
    }
    rig.display.ready()
    expect(rig.statuses).to.deep.equal(['preparing', 'queued', 'preparing', 'connecting', 'connected'])
    expect(rig.backend.count('POST /v1/labs/ceph/start')).to.equal(1)
  })

  it('follows the shell that ends and the new one', async () => {
    const rig = await new Rig().connect()
    rig.session.displayEvent({ type: 'exited' })
    expect(rig.session.state).to.include({ shell: 'ended' })
    rig.session.displayEvent({ type: 'opened' })
    expect(rig.session.state).to.include({ shell: 'open' })
  })

  it('reconnects at once with a new ticket, then later and later', async () => {
    const rig = await new Rig().connect()
    await rig.clock.advance(5_000)
    await rig.cut()
    expect([rig.status, rig.display.tickets.length]).to.deep.equal(['reconnecting', 2])
    await rig.cut()
    expect(rig.display.tickets.length).to.equal(2)
    await rig.clock.advance(499)
    expect(rig.display.tickets.length).to.equal(2)
    await rig.clock.advance(1)
    expect(rig.display.tickets.length).to.equal(3)
    rig.display.ready()
    expect(rig.status).to.equal('connected')
    expect(rig.display.faults).to.deep.equal([])
    expect(rig.problems).to.deep.equal(['link/lost'])
  })

  it('sends nothing that was typed again', async () => {
    const rig = await new Rig().connect()
    rig.display.send('rm -rf build\r')
    await rig.cut()
    rig.display.ready()
    expect(rig.display.sent).to.deep.equal(['rm -rf build\r'])
  })

  it('gives up a link that never proves itself, and says so', async () => {
    const rig = await new Rig().start()
    await rig.clock.advance(30_000)
    expect([rig.status, rig.display.tickets.length]).to.deep.equal(['reconnecting', 2])
    expect(rig.display.faults).to.deep.equal([])
  })

  it('says that the display could not be loaded, and tries again by command', async () => {
    const rig = new Rig()
    rig.makeDisplay = () => Promise.reject(new TypeError('failed to fetch the module'))
    await rig.start()
    expect(rig.session.state).to.deep.include({ name: 'failed' })
    expect(rig.problems).to.deep.equal(['link/display-failed'])
    rig.makeDisplay = async () => rig.display
    rig.session.reconnect()
    await settled()
    rig.display.ready()
    expect(rig.status).to.equal('connected')
  })

  it('stays connected while the server is away, and hears of the lab when it is back', async () => {
    const rig = await new Rig().connect()
    await rig.clock.advance(5_000)
    rig.backend.faults.set('', 'network')
    rig.backend.endStreams()
    await rig.clock.advance(4_000)
    expect(rig.status).to.equal('connected')
    rig.backend.faults.clear()
    rig.backend.change(DOWN)
    await rig.clock.advance(60_000)
    expect(rig.status).to.equal('paused')
  })

  it('shows the way to the server as lost before the first status, and recovers', async () => {
    const rig = new Rig()
    rig.backend.faults.set('', 'network')
    await rig.start()
    expect(rig.session.state).to.deep.include({ name: 'reconnecting' })
    expect(rig.session.state).not.to.have.property('lab')
    rig.backend.faults.clear()
    rig.page.tell('online')
    await settled()
    expect(rig.status).to.equal('connecting')
  })

  it('goes on by looking at the status where no stream of events gets through', async () => {
    const rig = new Rig()
    rig.backend.faults.set('/events', 'network')
    await rig.connect()
    expect(rig.status).to.equal('connected')
    rig.backend.change(DOWN)
    await rig.clock.advance(60_000)
    expect(rig.status).to.equal('paused')
  })

  it('takes no longer than 15 s for a request that is not answered', async () => {
    const rig = new Rig()
    rig.backend.faults.set('/v1/labs/ceph', 'hang')
    rig.backend.faults.set('/events', 'hang')
    await rig.start()
    await rig.clock.advance(14_999)
    expect(rig.status).to.equal('loading')
    await rig.clock.advance(1)
    expect(rig.status).to.equal('reconnecting')
    expect(rig.problems).to.deep.equal(['server/unreachable'])
  })
})

describe('sleep and waking', () => {
  it('does not wake the lab that was paused under a focused page; a key does', async () => {
    const rig = await new Rig().connect()
    rig.backend.change({ phase: 'suspending', desired: 'suspended' })
    await settled()
    expect([rig.status, rig.display.linked]).to.deep.equal(['paused', false])
    rig.backend.change(DOWN)
    await rig.clock.advance(3_600_000)
    expect(rig.backend.count('/start')).to.equal(0)
    rig.page.tell('input')
    await settled()
    expect([rig.backend.count('/start'), rig.status]).to.deep.equal([1, 'preparing'])
    rig.backend.change({ phase: 'running' })
    await settled()
    rig.display.ready()
    expect(rig.status).to.equal('connected')
  })

  it('chains a return in the middle of a suspend', async () => {
    const rig = await new Rig().connect()
    rig.backend.change({ phase: 'suspending', desired: 'suspended' })
    await settled()
    rig.page.tell('focus')
    await settled()
    expect(rig.session.state).to.deep.nested.include({ name: 'preparing', 'lab.phase': 'suspending' })
    rig.backend.change({ phase: 'suspended' })
    rig.backend.change({ phase: 'resuming' })
    rig.backend.change({ phase: 'running' })
    await settled()
    rig.display.ready()
    expect(rig.statuses.slice(-4)).to.deep.equal(['paused', 'preparing', 'connecting', 'connected'])
  })

  it('believes the tunnel that closes because the lab is paused', async () => {
    const rig = await new Rig().connect()
    rig.backend.status = { ...rig.backend.status, ...DOWN, rev: 9 }
    await rig.cut('lab/paused')
    expect([rig.status, rig.display.tickets.length]).to.deep.equal(['paused', 1])
    expect(rig.backend.count('/start')).to.equal(0)
  })

  it('stops with the page and wakes when it is back from the back/forward cache', async () => {
    const rig = await new Rig().connect()
    rig.page.tell('leave')
    await settled()
    expect(rig.left).to.deep.equal({ ...NOTHING, listeners: 1 })
    rig.backend.status = { ...rig.backend.status, ...DOWN, rev: 20 }
    await rig.clock.advance(60_000)
    rig.page.tell('return')
    await settled()
    expect([rig.status, rig.backend.count('/start')]).to.deep.equal(['preparing', 1])
  })
})

describe('the idle prompt of a session', () => {
  async function warned(rig: Rig): Promise<Rig> {
    await rig.connect()
    rig.backend.change({ warnAt: rig.backend.iso(60_000), suspendAt: rig.backend.iso(120_000) })
    await settled()
    await rig.clock.advance(60_000)
    return rig
  }
  const prompt = (rig: Rig) => (rig.session.state.name === 'connected' ? rig.session.state.prompt : undefined)

  it('is announced once with the seconds left', async () => {
    const rig = await warned(new Rig())
    expect(rig.idles).to.deep.equal([60])
    expect(prompt(rig)?.suspendAt).to.equal(rig.clock.now() + 60_000)
    await rig.clock.advance(30_000)
    expect(rig.idles).to.deep.equal([60])
  })

  it('ends with extend()', async () => {
    const rig = await warned(new Rig())
    rig.session.extend()
    await settled()
    expect([prompt(rig), rig.session.warning, rig.backend.count('/touch')]).to.deep.equal([undefined, undefined, 1])
  })

  it('never shows where the page cancels it', async () => {
    const rig = new Rig()
    rig.keep = true
    const prompts: unknown[] = []
    rig.session.addEventListener('change', () => prompts.push(prompt(rig)))
    await warned(rig)
    expect(rig.backend.count('/touch')).to.equal(1)
    expect(prompts.filter(Boolean)).to.deep.equal([])
  })

  it('leaves a hidden tab to its title', async () => {
    const rig = new Rig()
    await rig.connect()
    rig.page.tell('hidden')
    await warned(rig)
    expect([prompt(rig), rig.idles.length]).to.deep.equal([undefined, 0])
    expect(rig.session.warning?.suspendAt).to.equal(rig.clock.now() + 60_000)
    rig.page.tell('visible')
    await settled()
    expect([rig.backend.count('/touch'), rig.idles.length]).to.deep.equal([1, 0])
  })

  it('counts typing in the terminal, not too often and never losing the last', async () => {
    const rig = await new Rig().connect()
    rig.backend.change({ warnAt: rig.backend.iso(600_000), suspendAt: rig.backend.iso(720_000) })
    await settled()
    for (let second = 0; second < 30; second += 1) {
      rig.session.displayEvent({ type: 'input' })
      await rig.clock.advance(1_000)
    }
    expect(rig.backend.count('/touch')).to.equal(2)
    await rig.clock.advance(60_000)
    expect(rig.backend.count('/touch')).to.equal(3)
  })
})

describe('settings of a session', () => {
  it('switch the terminal: the old link ends, the new one begins, each with a signal of its own', async () => {
    const rig = await new Rig().connect()
    rig.session.configure({ ...SETTINGS, terminal: 'desktop' })
    expect(rig.display.linked).to.equal(false)
    await settled()
    expect(rig.backend.count('terminals/desktop/tickets')).to.equal(1)
    rig.display.ready()
    expect([rig.status, rig.display.faults]).to.deep.equal(['connected', []])
  })

  it('switch the lab: nothing of the first is heard any more', async () => {
    const rig = await new Rig().connect()
    const [old] = rig.backend.streams
    rig.backend.status = { ...rig.backend.status, lab: 'other', ...DOWN, rev: 1 }
    rig.session.configure({ ...SETTINGS, lab: 'other', resume: 'click' })
    expect(rig.status).to.equal('loading')
    await settled()
    expect(rig.session.state).to.deep.nested.include({ name: 'paused', 'lab.lab': 'other' })
    expect(old && rig.backend.streams.has(old)).to.equal(false)
    expect(rig.backend.count('POST /v1/sessions')).to.equal(2)
  })

  it('that repeat themselves change nothing', async () => {
    const rig = await new Rig().connect()
    const calls = rig.backend.calls.length
    rig.session.configure({ ...SETTINGS })
    await settled()
    expect([rig.backend.calls.length, rig.status]).to.deep.equal([calls, 'connected'])
  })
})

describe('stopping a session', () => {
  const STAGES: Readonly<Record<string, (rig: Rig) => Promise<unknown>>> = {
    'before anything is answered': async (rig) => rig.session.start(),
    'while the page looks for a token': (rig) => {
      rig.token = () => new Promise(() => {})
      return rig.start()
    },
    'while the server hangs': (rig) => {
      rig.backend.faults.set('', 'hang')
      return rig.start()
    },
    'while the server is away': (rig) => {
      rig.backend.faults.set('', 'network')
      return rig.start()
    },
    'while connecting': (rig) => rig.start(),
    'while a ticket is asked for': (rig) => {
      rig.backend.faults.set('/tickets', 'hang')
      return rig.start()
    },
    'while a display loads': (rig) => {
      rig.makeDisplay = () => new Promise(() => {})
      return rig.start()
    },
    'while connected': (rig) => rig.connect(),
    'with an idle prompt': async (rig) => {
      rig.backend.status = {
        ...rig.backend.status,
        warnAt: rig.backend.iso(1_000),
        suspendAt: rig.backend.iso(90_000),
      }
      await rig.connect()
      await rig.clock.advance(2_000)
    },
    'with an action, a touch and a look under way': async (rig) => {
      await rig.connect()
      for (const path of ['/suspend', '/touch', '/v1/labs/ceph']) rig.backend.faults.set(path, 'hang')
      rig.session.suspend()
      rig.session.extend()
      rig.page.tell('offline')
      await settled()
    },
    'while the link waits': async (rig) => {
      await rig.connect()
      await rig.cut()
      await rig.cut()
    },
    'while signed out': (rig) => {
      rig.token = () => Promise.reject(new Error('no'))
      return rig.start()
    },
  }
  for (const [when, act] of Object.entries(STAGES)) {
    it(`${when} leaves nothing, and it can start again`, async () => {
      const rig = new Rig()
      await act(rig)
      rig.session.stop()
      await settled()
      expect(rig.left).to.deep.equal(NOTHING)
      await rig.clock.advance(120_000)
      expect(rig.left).to.deep.equal(NOTHING)
      rig.token = async () => 'signed.token'
      rig.makeDisplay = async () => rig.display
      rig.backend.faults.clear()
      await rig.connect()
      expect([rig.status, rig.display.faults]).to.deep.equal(['connected', []])
    })
  }

  it('by a listener that hears of a change leaves nothing either', async () => {
    const rig = new Rig()
    rig.session.addEventListener('change', () => rig.session.stop())
    await rig.start()
    expect(rig.left).to.deep.equal(NOTHING)
  })

  it('and starting at once again is cheap: no new sign-in, and the link does not wait', async () => {
    const rig = await new Rig().connect()
    rig.backend.faults.set('/v1/labs/ceph', 'hang')
    rig.backend.faults.set('/events', 'hang')
    rig.session.stop()
    rig.session.start()
    await settled()
    rig.display.ready()
    expect([rig.status, rig.tokens.length]).to.deep.equal(['connected', 1])
  })
})

describe('signing in', () => {
  it('asks the page for one token however many requests were refused, once', async () => {
    const rig = await new Rig().connect()
    rig.backend.revoke()
    rig.session.extend()
    rig.session.suspend()
    rig.page.tell('offline')
    await settled()
    expect(rig.tokens.map(({ reason }) => reason)).to.deep.equal(['start', 'expired'])
    expect([rig.backend.count('/touch'), rig.backend.count('/suspend')]).to.deep.equal([2, 2])
    expect(rig.status).to.equal('connected')
  })

  it('is signed out when the new session is refused as well', async () => {
    const rig = new Rig()
    rig.backend.faults.set('/v1/labs/ceph', 'auth/session-expired')
    rig.backend.faults.set('/events', 'auth/session-expired')
    await rig.start()
    expect(rig.session.state).to.deep.nested.include({ name: 'signed-out', 'problem.code': 'auth/session-expired' })
    expect(rig.tokens.length).to.equal(2)
    expect(rig.backend.count('GET /v1/labs/ceph')).to.be.at.most(2)
  })

  it('is signed out when the page refuses, and tries again when asked to', async () => {
    const rig = new Rig()
    rig.token = () => Promise.reject(new Error('the LMS says no: secret-token'))
    await rig.start()
    expect(rig.session.state).to.deep.nested.include({ name: 'signed-out', 'problem.code': 'auth/token-invalid' })
    expect(JSON.stringify(rig.session.state)).not.to.contain('secret')
    rig.token = async () => 'signed.token'
    rig.session.resume()
    await settled()
    rig.display.ready()
    expect(rig.status).to.equal('connected')
    expect(rig.tokens.at(-1)?.reason).to.equal('retry')
  })

  it('asks once more for a token that was used, or has run out', async () => {
    const rig = new Rig()
    rig.backend.faults.set('/v1/sessions', 'auth/token-replayed')
    await rig.start()
    expect(rig.tokens.map(({ reason }) => reason)).to.deep.equal(['start', 'expired'])
    expect(rig.status).to.equal('signed-out')
  })

  it('says for good that the page is not trusted', async () => {
    const rig = new Rig()
    rig.backend.faults.set('/v1/sessions', 'auth/issuer-untrusted')
    await rig.start()
    expect([rig.status, rig.tokens.length]).to.deep.equal(['failed', 1])
  })
})
