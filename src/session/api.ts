/** The backend as one lab's page uses it: status, actions, tickets, events. */
import { createParser } from 'eventsource-parser'
import { orAborted } from '../display/or-aborted.js'
import { LabError, PROBLEMS } from '../wire/problems.js'
import { type LabAction, PATHS } from '../wire/protocol.js'
import type { LabStatus, Ticket } from '../wire/schema.js'
import { decodeCapability, decodeStatus, decodeTicket } from './decode.js'
import { type HttpDeps, linkedAbort, REQUEST_TIMEOUT_MS, readJson, within } from './http.js'
import { SignIn, type SignInDeps } from './sign-in.js'
import type { VoucherSource } from './token.js'
import { sendFile, type UploadRequest } from './upload.js'

/** No byte of a stream for so long (milliseconds) means that it is dead: the server sends a comment every 5 s. */
export const STREAM_SILENCE_MS = 20_000
/** Longest single event, characters. */
const MAX_EVENT = 256 * 1024

export interface ApiSettings {
  readonly backend: string
  readonly lab: string
}

export interface StreamListener {
  /** The server took the stream. */
  opened(): void
  status(status: LabStatus): void
}

type Method = 'GET' | 'POST'

/** Every call throws `LabError`, or the reason of its signal when aborted. */
export class LabApi {
  readonly #backend: string
  readonly #lab: string
  readonly #deps: HttpDeps
  readonly #signIn: SignIn

  constructor({ backend, lab }: ApiSettings, voucher: VoucherSource, deps: SignInDeps) {
    this.#backend = backend
    this.#lab = lab
    this.#deps = deps
    this.#signIn = new SignIn(backend, voucher, deps)
  }

  async status(signal: AbortSignal): Promise<LabStatus> {
    return this.#own(await this.#json('GET', PATHS.lab(this.#lab), signal))
  }

  async act(action: LabAction, signal: AbortSignal): Promise<LabStatus> {
    return this.#own(await this.#json('POST', PATHS.labAction(this.#lab, action), signal))
  }

