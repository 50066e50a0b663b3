import { expect } from '@open-wc/testing'
import type { Effect } from '../../src/core/effects.js'
import type { Status } from '../../src/core/state.js'
import { warningOf } from '../../src/core/view.js'
import { problemOf } from '../../src/wire/problems.js'
import { Brain, iso, labStatus, NOON, STATUSES } from './fakes/brain.js'
import { Server } from './fakes/server.js'

const DOWN = { phase: 'suspended', desired: 'suspended' } as const
const GOING = { phase: 'suspending', desired: 'suspended' } as const

function brain(name: string): Brain {
  const make = STATUSES[name]
  if (!make) throw new Error(`no brain ${name}`)
  return make()
}

interface Row {
  readonly from: string
  readonly when: string
  readonly act: (brain: Brain) => Brain
  readonly is: Status
  /** What is asked of the server. */
  readonly asks?: string[]
  readonly does?: Effect['type'][]
  readonly not?: Effect['type'][]
}

const TABLE: Row[] = [
  // Load
  { from: 'loading', when: 'the lab runs', act: (b) => b.hear(), is: 'connecting', does: ['connect'] },
  {
    from: 'loading',
    when: 'there is no lab and launch is auto',
    act: (b) => b.hear({ phase: 'absent', desired: 'absent' }),
    is: 'loading',
    asks: ['start'],
  },
  { from: 'loading', when: 'the lab is paused', act: (b) => b.hear(DOWN), is: 'paused', asks: ['start'] },
  { from: 'loading', when: 'the lab is queued', act: (b) => b.hear({ phase: 'queued' }), is: 'queued', asks: [] },
  { from: 'loading', when: 'the server is unreachable', act: (b) => b.lose(), is: 'reconnecting', does: ['watch'] },
  { from: 'loading', when: 'the token is refused', act: (b) => b.lose('auth/token-invalid'), is: 'signed-out' },
  { from: 'loading', when: 'the lab is unknown', act: (b) => b.lose('lab/unknown'), is: 'failed' },
  { from: 'loading', when: 'the person launches', act: (b) => b.command('launch'), is: 'loading', asks: ['start'] },
  // Signed out, refused
  {
    from: 'signed-out',
    when: 'the person tries again',
    act: (b) => b.command('resume'),
    is: 'loading',
    does: ['watch'],
  },
  { from: 'signed-out', when: 'the page gains focus', act: (b) => b.page('focus'), is: 'signed-out', not: ['watch'] },
  {
    from: 'forbidden',
    when: 'the person tries again',
    act: (b) => b.command('reconnect'),
    is: 'loading',
    does: ['watch'],
  },
  { from: 'forbidden', when: 'time passes', act: (b) => b.after(99_999).ring('watch'), is: 'failed', not: ['watch'] },
  {
    from: 'ticket refused',
    when: 'the person tries again',
    act: (b) => b.command('resume'),
    is: 'connecting',
    does: ['watch', 'connect'],
  },
  // Absent
  { from: 'absent', when: 'the person types', act: (b) => b.page('input'), is: 'absent', asks: [] },
  { from: 'absent', when: 'the page gains focus', act: (b) => b.page('focus'), is: 'absent', asks: [] },
  { from: 'absent', when: 'the person launches', act: (b) => b.command('launch'), is: 'loading', asks: ['start'] },
  {
    from: 'absent',
    when: 'another tab launches',
    act: (b) => b.hear({ phase: 'absent', desired: 'running' }),
    is: 'preparing',
  },
  { from: 'absent', when: 'the person pauses', act: (b) => b.command('suspend'), is: 'absent', asks: [] },
  { from: 'deleting', when: 'the person launches', act: (b) => b.command('launch'), is: 'loading', asks: ['start'] },
  {
    from: 'deleting',
    when: 'the launch is chained',
    act: (b) => b.hear({ phase: 'deleting', desired: 'running' }),
    is: 'preparing',
  },
  // Preparing
  { from: 'queued', when: 'it launches', act: (b) => b.hear({ phase: 'launching' }), is: 'preparing' },
  { from: 'launching', when: 'it runs', act: (b) => b.hear(), is: 'connecting', does: ['connect'] },
  {
    from: 'launching',
    when: 'it fails',
    act: (b) => b.hear({ phase: 'failed', problem: problemOf('lab/launch-timeout') }),
    is: 'failed',
  },
  {
    from: 'launching',
    when: 'the way to the server is lost for a moment',
    act: (b) => b.after(9_000).lose(),
    is: 'preparing',
    does: ['watch'],
  },
  {
    from: 'launching',
    when: 'the way to the server stays lost',
    act: (b) => b.after(9_000).lose().lose(),
    is: 'reconnecting',
  },
  { from: 'resetting', when: 'it runs', act: (b) => b.hear(), is: 'connecting', does: ['connect'] },
  {
    from: 'waking in mid-suspend',
    when: 'the pause is done',
    act: (b) => b.hear({ phase: 'suspended', desired: 'running' }),
    is: 'preparing',
    asks: [],
  },
  { from: 'waking in mid-suspend', when: 'it wakes', act: (b) => b.hear({ phase: 'resuming' }), is: 'preparing' },
  { from: 'waking in mid-suspend', when: 'it runs', act: (b) => b.hear(), is: 'connecting', does: ['connect'] },
  // Connecting
  { from: 'connecting', when: 'the display is ready', act: (b) => b.ready(), is: 'connected' },
  {
    from: 'connecting',
    when: 'it fails at first',
    act: (b) => b.close('link/shell-unreachable'),
    is: 'connecting',
    does: ['connect'],
  },
  {
    from: 'connecting',
    when: 'it fails thrice',
    act: (b) => b.close().close().ring('link').close(),
    is: 'reconnecting',
    does: ['alarm'],
  },
  { from: 'connecting', when: 'the login is refused', act: (b) => b.close('link/login-refused'), is: 'failed' },
  {
    from: 'connecting',
    when: 'it fails after a while',
    act: (b) => b.after(750).close('link/desktop-unavailable'),
    is: 'reconnecting',
    does: ['connect'],
  },
  {
    from: 'connecting',
    when: 'it fails soon, and then after a while',
    act: (b) => b.after(749).close('link/desktop-unavailable').after(750).close('link/desktop-unavailable'),
    is: 'reconnecting',
    does: ['alarm'],
  },
  {
    from: 'connecting',
    when: 'it fails after a while, and is ready then',
    act: (b) => b.after(750).close('link/desktop-unavailable').ready(),
    is: 'connected',
  },
  {
    from: 'connecting',
    when: 'it takes too long',
    act: (b) => b.after(30_000).ring('open'),
    is: 'reconnecting',
    does: ['disconnect', 'connect'],
  },
  {
    from: 'connecting',
    when: 'the lab is not running after all',
    act: (b) => b.close('lab/not-running'),
    is: 'reconnecting',
    does: ['refresh'],
  },
  { from: 'connecting', when: 'the lab goes down', act: (b) => b.hear(GOING), is: 'paused', does: ['disconnect'] },
  {
    from: 'connecting',
    when: 'the server is about to take it down',
    act: (b) => b.hear({ desired: 'suspended' }),
    is: 'paused',
    does: ['disconnect'],
  },
  {
    from: 'terminal unknown',
    when: 'it is there after all',
    act: (b) => b.hear({ terminals: [{ name: 'nope', title: '', protocol: 'ssh', display: 'xterm' }] }),
    is: 'connecting',
    does: ['connect'],
  },
  // Connected
  {
    from: 'connected',
    when: 'the link is lost',
    act: (b) => b.after(9_000).close(),
    is: 'reconnecting',
    does: ['connect'],
  },
  {
    from: 'connected',
    when: 'the link is lost soon and often',
    act: (b) => b.close().ready().close(),
    is: 'reconnecting',
    not: ['connect'],
  },
  {
    from: 'connected',
    when: 'the link closes because the lab is paused',
    act: (b) => b.close('lab/paused'),
    is: 'paused',
    does: ['refresh'],
    not: ['connect'],
  },
  { from: 'connected', when: 'the lab goes down', act: (b) => b.hear(GOING), is: 'paused', does: ['disconnect'] },
  {
    from: 'connected',
    when: 'the server is about to take it down',
    act: (b) => b.hear({ desired: 'suspended' }),
    is: 'connected',
    not: ['disconnect'],
  },
  {
    from: 'connected',
    when: 'the way to the server is lost',
    act: (b) => b.after(9_000).lose().lose().lose(),
    is: 'connected',
    not: ['disconnect'],
  },
  {
    from: 'connected',
    when: 'its tunnel ends with the session it was opened by: a ticket may have another',
    act: (b) => b.close('auth/session-expired'),
    is: 'reconnecting',
    does: ['connect'],
  },
  {
    from: 'connected',
    when: 'its tunnel ends with the session, and there is no other',
    act: (b) => b.close('auth/session-expired').close('auth/no-session'),
    is: 'signed-out',
  },
  {
    from: 'connected',
    when: 'its tunnel ends with the right to it',
    act: (b) => b.close('auth/forbidden'),
    is: 'failed',
    not: ['connect'],
  },
  {
    from: 'connected',
    when: 'the session has ended',
    act: (b) => b.lose('auth/no-session'),
    is: 'connected',
    not: ['disconnect'],
  },
  {
    from: 'connected',
    when: 'the session has ended and then the link',
    act: (b) => b.lose('auth/no-session').close(),
    is: 'signed-out',
    not: ['connect'],
  },
  {
    from: 'connected',
    when: 'the browser says offline',
    act: (b) => b.page('offline'),
    is: 'connected',
    does: ['refresh'],
  },
  {
    from: 'connected',
    when: 'offline is true',
    act: (b) => b.page('offline').lose(),
    is: 'reconnecting',
    does: ['disconnect'],
  },
  {
    from: 'connected',
    when: 'offline is wrong',
    act: (b) => b.page('offline').hear(),
    is: 'connected',
    not: ['disconnect'],
  },
  { from: 'connected', when: 'the person types', act: (b) => b.page('input'), is: 'connected', asks: ['touch'] },
  {
    from: 'connected',
    when: 'the person pauses',
    act: (b) => b.command('suspend'),
    is: 'connected',
    asks: ['suspend'],
  },
  {
    from: 'connected',
    when: 'the person wants a new link',
    act: (b) => b.command('reconnect'),
    is: 'reconnecting',
    does: ['disconnect', 'connect'],
  },
  {
    from: 'connected',
    when: 'the shell ends',
    act: (b) => b.send({ type: 'shell', link: b.link, shell: 'ended' }),
    is: 'connected',
  },
  {
    from: 'connected',
    when: 'the lab is removed',
    act: (b) => b.hear({ phase: 'deleting', desired: 'absent' }),
    is: 'absent',
    does: ['disconnect'],
  },
  { from: 'connected', when: 'the person resets', act: (b) => b.command('reset'), is: 'connected', asks: ['reset'] },
  {
    from: 'connected',
    when: 'an older link closes',
    act: (b) => b.send({ type: 'closed', link: b.link - 1, problem: problemOf('link/lost') }),
    is: 'connected',
  },
  {
    from: 'connected',
    when: 'the page leaves',
    act: (b) => b.page('leave'),
    is: 'connecting',
    does: ['disconnect', 'unwatch'],
  },
  // Lost link
  {
    from: 'link lost',
    when: 'the browser is online again',
    act: (b) => b.page('online'),
    is: 'reconnecting',
    does: ['connect'],
  },
  {
    from: 'link lost',
    when: 'the page gains focus',
    act: (b) => b.page('focus'),
    is: 'reconnecting',
    does: ['connect'],
  },
  { from: 'link lost', when: 'the wait is over', act: (b) => b.ring('link'), is: 'reconnecting', does: ['connect'] },
  { from: 'link lost', when: 'the display is ready', act: (b) => b.ring('link').ready(), is: 'connected' },
  { from: 'link lost', when: 'the lab goes down', act: (b) => b.hear(GOING), is: 'paused', does: ['alarm'] },
  {
    from: 'link refused',
    when: 'the person tries again',
    act: (b) => b.command('resume'),
    is: 'connecting',
    does: ['connect'],
    asks: [],
  },
  {
    from: 'link refused',
    when: 'the person reconnects',
    act: (b) => b.command('reconnect'),
    is: 'connecting',
    does: ['connect'],
  },
  {
    from: 'link for ever refused',
    when: 'the lab was built anew',
    act: (b) => b.hear({ phase: 'resetting' }).hear(),
    is: 'connecting',
    does: ['connect'],
  },
  { from: 'parked', when: 'the server says paused', act: (b) => b.hear(DOWN), is: 'paused', asks: [] },
  { from: 'parked', when: 'the server says running', act: (b) => b.hear(), is: 'reconnecting', does: ['connect'] },
  { from: 'parked', when: 'the look at the status fails', act: (b) => b.lose(), is: 'paused', does: ['watch'] },
  { from: 'parked', when: 'the page gains focus', act: (b) => b.page('focus'), is: 'paused', asks: ['start', 'touch'] },
  // Lost server
  {
    from: 'server lost',
    when: 'the browser is online again',
    act: (b) => b.page('online'),
    is: 'reconnecting',
    does: ['watch'],
  },
  {
    from: 'server lost',
    when: 'the page gains focus',
    act: (b) => b.page('focus'),
    is: 'reconnecting',
    does: ['watch'],
  },
  { from: 'server lost', when: 'the wait is over', act: (b) => b.ring('watch'), is: 'reconnecting', does: ['watch'] },
  { from: 'server lost', when: 'it is back', act: (b) => b.ring('watch').hear(), is: 'connecting', does: ['connect'] },
  { from: 'server lost later', when: 'it is back', act: (b) => b.ring('watch').hear(DOWN), is: 'paused' },
  // Paused
  { from: 'suspending', when: 'the page gains focus', act: (b) => b.page('focus'), is: 'paused', asks: ['start'] },
  {
    from: 'suspending',
    when: 'the return is chained',
    act: (b) => b.page('focus').answer({ phase: 'suspending', desired: 'running' }),
    is: 'preparing',
  },
  { from: 'suspending', when: 'the pause failed', act: (b) => b.hear(), is: 'connecting', does: ['connect'] },
  { from: 'paused', when: 'the server repeats itself', act: (b) => b.hear(DOWN), is: 'paused', asks: [] },
  {
    from: 'paused',
    when: 'a new stream of events opens',
    act: (b) => b.after(9_000).lose().live().hear(DOWN),
    is: 'paused',
    asks: [],
  },
  { from: 'paused', when: 'the page loses focus', act: (b) => b.page('blur').page('hidden'), is: 'paused', asks: [] },
  { from: 'paused', when: 'the page is seen again', act: (b) => b.page('visible'), is: 'paused', asks: ['start'] },
  { from: 'paused', when: 'the page gains focus', act: (b) => b.page('focus'), is: 'paused', asks: ['start'] },
  { from: 'paused', when: 'the person types', act: (b) => b.page('input'), is: 'paused', asks: ['start'] },
  { from: 'paused', when: 'the person resumes', act: (b) => b.command('resume'), is: 'paused', asks: ['start'] },
  { from: 'paused', when: 'it wakes', act: (b) => b.page('focus').answer({ phase: 'resuming' }), is: 'preparing' },
  {
    from: 'paused',
    when: 'the person asks twice',
    act: (b) => b.page('focus').page('input').command('resume'),
    is: 'paused',
    asks: [],
  },
  { from: 'paused', when: 'the browser is online again', act: (b) => b.page('online'), is: 'paused', asks: [] },
  {
    from: 'paused',
    when: 'the wake cannot be asked for yet',
    act: (b) => b.page('focus').refuse('server/unreachable'),
    is: 'paused',
    asks: ['start'],
  },
  { from: 'paused', when: 'waking is refused', act: (b) => b.page('focus').refuse('lab/resume-failed'), is: 'failed' },
  {
    from: 'paused',
    when: 'waking needs a sign-in',
    act: (b) => b.page('focus').refuse('auth/no-session'),
    is: 'signed-out',
  },
  { from: 'paused by hand', when: 'the person scrolls on', act: (b) => b.page('input'), is: 'paused', asks: [] },
  { from: 'paused by hand', when: 'the page gains focus', act: (b) => b.page('focus'), is: 'paused', asks: ['start'] },
  {
    from: 'paused by hand',
    when: 'the person resumes',
    act: (b) => b.command('resume'),
    is: 'paused',
    asks: ['start'],
  },
  // Failed
  { from: 'wake refused', when: 'the page gains focus', act: (b) => b.page('focus'), is: 'failed', asks: [] },
  { from: 'wake refused', when: 'the person resumes', act: (b) => b.command('resume'), is: 'paused', asks: ['start'] },
  { from: 'wake refused', when: 'it wakes by another tab', act: (b) => b.hear({ phase: 'resuming' }), is: 'preparing' },
  { from: 'failed', when: 'the page gains focus', act: (b) => b.page('focus'), is: 'failed', asks: [] },
  { from: 'failed', when: 'the person launches', act: (b) => b.command('launch'), is: 'failed', asks: ['start'] },
  { from: 'failed', when: 'the person resets', act: (b) => b.command('reset'), is: 'failed', asks: ['reset'] },
  {
    from: 'failed',
    when: 'it launches',
    act: (b) => b.command('launch').answer({ phase: 'launching' }),
    is: 'preparing',
  },
  { from: 'failed for now', when: 'the wait is over', act: (b) => b.ring('wish'), is: 'failed', asks: ['start'] },
  { from: 'failed for now', when: 'the page gains focus', act: (b) => b.page('focus'), is: 'failed', asks: ['start'] },
]

