import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Instruction } from '../../../src/gateway/guacd/instruction.js'
import { encode } from '../../../src/gateway/guacd/instruction.js'
import { FakeGuacd } from '../fakes/guacd.js'
import { claimsOf } from '../fixtures/setup.js'
import { DeskSetup, TARGET } from './fixtures/setup.js'
import { until } from './fixtures/tunnel.js'

/** A machine five times slower than this one must not look like a guacd that hangs. */
const PATIENT = { guacdAnswer: 60_000, firstWord: 15_000, handshake: 20_000 }

describe('a desk by the gateway', () => {
  let guacd: FakeGuacd
  let setup: DeskSetup

  beforeEach(async () => {
    guacd = await FakeGuacd.start()
    setup = await DeskSetup.start([guacd.address], { limits: PATIENT })
  })
  afterEach(async () => {
    await setup.close()
    await guacd.close()
  })

  /** The lab's host takes connections: guacd's fake stands in for its port. */
  function hostIsThere(): void {
    const parameters = { ...TARGET.parameters, hostname: '127.0.0.1', port: String(guacd.address.port) }
    setup.target = async () => ({ ...TARGET, parameters })
  }

  test('opens with what the configuration says, and nothing that the page says', async () => {
    const tunnel = setup.tunnel(
      '?width=1280&height=720&dpi=120&timezone=Europe/Stockholm&image=image/png&audio=audio/L16&hostname=evil&GUAC_ID=x',
    )
    await tunnel.drawn()
    const [user] = guacd.users
    assert.equal(user?.select, 'ssh')
    assert.deepEqual(user.parameters, {
      VERSION_1_3_0: 'VERSION_1_3_0',
      hostname: '127.0.0.77',
      port: '22',
      username: 'me',
      password: 'pässwörd 🚀',
      'private-key': '',
      'read-only': '',
      'enable-sftp': '',
    })
    assert.deepEqual(user.greeting.slice(0, -1), [
      ['size', '1280', '720', '120'],
      ['audio', 'audio/L16'],
      ['video'],
      ['image', 'image/png'],
      ['timezone', 'Europe/Stockholm'],
      ['name', 'page'],
    ])
    assert.match(tunnel.uuid, /^[0-9a-f-]{36}$/)
    assert.equal(
      tunnel.heard.some(([opcode]) => opcode === 'ready'),
      false,
    )
    await tunnel.close()
  })

  test('bytes go through as they are, also when they come one by one', async () => {
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    const [user] = guacd.users
    const name: Instruction = ['name', '日本語 🚀 Zürich']
    const bytes = Buffer.from(`4.name,14.${name[1]};4.sync,1.9;`)
    assert.equal([...(name[1] ?? '')].length, 12)
    const right = Buffer.from(bytes.toString().replace('14.', '12.'))
    for (const byte of right) {
      user?.socket.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await tunnel.until(() => tunnel.heardOf('sync').length === 2, 'the last sync')
    assert.deepEqual(tunnel.heardOf('name'), [name])
    await tunnel.close()
  })

  test('what a person does reaches guacd and counts as activity', async () => {
    const tunnel = setup.tunnel()
    // Said before there is a desk, heard after.
    await tunnel.until(() => tunnel.uuid !== '', 'the tunnel')
    tunnel.say('size', '800', '600')
    await tunnel.drawn()
    tunnel.say('key', '65293', '1')
    tunnel.say('mouse', '10', '20', '1')
    tunnel.say('sync', '1000')
    const [user] = guacd.users
    await until(() => (user?.heardOf('sync').length ?? 0) > 0, 'the sync')
    assert.deepEqual(
      user?.heard.filter(([opcode]) => opcode !== 'nop'),
      [
        ['size', '800', '600'],
        ['key', '65293', '1'],
        ['mouse', '10', '20', '1'],
        ['sync', '1000'],
      ],
    )
    assert.equal(setup.inputs, 2)
    await tunnel.close()
  })

  test('pings are echoed and never reach guacd', async () => {
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    tunnel.say('', 'ping', '1234567890123')
    await tunnel.until(() => tunnel.heard.some((one) => one[1] === 'ping'), 'the echo')
    assert.deepEqual(tunnel.heard.at(-1), ['', 'ping', '1234567890123'])
    assert.deepEqual(guacd.users[0]?.heardOf(''), [])
    await tunnel.close()
  })

  test('a reload joins the same connection, and only one seat stays', async () => {
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    tunnel.cut()
    await until(() => setup.closed.length === 1, 'the end of the first page')
    const [first] = guacd.users
    assert.equal(first?.on, true)
    first?.say('sync', '2000')
    await until(() => first?.heardOf('sync').length === 1, 'the answer to a sync that no page sees')
    const again = setup.tunnel()
    await again.drawn()
    const second = guacd.users[1]
    assert.equal(second?.select, first?.connection)
    await until(() => first?.on === false, 'the seat kept free to be given up')
    assert.deepEqual(first?.heard.at(-1), ['disconnect'])
    assert.equal(second?.on, true)
    assert.notEqual(again.uuid, tunnel.uuid)
    await again.close()
  })

  test('two pages see one desk; the read-only one cannot touch it', async () => {
    const one = setup.tunnel()
    await one.drawn()
    const two = setup.tunnel('?read-only')
    await two.drawn()
    assert.deepEqual(two.heard[1], ['', 'read-only', '1'])
    const joined = guacd.users[1]
    assert.equal(joined?.parameters['read-only'], 'true')
    assert.equal(guacd.users[0]?.parameters['read-only'], '')
    for (const forbidden of [
      ['key', '65', '1'],
      ['mouse', '1', '1', '1'],
      ['size', '10', '10'],
      ['clipboard', '0', 'text/plain'],
      ['argv', '0', 'text/plain', 'font-size'],
      ['blob', '0', 'YQ=='],
      ['end', '0'],
      ['touch', '0', '1', '1', '1', '1', '0', '0'],
    ] as Instruction[])
      two.say(...forbidden)
    two.say('sync', '1000')
    await until(() => joined?.heardOf('sync').length === 1, 'the sync')
    assert.deepEqual(
      joined?.heard.filter(([opcode]) => opcode !== 'nop'),
      [['sync', '1000']],
    )
    assert.equal(setup.inputs, 0)
    await one.close()
    await two.close()
  })

  test('two pages at once open one connection', async () => {
    const tunnels = Array.from({ length: 5 }, () => setup.tunnel())
    await Promise.all(tunnels.map((tunnel) => tunnel.drawn()))
    assert.equal(guacd.connections.length, 1)
    await Promise.all(tunnels.map((tunnel) => tunnel.close()))
  })

  test('who comes second is let in when the first picture is drawn, and not for ever later', async () => {
    const quiet = await FakeGuacd.start({ greets: () => undefined })
    const begins = await DeskSetup.start([quiet.address], { limits: PATIENT })
    const [one, two] = [begins.tunnel(), begins.tunnel()]
    await until(() => quiet.users[0]?.on === true, 'the first page')
    await Promise.all([one, two].map((tunnel) => tunnel.until(() => tunnel.uuid !== '', 'the tunnel')))
    await new Promise((resolve) => setTimeout(resolve, 300))
    assert.equal(quiet.users.length, 1)
    quiet.users[0]?.say('sync', '1')
    await until(() => quiet.users[1]?.on === true, 'the second page')
    assert.equal(quiet.users[1]?.select, quiet.users[0]?.connection)
    await begins.close()
    const short = await DeskSetup.start([quiet.address], { limits: { ...PATIENT, firstPicture: 50 } })
    const others = [short.tunnel(), short.tunnel()]
    await until(() => quiet.users[3]?.on === true, 'the second page, without a picture')
    assert.equal(quiet.users[3]?.select, quiet.users[2]?.connection)
    await Promise.all(others.map((tunnel) => tunnel.close()))
    await short.close()
    await quiet.close()
  })

  test('who waits for a first picture that never comes, for the connection ends, opens another one', async () => {
    const quiet = await FakeGuacd.start({ greets: (user) => quiet.users.length > 1 && user.say('sync', '1') })
    const begins = await DeskSetup.start([quiet.address], { limits: { ...PATIENT, firstPicture: 60_000 } })
    const one = begins.tunnel()
    await until(() => quiet.users[0]?.on === true, 'the first page')
    const two = begins.tunnel()
    await two.until(() => two.uuid !== '', 'the tunnel')
    quiet.users[0]?.socket.destroy()
    await one.gone()
    await two.drawn()
    assert.equal(quiet.users[1]?.select, 'ssh')
    await begins.close()
    await quiet.close()
  })

  test('who joins a desktop at rest is told to draw, though guacd ends no frame', async () => {
    const rests = await FakeGuacd.start({
      greets: (user) => {
        user.say('size', '0', '1024', '768')
        if (!user.joined) user.say('sync', '1000')
      },
    })
    const begins = await DeskSetup.start([rests.address], { limits: PATIENT })
    const one = begins.tunnel()
    await one.drawn()
    const two = begins.tunnel()
    await two.drawn()
    assert.deepEqual(two.heard.slice(-2), [
      ['size', '0', '1024', '768'],
      ['sync', '0'],
    ])
    assert.deepEqual(one.heardOf('sync'), [['sync', '1000']])
    await begins.close()
    await rests.close()
  })

  test('who was let in within an instruction for the others joins once more, also after a picture, and three times at most', async () => {
    let broken = 1
    let drawn = false
    const hasty = await FakeGuacd.start({
      greets: (user) => {
        user.say('size', '0', '1024', '768')
        // The end of a blob whose beginning the others heard.
        const breaks = user.joined && broken-- > 0
        if (!breaks || drawn) user.say('sync', '1000')
        if (breaks) setTimeout(() => user.socket.write('AAAA=;3.end,1.3;'), drawn ? 50 : 0)
      },
    })
    const begins = await DeskSetup.start([hasty.address], { limits: PATIENT })
    const one = begins.tunnel()
    await one.drawn()
    const two = begins.tunnel()
    await two.drawn()
    assert.equal(two.closed, undefined)
    assert.equal(hasty.users.length, 3)
    assert.equal(hasty.users[2]?.select, hasty.users[0]?.connection)
    broken = 3
    drawn = true
    const three = begins.tunnel()
    await three.until(() => three.heardOf('size').length === 4, 'the whole picture')
    assert.equal(three.closed, undefined)
    assert.equal(hasty.users.length, 7)
    broken = 4
    const four = begins.tunnel()
    assert.deepEqual(await four.gone(), { code: 1002, reason: '768' })
    assert.equal(hasty.users.length, 11)
    assert.equal(one.closed, undefined)
    await begins.close()
    await hasty.close()
  })

  test('another replica joins it, and of two at once one wins', async () => {
    const other = await DeskSetup.start([guacd.address], { limits: { ...PATIENT, beginning: 500 } }, setup.places)
    const [one, two] = [setup.tunnel(), other.tunnel()]
    await Promise.all([one.drawn(), two.drawn()])
    await until(() => guacd.connections.length === 1, 'one connection')
    const three = other.tunnel()
    await three.drawn()
    assert.equal(guacd.connections.length, 1)
    await Promise.all([one, two, three].map((tunnel) => tunnel.close()))
    await other.close()
  })

  test('a connection that is gone is replaced by a new one', async () => {
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    await setup.places.forget('lab-1', 'main', { guacd: '', connection: guacd.connections[0] ?? '' })
    setup.places.kept.set('lab-1/main', { guacd: `127.0.0.1:${guacd.address.port}`, connection: '$long-gone' })
    const other = await DeskSetup.start([guacd.address], { limits: PATIENT }, setup.places)
    const there = other.tunnel()
    await there.drawn()
    assert.equal(setup.places.kept.get('lab-1/main')?.connection, guacd.users.at(-1)?.connection)
    await tunnel.close()
    await there.close()
    await other.close()
  })

  for (const [status, problem, close] of [
    [769, 'link/login-refused', 1008],
    [519, 'link/shell-unreachable', 1011],
    [515, 'link/shell-unreachable', 1011],
    [523, 'link/session-ended', 1002],
    [776, 'link/slow', 1009],
    [768, 'link/protocol', 1002],
    [12_345, 'link/shell-unreachable', 1011],
  ] as const) {
    test(`guacd's ${status} is ${problem}`, async () => {
      hostIsThere()
      const tunnel = setup.tunnel()
      await tunnel.drawn()
      guacd.users[0]?.say('error', 'Aborted. See logs.', String(status))
      const { code, reason } = await tunnel.gone()
      assert.equal(tunnel.problem, problem)
      assert.equal(code, close)
      assert.match(reason, /^\d+$/)
      assert.doesNotMatch(JSON.stringify(tunnel.heard), /Aborted/)
      assert.equal(guacd.present.length, 0)
      assert.equal(setup.places.kept.size, 0)
    })
  }

  test('the end of the session in the lab is told as such', async () => {
    hostIsThere()
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    guacd.users[0]?.say('disconnect')
    assert.deepEqual(await tunnel.gone(), { code: 1002, reason: '523' })
    assert.equal(tunnel.problem, 'link/session-ended')
  })

  test('a host that is gone is told as such to each page, though guacd says that the session ended', async () => {
    const one = setup.tunnel()
    await one.drawn()
    const two = setup.tunnel()
    await two.drawn()
    for (const user of guacd.present) user.say('disconnect')
    await Promise.all([one.gone(), two.gone()])
    assert.deepEqual([one.problem, two.problem], ['link/shell-unreachable', 'link/shell-unreachable'])
  })

  test('guacd killed is told, and the next page has a new connection', async () => {
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    guacd.kill()
    assert.deepEqual(await tunnel.gone(), { code: 1011, reason: '520' })
    assert.equal(tunnel.problem, 'link/desktop-unavailable')
    const again = setup.tunnel()
    await again.drawn()
    await again.close()
  })

  test('questions of guacd are answered by the configuration, or nobody', async () => {
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    const [user] = guacd.users
    user?.say('required', 'username', 'password')
    await until(() => user?.heardOf('end').length === 2, 'the answers')
    assert.deepEqual(
      user?.heard.filter(([opcode]) => opcode !== 'nop'),
      [
        ['argv', '63', 'text/plain', 'username'],
        ['blob', '63', Buffer.from('me').toString('base64')],
        ['end', '63'],
        ['argv', '63', 'text/plain', 'password'],
        ['blob', '63', Buffer.from('pässwörd 🚀').toString('base64')],
        ['end', '63'],
      ],
    )
    assert.deepEqual(tunnel.heardOf('required'), [])
    user?.say('required', 'password')
    await tunnel.gone()
    assert.equal(tunnel.problem, 'link/login-refused')
  })

  test('a paused lab: pages are told, one seat is kept, the same desk comes back', async () => {
    const [one, two] = [setup.tunnel(), setup.tunnel()]
    await Promise.all([one.drawn(), two.drawn()])
    setup.gateway.labPaused('lab-1')
    await Promise.all([one.gone(), two.gone()])
    assert.equal(one.problem, 'lab/paused')
    await until(() => guacd.present.length === 1, 'one seat')
    const connection = guacd.present[0]?.connection
    const again = setup.tunnel()
    await again.drawn()
    assert.equal(guacd.users.at(-1)?.select, connection)
    await again.close()
  })

  test('a lab that sleeps gets no page', async () => {
    const { LabError } = await import('../../../../src/wire/problems.js')
    setup.awake = async () => {
      throw new LabError('lab/paused')
    }
    const tunnel = setup.tunnel()
    await tunnel.gone()
    assert.equal(tunnel.problem, 'lab/paused')
    assert.equal(guacd.users.length, 0)
  })

  test('a lab that is gone leaves nothing', async () => {
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    setup.gateway.labGone('lab-1')
    await tunnel.gone()
    assert.equal(tunnel.problem, 'lab/removed')
    await until(() => guacd.present.length === 0, 'no user')
    assert.equal(setup.gateway.desks, 0)
    assert.equal(setup.places.kept.size, 0)
  })

  test('without hold nothing is kept', async () => {
    setup.target = async () => ({ ...TARGET, hold: 0 })
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    await tunnel.close()
    await until(() => guacd.present.length === 0, 'no user')
    assert.equal(setup.gateway.desks, 0)
  })

  test('a hold ends', async () => {
    setup.target = async () => ({ ...TARGET, hold: 50 })
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    await tunnel.close()
    await until(() => guacd.present.length === 0, 'no user')
    await until(() => setup.gateway.desks === 0, 'no desk')
  })

  test('a slow page makes guacd wait while it is alone, and is let go when others look on', async () => {
    const slow = setup.tunnel()
    await slow.drawn()
    slow.socket.pause()
    const [user] = guacd.users
    const flood = Buffer.from(`4.blob,1.1,8000.${'A'.repeat(8000)};`.repeat(130))
    const pour = async (to: typeof user, megabytes: number): Promise<void> => {
      for (let sent = 0; sent < megabytes && to?.on; sent++) {
        if (!to.socket.write(flood)) await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    await pour(user, 40)
    await until(() => (user?.socket.writableLength ?? 0) > 10_000_000, 'guacd to wait')
    const other = setup.tunnel()
    await other.drawn()
    await until(() => setup.logged.length > 0 || setup.closed.length === 1, 'the slow page to be let go')
    const joined = guacd.users[1]
    joined?.say('sync', '77')
    await other.until(() => other.heardOf('sync').length === 2, 'the other page to go on')
    slow.socket.resume()
    await slow.gone()
    assert.equal(slow.problem, 'link/slow')
    await other.close()
  })

  test('what waits for a page that does not read is not written over by what comes for another', async () => {
    const [stopped, busy] = [setup.tunnel('?lab=stopped'), setup.tunnel('?lab=busy')]
    await Promise.all([stopped.drawn(), busy.drawn()])
    const userOf = (lab: string) => {
      const place = setup.places.kept.get(`${lab}/main`)
      return guacd.users.find(({ connection }) => connection === place?.connection)
    }
    const blob = (letter: string, at: number) => encode('blob', '1', String(at), letter.repeat(6_000))
    stopped.socket.pause()
    for (let at = 0; at < 2_000; at++) userOf('stopped')?.socket.write(blob('S', at))
    for (let at = 0; at < 2_000; at++) userOf('busy')?.socket.write(blob('B', at))
    await busy.until(() => busy.heardOf('blob').length === 2_000, 'all of the busy one', 60_000)
    stopped.socket.resume()
    await stopped.until(() => stopped.heardOf('blob').length === 2_000, 'all of the stopped one', 60_000)
    for (const [tunnel, letter] of [[stopped, 'S'] as const, [busy, 'B'] as const]) {
      const wrong = tunnel
        .heardOf('blob')
        .findIndex(([, , at, text]) => text !== letter.repeat(6_000) || at === undefined)
      assert.equal(wrong, -1)
      assert.deepEqual(
        tunnel.heardOf('blob').map(([, , at]) => Number(at)),
        Array.from({ length: 2_000 }, (_, at) => at),
      )
      await tunnel.close()
    }
  })

  test('a page that floods waits for a guacd that does not read', async () => {
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    guacd.users[0]?.socket.pause()
    const keys = '3.key,2.65,1.1;'.repeat(4000)
    for (let sent = 0; sent < 1000; sent++) tunnel.raw(keys)
    await until(() => tunnel.socket.bufferedAmount > 20_000_000, 'the page to wait')
    assert.equal(tunnel.closed, undefined)
    tunnel.cut()
  })

  test('a guacd that hangs or is down is told within two seconds, and another one serves', async () => {
    const hung = await FakeGuacd.start({ hangs: true })
    const down = await FakeGuacd.start()
    await down.close()
    const alone = await DeskSetup.start([hung.address], { limits: { firstWord: 300 } })
    const tunnel = alone.tunnel()
    await tunnel.gone()
    assert.equal(tunnel.problem, 'link/desktop-unavailable')
    const several = await DeskSetup.start([hung.address, guacd.address], { limits: { firstWord: 300 } })
    const served = several.tunnel()
    await served.drawn()
    assert.deepEqual(
      several.gateway.pool.state().map(({ answers }) => answers),
      [false, true],
    )
    await served.close()
    for (const one of [alone, several]) await one.close()
    await hung.close()
  })

  test('an open page is told that guacd stopped, and comes back to the same desk when it goes on', async () => {
    const stops = await DeskSetup.start([guacd.address], { limits: { firstWord: 60_000, guacdSilence: 120_000 } })
    const tunnel = stops.tunnel()
    await tunnel.drawn()
    const user = guacd.present.at(-1)
    user?.socket.pause()
    await tunnel.gone()
    assert.equal(tunnel.problem, 'link/desktop-unavailable')
    user?.socket.resume()
    const again = stops.tunnel()
    await again.drawn()
    assert.equal(guacd.present.at(-1)?.select, user?.connection)
    await stops.close()
  })

  test('no secret is in the log or at the page', async () => {
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    guacd.users[0]?.say('error', 'bad', '769')
    await tunnel.gone()
    assert.ok(setup.logged.length > 0)
    for (const text of [...setup.logged, JSON.stringify(tunnel.heard)])
      assert.doesNotMatch(text, /pässwörd|127\.0\.0\.77/)
  })

  test('the server stops: every page is told, every user leaves', async () => {
    const tunnel = setup.tunnel()
    await tunnel.drawn()
    await setup.gateway.close()
    assert.equal(tunnel.problem, 'server/stopping')
    await until(() => guacd.present.length === 0, 'no user')
    assert.equal(setup.opened.length, setup.closed.length)
    setup.claims = claimsOf('lab-2')
  })
})
