/** What `doctor` finds, on a cloud whose servers are real sshd of this machine. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pino } from 'pino'
import { Examination } from '../../src/cli/examination.js'
import { FleetingSecrets } from '../../src/cli/fleeting-secrets.js'
import { HostKeys } from '../../src/host-keys.js'
import { FakeCloud } from '../fakes/cloud.js'
import { Authority } from '../gateway/fixtures/authority.js'
import { Sshd, sshdMissing } from '../gateway/fixtures/sshd.js'
import { labConfig } from '../labs/support/world.js'

/** The program that the examination left to run: here nothing deletes the machine under it. */
async function endProgram(): Promise<void> {
  const [pid, count] = ['.lab-doctor-pid', '.lab-doctor'].map((name) => join(userInfo().homedir, name))
  process.kill(Number(await readFile(pid ?? '', 'utf8')))
  for (const file of [pid, count]) await rm(file ?? '')
}

/** An address that leads to whichever server stands behind it now. */
class Front {
  readonly #server: Server
  target = 0

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (near) => {
      const far = connect(this.target, '127.0.0.1')
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.pipe(to)
        from.on('error', () => to.destroy()).on('close', () => to.destroy())
      }
    })
  }

  static async open(): Promise<Front> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Front(server)
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  close(): void {
    this.#server.close()
  }
}

describe('an examination', { skip: sshdMissing }, () => {
  const literal = (value: string | number) => ({ literal: String(value) })
  const silent = pino({ level: 'silent' })

  /** `authority`: the host knows no single key, and the terminal has a certificate of this one. */
  async function examine(
    swap: boolean,
    authority?: Authority,
    validity?: string,
  ): Promise<{ ok: boolean; reason?: string; steps: string[] }> {
    const settings = authority ? ['AuthorizedKeysFile none', `TrustedUserCAKeys ${authority.file}`] : []
    const [first, second, front] = [await Sshd.start({ settings }), await Sshd.start({ settings }), await Front.open()]
    front.target = first.target.port
    const cloud = new FakeCloud('here', () => new Date())
    for (const action of ['create', 'suspend', 'resume', 'delete'] as const) cloud.takes.set(action, 0)
    const resume = cloud.resume.bind(cloud)
    cloud.resume = async (ref) => {
      if (swap) front.target = second.target.port
      await resume(ref)
    }
    const { user } = first.target
    const issued = await authority?.issue({ principals: [user], ...(validity !== undefined && { validity }) })
    const { privateKey = '' } = issued ?? first.target
    const lab = labConfig({
      policy: { ...labConfig().policy, launchTimeout: swap || validity !== undefined ? 10_000 : 60_000 },
      terminals: [
        {
          ...{ name: 'shell', title: 'Shell', protocol: 'ssh', display: 'xterm', readOnly: false },
          ...{ host: literal('127.0.0.1'), port: literal(front.port), user: literal(user) },
          privateKey: literal(privateKey),
          ...(issued && { certificate: literal(issued.certificate) }),
        },
      ],
    })
    const key = { issuer: 'test', subject: 'ada', name: lab.name, id: 'lab-1' }
    const hosts = new HostKeys(new FleetingSecrets(), silent)
    try {
      const verdict = await new Examination({ cloud, lab, key, hosts, env: {}, say: () => undefined }).run()
      return { ...verdict, steps: verdict.steps.map(({ name, ok }) => `${ok ? '' : 'not '}${name}`) }
    } finally {
      if (validity === undefined) await endProgram()
      front.close()
      await first.close()
      await second.close()
    }
  }

  it('finds a lab well that keeps its program and its identity', async () => {
    assert.deepEqual(await examine(false), {
      ok: true,
      steps: [
        'create',
        'answer',
        'start a program',
        'suspend',
        'resume',
        'answer again',
        'the program runs on',
        'delete',
      ],
    })
  })

  it('logs in by a certificate, and says what is wrong with one', async () => {
    const authority = await Authority.start()
    try {
      const { ok, reason, steps } = await examine(false, authority)
      assert.deepEqual([ok, reason, steps.includes('the program runs on')], [true, undefined, true])
      const expired = await examine(false, authority, '20200101:20200102')
      assert.equal(expired.ok, false)
      assert.match(expired.reason ?? '', /^answer: terminal shell: .*certificate expired at 2020/)
      assert.deepEqual(expired.steps, ['create', 'not answer', 'delete'])
    } finally {
      await authority.close()
    }
  })

  it('finds a host that shows another key after the resume', async () => {
    const { ok, reason = '', steps } = await examine(true)
    assert.equal(ok, false)
    assert.match(reason, /^answer again: terminal shell: .*identity/)
    assert.deepEqual(steps, ['create', 'answer', 'start a program', 'suspend', 'resume', 'not answer again', 'delete'])
  })
})