describe('a step', () => {
  for (const { from, when, act, is, asks, does, not } of TABLE) {
    it(`${from}: ${when} → ${is}`, () => {
      const after = act(brain(from))
      expect(after.state.name).to.equal(is)
      if (asks) expect([...after.asked()].sort()).to.deep.equal(asks)
      for (const type of does ?? []) expect(after.did(type), `does ${type}`).to.equal(true)
      for (const type of not ?? []) expect(after.did(type), `does not ${type}`).to.equal(false)
    })
  }

  it('is pure: the same twice, and nothing given is changed', () => {
    const one = brain('connected')
    const before = structuredClone(one.context)
    const given = one.context
    one.close()
    expect(given).to.deep.equal(before)
    expect(brain('connected').close().context).to.deep.equal(one.context)
  })
})

describe('from every status', () => {
  for (const name of Object.keys(STATUSES)) {
    for (const command of ['launch', 'resume', 'reset'] as const) {
      it(`${command}() leads from ${name} to a terminal`, () => {
        const after = brain(name)
        // The terminal that is not there cannot be reached, only replaced.
        if (name === 'terminal unknown')
          after.send({ type: 'configure', settings: { ...after.context.settings, terminal: 'desktop' } })
        after.effects = []
        const server = new Server(after)
        after.page('online').command(command)
        if (after.context.wish.name === 'asking')
          server.take([{ type: 'ask', request: after.request, action: 'start', watch: after.context.epoch }])
        if (after.link > 0)
          server.take([{ type: 'connect', link: after.link, terminal: labStatus().terminals[0] ?? fail() }])
        server.take(after.effects.filter(({ type }) => type !== 'ask' && type !== 'connect'))
        expect(server.settle(), 'comes to rest').to.equal(true)
        expect(after.state.name).to.equal('connected')
      })
    }
  }
})

