/**
 * A program of a real host writes checksummed lines without end, while at random the network is cut, the page reloaded or
 * led over another replica, the lab suspended for an hour, and the replica killed that holds the shell, or that carries the
 * page. Every byte comes exactly once, in order. What nobody can keep is the shell of a killed replica, whose connection
 * to the host ends with it: that is said, what it had printed stays as it was, and the next one begins below; what runs in
 * tmux goes on.
 *
 * 24 disruptions; with LAB_FULL=1, 500. SEED=… does the same again. The hour is the terminals' clock, the sleep of the
 * host is real (SIGSTOP).
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { Backend } from '../chaos/backends.js'
import type { Page } from '../gateway/fixtures/page.js'
import { Random } from '../gateway/fixtures/random.js'
import { CheckedStream, checkLines, writeProgram } from './fixtures/checked-stream.js'
import { KeptByTmux } from './fixtures/kept-by-tmux.js'
import { Replicas } from './fixtures/replicas.js'

const FULL = process.env['LAB_FULL'] === '1'
const SEED = Number(process.env['SEED'] ?? randomInt(2 ** 31))
const HOUR = 3_600_000
/** For whatever must happen, on a slow machine too. */
const LONG = 120_000
/** What a server keeps of a stream, less the pieces that it comes in; a slow machine may miss more while a lab is paused. */
const RING = 1024 * 1024 - 64 * 1024
/** Of 24. */
const PARTS = {
  cut: 8,
  reload: 6,
  'other replica': 5,
  suspend: 2,
  'kill the carrier': 1,
  'kill the holder': 2,
} as const
type Kind = keyof typeof PARTS

function shuffled(random: Random): Kind[] {
  const kinds = Object.keys(PARTS) as Kind[]
  const deck = kinds.flatMap((kind) => Array.from({ length: PARTS[kind] }, () => kind))
  for (let at = deck.length - 1; at > 0; at--) {
    const other = random.below(at + 1)
    const [a, b] = [deck[at], deck[other]]
    if (a && b) [deck[at], deck[other]] = [b, a]
  }
  return deck
}

class Learner {
  readonly random: Random
  readonly counts = new Map<string, number>()
  bytes = 0
  readonly #replicas: Replicas
  readonly #program: string
  /** Holds the shell. */
  #holder: Backend
  /** Serves the page. */
  #by: Backend
  #page!: Page
  #stream!: CheckedStream
  #restart: Promise<void> = Promise.resolve()
  readonly #kept: KeptByTmux

  constructor(replicas: Replicas, program: string, kept: KeptByTmux, first: Backend) {
    this.random = new Random(SEED)
    this.#replicas = replicas
    this.#program = program
    this.#kept = kept
    this.#holder = this.#by = first
  }

  async begin(): Promise<void> {
    await this.#attach(this.#by)
    await this.#kept.attach(this.#holder)
    await this.#run(0)
  }

  async disturb(kind: Kind): Promise<void> {
    const before = this.#page.screen.received
    const much = this.random.below(20_000)
    await this.#page.until(() => this.#page.screen.received > before + much, `goes on before: ${kind}`, LONG)
    await this.#do[kind]()
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
    await this.check(kind)
  }

  /** All bytes and all that is shown. */
  async check(what: string): Promise<void> {
    const page = this.#page
    const from = page.screen.received
    await page.until(() => page.screen.received > from, `goes on after: ${what}`, LONG)
    do {
      await page.until(() => page.screen.isPainted, 'painted', LONG)
      await page.screen.settled()
    } while (!page.screen.isPainted)
    this.#stream.take(page.screen)
    const last = checkLines(SEED, page.screen.lines(), what)
    assert.ok(
      last === this.#stream.open - 1,
      `${what}: ${last} is the last line shown, ${this.#stream.open} comes next`,
    )
  }

  async end(): Promise<void> {
    this.bytes += this.#stream.bytes
    await this.#restart
    this.#page.cut()
    this.#kept.leave()
  }

