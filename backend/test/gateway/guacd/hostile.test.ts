/** Both ends of a tunnel as hostile as can be. LAB_FULL=1: ten minutes instead of seconds. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encode, type Instruction } from '../../../src/gateway/guacd/instruction.js'
import { FakeGuacd } from '../fakes/guacd.js'
import { Random } from '../fixtures/random.js'
import { DeskSetup, TARGET } from './fixtures/setup.js'
import { type TestTunnel, until } from './fixtures/tunnel.js'

const MS = process.env['LAB_FULL'] ? 300_000 : 4_000
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const PATIENT = { firstWord: 15_000, handshake: 20_000 }

/** Every opcode there is, of both directions, and some that are none. */
const OPCODES = (
  'ack argv arc audio blob body cfill clip clipboard close connect copy cstroke cursor curve disconnect dispose ' +
  'distort end error file filesystem get identity image img jpeg key lfill line log lstroke mouse move msg name nest ' +
  'nop pipe png pop push put ready rect required reset select set shade size start sync timezone touch transfer ' +
  'transform undefine usbconnect usbdata usbdisconnect video args xyz __proto__ constructor toString'
).split(' ')

/** What may reach guacd from this page, said once more and otherwise than in the gateway. */
const LAWFUL: Readonly<Record<string, RegExp>> = {
  nop: /^$/,
  sync: /^\d+$/,
  ack: /^\d+,.{0,256},\d+$/s,
  mouse: /^-?\d+,-?\d+,\d{1,3}$/,
  key: /^\d+,[01]$/,
  touch: /^\d+(,-?\d+){4}(,-?[\d.e-]+){2}$/,
  size: /^\d{1,4},\d{1,4}$/,
  clipboard: /^[0-9]{1,2},[^,]+\/[^,]+$/,
  argv: /^[0-9]{1,2},[^,]+\/.+,(font-name|font-size|color-scheme)$/,
  blob: /^[0-9]{1,2},[A-Za-z0-9+/]*={0,2}$/,
  end: /^[0-9]{1,2}$/,
  disconnect: /^$/,
}

function lawful([opcode, ...args]: Instruction): boolean {
  const shape = Object.hasOwn(LAWFUL, opcode) ? LAWFUL[opcode] : undefined
  return shape?.test(args.join(',')) === true
}

class Fuzz {
  readonly #random: Random

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  below(limit: number): number {
    return this.#random.below(limit)
  }

  of<T>(list: readonly T[], other: T): T {
    return list[this.below(list.length)] ?? other
  }

  value(): string {
    const values = [
      '',
      '0',
      '1',
      '63',
      '64',
      '-1',
      '65',
      '4294967296',
      '1e9',
      'NaN',
      'text/plain',
      'font-size',
      'password',
    ]
    switch (this.below(6)) {
      case 0:
        return 'x'.repeat(this.below(9000))
      case 1:
        return this.of(['🚀', 'é', ';', '4.nop;', '\0', '\ud800', '../../etc/passwd'], '')
      case 2:
        return Buffer.from(Array.from({ length: this.below(50) }, () => this.below(256))).toString('base64')
      default:
        return this.of(values, '')
    }
  }

  instruction(): string {
    const args = Array.from({ length: this.below(10) === 0 ? this.below(140) : this.below(5) }, () => this.value())
    try {
      return encode(this.of(OPCODES, 'nop'), ...args)
    } catch {
      return ''
    }
  }

  /** Sound instructions with a byte or two wrong, or nothing like instructions at all. */
  bytes(): Buffer {
    if (this.below(12) === 0) return Buffer.from('100000000.xxxxxxxx')
    if (this.below(12) === 0) return Buffer.from(Array.from({ length: this.below(300) }, () => this.below(256)))
    const sound = Buffer.from(Array.from({ length: 1 + this.below(6) }, () => this.instruction()).join(''))
    if (this.below(3) === 0 && sound.length > 0) sound[this.below(sound.length)] = this.below(256)
    return sound
  }
}