function fail(): never {
  throw new Error('unreachable')
}

describe('an older status', () => {
  const RUN = { watch: 1, type: 'status' } as const

  it('is dropped by its rev', () => {
    const b = new Brain().start()
    b.send({ ...RUN, status: labStatus({ rev: 5 }) }).send({ ...RUN, status: labStatus({ rev: 4, ...DOWN }) })
    expect(b.context.lab?.phase).to.equal('running')
  })

  it('is dropped by its clock where the rev is the same', () => {
    const b = new Brain().start()
    b.send({ ...RUN, status: labStatus({ rev: 5, now: iso(NOON + 10) }) })
    b.send({ ...RUN, status: labStatus({ rev: 5, now: iso(NOON), warnAt: iso(NOON + 5) }) })
    expect(b.context.lab?.warnAt).to.equal(undefined)
  })

  it('counts when the watch is new: the server may have started anew', () => {
    const b = new Brain().start()
    b.send({ ...RUN, status: labStatus({ rev: 500 }) }).lose()
    b.send({ type: 'status', watch: b.context.epoch, status: labStatus({ rev: 1, ...DOWN }) })
    expect(b.state.name).to.equal('paused')
  })

  it('is dropped when it belongs to an older watch, or to another lab', () => {
    const b = new Brain().start().send({ ...RUN, status: labStatus({ rev: 5 }) })
    const { epoch } = b.after(9_000).lose().context
    b.send({ ...RUN, status: labStatus({ rev: 9, ...DOWN }) })
    b.send({ type: 'status', watch: epoch, status: labStatus({ lab: 'other', rev: 10, ...DOWN }) })
    expect(b.context.lab?.phase).to.equal('running')
  })
})