  readonly #do: Readonly<Record<Kind, () => Promise<void>>> = {
    cut: async () => {
      this.#page.cut()
      await this.#again(this.#by)
    },
    reload: async () => {
      this.#page.cut()
      this.#stream.take(this.#page.screen)
      await this.#attach(this.#by)
    },
    'other replica': async () => {
      this.#page.cut()
      await this.#again(this.#other(this.#by))
    },
    suspend: async () => {
      const suspended = this.#replicas.bring(this.#by, 'suspend')
      await this.#page.until(() => this.#page.closeCode !== undefined, 'told of the pause', LONG)
      assert.equal(this.#page.problem, 'lab/paused')
      await this.#replicas.sshd.signal('SIGSTOP')
      await suspended
      await this.#restart
      await Promise.all(this.#replicas.all.map((replica) => replica.later(HOUR)))
      await this.#replicas.sshd.signal('SIGCONT')
      await this.#replicas.bring(this.#by, 'start')
      await this.#again(this.#by)
      await this.#kept.attach(this.#holder)
    },
    'kill the carrier': async () => {
      this.#page.cut()
      await this.#again(this.#other(this.#holder))
      await this.#kill(this.#by)
      await this.#again(this.#holder)
    },
    'kill the holder': async () => {
      await this.#kill(this.#holder)
      this.bytes += this.#stream.bytes
      this.#holder = this.#by = this.#other(this.#holder)
      await this.#attach(this.#holder, this.#page)
      const { lost, snapshot } = this.#attached
      assert.deepEqual([lost, snapshot], [true, undefined], 'the loss is said, what is shown stays')
      await this.#kept.goesOn(this.#holder)
      await this.#run(this.#stream.open)
    },
  }

  get #attached() {
    return this.#page.messages.find(({ type }) => type === 'attached') ?? assert.fail('not attached')
  }

  #other(replica: Backend): Backend {
    return this.#replicas.all.find((one) => one !== replica) ?? assert.fail('no other replica')
  }

  async #kill(replica: Backend): Promise<void> {
    await this.#restart
    await replica.end('SIGKILL')
    const { screen } = this.#page
    await this.#page.until(() => this.#page.closeCode !== undefined && screen.isPainted, 'cut off', LONG)
    this.#stream.take(this.#page.screen)
    this.#restart = replica.start()
    this.#restart.catch(() => undefined)
  }

  /** The same page, back on the same stream: the rest only, as long as the server still has all of it. */
  async #again(by: Backend): Promise<void> {
    const { screen } = this.#page
    this.#stream.take(screen)
    const { stream, received, snapshots } = screen
    await this.#attach(by, this.#page)
    const { seq, snapshot, lost } = this.#attached
    assert.deepEqual([screen.stream, lost], [stream, undefined], 'the same stream')
    if (snapshot !== undefined && Number(seq) - received > RING) return
    assert.deepEqual([seq, snapshot, screen.snapshots], [received, undefined, snapshots], 'exactly the rest')
  }

  async #attach(by: Backend, from?: Page): Promise<void> {
    if (by !== this.#holder) await this.#restart
    this.#by = by
    this.#page = await this.#replicas.page(by, from ? { screen: from.screen } : {})
    this.#page.screen.text ??= []
    await this.#page.until(() => this.#page.attached, 'attached', LONG)
  }

  async #run(from: number): Promise<void> {
    this.#stream = new CheckedStream(SEED, from)
    this.#page.type(`stty -echo; exec ${this.#program} ${SEED} ${from}\n`)
    await this.#page.until(
      () => {
        this.#stream.take(this.#page.screen)
        return this.#stream.begun
      },
      'the program runs',
      LONG,
    )
  }
}

describe('every byte exactly once', { timeout: FULL ? 3_600_000 : 600_000 }, () => {
  const count = FULL ? 500 : 24
  let replicas: Replicas
  let folder: string
  const tmux = async (...words: string[]) =>
    (await promisify(execFile)('tmux', words, { env: { ...process.env, TMUX: '', TMUX_TMPDIR: folder } })).stdout

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lab-once-'))
    const others = { kept: `attach: tmux, environment: { TMUX_TMPDIR: '${folder}', LC_ALL: C.UTF-8 }` }
    replicas = await Replicas.start(2, 'files: none', { others, pace: 0.1 })
  })
  after(async () => {
    await tmux('kill-server').catch(() => undefined)
    await replicas?.sshd.signal('SIGCONT')
    await replicas?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test(`${count} disruptions, seed ${SEED}`, async () => {
    const [first] = replicas.all
    assert.ok(first)
    const program = await writeProgram(join(folder, 'stream.mjs'))
    const slow = await writeProgram(join(folder, 'slow.mjs'), 1, 100)
    const learner = new Learner(
      replicas,
      program,
      new KeptByTmux({ replicas, terminal: 'kept', program: `${slow} ${SEED} 0`, seed: SEED, tmux }),
      first,
    )
    await learner.begin()
    let done = 0
    try {
      while (done < count) {
        for (const kind of shuffled(learner.random).slice(0, count - done)) {
          await learner.disturb(kind)
          done++
        }
      }
    } finally {
      await learner.end()
      const kinds = [...learner.counts].map(([kind, times]) => `${kind} ${times}`).join(', ')
      process.stdout.write(`seed ${SEED}: ${done} of ${count} disruptions (${kinds}), ${learner.bytes} bytes checked\n`)
    }
  })
})
