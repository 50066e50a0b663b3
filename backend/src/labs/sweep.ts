import type { BaseLogger } from 'pino'
import type { Lab } from './lab.js'
import type { Cloud, LabStore, ListedStack, Strays } from './ports.js'
import { stackName } from './stack-name.js'

/** Between two sweeps of a cloud, over all replicas, milliseconds. */
const EVERY_MS = 60_000
/** A deadline that passed this long ago (ms) was missed; its job is a little late at times. */
const LATE_MS = 10_000
/** A stack that no lab has is deleted after this at the earliest, milliseconds. */
export const STRAY_GRACE_MS = 60 * 60_000

export interface SweepDeps {
  readonly store: LabStore
  readonly strays: Strays
  readonly clouds: ReadonlyMap<string, Cloud>
  readonly now: () => Date
  readonly log: BaseLogger
}

/**
 * Holds what the clouds have against what the labs say, one list a cloud: labs that changed behind our back are looked
 * at, and stacks that no lab has are told, and deleted when they are certainly ours and left over.
 */
export class Sweep {
  readonly #deps: SweepDeps

  constructor(deps: SweepDeps) {
    this.#deps = deps
  }

  /** Of the clouds whose time it is; `all` of them at the start. A cloud that does not answer stops no other. */
  async run({ all = false }: { all?: boolean } = {}): Promise<void> {
    const { clouds, strays, log } = this.#deps
    await Promise.all(
      [...clouds.values()].map(async (cloud) => {
        try {
          if (await strays.claim(cloud.name, all ? 0 : EVERY_MS)) await this.#sweep(cloud)
        } catch (error) {
          log.warn({ cloud: cloud.name, err: error }, 'a cloud could not be swept')
        }
      }),
    )
  }

  async #sweep(cloud: Cloud): Promise<void> {
    const { store, now } = this.#deps
    const listed = new Map((await cloud.list()).map((stack) => [stack.stack, stack]))
    // Read after the list: whatever was made since is not taken for a stray.
    const labs = await store.onCloud(cloud.name)
    for (const lab of labs) {
      if (!needsLook(lab, lab.stack === null ? undefined : listed.get(lab.stack), now())) continue
      await store.update(lab.id, (fresh) => (isAtRest(fresh) ? { lookAt: now() } : undefined))
    }
    const known = new Set(labs.map(({ stack }) => stack))
    await this.#strays(
      cloud,
      [...listed.keys()].filter((stack) => !known.has(stack)),
    )
  }

  /**
   * The row of a lab stays for ever, and the name of a stack is made of its key. So a stack whose name is no lab's is
   * another service's, or one that this database has lost: nobody can be certain of it, and it is only told.
   */
  async #strays(cloud: Cloud, stacks: readonly string[]): Promise<void> {
    const { store, strays, now, log } = this.#deps
    const since = await strays.note(cloud.name, stacks)
    if (stacks.length === 0) return
    const owners = new Map((await store.list()).map((lab) => [stackName(lab), lab]))
    for (const stack of stacks) {
      const owner = owners.get(stack)
      const first = since.get(stack) ?? now()
      log.warn({ cloud: cloud.name, stack, lab: owner?.id, since: first }, 'a stack that no lab has')
      if (owner && now().getTime() - first.getTime() >= STRAY_GRACE_MS) await this.#remove(cloud, stack, owner)
    }
  }

  /** Alone with its lab, which may have come to have it after all. */
  async #remove(cloud: Cloud, stack: string, { id }: Lab): Promise<void> {
    const { store, log } = this.#deps
    await store.exclusively(id, async () => {
      const lab = await store.get(id)
      if (!lab || (lab.cloud === cloud.name && lab.stack === stack)) return
      log.warn({ cloud: cloud.name, stack, lab: id }, 'deleting a stack that was left over')
      await cloud.delete({ lab, stack })
    })
  }
}

/** Nothing is under way that will be looked at anyway. */
function isAtRest({ phase, startedAt }: Lab): boolean {
  return startedAt === null && (phase === 'running' || phase === 'suspended' || phase === 'failed')
}

function needsLook(lab: Lab, listed: ListedStack | undefined, now: Date): boolean {
  if (!isAtRest(lab) || (lab.lookAt !== null && lab.lookAt <= now)) return false
  const deadline = lab.phase === 'running' ? lab.suspendAt : lab.deleteAt
  if (deadline !== null && now.getTime() - deadline.getTime() >= LATE_MS) return true
  // What failed is at rest in any state but gone or awake.
  if (lab.phase === 'failed') return listed === undefined || listed.state === 'running'
  return listed?.state !== lab.phase
}
