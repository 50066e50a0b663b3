import { LabError } from '../../../../src/wire/problems.js'
import { type Clock, monotonicClock } from '../../labs/clock.js'
import { JoinedCall } from '../../labs/joined-call.js'
import type { Cloud, ListedStack, Look, Observed, StackRef } from '../../labs/ports.js'
import { makeKeyPair, publicKeyOf } from '../key-pair.js'
import { Access, type AccessOptions } from './access.js'
import type { HeatStack } from './answers.js'
import { ApiError } from './api-error.js'
import { Gate, type GateLimits } from './gate.js'
import type { Heat, StackId } from './heat.js'
import { otherOwner, PRODUCT_TAG } from './mark.js'
import { freeLock, isStuck, mend } from './mend.js'
import { newStack, outputsOf, readParts, type StackParts, type TemplateSource } from './stack-request.js'
import { stateOf, stepTo } from './stack-state.js'
import { KEY_OUTPUT, KEY_SECRET, lookAgain, StackView, type StackViewOptions } from './stack-view.js'
import { TemplateError } from './template-files.js'

/** At least so long between the beginnings of two lists, milliseconds. */
const LIST_GAP_MS = 250
const MINUTE_MS = 60_000
/** A list of servers, by their ids in Nova. */
const REBOOT_OUTPUT = 'reboot_on_resume'

/** What the configuration says of a lab in this cloud. */
export interface OpenStackLab extends TemplateSource {
  readonly run: string
  /** Milliseconds. */
  readonly launchTimeout: number
  /** The outputs that its terminals need. */
  readonly outputs: readonly string[]
}

export interface OpenStackCloudOptions
  extends Pick<AccessOptions, 'name' | 'account' | 'timeout'>,
    Pick<StackViewOptions, 'secrets' | 'stalledAfter'> {
  readonly labOf: (lab: string) => OpenStackLab | undefined
  /** The tag of this installation. */
  readonly tag: string
  readonly limits: GateLimits
  readonly clock?: Clock
  readonly random?: () => number
}

/**
 * Labs as Heat stacks.
 *
 * - One list of our stacks answers all that look at once; it begins after they asked. Only what it does not tell
 *   (outputs, progress) is asked for a stack. A stack is absent when neither the list nor its name finds it.
 * - A call is made only where nothing is in progress: with convergence Heat would take it, and fail both. Where Heat's
 *   rules ask for another step first (a failed suspend before a resume, a failed resume before a suspend), that one is
 *   made, and the next look goes on.
 * - Work whose engine died is asked for again when it shows no end; a stack that Heat then lets do nothing is mended, and
 *   one that it does not begin to delete is freed of the dead engine's lock.
 * - A stack that carries the tag of another installation is never touched.
 */
export class OpenStackCloud implements Cloud {
  readonly name: string
  readonly #options: OpenStackCloudOptions
  readonly #access: Access
  readonly #view: StackView
  readonly #listing: JoinedCall<readonly HeatStack[]>
  readonly #creating = new Map<string, Promise<void>>()
  /** The last list, by name: where a stack is, not what it is. */
  #places: ReadonlyMap<string, StackId> = new Map()

  constructor(options: OpenStackCloudOptions) {
    const clock = options.clock ?? monotonicClock
    this.name = options.name
    this.#options = options
    const gate = new Gate(options.limits, clock)
    this.#access = new Access({ random: Math.random, ...options, gate, clock })
    this.#view = new StackView({ ...options, clock })
    this.#listing = new JoinedCall(() => this.#list(), LIST_GAP_MS, clock)
  }

  async observe(ref: StackRef, { since, outputs = true }: Look = {}): Promise<Observed> {
    const listed = (await this.#listing.ask(since)).find(({ stack_name }) => stack_name === ref.stack)
    return this.#access.use(`look at stack ${ref.stack}`, async ({ heat }) => {
      const stack = listed ?? (await this.#find(heat, ref.stack))
      return stack === undefined ? { state: 'absent' } : this.#view.observed(heat, ref, stack, outputs)
    })
  }

  /** One at a time a stack: Heat itself may take two of a name that come at once. */
  create(ref: StackRef): Promise<void> {
    const under = this.#creating.get(ref.stack)
    if (under !== undefined) return under
    const creating = this.#create(ref).finally(() => this.#creating.delete(ref.stack))
    this.#creating.set(ref.stack, creating)
    return creating
  }

  async suspend(ref: StackRef): Promise<void> {
    await this.#act(ref, 'suspend')
  }

  async resume(ref: StackRef): Promise<void> {
    await this.#act(ref, 'resume')
  }

