/** Files of tunnels over HTTP, on whichever replica the tunnel is: the page need not know. */
import type { Readable } from 'node:stream'
import { LabError } from '../../../../src/wire/problems.js'
import { newSecret, type RandomBytes } from '../../auth/secret.js'
import type { Peer } from '../peers/places.js'
import { askForStream } from '../peers/streams.js'
import { chunksOf } from '../rest-of-body.js'
import type { DeskGateway, DeskTunnel } from './gateway.js'
import type { StreamAnswer, StreamCaller, StreamRequest } from './stream-request.js'

/** How long a link to a download may wait for the browser to follow it, milliseconds. */
const LINK_LIFE = 30_000

export interface TunnelStreamsDeps {
  readonly desks: Pick<DeskGateway, 'tunnel'>
  /** Who has a tunnel that is not here; undefined for nobody that can be asked. */
  readonly holder: (tunnel: string) => Promise<Peer | undefined>
  readonly now: () => Date
  readonly random: RandomBytes
}

export class TunnelStreams {
  readonly #deps: TunnelStreamsDeps
  readonly #links: Links

  constructor(deps: TunnelStreamsDeps) {
    this.#deps = deps
    this.#links = new Links(deps.now, deps.random)
  }

  /** Throws `LabError`; anything but the caller's own tunnel is not there. */
  async do(request: StreamRequest, body: Readable): Promise<StreamAnswer> {
    if (this.#deps.desks.tunnel(request.tunnel)) return await this.here(request, body)
    const peer = await this.#deps.holder(request.tunnel)
    if (!peer) throw new LabError('request/unknown-path')
    return await askForStream(peer, request, body)
  }

  /** Of a tunnel that this replica has. */
  async here(request: StreamRequest, body: Readable): Promise<StreamAnswer> {
    const { op, index } = request
    switch (op) {
      case 'link':
        this.#own(request.tunnel, request.caller)
        return this.#links.give(request)
      case 'download':
        return { file: this.#offered(request.tunnel, index, request.by).transfers.download(index) }
      case 'upload':
        await this.#own(request.tunnel, request.caller).transfers.upload(index, chunksOf(body))
        return { done: true }
      default:
        return op satisfies never
    }
  }

  #offered(tunnel: string, index: string, by: StreamCaller | string): DeskTunnel {
    if (typeof by !== 'string') return this.#own(tunnel, by)
    const found = this.#deps.desks.tunnel(tunnel)
    if (!found || !this.#links.take(by, { tunnel, index })) throw new LabError('request/unknown-path')
    return found
  }

  #own(tunnel: string, { issuer, subject, origin }: StreamCaller): DeskTunnel {
    const found = this.#deps.desks.tunnel(tunnel)
    const { claims } = found ?? {}
    const own = claims?.principal.issuer === issuer && claims.principal.subject === subject
    if (!found || !own || claims.origin !== origin) throw new LabError('request/unknown-path')
    return found
  }
}

/** What a link is for. */
interface Linked {
  readonly tunnel: string
  readonly index: string
}

/** Links to downloads, each good once; kept where the tunnel is. */
class Links {
  readonly #given = new Map<string, Linked & { readonly expiresAt: number }>()
  readonly #now: () => Date
  readonly #random: RandomBytes

  constructor(now: () => Date, random: RandomBytes) {
    this.#now = now
    this.#random = random
  }

  give({ tunnel, index }: Linked): { capability: string; expiresAt: string } {
    this.#sweep()
    const expiresAt = this.#now().getTime() + LINK_LIFE
    const capability = newSecret(this.#random)
    this.#given.set(capability, { tunnel, index, expiresAt })
    return { capability, expiresAt: new Date(expiresAt).toISOString() }
  }

  /** Whether it was given for just this. It is used up, whatever comes of it. */
  take(capability: string, { tunnel, index }: Linked): boolean {
    this.#sweep()
    const found = this.#given.get(capability)
    this.#given.delete(capability)
    return found?.tunnel === tunnel && found.index === index
  }

  #sweep(): void {
    const now = this.#now().getTime()
    for (const [capability, { expiresAt }] of this.#given) if (expiresAt <= now) this.#given.delete(capability)
  }
}