describe('a paused lab', () => {
  it('is not woken by a page that merely kept its focus', () => {
    const b = brain('connected').hear(GOING)
    const asked = [...b.asked(), ...b.hear(DOWN).asked(), ...b.after(3_600_000).hear(DOWN).asked()]
    expect(asked).to.deep.equal([])
  })

  it('waits for a click where resume is click', () => {
    const b = new Brain({ resume: 'click' }).start().live().hear(DOWN)
    expect(b.asked()).to.deep.equal([])
    expect(b.page('focus').page('input').asked()).to.deep.equal([])
    expect(b.command('resume').asked()).to.deep.equal(['start'])
  })

  it('is not woken by a page that loads in a hidden tab, until it is seen', () => {
    const b = new Brain().start(false).live().hear(DOWN)
    expect(b.asked()).to.deep.equal([])
    expect(b.page('visible').asked()).to.deep.equal(['start'])
  })

  it('is woken when the page comes back from the back/forward cache', () => {
    const b = brain('paused').page('leave').after(1_000).page('return')
    expect(b.state.name).to.equal('paused')
    expect(b.hear(DOWN).asked()).to.deep.equal(['start'])
  })

  it('stays paused when its element is only moved', () => {
    const b = brain('paused').send({ type: 'stop' }).after(10).start()
    expect(b.hear(DOWN).asked()).to.deep.equal([])
  })
})

