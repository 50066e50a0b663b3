/** A lab host whose packets are dropped, behind a real guacd (`npm run test:real`). */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DeskTarget } from '../../src/gateway/guacd/ports.js'
import { DeskSetup } from '../gateway/guacd/fixtures/setup.js'
import { SilentHost } from '../support/silent-host.js'
import { GUACD, TARGETS } from './fixtures/parts.js'
import { Mark, type, typeUntil } from './fixtures/typing.js'

describe('a lab host that goes silent', () => {
  for (const protocol of ['ssh', 'vnc', 'rdp'] as const) {
    test(`${protocol}: told to whoever types within two seconds, and the same desk when it speaks again`, async () => {
      const mark = new Mark()
      const target: DeskTarget = TARGETS[protocol]
      const way = await SilentHost.start(Number(target.parameters['port']))
      const setup = await DeskSetup.start([GUACD], { limits: { firstWord: 15_000, handshake: 30_000 } })
      setup.target = async () => ({ ...target, parameters: { ...target.parameters, port: String(way.port) } })
      const file = `/home/guactest/${mark.name}`
      try {
        const open = setup.tunnel()
        await open.drawn()
        await typeUntil(open, `kept=the-same; echo begun > ${file}\n`, mark)
        await way.silence()
        const begun = performance.now()
        type(open, 'x')
        await open.gone()
        process.stdout.write(`  told after ${(performance.now() - begun).toFixed(0)} ms\n`)
        assert.equal(open.problem, 'link/shell-unreachable')
        const meanwhile = setup.tunnel()
        await meanwhile.gone()
        assert.equal(meanwhile.problem, 'link/shell-unreachable')
        await way.speak()
        const again = setup.tunnel()
        await again.drawn()
        await mark.remove()
        // What was typed into the silence is there by now.
        type(again, '\n')
        await typeUntil(again, `echo $kept > ${file}\n`, mark)
        assert.equal(await mark.reads(), 'the-same\n')
        await again.close()
      } finally {
        await setup.close()
        await way.close()
        await mark.remove()
      }
    })
  }

  test('a desk that is opened to it is refused within two seconds, and served when it speaks again', async () => {
    const way = await SilentHost.start(2222)
    const setup = await DeskSetup.start([GUACD], { limits: { firstWord: 15_000, handshake: 30_000 } })
    setup.target = async () => ({ ...TARGETS.ssh, parameters: { ...TARGETS.ssh.parameters, port: String(way.port) } })
    try {
      await way.silence()
      const begun = performance.now()
      const early = setup.tunnel()
      await early.gone()
      process.stdout.write(`  told after ${(performance.now() - begun).toFixed(0)} ms\n`)
      assert.equal(early.problem, 'link/shell-unreachable')
      await way.speak()
      const again = setup.tunnel()
      await again.drawn()
      await again.until(() => again.heardOf('img').length >= 2, 'the prompt')
      await again.close()
    } finally {
      await setup.close()
      await way.close()
    }
  })
})
