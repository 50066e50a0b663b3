/**
 * One held shell: the stream of its output, its screen, and the pages that watch it. It outlives its pages, cut links,
 * a suspended lab, and, as a stream, the SSH connection itself.
 */
import { LabError } from '../../../src/wire/problems.js'
import type { TerminalSize } from '../../../src/wire/ssh.js'
import { Audience } from './audience.js'
import type { ConnectionEnd } from './connection.js'
import type { HostFiles } from './files/host-files.js'
import { Gathering } from './gathering.js'
import { LazyScreen } from './lazy-screen.js'
import { Line, type LineDeps } from './line.js'
import type { GatewayLog } from './log.js'
import { ByteRing } from './ring.js'
import { screenSize } from './screen.js'
import { Segmenter } from './segmenter.js'
import type { Cancel } from './timers.js'
import type { Asked, Viewer } from './viewer.js'

/** Begins a string that draws nothing (APC): swallows the rest of a long sequence that a snapshot falls into. */
const SWALLOW = Buffer.from('\x1b_')

export interface ShellDeps extends LineDeps {
  readonly log: GatewayLog
  /** Names the stream; no other may ever have the same. */
  readonly stream: string
}

export class HeldShell {
  readonly #deps: ShellDeps
  readonly #audience: Audience
  readonly #segmenter = new Segmenter()
  readonly #gathering: Gathering
  readonly #ring: ByteRing
  readonly #line: Line
  readonly #screen: LazyScreen
  /** How many shells this stream has had. */
  #shells = 0
  /** A page that comes gets a new shell by itself: the first one, or the one before ended while the lab was away. */
  #wanted = true
  #held = false
  #probing: Cancel | undefined
  #choked = false
  #disposed = false