describe('what is asked of the server', () => {
  it('is asked in order, the later wish after the answer', () => {
    const b = brain('connected').command('suspend').page('focus')
    expect(b.asked()).to.deep.equal(['touch'])
    b.command('suspend').command('reset')
    expect(b.asked()).to.deep.equal([])
    const { wish } = b.context
    if (wish.name !== 'asking') throw new Error('nothing asked')
    b.send({ type: 'answered', request: wish.id, watch: b.context.epoch, status: labStatus({ rev: 90 }) })
    expect(b.asked()).to.deep.equal(['reset'])
  })

  it('is tried again later and later, and at once when the page gains focus', () => {
    const b = brain('paused').page('focus').refuse('server/unreachable').refuse('server/unreachable')
    expect(b.context.wish).to.include({ name: 'waiting', tries: 2, retryAt: NOON + 500 })
    expect(b.page('focus').asked()).to.deep.equal(['start'])
  })

  it('is forgotten after ten minutes', () => {
    const b = brain('paused').page('focus').refuse('lab/queue-full').refuse('lab/queue-full')
    expect(b.after(601_000).ring('wish').asked()).to.deep.equal([])
    expect(b.state.name).to.equal('paused')
  })

  it('waits before too many requests become more', () => {
    expect(brain('paused').page('focus').refuse('request/too-many').asked()).to.deep.equal([])
  })

  it('is told when a pause fails, and the pause is not made much later', () => {
    const b = brain('connected').command('suspend').refuse('cloud/unreachable').refuse('cloud/unreachable')
    expect(b.effects).to.deep.include({ type: 'tell', problem: problemOf('cloud/unreachable') })
    expect(b.context.wish.name).to.equal('none')
  })

  it('heals a failed lab a few times, not for ever', () => {
    const b = new Brain().start().live()
    let starts = 0
    for (let fall = 0; fall < 20; fall += 1) {
      b.hear({ phase: 'failed', since: iso(NOON + fall), problem: problemOf('cloud/unreachable') })
      if (b.context.wish.name === 'waiting') {
        starts += b.after(60_000).ring('wish').asked().length
        b.answer({ phase: 'launching' })
      }
    }
    expect(starts).to.equal(5)
  })
})

