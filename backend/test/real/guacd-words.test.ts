/** What a real guacd asks for, and what it is told of a login (`npm run test:real`). */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { PARAMETERS } from '../../src/config/guacd-parameters.js'
import { encode, type Instruction, InstructionReader } from '../../src/gateway/guacd/instruction.js'
import { DeskSetup } from '../gateway/guacd/fixtures/setup.js'
import { GUACD, TARGETS } from './fixtures/parts.js'
import { press } from './fixtures/typing.js'

const TAB = 0xff09

function argsOf(protocol: string): Promise<Instruction> {
  return new Promise((resolve, reject) => {
    const socket = connect(GUACD).on('error', reject)
    const reader = new InstructionReader(100_000)
    socket.write(encode('select', protocol))
    socket.on('data', (bytes: Buffer) => {
      const [args] = reader.read(bytes)
      if (!args) return
      socket.destroy()
      resolve(args)
    })
    socket.on('close', () => reject(new Error('guacd hung up')))
  })
}

describe('a real guacd', () => {
  for (const protocol of ['ssh', 'telnet', 'vnc', 'rdp'] as const) {
    test(`${protocol}: all that it asks for can be configured`, async () => {
      const [opcode, version, ...names] = await argsOf(protocol)
      assert.equal(opcode, 'args')
      assert.match(version ?? '', /^VERSION_1_[0135]_0$/)
      assert.ok(names.length > 20)
      assert.deepEqual(
        names.filter((name) => !PARAMETERS[protocol].includes(name)),
        [],
      )
    })
  }

  test('RDP: a wrong password is said by xrdp itself, in a picture that the learner can use', async () => {
    const setup = await DeskSetup.start([GUACD], { limits: { firstWord: 15_000, handshake: 30_000 } })
    const { parameters } = TARGETS.rdp
    setup.target = async () => ({ ...TARGETS.rdp, parameters: { ...parameters, password: 'wrong' } })
    const tunnel = setup.tunnel('?width=1024&height=768')
    await tunnel.until(() => tunnel.heardOf('img').length > 2, 'the login screen', 60_000)
    for (let turn = 0; turn < 3; turn++) {
      const seen = tunnel.bytes
      press(tunnel, TAB)
      await tunnel.until(() => tunnel.bytes > seen + 100, 'another field', 60_000)
    }
    assert.deepEqual([tunnel.problem, tunnel.closed], [undefined, undefined])
    await tunnel.close()
    await setup.close()
  })
})
