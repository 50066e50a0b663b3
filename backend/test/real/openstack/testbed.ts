/** The Keystone and Heat of `npm run real:up`: clouds in it, logins to its servers, and ways to hurt it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ssh2 from 'ssh2'
import { parse } from 'yaml'
import { isSection, readAccount, type Section } from '../../../src/clouds/openstack/account.js'
import { OpenStackCloud, type OpenStackCloudOptions, type OpenStackLab } from '../../../src/clouds/openstack/cloud.js'
import type { StackRef, StackSecrets } from '../../../src/labs/ports.js'

const SCRIPTS = fileURLToPath(new URL('../../../../test/real/openstack/', import.meta.url))
const EXAMPLES = fileURLToPath(new URL('../../../../examples/heat/', import.meta.url))
const run = promisify(execFile)

/** Longest wait for a piece of Heat's work, milliseconds. */
export const PATIENCE = 120_000
/** Longest wait for one handshake, milliseconds. */
const HANDSHAKE = 20_000

/** Seconds an action of a stack takes, and the words with which it fails. */
export type Knobs = Readonly<
  Partial<Record<'create' | 'suspend' | 'resume' | 'delete', { secs?: number; fail?: string }>>
>

export interface SeenStack {
  readonly id: string
  readonly name: string
  readonly status: string
}

export class Testbed {
  readonly tag = `test-${randomBytes(4).toString('hex')}`
  readonly secrets = new MemorySecrets()
  /** Heat's engine; each has a testbed of its own (test/real/openstack/start.sh). */
  readonly convergence = process.env['LAB_TEST_CONVERGENCE'] ?? 'false'
  /** The template that is built where a test has none of its own. */
  readonly example = join(EXAMPLES, 'server.yaml')
  /** The state folder of test/real/openstack/up.sh. */
  readonly state: string
  readonly folder: string
  readonly #clouds: OpenStackCloud[] = []
  readonly #refs: StackRef[] = []
  /** One after the other: all knobs are in one file. */
  #turned: Promise<void> = Promise.resolve()

  private constructor(state: string, folder: string) {
    this.state = state
    this.folder = folder
  }

  static async open(): Promise<Testbed> {
    const state = process.env['LAB_TEST_OPENSTACK']
    assert.ok(state, 'LAB_TEST_OPENSTACK names no testbed (npm run real:up)')
    return new Testbed(state, await mkdtemp(join(tmpdir(), 'heat-labs-')))
  }

  async entry(): Promise<Section> {
    const { clouds } = parse(await readFile(join(this.state, 'clouds.yaml'), 'utf8'))
    return clouds.testbed
  }

  /** The account of the testbed; `changes` to its `auth` or, beside it, to the entry. */
  async account(changes: { auth?: Section; entry?: Section } = {}) {
    const entry = await this.entry()
    const auth = isSection(entry['auth']) ? entry['auth'] : {}
    return { account: readAccount('testbed', { ...entry, auth: { ...auth, ...changes.auth }, ...changes.entry }) }
  }

  async accountOf(entry: Section) {
    return { account: readAccount('testbed', { region_name: 'RegionOne', ...entry }) }
  }

  async heatUrl(): Promise<string> {
    return `http://127.0.0.1:${/HP=(\d+)/.exec(await readFile(join(this.state, 'ports'), 'utf8'))?.[1]}`
  }

  /** Heat as a person with a command line meets it. */
  async byHand(stack: string, what: 'suspend' | 'resume' | 'delete' | 'update'): Promise<void> {
    const { heat, id } = await this.#stack(stack)
    const path = `${heat.url}/stacks/${stack}/${id}`
    const [method, at, body] =
      what === 'delete'
        ? ['DELETE', path, undefined]
        : what === 'update'
          ? ['PATCH', path, { existing: true, tags: '' }]
          : ['POST', `${path}/actions`, { [what]: null }]
    const answer = await heat.call(method, at, body)
    assert.ok(answer.ok, `${what}: ${answer.status}`)
    const action = what.toUpperCase()
    if (what !== 'delete') await this.until(stack, new RegExp(`^${action}_COMPLETE$`))
  }