  async delete(ref: StackRef): Promise<void> {
    await this.#access.use(`delete stack ${ref.stack}`, async ({ heat }) => {
      const stack = await this.#find(heat, ref.stack)
      if (stack === undefined) return
      const seen = this.#view.seen(stack)
      if (seen.state === 'working' && seen.action === 'delete') return
      if (this.#view.isLost(stack, 'delete')) await freeLock(stack, heat)
      await heat.delete(stack)
      this.#view.asked(stack, 'delete')
    })
  }

  async reboot(ref: StackRef): Promise<void> {
    await this.#access.use(`reboot servers of stack ${ref.stack}`, async ({ heat, nova }) => {
      const stack = await this.#find(heat, ref.stack)
      const outputs = stack && (await this.#view.outputs(heat, ref, stack))
      await Promise.all(serversIn(outputs?.[REBOOT_OUTPUT]).map((server) => nova.reboot(server)))
    })
  }

  async list(): Promise<readonly ListedStack[]> {
    return (await this.#listing.ask()).map((stack) => {
      const seen = this.#view.seen(stack)
      const { state } = seen
      const action = 'action' in seen ? { action: seen.action } : {}
      return { stack: stack.stack_name, state, ...action, createdAt: new Date(stack.creation_time) }
    })
  }

  async validate(lab: string): Promise<void> {
    const config = this.#lab(lab)
    await this.#access.use(`validate the template of lab ${lab}`, async ({ heat }) => {
      const { bundle, wantsKey } = await this.#parts(config, lab, 'validate')
      await heat.validate(bundle)
      const outputs = new Set([...outputsOf(bundle), ...(wantsKey ? [KEY_OUTPUT] : [])])
      const missing = config.outputs.filter((output) => !outputs.has(output))
      if (missing.length > 0) throw new TemplateError(`the template has no output ${missing.join(', ')}`)
    })
  }

  async close(): Promise<void> {
    await this.#access.close()
  }

  async #list(): Promise<readonly HeatStack[]> {
    this.#view.sweep()
    const tags = [PRODUCT_TAG, this.#options.tag]
    const living = await this.#access.use('list the stacks', async ({ heat }) => {
      // Heat lists one for a moment after its end, when its name may be another's.
      const stacks = (await heat.list(tags)).filter(isThere)
      await this.#view.doubt(heat, stacks)
      return stacks
    })
    this.#places = new Map(living.map((stack) => [stack.stack_name, stack]))
    return living
  }

  /** Throws where the name is taken by another installation: what is not ours is neither there nor absent. */
  async #find(heat: Heat, name: string): Promise<HeatStack | undefined> {
    const place = this.#places.get(name)
    const shown = place && (await heat.show(place, { outputs: false }))
    const stack = shown && isThere(shown) ? shown : await heat.find(name)
    const owner = otherOwner(stack?.tags, this.#options.tag)
    if (owner !== undefined) {
      const message = `cloud ${this.name}: stack ${name} belongs to the installation ${owner}, this one is ${this.#options.tag}`
      throw new LabError('cloud/misconfigured', { message })
    }
    return stack !== undefined && isThere(stack) ? stack : undefined
  }

  async #create(ref: StackRef): Promise<void> {
    const lab = this.#lab(ref.lab.name)
    await this.#access.use(`create stack ${ref.stack}`, async ({ heat }) => {
      const parts = await this.#parts(lab, ref.lab.name, ref.stack)
      const publicKey = parts.wantsKey
        ? publicKeyOf(await this.#options.secrets.ensure(ref.lab.id, KEY_SECRET, () => makeKeyPair().private))
        : undefined
      const stack = newStack(parts, {
        name: ref.stack,
        tags: [PRODUCT_TAG, this.#options.tag],
        timeoutMinutes: Math.ceil(lab.launchTimeout / MINUTE_MS),
        publicKey,
      })
      try {
        await heat.create(stack)
      } catch (error) {
        if (!(error instanceof ApiError && error.type === 'StackExists')) throw error
        await this.#refuseEnding(heat, ref)
      }
    })
  }

  /** The name is taken: by the same create before, or by the stack that still goes. */
  async #refuseEnding(heat: Heat, ref: StackRef): Promise<void> {
    const stack = await this.#find(heat, ref.stack)
    const seen = stack && this.#view.seen(stack)
    if (seen === undefined) throw lookAgain(this.name, ref, 'its name is not free yet')
    if ('action' in seen && seen.action === 'delete') throw lookAgain(this.name, ref, 'it is still being deleted')
  }

  async #act(ref: StackRef, wanted: 'suspend' | 'resume'): Promise<void> {
    await this.#access.use(`${wanted} stack ${ref.stack}`, async ({ heat, nova }) => {
      const stack = await this.#find(heat, ref.stack)
      if (stack !== undefined && isStuck(stack)) {
        await mend(stack, heat, nova)
        // Whatever comes of it, its servers are awake.
        this.#view.asked(stack, 'resume')
        return
      }
      const step = stack === undefined ? 'refuse' : stepTo(wanted, this.#view.seen(stack))
      const status = stack?.stack_status ?? 'not there'
      if (step === 'wait') throw lookAgain(this.name, ref, `${status} is in progress`)
      if (stack === undefined || step === 'refuse') {
        throw new LabError('cloud/refused', {
          message: `cloud ${this.name}: no ${wanted} of ${ref.stack}: it is ${status}`,
        })
      }
      if (step === 'nothing') return
      await heat.act(stack, step)
      this.#view.asked(stack, step)
    })
  }

  async #parts(lab: OpenStackLab, name: string, stack: string): Promise<StackParts> {
    return readParts(lab, { stack_name: stack, lab: name, run: lab.run })
  }

  #lab(name: string): OpenStackLab {
    const lab = this.#options.labOf(name)
    if (lab !== undefined) return lab
    throw new LabError('cloud/misconfigured', { message: `lab ${name} has no template for cloud ${this.name}` })
  }
}

function isThere({ stack_status }: HeatStack): boolean {
  return stateOf(stack_status).state !== 'absent'
}

function serversIn(output: string | undefined): string[] {
  if (output === undefined) return []
  try {
    const list: unknown = JSON.parse(output)
    return Array.isArray(list) ? list.filter((one) => typeof one === 'string' && one !== '') : []
  } catch {
    // The id of a single one.
    return output === '' ? [] : [output]
  }
}
