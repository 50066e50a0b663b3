import { LabError } from '../../../../src/wire/problems.js'
import type { Cloud, ListedStack, Observed, StackRef, StackSecrets } from '../../labs/ports.js'
import { type Clock, monotonicClock } from '../clock.js'
import { makeKeyPair, publicKeyOf } from '../key-pair.js'
import { Access, type AccessOptions } from './access.js'
import type { HeatStack } from './answers.js'
import { ApiError } from './api-error.js'
import { Asked } from './asked.js'
import { Details } from './details.js'
import { Gate, type GateLimits } from './gate.js'
import type { Heat } from './heat.js'
import { JoinedCall } from './joined-call.js'
import { otherOwner, PRODUCT_TAG } from './mark.js'
import { newStack, outputsOf, readParts, type StackParts, type TemplateSource } from './stack-request.js'
import { type StackState, stateOf, stepTo } from './stack-state.js'
import { TemplateError } from './template-files.js'

/** At least so long between the beginnings of two lists, milliseconds. */
const LIST_GAP_MS = 250
const MINUTE_MS = 60_000
/** Under this name the private key is kept, and under this one a terminal finds it among the outputs. */
const KEY_SECRET = 'key'
const KEY_OUTPUT = 'private_key'
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

export interface OpenStackCloudOptions extends Pick<AccessOptions, 'name' | 'account' | 'timeout'> {
  readonly labOf: (lab: string) => OpenStackLab | undefined
  /** The tag of this installation. */
  readonly tag: string
  readonly secrets: StackSecrets
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
 * - A stack that carries the tag of another installation is never touched.
 */
export class OpenStackCloud implements Cloud {
  readonly name: string
  readonly #options: OpenStackCloudOptions
  readonly #access: Access
  readonly #details: Details
  readonly #asked: Asked
  readonly #listing: JoinedCall<readonly HeatStack[]>
  readonly #creating = new Map<string, Promise<void>>()

  constructor(options: OpenStackCloudOptions) {
    const clock = options.clock ?? monotonicClock
    this.name = options.name
    this.#options = options
    const gate = new Gate(options.limits, clock)
    this.#access = new Access({ random: Math.random, ...options, gate, clock })
    this.#details = new Details(clock)
    this.#asked = new Asked(clock)
    this.#listing = new JoinedCall(() => this.#list(), LIST_GAP_MS, clock)
  }

  async observe(ref: StackRef): Promise<Observed> {
    const listed = (await this.#listing.ask()).find(({ stack_name }) => stack_name === ref.stack)
    return this.#access.use(`look at stack ${ref.stack}`, async ({ heat }) => {
      const stack = listed ?? (await this.#find(heat, ref.stack))
      return stack === undefined ? { state: 'absent' } : this.#observed(heat, ref, stack)
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
      const seen = this.#seen(stack)
      if (seen.state === 'working' && seen.action === 'delete') return
      await heat.delete(stack)
      this.#asked.note(stack, 'delete')
    })
  }

  async reboot(ref: StackRef): Promise<void> {
    await this.#access.use(`reboot servers of stack ${ref.stack}`, async ({ heat, nova }) => {
      const stack = await this.#find(heat, ref.stack)
      const outputs = stack && (await this.#details.outputs(heat, stack))
      await Promise.all(serversIn(outputs?.[REBOOT_OUTPUT]).map((server) => nova.reboot(server)))
    })
  }

  async list(): Promise<readonly ListedStack[]> {
    return (await this.#listing.ask()).map((stack) => ({
      stack: stack.stack_name,
      state: this.#seen(stack).state,
      createdAt: new Date(stack.creation_time),
    }))
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
    this.#details.sweep()
    this.#asked.sweep()
    const tags = [PRODUCT_TAG, this.#options.tag]
    return this.#access.use('list the stacks', ({ heat }) => heat.list(tags))
  }

  /** Throws where the name is taken by another installation: what is not ours is neither there nor absent. */
  async #find(heat: Heat, name: string): Promise<HeatStack | undefined> {
    const stack = await heat.find(name)
    const owner = otherOwner(stack?.tags, this.#options.tag)
    if (owner !== undefined) {
      const message = `cloud ${this.name}: stack ${name} belongs to the installation ${owner}, this one is ${this.#options.tag}`
      throw new LabError('cloud/misconfigured', { message })
    }
    return stack !== undefined && stateOf(stack.stack_status).state === 'absent' ? undefined : stack
  }

  async #observed(heat: Heat, ref: StackRef, stack: HeatStack): Promise<Observed> {
    const seen = this.#seen(stack)
    switch (seen.state) {
      case 'running': {
        const outputs = await this.#details.outputs(heat, stack)
        if (outputs === undefined) throw this.#lookAgain(ref, 'it changed while it was looked at')
        return { state: 'running', outputs: await this.#withKey(ref, outputs) }
      }
      case 'working': {
        if (seen.action !== 'create' && seen.action !== 'resume') return seen
        // The bar on the page is not worth a failure.
        const progress = await this.#details.progress(heat, stack, seen.action).catch(() => undefined)
        return progress === undefined ? seen : { ...seen, progress }
      }
      case 'failed':
        return { ...seen, reason: stack.stack_status_reason ?? stack.stack_status }
      default:
        return seen
    }
  }

  /** The key that was made for the stack, unless its template has one of its own. */
  async #withKey(ref: StackRef, outputs: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
    if (KEY_OUTPUT in outputs) return outputs
    const key = await this.#options.secrets.find(ref.lab.id, KEY_SECRET)
    return key === undefined ? outputs : { ...outputs, [KEY_OUTPUT]: key }
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
    const seen = stack && this.#seen(stack)
    if (seen === undefined) throw this.#lookAgain(ref, 'its name is not free yet')
    if ('action' in seen && seen.action === 'delete') throw this.#lookAgain(ref, 'it is still being deleted')
  }

  async #act(ref: StackRef, wanted: 'suspend' | 'resume'): Promise<void> {
    await this.#access.use(`${wanted} stack ${ref.stack}`, async ({ heat }) => {
      const stack = await this.#find(heat, ref.stack)
      const step = stack === undefined ? 'refuse' : stepTo(wanted, this.#seen(stack))
      const status = stack?.stack_status ?? 'not there'
      if (step === 'wait') throw this.#lookAgain(ref, `${status} is in progress`)
      if (stack === undefined || step === 'refuse') {
        throw new LabError('cloud/refused', {
          message: `cloud ${this.name}: no ${wanted} of ${ref.stack}: it is ${status}`,
        })
      }
      if (step === 'nothing') return
      await heat.act(stack, step)
      this.#asked.note(stack, step)
    })
  }

  async #parts(lab: OpenStackLab, name: string, stack: string): Promise<StackParts> {
    return readParts(lab, { stack_name: stack, lab: name, run: lab.run })
  }

  #seen(stack: HeatStack): StackState {
    const action = this.#asked.pending(stack)
    return action === undefined ? stateOf(stack.stack_status) : { state: 'working', action }
  }

  #lab(name: string): OpenStackLab {
    const lab = this.#options.labOf(name)
    if (lab !== undefined) return lab
    throw new LabError('cloud/misconfigured', { message: `lab ${name} has no template for cloud ${this.name}` })
  }

  #lookAgain(ref: StackRef, why: string): LabError {
    return new LabError('cloud/unreachable', { message: `cloud ${this.name}: stack ${ref.stack}: ${why}; look again` })
  }
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
