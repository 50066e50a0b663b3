import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { type HeatStack, ResourcesAnswer, StackAnswer, StacksAnswer } from './answers.js'
import { ApiError } from './api-error.js'
import type { HttpAnswer } from './http.js'
import type { Service } from './service.js'

/** Stacks a page of the list. */
const PAGE = 500
/** More pages than anybody's stacks fill: a list that never ends is no list. */
const MOST_PAGES = 200
/** Levels of nested stacks; Heat's own bound. */
const DEEPEST = 5

export interface NewStack {
  readonly stack_name: string
  readonly template: unknown
  readonly files: Readonly<Record<string, string>>
  readonly environment: unknown
  readonly parameters: Readonly<Record<string, unknown>>
  readonly tags: string
  readonly timeout_mins: number
  readonly disable_rollback: true
}

export type StackId = Pick<HeatStack, 'id' | 'stack_name'>

/** Heat v1, as far as labs need it. All calls throw `ApiError` or `TransportError`. */
export class Heat {
  readonly #service: Service

  constructor(service: Service) {
    this.#service = service
  }

  /** Those that carry all of the tags; no outputs. */
  async list(tags: readonly string[]): Promise<HeatStack[]> {
    const found: HeatStack[] = []
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const query = new URLSearchParams({ tags: tags.join(','), limit: String(PAGE), sort_keys: 'created_at' })
      const last = found.at(-1)
      if (last !== undefined) query.set('marker', last.id)
      const { stacks } = await this.#read(`/stacks?${query}`, StacksAnswer)
      found.push(...stacks)
      if (stacks.length < PAGE) return found
    }
    throw new Error(`the list of stacks has more than ${PAGE * MOST_PAGES}`)
  }

  /** By its name; undefined where no living stack has it. No outputs. */
  async find(name: string): Promise<HeatStack | undefined> {
    const answer = await this.#service.send({ method: 'GET', path: `/stacks/${encode(name)}`, retry: 'always' })
    if (answer.status === 404) return undefined
    const id = idIn(answer)
    if (id === undefined) throw this.#service.unexpected(answer, 'a redirect to the stack')
    return this.show({ stack_name: name, id }, { outputs: false })
  }

  /** Undefined where there is none; one that was deleted stays `DELETE_COMPLETE` for a while. */
  async show(stack: StackId, { outputs }: { outputs: boolean }): Promise<HeatStack | undefined> {
    const query = outputs ? '' : '?resolve_outputs=false'
    try {
      return (await this.#read(`${pathOf(stack)}${query}`, StackAnswer)).stack
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined
      throw error
    }
  }

  /** How many of its resources have come through the action, and how many there are. */
  async progress(stack: StackId, action: string): Promise<{ done: number; total: number }> {
    const { resources } = await this.#read(`${pathOf(stack)}/resources`, ResourcesAnswer)
    const done = resources.filter(({ resource_status }) => resource_status === `${action}_COMPLETE`).length
    return { done, total: resources.length }
  }

  /** The ids in Nova of its servers, also of those in nested stacks. */
  async servers(stack: StackId): Promise<string[]> {
    const { resources } = await this.#read(`${pathOf(stack)}/resources?nested_depth=${DEEPEST}`, ResourcesAnswer)
    return resources.flatMap(({ resource_type: type, physical_resource_id: id }) =>
      type === 'OS::Nova::Server' && id ? [id] : [],
    )
  }

  async create(stack: NewStack): Promise<void> {
    // Never sent twice: of two that come at once Heat may build both, under one name.
    const answer = await this.#service.send({ method: 'POST', path: '/stacks', body: stack, retry: 'unsent' })
    if (answer.status !== 201) throw this.#service.unexpected(answer)
  }

  /** Never sent twice: with convergence Heat starts a second one into the first, and both fail. */
  async act(stack: StackId, action: 'suspend' | 'resume' | 'check'): Promise<void> {
    const answer = await this.#service.send({
      method: 'POST',
      path: `${pathOf(stack)}/actions`,
      body: { [action]: null },
      retry: 'unsent',
    })
    if (answer.status !== 200 && answer.status !== 202) throw this.#service.unexpected(answer)
  }

  async delete(stack: StackId): Promise<void> {
    const answer = await this.#service.send({ method: 'DELETE', path: pathOf(stack), retry: 'always' })
    if (answer.status !== 204 && answer.status !== 404) throw this.#service.unexpected(answer)
  }

  /** Throws where Heat finds a mistake in it. */
  async validate(template: Pick<NewStack, 'template' | 'files' | 'environment'>): Promise<void> {
    const answer = await this.#service.send({ method: 'POST', path: '/validate', body: template, retry: 'always' })
    if (answer.status !== 200) throw this.#service.unexpected(answer)
  }

  async #read<T extends TSchema>(path: string, schema: T): Promise<Static<T>> {
    const answer = await this.#service.send({ method: 'GET', path, retry: 'always' })
    const { json } = answer
    if (answer.status !== 200 || !Value.Check(schema, json)) {
      throw this.#service.unexpected(answer, 'what was asked for')
    }
    return json
  }
}

/** A stack asked for by name is answered by the address with its id, which may name another host: only the id counts. */
function idIn({ status, header, json }: HttpAnswer): string | undefined {
  if (status === 200 && Value.Check(StackAnswer, json)) return json.stack.id
  const location = status === 302 || status === 301 ? header('location') : undefined
  return location === undefined ? undefined : new URL(location, 'http://heat').pathname.split('/').at(-1)
}

function pathOf({ stack_name, id }: StackId): string {
  return `/stacks/${encode(stack_name)}/${encode(id)}`
}

function encode(part: string): string {
  return encodeURIComponent(part)
}