  /**
   * The same for many stacks, as fast as Heat takes it: so many calls under way at once, then one list for all of them.
   * Resolves with the seconds until all are COMPLETE.
   */
  async allByHand(stacks: readonly SeenStack[], what: 'suspend' | 'resume', atOnce: number): Promise<number> {
    const heat = await this.#login()
    const begin = performance.now()
    const todo = [...stacks]
    const worker = async (): Promise<void> => {
      for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
        const answer = await heat.call('POST', `${heat.url}/stacks/${next.name}/${next.id}/actions`, { [what]: null })
        assert.ok(answer.ok, `${what}: ${answer.status}`)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    const wanted = new Set(stacks.map(({ id }) => id))
    const done = ({ id, status }: SeenStack) => wanted.has(id) && status === `${what.toUpperCase()}_COMPLETE`
    while ((await this.stacksOf(this.tag)).filter(done).length < wanted.size) await delay(500)
    return (performance.now() - begin) / 1000
  }

  /** What Heat has of an installation, past the backend. */
  async stacksOf(tag: string): Promise<SeenStack[]> {
    const heat = await this.#login()
    const answer = await heat.call('GET', `${heat.url}/stacks?tags=${tag}&limit=1000`)
    assert.equal(answer.status, 200)
    const { stacks }: { stacks: { id: string; stack_name: string; stack_status: string }[] } = JSON.parse(
      await answer.text(),
    )
    return stacks
      .filter(({ stack_status }) => stack_status !== 'DELETE_COMPLETE')
      .map(({ id, stack_name: name, stack_status: status }) => ({ id, name, status }))
  }

  /** Of the whole project. */
  async countStacks(): Promise<number> {
    const heat = await this.#login()
    return JSON.parse(await (await heat.call('GET', `${heat.url}/stacks`)).text()).stacks.length
  }

  /** Waits until Heat shows a status. */
  async until(stack: string, status: RegExp): Promise<void> {
    const deadline = performance.now() + PATIENCE
    for (;;) {
      const found = await this.#status(stack)
      if (status.test(found)) return
      assert.ok(performance.now() < deadline, `${stack} is ${found}, not ${status}`)
      await delay(100)
    }
  }

  /** Waits until Nova is at it: the server itself is on its way, not only its stack. */
  async untilResuming(stack: string): Promise<void> {
    const deadline = performance.now() + PATIENCE
    for (;;) {
      const [server = ''] = await this.servers(stack)
      if (existsSync(join(this.state, 'cloud/servers', server, 'resuming'))) return
      assert.ok(performance.now() < deadline, `the server of ${stack} is not resuming`)
      await delay(50)
    }
  }

  async applicationCredential(): Promise<{ id: string; secret: string }> {
    const { call, authUrl, user } = await this.#login()
    const name = `test-${randomBytes(4).toString('hex')}`
    const answer = await call('POST', `${authUrl}/users/${user}/application_credentials`, {
      application_credential: { name, unrestricted: true },
    })
    assert.equal(answer.status, 201, await answer.clone().text())
    return JSON.parse(await answer.text()).application_credential
  }

  /** A TLS server of an authority of its own before another one. */
  async tlsBefore(target: string): Promise<{ url: string; ca: string; close(): Promise<void> }> {
    const [key, cert] = [join(this.folder, 'key.pem'), join(this.folder, 'cert.pem')]
    const subject = ['-subj', '/CN=testbed', '-addext', 'subjectAltName=IP:127.0.0.1']
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject])
    const { hostname, port, pathname } = new URL(target)
    const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (asked, answer) => {
      const { method, url = '', headers } = asked
      const passed = request({ hostname, port, path: url, method, headers }, (said) => {
        answer.writeHead(said.statusCode ?? 502, said.headers)
        said.pipe(answer)
      })
      asked.pipe(passed)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    return {
      url: `https://127.0.0.1:${address.port}${pathname}`,
      ca: await readFile(cert, 'utf8'),
      close: async () => {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  }

  cloud(options: Partial<OpenStackCloudOptions> = {}, lab: Partial<OpenStackLab> = {}): OpenStackCloud {
    const source: OpenStackLab = {
      template: this.example,
      parameters: {},
      run: '2026',
      launchTimeout: 15 * 60_000,
      outputs: ['public_ip', 'private_key'],
      ...lab,
    }
    const cloud = new OpenStackCloud({
      name: 'testbed',
      account: () => this.account(),
      labOf: (name) => (name === 'demo' ? source : undefined),
      tag: this.tag,
      secrets: this.secrets,
      limits: { atOnce: 16, perSecond: 100, burst: 100 },
      ...options,
    })
    this.#clouds.push(cloud)
    return cloud
  }

  newRef(): StackRef {
    const stack = `demo-${randomBytes(8).toString('hex')}`
    const ref = { stack, lab: { id: stack, issuer: 'https://lms.example', subject: 'learner', name: 'demo' } }
    this.#refs.push(ref)
    return ref
  }

  async file(name: string, text: string): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(path, text)
    return path
  }

  /** How long the actions of a stack take, and which fail. */
  turn(stack: string, knobs: Knobs): Promise<void> {
    this.#turned = this.#turned.then(() => this.#turn(stack, knobs))
    return this.#turned
  }

  async #turn(stack: string, knobs: Knobs): Promise<void> {
    const path = join(this.state, 'cloud/knobs.json')
    const all: Record<string, unknown> = JSON.parse(await readFile(path, 'utf8').catch(() => '{}'))
    await writeFile(`${path}.new`, JSON.stringify({ ...all, [stack]: knobs }))
    await rename(`${path}.new`, path)
  }

  /** The servers that exist under the stack's name. */
  async servers(stack: string): Promise<string[]> {
    const folder = join(this.state, 'cloud/servers')
    const found: string[] = []
    for (const id of await readdir(folder).catch(() => [])) {
      const config = await readFile(join(folder, id, 'sshd_config'), 'utf8').catch(() => '')
      if (config.includes(`LAB_SERVER_NAME=${stack}`)) found.push(id)
    }
    return found
  }