describe(`hostile, seed ${SEED}`, () => {
  test('a browser: nothing forbidden reaches guacd, and nothing is left', async () => {
    const fuzz = new Fuzz(SEED)
    const guacd = await FakeGuacd.start()
    const setup = await DeskSetup.start([guacd.address], { limits: PATIENT })
    const end = Date.now() + MS
    let rounds = 0
    while (Date.now() < end) {
      rounds++
      const readOnly = fuzz.below(4) === 0
      const tunnel = setup.tunnel(`?lab=lab-${rounds}${readOnly ? '&read-only' : ''}`)
      await tunnel.until(() => tunnel.uuid !== '' || tunnel.closed !== undefined, 'the tunnel')
      if (fuzz.below(3) > 0) await tunnel.drawn()
      for (let said = 0; said < 60 && !tunnel.closed; said++) {
        if (tunnel.socket.readyState !== tunnel.socket.OPEN) break
        // As text, else `ws` itself refuses what is not UTF-8.
        if (fuzz.below(3) > 0) tunnel.raw(fuzz.instruction())
        else if (fuzz.below(2) === 0) tunnel.raw(fuzz.bytes().toString('utf8'))
        else tunnel.raw(fuzz.bytes())
      }
      await new Promise((resolve) => setImmediate(resolve))
      if (fuzz.below(2) === 0) tunnel.cut()
      else await tunnel.close()
      for (const user of guacd.users.splice(0)) {
        for (const instruction of user.heard) {
          assert.ok(lawful(instruction), `${JSON.stringify(instruction).slice(0, 300)} reached guacd`)
          if (user.parameters['read-only'] !== 'true') continue
          assert.match(instruction[0], /^(?:sync|nop|ack|disconnect)$/)
        }
      }
      setup.gateway.labGone(`lab-${rounds}`)
    }
    await until(() => setup.gateway.viewers === 0 && setup.gateway.desks === 0, 'the end of every desk')
    await until(() => guacd.connections.length === 0, 'the end of every connection')
    const fine = setup.tunnel('?lab=after')
    await fine.drawn()
    await fine.close()
    process.stdout.write(`  ${rounds} tunnels\n`)
    await setup.close()
    await guacd.close()
  })

  test('a guacd: pages get whole instructions or a problem, and nothing is left', async () => {
    const fuzz = new Fuzz(SEED + 1)
    const guacd = await FakeGuacd.start({
      greets: (user) => {
        const all = Buffer.concat(Array.from({ length: 20 }, () => fuzz.bytes()))
        for (let at = 0, end = 0; at < all.length; at = end) {
          end = at + 1 + fuzz.below(fuzz.below(2) === 0 ? 5 : 5000)
          user.socket.write(all.subarray(at, end))
        }
      },
    })
    const setup = await DeskSetup.start([guacd.address], { limits: PATIENT })
    setup.target = async () => ({ ...TARGET, policy: { ...TARGET.policy, files: 'both' } })
    const end = Date.now() + MS
    let rounds = 0
    const problems = new Set<string | undefined>()
    while (Date.now() < end) {
      rounds++
      const tunnel = setup.tunnel(`?lab=lab-${rounds}`)
      await until(() => guacd.users.length > 0 || tunnel.closed !== undefined, 'the tunnel')
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
      tunnel.say('sync', '1')
      await tunnel.close()
      problems.add(tunnel.problem)
      guacd.users.length = 0
      setup.gateway.labGone(`lab-${rounds}`)
    }
    problems.delete(undefined)
    assert.ok(problems.has('link/protocol'))
    await until(() => setup.gateway.viewers === 0 && setup.gateway.desks === 0, 'the end of every desk')
    process.stdout.write(`  ${rounds} tunnels, ${[...problems].sort().join(' ')}\n`)
    await setup.close()
    await guacd.close()
  })

  test('a guacd that is none: whatever it answers, the page is told', async () => {
    for (const answer of [
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      '5.error,1.x,3.519;',
      '4.args;5.ready;',
      '4.args,13.VERSION_9_9_9;5.ready,2.$x;5.error,1.x,3.769;',
      '5.ready,2.$x;',
      '100000000.x',
      '4.args,'.repeat(200),
      Buffer.from([0xff, 0xfe, 0x00]),
    ]) {
      const { createServer } = await import('node:net')
      const server = createServer((socket) => {
        socket.on('error', () => socket.destroy())
        socket.write(answer)
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      const setup = await DeskSetup.start([{ host: '127.0.0.1', port }], {
        limits: { firstWord: 500, handshake: 1000 },
      })
      const tunnel: TestTunnel = setup.tunnel()
      await tunnel.gone()
      assert.match(tunnel.problem ?? '', /^link\/|^server\/internal/, String(answer))
      assert.notEqual(tunnel.problem, 'server/internal')
      await setup.close()
      server.close()
    }
  })
})
