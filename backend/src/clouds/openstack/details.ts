import type { Clock } from '../../labs/clock.js'
import type { CloudAction } from '../../labs/lab.js'
import type { HeatStack } from './answers.js'
import type { Heat } from './heat.js'

type Outputs = Readonly<Record<string, string>>
interface Progress {
  readonly done: number
  readonly total: number
}

/** Outputs change with an update only, but what they are taken from may change behind Heat's back. Milliseconds. */
const OUTPUTS_FOR_MS = 30_000
/** Progress is for people to look at. Milliseconds. */
const PROGRESS_FOR_MS = 1_000

interface Kept<T> {
  readonly state: string
  readonly until: number
  readonly value: T
}

/** What the list of stacks does not tell, asked for one stack at a time and no oftener than is good. */
export class Details {
  readonly #clock: Clock
  readonly #outputs = new Map<string, Kept<Outputs>>()
  readonly #progress = new Map<string, Kept<Progress>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Undefined when the stack is not there any more, or not as it was listed. */
  async outputs(heat: Heat, listed: HeatStack): Promise<Outputs | undefined> {
    const kept = this.#kept(this.#outputs, listed)
    if (kept !== undefined) return kept
    const stack = await heat.show(listed, { outputs: true })
    if (stack?.stack_status !== listed.stack_status) return undefined
    const value = readOutputs(stack)
    this.#outputs.set(listed.id, { state: stateKey(listed), until: this.#clock.now() + OUTPUTS_FOR_MS, value })
    return value
  }

  async progress(heat: Heat, listed: HeatStack, action: CloudAction): Promise<Progress> {
    const kept = this.#kept(this.#progress, listed)
    if (kept !== undefined) return kept
    const value = await heat.progress(listed, action.toUpperCase())
    this.#progress.set(listed.id, { state: stateKey(listed), until: this.#clock.now() + PROGRESS_FOR_MS, value })
    return value
  }

  /** Forgets what is out of date. */
  sweep(): void {
    for (const map of [this.#outputs, this.#progress]) {
      for (const [id, { until }] of map) if (until <= this.#clock.now()) map.delete(id)
    }
  }

  #kept<T>(map: ReadonlyMap<string, Kept<T>>, listed: HeatStack): T | undefined {
    const kept = map.get(listed.id)
    return kept !== undefined && kept.state === stateKey(listed) && this.#clock.now() < kept.until
      ? kept.value
      : undefined
  }
}

/** Heat leaves `updated_time` alone when it suspends and resumes, so the status is part of it. */
function stateKey({ stack_status, updated_time }: HeatStack): string {
  return `${stack_status} ${updated_time ?? ''}`
}

/** Those that have a value. What is no text becomes JSON: a list of servers, a number. */
function readOutputs({ outputs = [] }: HeatStack): Outputs {
  return Object.fromEntries(
    outputs.flatMap(({ output_key, output_value, output_error }) => {
      if (output_value === null || output_value === undefined || output_error) return []
      return [[output_key, typeof output_value === 'string' ? output_value : JSON.stringify(output_value)]]
    }),
  )
}
