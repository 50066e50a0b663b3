/** Enough of Keystone, Heat and Nova for tests of what the cloud makes of their answers. The real ones: test/real. */
import { type Asked, type Said, type Script, ScriptedServer } from './scripted-server.js'

export interface FakeStack {
  readonly id: string
  readonly stack_name: string
  stack_status: string
  stack_status_reason?: string
  creation_time: string
  tags: string[]
  outputs?: { output_key: string; output_value?: unknown; output_error?: unknown }[]
}

export class FakeOpenStack {
  readonly stacks: FakeStack[] = []
  readonly servers = new Map<string, string[]>()
  /** Answers first; undefined = the usual answer. */
  override: (asked: Asked) => Said | undefined = () => undefined
  resources: readonly object[] = ['CREATE_COMPLETE', 'CREATE_IN_PROGRESS', 'INIT_COMPLETE'].map((status, n) => ({
    resource_name: `r${n}`,
    resource_status: status,
  }))
  token = 'token-1'
  lifeSeconds = 3600
  #server: ScriptedServer | undefined

  static async start(): Promise<FakeOpenStack> {
    const fake = new FakeOpenStack()
    const script: Script = (asked) => fake.override(asked) ?? fake.#usual(asked)
    fake.#server = await ScriptedServer.start(script)
    return fake
  }

  get server(): ScriptedServer {
    if (this.#server === undefined) throw new Error('not started')
    return this.#server
  }

  add(name: string, status: string, more: Partial<FakeStack> = {}): FakeStack {
    const stack = {
      ...{ id: `id-${name}`, stack_name: name, stack_status: status, tags: ['lab-terminal', 'ours'] },
      creation_time: '2026-11-26T12:00:00Z',
      ...more,
    }
    this.stacks.push(stack)
    return stack
  }

  #usual({ line, headers }: Asked): Said {
    if (line === 'POST /v3/auth/tokens') return this.#tokenSaid()
    if (headers['x-auth-token'] !== this.token) return { status: 401, json: { error: { message: 'Unauthorized' } } }
    const [, action = '', path = '', query = ''] = /^(\S+) ([^?]*)\??(.*)$/.exec(line) ?? []
    if (path === '/v1/p/stacks' && action === 'GET') return { json: { stacks: this.#tagged(query) } }
    if (path === '/v1/p/stacks') return { status: 201, json: { stack: { id: 'new' } } }
    const server = /^\/nova\/servers\/([^/]+)/.exec(path)?.[1]
    if (server !== undefined) return this.#serverSaid(server, action)
    const [, name, id, rest] = /^\/v1\/p\/stacks\/([^/]+)(?:\/([^/]+))?(.*)$/.exec(path) ?? []
    const stack = this.stacks.find((one) => one.stack_name === name)
    if (stack === undefined) return { status: 404, json: { error: { type: 'EntityNotFound', message: 'not found' } } }
    if (id === undefined) {
      const location = `https://elsewhere.example/v1/p/stacks/${name}/${stack.id}`
      return { status: 302, headers: { location }, raw: '<html>302</html>' }
    }
    if (rest === '/actions') return { json: null }
    if (rest === '/resources') return { json: { resources: this.resources } }
    return action === 'DELETE' ? { status: 204 } : { json: { stack } }
  }

  #tagged(query: string): FakeStack[] {
    const tags = (new URLSearchParams(query).get('tags') ?? '').split(',')
    return this.stacks.filter((stack) => tags.every((tag) => stack.tags.includes(tag)))
  }

  #serverSaid(id: string, method: string): Said {
    if (method === 'POST') return { status: 202 }
    const statuses = this.servers.get(id) ?? ['ACTIVE']
    const status = statuses.length > 1 ? statuses.shift() : statuses[0]
    return { json: { server: { id, status } } }
  }

  #tokenSaid(): Said {
    const issued = Date.parse('2026-11-26T12:00:00Z')
    const endpoint = (path: string) => [
      { interface: 'public', region: 'one', region_id: 'one', url: `${this.server.url}${path}` },
      { interface: 'internal', region: 'one', region_id: 'one', url: 'http://127.0.0.1:1' },
    ]
    const catalog = [
      { type: 'orchestration', endpoints: endpoint('/v1/p') },
      { type: 'compute', endpoints: endpoint('/nova/') },
    ]
    const times = {
      issued_at: new Date(issued).toISOString(),
      expires_at: new Date(issued + this.lifeSeconds * 1000).toISOString(),
    }
    return { status: 201, headers: { 'x-subject-token': this.token }, json: { token: { ...times, catalog } } }
  }
}
