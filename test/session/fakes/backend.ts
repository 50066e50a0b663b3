/** The HTTP side of a backend in memory: sessions, one lab, tickets, events; it can fail, hang and fragment. */
import { PROBLEMS, type ProblemCode, problemOf } from '../../../src/wire/problems.js'
import type { LabStatus } from '../../../src/wire/schema.js'

export interface Call {
  readonly method: string
  readonly path: string
  readonly session: string | undefined
  readonly body: unknown
}

interface Stream {
  readonly send: (bytes: Uint8Array) => void
  readonly end: () => void
}

const ENCODER = new TextEncoder()

export class FakeBackend {
  readonly calls: Call[] = []
  readonly streams = new Set<Stream>()
  /** Requests and streams that are open. */
  pending = 0
  /** Answers instead of the usual, by `METHOD /path` suffix; `hang` never answers, `network` fails as a network does. */
  readonly faults = new Map<string, ProblemCode | 'hang' | 'network' | Response>()
  sessionLife = 3_600_000
  sessionEnd = 12 * 3_600_000
  status: LabStatus
  readonly #now: () => number
  #sessions = new Set<string>()
  #issued = 0

  constructor(now: () => number, lab = 'ceph') {
    this.#now = now
    this.status = {
      lab,
      title: 'Ceph für alle ⚡',
      phase: 'running',
      desired: 'running',
      rev: 1,
      since: this.iso(),
      now: this.iso(),
      terminals: [
        { name: 'deploy', title: 'Deploy', protocol: 'ssh', display: 'xterm' },
        { name: 'desktop', title: 'Desktop', protocol: 'rdp', display: 'guacamole' },
      ],
    }
  }

  iso(ahead = 0): string {
    return new Date(this.#now() + ahead).toISOString()
  }

  /** Every session ends. */
  revoke(): void {
    this.#sessions.clear()
  }

  count(suffix: string): number {
    return this.calls.filter(({ method, path }) => `${method} ${path}`.endsWith(suffix)).length
  }

  /** The lab changes; streams hear of it. */
  change(change: Partial<LabStatus>): void {
    this.status = { ...this.status, ...change, rev: this.status.rev + 1, now: this.iso() }
    this.push(this.status)
  }

  push(status: unknown): void {
    this.write(`event: status\ndata: ${JSON.stringify(status)}\n\n`)
  }

  write(text: string): void {
    for (const stream of this.streams) stream.send(ENCODER.encode(text))
  }

  endStreams(): void {
    for (const stream of [...this.streams]) stream.end()
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(String(input))
    const method = init?.method ?? 'GET'
    const headers = new Headers(init?.headers)
    const session = headers.get('authorization')?.replace(/^Bearer /, '')
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
    this.calls.push({ method, path: url.pathname, session, body })
    const signal = init?.signal ?? new AbortController().signal
    this.pending += 1
    try {
      return await this.#answer(`${method} ${url.pathname}`, session, signal)
    } finally {
      this.pending -= 1
    }
  }

  async #answer(call: string, session: string | undefined, signal: AbortSignal): Promise<Response> {
    await Promise.resolve()
    signal.throwIfAborted()
    const fault = [...this.faults].find(([suffix]) => call.endsWith(suffix))?.[1]
    if (fault === 'network') throw new TypeError('Failed to fetch')
    if (fault === 'hang') return hang(signal)
    if (fault instanceof Response) return fault.clone()
    if (fault) return failure(fault)
    if (call.endsWith('/v1/sessions')) return this.#open()
    if (!session || !this.#sessions.has(session)) return failure('auth/no-session')
    if (call.endsWith('/events')) return this.#events(signal)
    if (call.endsWith('/tickets')) return this.#ticket()
    return this.#act(call)
  }

  #open(): Response {
    this.#issued += 1
    const session = `session-${this.#issued}`
    this.#sessions.add(session)
    return json({
      session,
      expiresAt: this.iso(this.sessionLife),
      endsAt: this.iso(this.sessionEnd),
      now: this.iso(),
      learner: {},
      roles: ['learner'],
      later: 1,
    })
  }

  #ticket(): Response {
    if (this.status.phase === 'suspended') return failure('lab/paused')
    if (this.status.phase !== 'running') return failure('lab/not-running')
    this.#issued += 1
    return json({
      ticket: `ticket-${this.#issued}`,
      url: 'wss://labs.test/v1/tunnel',
      subprotocol: 'lab-ssh.v1',
      expiresAt: this.iso(30_000),
    })
  }

  #act(call: string): Response {
    if (call.endsWith('/start')) this.change({ desired: 'running' })
    if (call.endsWith('/suspend')) this.change({ desired: 'suspended' })
    if (call.endsWith('/reset')) this.change({ desired: 'running', phase: 'resetting' })
    if (call.endsWith('/touch') && this.status.warnAt) {
      this.change({ warnAt: this.iso(60_000), suspendAt: this.iso(120_000) })
    }
    return json({ ...this.status, now: this.iso() })
  }

  #events(signal: AbortSignal): Response {
    let stream: Stream | undefined
    const drop = () => {
      if (stream && this.streams.delete(stream)) this.pending -= 1
    }
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = {
          send: (bytes) => controller.enqueue(bytes),
          end: () => {
            drop()
            controller.close()
          },
        }
        this.streams.add(stream)
        this.pending += 1
        signal.addEventListener('abort', () => {
          if (stream && this.streams.has(stream)) controller.error(signal.reason)
          drop()
        })
        stream.send(ENCODER.encode(`data: ${JSON.stringify({ ...this.status, now: this.iso() })}\n\n`))
      },
      cancel: drop,
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
}

export function failure(code: ProblemCode): Response {
  return json({ type: 'about:blank', status: PROBLEMS[code].http, ...problemOf(code) }, PROBLEMS[code].http)
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}
