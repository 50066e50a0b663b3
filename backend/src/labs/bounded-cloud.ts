import type { Cloud, ListedStack, Look, Observed, Slots, StackRef } from './ports.js'

/** Each cloud within its bound of calls. */
export function boundClouds(
  clouds: ReadonlyMap<string, Cloud>,
  slots: Slots,
  limit: number,
): ReadonlyMap<string, Cloud> {
  return new Map([...clouds].map(([name, cloud]) => [name, new BoundedCloud(cloud, slots, limit)]))
}

/** A cloud that gets so many calls at once from all replicas together, and no more. */
export class BoundedCloud implements Cloud {
  readonly name: string
  readonly reboot?: (ref: StackRef) => Promise<void>
  readonly validate?: (lab: string) => Promise<void>
  readonly #cloud: Cloud
  readonly #limited: <T>(work: () => Promise<T>) => Promise<T>

  constructor(cloud: Cloud, slots: Slots, limit: number) {
    this.name = cloud.name
    this.#cloud = cloud
    this.#limited = (work) => slots.limited(cloud.name, limit, work)
    if (cloud.reboot) this.reboot = (ref) => this.#limited(async () => cloud.reboot?.(ref))
    if (cloud.validate) this.validate = (lab) => this.#limited(async () => cloud.validate?.(lab))
  }

  observe(ref: StackRef, look?: Look): Promise<Observed> {
    return this.#limited(() => this.#cloud.observe(ref, look))
  }
  create(ref: StackRef): Promise<void> {
    return this.#limited(() => this.#cloud.create(ref))
  }
  suspend(ref: StackRef): Promise<void> {
    return this.#limited(() => this.#cloud.suspend(ref))
  }
  resume(ref: StackRef): Promise<void> {
    return this.#limited(() => this.#cloud.resume(ref))
  }
  delete(ref: StackRef): Promise<void> {
    return this.#limited(() => this.#cloud.delete(ref))
  }
  list(): Promise<readonly ListedStack[]> {
    return this.#limited(() => this.#cloud.list())
  }
  close(): Promise<void> {
    return this.#cloud.close()
  }
}