  async ticket(terminal: string, signal: AbortSignal): Promise<Ticket> {
    return decodeTicket(await this.#json('POST', PATHS.tickets(this.#lab, terminal), signal))
  }

  /** Puts a file into a stream of a tunnel. Takes as long as it takes. */
  async upload(
    path: string,
    file: Blob,
    { progress, signal }: Pick<UploadRequest, 'progress' | 'signal'>,
  ): Promise<unknown> {
    const url = this.#backend + path
    return this.#withSession(signal, (session) => sendFile({ url, session, file, progress, signal }))
  }

  /** An address at which the browser may save a file of a tunnel, once and soon. */
  async downloadLink(path: string, signal: AbortSignal): Promise<string> {
    const answer = await this.#json('POST', `${path}/capability`, signal)
    return `${this.#backend}${path}?capability=${encodeURIComponent(decodeCapability(answer))}`
  }

  /** An answer that is read as it comes, for as long as it takes. */
  async open(
    path: string,
    options: { method: Method; headers?: Readonly<Record<string, string>>; signal: AbortSignal },
  ): Promise<Response> {
    const { method, headers, signal } = options
    return this.#withSession(signal, async (session) => {
      try {
        const response = await this.#send(method, path, signal, '*/*', session, headers)
        if (!response.ok) await readJson(response)
        return response
      } catch (error) {
        signal.throwIfAborted()
        throw error instanceof LabError ? error : new LabError('server/unreachable', { cause: error })
      }
    })
  }

  /**
   * Follows the lab's events until the stream ends; it always ends by a rejection. The server begins each stream with
   * the status as it is.
   */
  async events(listener: StreamListener, signal: AbortSignal): Promise<never> {
    return this.#withSession(signal, (session) => this.#stream(session, listener, signal))
  }

  /** The next request signs in anew: a person asked for it. */
  signInAgain(): void {
    this.#signIn.again()
  }

  /** Gives up a sign-in under way; the session in hand stays for the next use. */
  cancel(): void {
    this.#signIn.cancel()
  }

  async #stream(session: string, listener: StreamListener, signal: AbortSignal): Promise<never> {
    const { controller, free } = linkedAbort(signal)
    const silence = new Silence(this.#deps, controller)
    try {
      silence.allow(REQUEST_TIMEOUT_MS)
      const path = PATHS.labEvents(this.#lab)
      const response = await silence.orAbort(this.#send('GET', path, controller.signal, 'text/event-stream', session))
      const stream = await silence.orAbort(streamOf(response))
      silence.allow(STREAM_SILENCE_MS)
      listener.opened()
      return await this.#follow(stream, listener, silence)
    } catch (error) {
      signal.throwIfAborted()
      const reason: unknown = controller.signal.aborted ? controller.signal.reason : error
      throw reason instanceof LabError ? reason : new LabError('server/unreachable', { cause: reason })
    } finally {
      silence.end()
      free()
      controller.abort()
    }
  }

  async #follow(stream: ReadableStream<Uint8Array>, listener: StreamListener, silence: Silence): Promise<never> {
    const reader = stream.getReader()
    const decoder = new TextDecoder()
    const parser = createParser({
      maxBufferSize: MAX_EVENT,
      onEvent: ({ event, data }) => {
        if (event === undefined || event === 'message' || event === 'status') listener.status(this.#own(parsed(data)))
      },
      onError: (error) => {
        if (error.type === 'max-buffer-size-exceeded')
          throw new LabError('server/internal', { message: 'event too long' })
      },
    })
    while (true) {
      const { done, value } = await silence.orAbort(reader.read())
      if (done) throw new LabError('server/unreachable', { message: 'the stream of events ended' })
      silence.allow(STREAM_SILENCE_MS)
      parser.feed(decoder.decode(value, { stream: true }))
    }
  }

  #own(body: unknown): LabStatus {
    const status = decodeStatus(body)
    if (status.lab !== this.#lab) throw new LabError('server/internal', { message: 'answer is of another lab' })
    return status
  }

  #json(method: Method, path: string, signal: AbortSignal): Promise<unknown> {
    return this.#withSession(signal, (session) =>
      within(this.#deps.timers, signal, async (inner) =>
        readJson(await this.#send(method, path, inner, 'application/json', session)),
      ),
    )
  }

  /** A session that the server refuses is replaced once. Getting one may take a person's time: it has its own limit. */
  async #withSession<T>(signal: AbortSignal, run: (session: string) => Promise<T>): Promise<T> {
    const session = await orAborted(this.#signIn.session(), signal)
    try {
      return await run(session)
    } catch (error) {
      if (!(error instanceof LabError) || PROBLEMS[error.code].http !== 401) throw error
      return run(await orAborted(this.#signIn.replace(session), signal))
    }
  }

  #send(
    method: Method,
    path: string,
    signal: AbortSignal,
    accept: string,
    session: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    signal.throwIfAborted()
    // The browser's fetch refuses to be called as a method.
    const { fetch } = this.#deps
    return fetch(`${this.#backend}${path}`, {
      method,
      headers: { ...more, accept, authorization: `Bearer ${session}` },
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      signal,
    })
  }
}

/** Ends a stream on which nothing comes. */
class Silence {
  readonly #deps: HttpDeps
  readonly #controller: AbortController
  #timer: number | undefined

  constructor(deps: HttpDeps, controller: AbortController) {
    this.#deps = deps
    this.#controller = controller
  }

  allow(ms: number): void {
    this.end()
    const reason = () => new LabError('server/unreachable', { message: 'the stream of events is silent' })
    this.#timer = this.#deps.timers.setTimeout(() => this.#controller.abort(reason()), ms)
  }

  end(): void {
    if (this.#timer !== undefined) this.#deps.timers.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async orAbort<T>(work: Promise<T>): Promise<T> {
    return orAborted(work, this.#controller.signal)
  }
}

async function streamOf(response: Response): Promise<ReadableStream<Uint8Array>> {
  if (!response.ok) {
    await readJson(response)
  }
  const type = response.headers.get('content-type') ?? ''
  if (!response.body || !type.startsWith('text/event-stream')) {
    throw new LabError('server/internal', { message: 'answer is no stream of events' })
  }
  return response.body
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch (cause) {
    throw new LabError('server/internal', { message: 'event is no JSON', cause })
  }
}
