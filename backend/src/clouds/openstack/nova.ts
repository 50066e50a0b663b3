import { Value } from 'typebox/value'
import { LabError } from '../../../../src/wire/problems.js'
import type { Clock } from '../../labs/clock.js'
import { ServerAnswer } from './answers.js'
import type { Service } from './service.js'

const LOOK_EVERY_MS = 1_000
const REBOOT_LIMIT_MS = 60_000

/** The little of Nova that is needed. Calls throw `ApiError`, `TransportError` or `LabError`. */
export class Nova {
  readonly #service: Service
  readonly #clock: Clock

  constructor(service: Service, clock: Clock) {
    this.#service = service
    this.#clock = clock
  }

  /** Switches a server off and on. Resolves when it is on again: from then on only the new boot can answer. */
  async reboot(server: string): Promise<void> {
    const path = `/servers/${encodeURIComponent(server)}`
    const answer = await this.#service.send({
      method: 'POST',
      path: `${path}/action`,
      body: { reboot: { type: 'HARD' } },
      retry: 'unsent',
    })
    // 409: it is being rebooted already.
    if (answer.status !== 202 && answer.status !== 409) throw this.#service.unexpected(answer)
    const deadline = this.#clock.now() + REBOOT_LIMIT_MS
    for (;;) {
      const status = await this.#status(path)
      if (status === 'ACTIVE') return
      if (status === 'ERROR')
        throw new LabError('cloud/refused', { message: `server ${server} is in ERROR after a reboot` })
      if (this.#clock.now() >= deadline) {
        throw new LabError('cloud/unreachable', { message: `server ${server} is still ${status} after a reboot` })
      }
      await this.#clock.sleep(LOOK_EVERY_MS)
    }
  }

  /** Wakes a server that is suspended; any other is left alone. Does not wait for it. */
  async resume(server: string): Promise<void> {
    const answer = await this.#service.send({
      method: 'POST',
      path: `/servers/${encodeURIComponent(server)}/action`,
      body: { resume: null },
      retry: 'unsent',
    })
    // 409: it is not suspended. 404: it is gone, which Heat finds out.
    if (![202, 404, 409].includes(answer.status)) throw this.#service.unexpected(answer)
  }

  async #status(path: string): Promise<string> {
    const answer = await this.#service.send({ method: 'GET', path, retry: 'always' })
    if (answer.status !== 200 || !Value.Check(ServerAnswer, answer.json)) {
      throw this.#service.unexpected(answer, 'a server')
    }
    return answer.json.server.status
  }
}