  /** Runs the testbed's script again with other settings, which stay until the next time. */
  async up(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    await run('bash', [join(SCRIPTS, 'up.sh')], {
      env: { ...process.env, OS_LAB: this.state, SKIP_APT: '1', CONVERGENCE: this.convergence, ...settings },
    })
  }

  /** SIGKILL, as when the machine dies. */
  async kill(what: 'heat' | 'keystone'): Promise<void> {
    await run('bash', [join(SCRIPTS, 'down.sh'), '--kill', what], { env: { ...process.env, OS_LAB: this.state } })
  }

  async restart(what: 'heat' | 'keystone', settings: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.kill(what)
    await this.up(settings)
  }

  async #login() {
    const { account } = await this.account()
    const { authUrl, credentials } = account
    assert.ok(credentials.method === 'password')
    const { user, password, project } = credentials
    const identity = { methods: ['password'], password: { user: { ...user, password } } }
    const answer = await fetch(`${authUrl}/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth: { identity, scope: { project } } }),
    })
    const { token } = JSON.parse(await answer.text())
    const headers = {
      'x-auth-token': answer.headers.get('x-subject-token') ?? '',
      'content-type': 'application/json',
    }
    return {
      ...{ authUrl, user: String(token.user.id), url: `${await this.heatUrl()}/v1/${token.project.id}` },
      call: (method: string, url: string, body?: unknown) =>
        fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
    }
  }

  async #stack(name: string) {
    const heat = await this.#login()
    const answer = await heat.call('GET', `${heat.url}/stacks/${name}`)
    assert.equal(answer.status, 200, `${name}: ${answer.status}`)
    const { stack } = JSON.parse(await answer.text())
    return { heat, id: String(stack.id), status: String(stack.stack_status) }
  }

  async #status(name: string): Promise<string> {
    const heat = await this.#login()
    const answer = await heat.call('GET', `${heat.url}/stacks/${name}`)
    return answer.status === 404 ? 'not there' : String(JSON.parse(await answer.text()).stack.stack_status)
  }

  /** Deletes what an installation made. */
  async clear(tag: string): Promise<void> {
    const cloud = this.cloud({ tag })
    const gone = async (): Promise<boolean> => {
      const left = await cloud.list()
      for (const { stack } of left) {
        await cloud.delete({ stack, lab: { id: stack, issuer: '', subject: '', name: '' } })
      }
      return left.length === 0
    }
    while (!(await gone())) await delay(500)
  }

  /** Deletes what the tests made. */
  async dispose(): Promise<void> {
    const cloud = this.cloud()
    for (const { stack } of this.#refs) await this.turn(stack, {})
    await Promise.all(this.#refs.map((ref) => cloud.delete(ref)))
    for (const ref of this.#refs) {
      while ((await cloud.observe(ref)).state !== 'absent') await delay(200)
    }
    await Promise.all(this.#clouds.map((one) => one.close()))
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** The secrets of stacks, in memory: what is tested here is the cloud. */
class MemorySecrets implements StackSecrets {
  readonly #kept = new Map<string, string>()

  async ensure(id: string, name: string, make: () => string | Promise<string>): Promise<string> {
    const key = `${id} ${name}`
    const value = this.#kept.get(key) ?? (await make())
    this.#kept.set(key, this.#kept.get(key) ?? value)
    return this.#kept.get(key) ?? value
  }

  async find(id: string, name: string): Promise<string | undefined> {
    return this.#kept.get(`${id} ${name}`)
  }

  async forget(id: string): Promise<void> {
    for (const key of this.#kept.keys()) if (key.startsWith(`${id} `)) this.#kept.delete(key)
  }
}

/**
 * A login to a server of a stack, tried again while it does not answer: one that has just been woken, on a machine that
 * has much to do, takes connections before it speaks.
 */
export async function login(outputs: Readonly<Record<string, string>>): Promise<ssh2.Client> {
  const deadline = performance.now() + PATIENCE
  for (;;) {
    try {
      return await loginOnce(outputs)
    } catch (error) {
      if (performance.now() > deadline) throw error
      await delay(500)
    }
  }
}

function loginOnce(outputs: Readonly<Record<string, string>>): Promise<ssh2.Client> {
  const client = new ssh2.Client()
  return new Promise((resolve, reject) => {
    client.once('ready', () => resolve(client))
    // Kept: a handshake that runs out of time tells a second error when its socket is gone.
    client.on('error', (error) => {
      client.destroy()
      reject(error)
    })
    client.connect({
      host: outputs['public_ip'] ?? '',
      username: 'labuser',
      privateKey: outputs['private_key'] ?? '',
      readyTimeout: HANDSHAKE,
    })
  })
}

export function exec(client: ssh2.Client, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error)
      let out = ''
      channel.on('data', (bytes: Buffer) => (out += bytes.toString()))
      channel.on('close', () => resolve(out))
      channel.end()
    })
  })
}

export async function runCommand(outputs: Readonly<Record<string, string>>, command: string): Promise<string> {
  const client = await login(outputs)
  try {
    return await exec(client, command)
  } finally {
    client.end()
  }
}
