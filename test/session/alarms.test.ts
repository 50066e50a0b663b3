import { expect } from '@open-wc/testing'
import { Alarms } from '../../src/session/alarms.js'
import { FakeClock } from './fakes/clock.js'

describe('alarms', () => {
  function made() {
    const clock = new FakeClock()
    const rung: string[] = []
    return { clock, rung, alarms: new Alarms<'a' | 'b'>(clock, (name) => rung.push(name)) }
  }

  it('ring once, each at its time', async () => {
    const { clock, rung, alarms } = made()
    alarms.set('a', clock.now() + 20)
    alarms.set('b', clock.now() + 10)
    await clock.advance(10)
    expect(rung).to.deep.equal(['b'])
    await clock.advance(100)
    expect(rung).to.deep.equal(['b', 'a'])
  })

  it('are replaced and taken back by name', async () => {
    const { clock, rung, alarms } = made()
    alarms.set('a', clock.now() + 10)
    alarms.set('a', clock.now() + 50)
    alarms.set('b', clock.now() + 10)
    alarms.set('b', undefined)
    await clock.advance(49)
    expect(rung).to.deep.equal([])
    await clock.advance(1)
    expect([rung, clock.pending]).to.deep.equal([['a'], 0])
  })

  it('reach further than a browser timer does', async () => {
    const { clock, rung, alarms } = made()
    const year = 365 * 24 * 3_600_000
    alarms.set('a', clock.now() + year)
    await clock.advance(year - 1)
    expect(rung).to.deep.equal([])
    await clock.advance(1)
    expect(rung).to.deep.equal(['a'])
  })

  it('are cleared together', async () => {
    const { clock, rung, alarms } = made()
    alarms.set('a', clock.now() + 10)
    alarms.set('b', clock.now() + 10)
    alarms.clear()
    await clock.advance(100)
    expect([rung, clock.pending]).to.deep.equal([[], 0])
  })
})