describe('the idle prompt', () => {
  const TIMES = { warnAt: iso(NOON + 60_000), suspendAt: iso(NOON + 120_000) }
  const warned = (b = brain('connected')) => b.hear(TIMES).after(60_000).ring('warn')
  const prompt = (b: Brain) => (b.state.name === 'connected' ? b.state.prompt : undefined)

  it('shows from warnAt on, and is announced once', () => {
    const b = brain('connected').hear(TIMES)
    expect(prompt(b)).to.equal(undefined)
    b.after(60_000).ring('warn')
    expect(prompt(b)).to.deep.equal({ suspendAt: NOON + 120_000 })
    expect(b.effects).to.deep.include({ type: 'announce', suspendAt: NOON + 120_000 })
    expect(b.hear(TIMES).did('announce')).to.equal(false)
  })

  it('goes at any input, and stays away when the server moves the deadline', () => {
    const b = warned().page('input')
    expect(b.asked()).to.deep.equal(['touch'])
    expect(prompt(b)).to.equal(undefined)
    b.answer({ warnAt: iso(NOON + 200_000), suspendAt: iso(NOON + 300_000) })
    expect(prompt(b)).to.equal(undefined)
    b.after(140_000).ring('warn')
    expect(b.did('announce')).to.equal(true)
  })

  it('comes back, unannounced, when the server did not hear of the input', () => {
    const b = warned().page('input').refuse('server/unreachable')
    expect(prompt(b)).to.deep.equal({ suspendAt: NOON + 120_000 })
    expect(b.did('announce')).to.equal(false)
    expect(b.page('input').asked()).to.deep.equal(['touch'])
  })

  it('is not in a hidden tab, whose warning the title can show', () => {
    const b = warned(brain('connected').page('hidden'))
    expect(prompt(b)).to.equal(undefined)
    expect(b.did('announce')).to.equal(false)
    expect(warningOf(b.context)).to.deep.equal({ suspendAt: NOON + 120_000 })
  })

  it('is spared somebody who comes to see the page during the warning', () => {
    const b = warned(brain('connected').page('hidden')).page('visible')
    expect(b.asked()).to.deep.equal(['touch'])
    expect(prompt(b)).to.equal(undefined)
    expect(b.did('announce')).to.equal(false)
  })

  it('ends with the lab', () => {
    const b = warned().hear(GOING)
    expect(warningOf(b.context)).to.equal(undefined)
  })

  it('shows for a lab without a terminal too', () => {
    const b = warned(new Brain({ hiddenLab: true }).start().live().hear())
    expect(b.state).to.deep.include({ name: 'connected', shell: 'none', prompt: { suspendAt: NOON + 120_000 } })
  })

  it('keeps the last activity: it is told at the end of the interval', () => {
    const b = brain('connected').hear(TIMES).page('input').answer(TIMES).after(1).page('input')
    expect(b.asked()).to.deep.equal([])
    expect(b.effects).to.deep.equal([{ type: 'alarm', name: 'touch', at: NOON + 15_000 }])
    expect(b.after(14_999).ring('touch').asked()).to.deep.equal(['touch'])
  })
})

