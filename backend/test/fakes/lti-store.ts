/** An LtiStore in memory, with the clock of the test. */
import type { GradeKey, GradeLine, LtiStore, OneTime, StoredRegistration, ToolKey } from '../../src/auth/lti/ports.js'

export class MemoryLtiStore implements LtiStore {
  readonly once = new Map<string, { value: OneTime; expiresAt: Date }>()
  readonly toolKeys: ToolKey[] = []
  readonly #registrations = new Map<string, StoredRegistration>()
  readonly #grades = new Map<string, { line: GradeLine; scoredAt?: Date }>()
  readonly #now: () => Date

  constructor(now: () => Date = () => new Date()) {
    this.#now = now
  }

  async put(hash: string, value: OneTime, expiresAt: Date): Promise<void> {
    this.once.set(hash, { value: structuredClone(value), expiresAt })
  }

  async take(hash: string): Promise<OneTime | undefined> {
    const found = this.once.get(hash)
    this.once.delete(hash)
    return found !== undefined && found.expiresAt > this.#now() ? found.value : undefined
  }

  async registrations(issuer: string): Promise<readonly StoredRegistration[]> {
    return [...this.#registrations.values()].filter((one) => one.issuer === issuer)
  }

  async putRegistration(registration: StoredRegistration): Promise<void> {
    this.#registrations.set(JSON.stringify([registration.issuer, registration.clientId]), registration)
  }

  async keys(): Promise<readonly ToolKey[]> {
    return [...this.toolKeys].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
  }

  async addKey(key: ToolKey, unlessSince: Date): Promise<void> {
    if (!this.toolKeys.some(({ createdAt }) => createdAt > unlessSince)) this.toolKeys.push(key)
  }

  async removeKeys(createdBefore: Date): Promise<void> {
    const kept = this.toolKeys.filter(({ createdAt }) => createdAt >= createdBefore)
    this.toolKeys.splice(0, this.toolKeys.length, ...kept)
  }

  async putGradeLine(key: GradeKey, line: GradeLine): Promise<void> {
    this.#grades.set(nameOf(key), { ...this.#grades.get(nameOf(key)), line })
  }

  async gradeLine(key: GradeKey): Promise<GradeLine | undefined> {
    return this.#grades.get(nameOf(key))?.line
  }

  async scoreTime(key: GradeKey, now: Date): Promise<Date> {
    const grade = this.#grades.get(nameOf(key))
    if (grade === undefined) return now
    const next = grade.scoredAt === undefined ? now : new Date(Math.max(now.getTime(), grade.scoredAt.getTime() + 1))
    grade.scoredAt = next
    return next
  }

  async sweep(now: Date): Promise<void> {
    for (const [hash, { expiresAt }] of this.once) if (expiresAt <= now) this.once.delete(hash)
  }
}

function nameOf({ issuer, subject, lab }: GradeKey): string {
  return JSON.stringify([issuer, subject, lab])
}