  constructor(deps: ShellDeps, size: TerminalSize) {
    const { limits, timers } = deps
    this.#deps = deps
    this.#gathering = new Gathering(
      () => this.#flow(),
      () => performance.now(),
    )
    this.#ring = new ByteRing(limits.ringBytes)
    this.#audience = new Audience({ timers, holdGrace: limits.holdGrace, released: () => this.#regulate() })
    this.#line = new Line(deps, {
      opened: (size) => this.#opened(size),
      data: (bytes) => this.#output(bytes),
      ended: (end) => this.#ended(end),
    })
    this.#screen = new LazyScreen({
      ...size,
      timers,
      scrollback: limits.scrollback,
      answer: (reply) => this.#line.answer(reply),
      failed: (cause) => this.#choke(cause),
    })
  }

  /** Nothing to keep: no page, and no shell ever opened. */
  get idle(): boolean {
    return this.#audience.size === 0 && this.#shells === 0
  }

  /** Of the host that the shell is on; undefined while there is no connection. */
  get files(): HostFiles | undefined {
    return this.#line.files
  }

  /** Puts a page on the stream, logging in first where there is no living shell. Fails the page where it cannot. */
  async attach(viewer: Viewer, { have, keep }: Asked): Promise<void> {
    this.#audience.add(viewer)
    const shells = this.#shells
    try {
      if (this.#disposed) throw new LabError('link/lost')
      if (this.#audience.size > this.#deps.limits.viewers) throw new LabError('request/too-many')
      await this.#line.ready(viewer.claims, this.#screen.size, this.#wanted)
      if (!viewer.open) return
      this.#audience.join(viewer)
      this.#follow(viewer)
      if (have?.stream === this.#deps.stream && this.#ring.has(have.seq)) this.#resume(viewer, have.seq)
      else this.#restore(viewer, have !== undefined && keep === true && have.stream !== this.#deps.stream)
      if (shells > 0 && shells !== this.#shells) viewer.tell({ type: 'opened' })
      this.pump(viewer)
      this.#probing ??= this.#deps.timers.every(this.#deps.limits.probeEvery, () => this.#probe())
    } catch (error) {
      this.#fail(viewer, error)
    }
  }

  leave(viewer: Viewer): void {
    if (!this.#audience.remove(viewer) || !viewer.attached) return
    if (this.#audience.attached.length === 0) this.#stopProbing()
    this.#follow()
    this.#regulate()
  }

  /** Types into the shell, once. */
  input(viewer: Viewer, bytes: Buffer): void {
    this.#audience.touch(viewer)
    this.#follow()
    if (this.#line.write(bytes)) return
    viewer.fail(new LabError('link/slow', { message: 'the host does not read its input' }))
  }

  resize(viewer: Viewer): void {
    this.#audience.touch(viewer)
    this.#follow(viewer)
    const { cols, rows } = this.#screen.size
    if (cols !== viewer.size.cols || rows !== viewer.size.rows) viewer.tell({ type: 'resized', cols, rows })
  }

  /** Opens another shell on the stream where the one before ended. */
  newShell(viewer: Viewer): void {
    if (this.#line.running || viewer.readOnly) return
    this.#line.ready(viewer.claims, this.#screen.size, true).catch((error: unknown) => this.#fail(viewer, error))
  }

  /** There may be room for what this page could not have before. */
  ready(viewer: Viewer): void {
    if (viewer.out.isStopped) this.pump(viewer)
    else this.#regulate()
  }

  /** Sends what this page may have next. */
  pump(viewer: Viewer): void {
    if (!viewer.attached || !viewer.open) return
    if (viewer.out.pump(this.#ring) === 'missed') this.#restore(viewer)
    this.#regulate()
  }

  /** The lab goes to sleep: its pages are told, the shell is kept, and nothing is sent to the host. */
  paused(): void {
    if (!this.#line.running) this.#wanted = true
    this.#line.doubt()
    this.#audience.dismiss(new LabError('lab/paused'))
    this.#audience.forget()
    this.#screen.rest()
  }

  /** Leaves nothing behind; the pages are told why. */
  dispose(error: LabError): void {
    this.#disposed = true
    this.#audience.dismiss(error)
    this.#audience.forget()
    this.#stopProbing()
    this.#line.dispose()
    this.#gathering.stop()
    this.#screen.dispose()
  }

  #opened({ cols, rows }: TerminalSize): void {
    this.#wanted = false
    this.#held = false
    this.#segmenter.reset()
    const now = this.#screen.size
    if (cols !== now.cols || rows !== now.rows) this.#line.resize(now)
    if (++this.#shells === 1) return
    const aftermath = this.#screen.aftermath()
    this.#ring.append(aftermath)
    this.#audience.tell({ type: 'opened' })
    this.#gathering.add(aftermath.length)
  }

  #output(bytes: Buffer): void {
    const { passed, shown, whole } = this.#segmenter.push(bytes)
    if (passed.length === 0) return
    this.#ring.append(passed)
    if (shown.length > 0) this.#screen.write(shown, whole)
    this.#gathering.add(passed.length)
    this.#regulate()
  }

  #flow(): void {
    for (const viewer of this.#audience.attached) this.pump(viewer)
  }

  /** Reads on while some page keeps up, or none is waited for. */
  #regulate(): void {
    const held = this.#audience.isBehind(this.#ring.end)
    if (held === this.#held) return
    this.#held = held
    this.#line.hold(held)
  }

  #ended(end: ConnectionEnd): void {
    this.#held = false
    for (const viewer of this.#audience.attached) viewer.out.pump(this.#ring)
    if (end.type === 'exited') this.#audience.tell(end)
    else {
      this.#wanted = true
      this.#audience.dismiss(new LabError('link/shell-unreachable', { message: 'ssh: connection lost' }))
    }
  }

  /** The size is the leader's. A page that asked for it needs not be told. */
  #follow(asking?: Viewer): void {
    const leader = this.#audience.leader
    if (!leader) return
    const size = screenSize(leader.size)
    const { cols, rows } = this.#screen.size
    if (size.cols === cols && size.rows === rows) return
    this.#screen.resize(size)
    this.#line.resize(size)
    this.#audience.tell({ type: 'resized', ...size }, asking)
  }

  #resume(viewer: Viewer, seq: number): void {
    viewer.tell(this.#attached(viewer, seq))
    viewer.out.begin(seq)
  }

  /** `lost`: the page shows another stream, which is gone, and can keep it above the beginning of this one. */
  #restore(viewer: Viewer, lost = false): void {
    const told = lost ? { lost } : {}
    if (lost && this.#ring.start === 0) {
      viewer.tell({ ...this.#attached(viewer, 0), lost })
      viewer.out.begin(0)
      return
    }
    const drawn = this.#screen.snapshot()
    const snapshot = this.#segmenter.within ? Buffer.concat([drawn, SWALLOW]) : drawn
    const seq = this.#ring.end
    viewer.tell({ ...this.#attached(viewer, seq), ...told, snapshot: snapshot.length })
    viewer.out.begin(seq, snapshot)
  }

  #attached(viewer: Viewer, seq: number) {
    const { readOnly } = viewer
    const { stream } = this.#deps
    return { type: 'attached' as const, stream, seq, readOnly, running: this.#line.running, ...this.#screen.size }
  }

  /** A host that vanished says nothing: ask now and then while somebody watches. The shell is kept all the same. */
  #probe(): void {
    this.#line.answers().then(
      (alive) => {
        if (alive || this.#audience.attached.length === 0) return
        this.#line.doubt()
        this.#audience.dismiss(new LabError('link/shell-unreachable', { message: 'ssh: no answer' }))
      },
      () => undefined,
    )
  }

  #stopProbing(): void {
    this.#probing?.()
    this.#probing = undefined
  }

  #fail(viewer: Viewer, error: unknown): void {
    const known = error instanceof LabError ? error : new LabError('server/internal', { cause: error })
    const { labId, terminal } = viewer.claims
    if (viewer.open) this.#deps.log.warn({ lab: labId, terminal, code: known.code, err: known }, 'no shell for a page')
    viewer.fail(known)
  }

  #choke(cause: unknown): void {
    if (!this.#choked) this.#deps.log.warn({ stream: this.#deps.stream, err: cause }, 'output that xterm cannot parse')
    this.#choked = true
  }
}