describe('settings that change', () => {
  const settings = new Brain().context.settings

  it('switch to another lab with nothing left of the first', () => {
    const b = brain('connected').send({ type: 'configure', settings: { ...settings, lab: 'other' } })
    expect(b.state.name).to.equal('loading')
    expect(b.effects.map(({ type }) => type)).to.include.members(['disconnect', 'unwatch', 'watch'])
    expect(b.context.idle.deadlines).to.equal(undefined)
  })

  it('switch the terminal with one link closed before the other opens', () => {
    const b = brain('connected').send({ type: 'configure', settings: { ...settings, terminal: 'desktop' } })
    expect(b.effects.map(({ type }) => type)).to.deep.equal(['disconnect', 'connect', 'alarm'])
    expect(b.effects).to.deep.include({ type: 'connect', link: b.link, terminal: labStatus().terminals[1] })
  })

  it('leave the link alone when they name the terminal it has', () => {
    const b = brain('connected').send({ type: 'configure', settings: { ...settings, terminal: 'deploy' } })
    expect(b.effects).to.deep.equal([])
  })

  it('end and begin the link with hidden-lab', () => {
    const b = brain('connected').send({ type: 'configure', settings: { ...settings, hiddenLab: true } })
    expect([b.did('disconnect'), b.state.name]).to.deep.equal([true, 'connected'])
    expect(b.send({ type: 'configure', settings }).did('connect')).to.equal(true)
  })

  it('launch when launch becomes auto', () => {
    expect(brain('absent').send({ type: 'configure', settings }).asked()).to.deep.equal(['start'])
  })
})

describe('stop', () => {
  for (const name of Object.keys(STATUSES)) {
    it(`leaves nothing of ${name}`, () => {
      const before = brain(name)
      const { context } = before
      const { effects } = before.send({ type: 'stop' })
      const types = effects.map(({ type }) => type)
      if (context.watch.name === 'opening' || context.watch.name === 'live') expect(types).to.include('unwatch')
      if ('id' in context.link) expect(types).to.include('disconnect')
      for (const effect of effects) if (effect.type === 'alarm') expect(effect.at).to.equal(undefined)
      for (const event of ['focus', 'input', 'online', 'offline'] as const) {
        expect(before.page(event).effects, event).to.deep.equal([])
      }
      expect(before.command('resume').effects).to.deep.equal([])
    })
  }

  it('and start a moment later connect without waiting for a status', () => {
    const b = brain('connected').send({ type: 'stop' }).after(10).start()
    expect(b.effects.map(({ type }) => type)).to.deep.equal(['watch', 'connect', 'alarm'])
  })

  it('and start much later begin anew', () => {
    expect(brain('connected').send({ type: 'stop' }).after(60_000).start().state.name).to.equal('loading')
  })
})
