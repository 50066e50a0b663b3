import type { Lab, LabChange, LabId, LabKey } from '../../src/labs/lab.js'
import type { Durations, House, LabStore } from '../../src/labs/ports.js'
import type { Usage, UsageFilter } from '../../src/labs/usage.js'

/** Labs in memory, for the domain's own logic; the real one passes the contract suite. */
export class FakeLabStore implements LabStore {
  readonly labs = new Map<LabId, Lab>()
  readonly ledger: { id: LabId; from: string; to: string; at: Date; cause: string | undefined }[] = []
  readonly #watchers = new Set<(id: LabId) => void>()
  readonly #links = new Map<LabId, Set<string>>()
  readonly #busy = new Set<LabId>()
  readonly #now: () => Date

  constructor(now: () => Date = () => T0) {
    this.#now = now
  }

  /** Labs to be looked at now, oldest first. */
  due(now: Date): LabId[] {
    const labs = [...this.labs.values()].filter(({ lookAt }) => lookAt !== null && lookAt <= now)
    return labs.sort((a, b) => Number(a.lookAt) - Number(b.lookAt)).map(({ id }) => id)
  }
  nextLook(): Date | undefined {
    let next: Date | undefined
    for (const { lookAt } of this.labs.values()) if (lookAt !== null && (!next || lookAt < next)) next = lookAt
    return next
  }

  async find(key: LabKey): Promise<Lab | undefined> {
    return this.#find(key)
  }
  async get(id: LabId): Promise<Lab | undefined> {
    return this.labs.get(id)
  }
  async ensure(key: LabKey): Promise<Lab> {
    const found = this.#find(key)
    if (found) return found
    const lab = okLab({ ...key, id: `lab-${this.labs.size + 1}`, rev: 0 })
    this.labs.set(lab.id, lab)
    return lab
  }
  async update(id: LabId, change: (lab: Lab) => LabChange | undefined): Promise<Lab> {
    const lab = this.labs.get(id)
    if (!lab) throw new Error(`no lab ${id}`)
    const { cause, ...fields } = change(lab) ?? {}
    const next = { ...lab, ...fields }
    if (JSON.stringify(next) === JSON.stringify(lab)) return lab
    const written = { ...next, rev: lab.rev + 1 }
    this.labs.set(id, written)
    if (lab.phase !== written.phase)
      this.ledger.push({ id, from: lab.phase, to: written.phase, at: this.#now(), cause })
    for (const watcher of this.#watchers) watcher(id)
    return written
  }
  async place(id: LabId, change: (lab: Lab, house: House) => LabChange | undefined): Promise<Lab> {
    const house = this.#house(id)
    return this.update(id, (lab) => change(lab, house))
  }
  async house(): Promise<House> {
    return this.#house()
  }
  #house(without?: LabId): House {
    const labs = [...this.labs.values()]
    const places = labs.flatMap(({ id, cloud, name }) =>
      cloud === null || id === without ? [] : [{ cloud, name, count: 1 }],
    )
    const line = labs.flatMap(({ id, name, phase, cloud, tried, queuedAt }) =>
      queuedAt === null ? [] : [{ id, name, phase, cloud, tried, queuedAt }],
    )
    return { places, line: line.sort((a, b) => +a.queuedAt - +b.queuedAt) }
  }
  async exclusively(id: LabId, work: () => Promise<void>): Promise<boolean> {
    if (this.#busy.has(id)) return false
    this.#busy.add(id)
    try {
      await work()
    } finally {
      this.#busy.delete(id)
    }
    return true
  }
  async overdue(at: Date, limit: number): Promise<LabId[]> {
    return [...this.labs.values()]
      .filter(({ lookAt }) => lookAt !== null && lookAt < at)
      .slice(0, limit)
      .map(({ id }) => id)
  }
  watch(listener: (id: LabId) => void): () => void {
    this.#watchers.add(listener)
    return () => this.#watchers.delete(listener)
  }
  async list(): Promise<Lab[]> {
    return [...this.labs.values()]
  }
  async onCloud(cloud: string): Promise<Lab[]> {
    return [...this.labs.values()].filter((lab) => lab.cloud === cloud)
  }
  async count(): Promise<Map<Lab['phase'], number>> {
    const counts = new Map<Lab['phase'], number>()
    for (const { phase } of this.labs.values()) counts.set(phase, (counts.get(phase) ?? 0) + 1)
    return counts
  }
  /** Kept by the test. */
  used: Usage[] = []
  async usage({ learner }: UsageFilter): Promise<Usage[]> {
    return this.used.filter(({ subject }) => learner === undefined || subject === learner.subject)
  }
  async durations(): Promise<Durations | undefined> {
    return undefined
  }
  async recordDuration(): Promise<void> {}
  async linkOpened(id: LabId, link: string): Promise<void> {
    this.#links.set(id, (this.#links.get(id) ?? new Set()).add(link))
  }
  #find(key: LabKey): Lab | undefined {
    return [...this.labs.values()].find(
      (lab) => lab.issuer === key.issuer && lab.subject === key.subject && lab.name === key.name,
    )
  }
  async linkClosed(id: LabId, link: string): Promise<number> {
    this.#links.get(id)?.delete(link)
    return this.#links.get(id)?.size ?? 0
  }
}

export const T0 = new Date('2026-11-22T12:00:00Z')

/** A lab that was never launched; tests change what matters to them. */
export function okLab(change: Partial<Lab> = {}): Lab {
  return {
    id: 'lab-1',
    issuer: 'https://lms.example.org',
    subject: 'ada',
    name: 'ceph-101',
    rev: 1,
    phase: 'absent',
    since: T0,
    desired: 'absent',
    resetting: false,
    cloud: null,
    stack: null,
    startedAt: null,
    attempts: 0,
    progress: null,
    problem: null,
    reason: null,
    activeAt: null,
    suspendAt: null,
    deleteAt: null,
    lookAt: null,
    tried: {},
    queuedAt: null,
    rebooted: false,
    hook: null,
    course: null,
    notice: null,
    ...change,
  }
}
