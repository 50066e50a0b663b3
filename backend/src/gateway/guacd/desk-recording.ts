/** The recording of one desk: one at a time, from its first picture until the desk ends. */
import type { TicketClaims } from '../../auth/ports.js'
import type { GatewayLog } from '../log.js'
import type { Timers } from '../timers.js'
import type { Instruction } from './instruction.js'
import type { JoinOptions } from './join.js'
import type { DeskLimits } from './limits.js'
import { Recorder } from './recorder.js'
import type { RecordingRules, Recordings } from './recordings.js'
import { GuacdUser } from './user.js'

const RECORDER_NAME = 'recorder'

export interface DeskRecordingDeps {
  readonly recordings: Recordings
  readonly timers: Timers
  readonly limits: DeskLimits
  readonly log: GatewayLog
}

export class DeskRecording {
  readonly #deps: DeskRecordingDeps
  #recorder: Recorder | undefined

  constructor(deps: DeskRecordingDeps) {
    this.#deps = deps
  }

  /** Where none is under way. Rejects where it cannot be: nobody is let in unrecorded. `wanted`: still, once it could begin. */
  async prepare(rules: RecordingRules | undefined, claims: TicketClaims, wanted: () => boolean): Promise<void> {
    if (!rules || this.#recorder) return
    const { recordings, timers, limits } = this.#deps
    const recorder = new Recorder(await recordings.begin(rules, claims), timers, limits)
    if (wanted()) this.#recorder = recorder
    else recorder.stop()
  }

  /** Once something is drawn: guacd 1.3 loses a connection that is joined while it still begins. */
  start(greeting: () => JoinOptions, claims: Pick<TicketClaims, 'labId' | 'terminal'>): void {
    const recorder = this.#recorder
    if (!recorder || recorder.begun) return
    recorder.begun = true
    GuacdUser.join({ ...greeting(), readOnly: true, name: RECORDER_NAME }).then(
      (user) => recorder.start(user),
      (error: unknown) => {
        const { labId, terminal } = claims
        this.#deps.log.warn({ lab: labId, terminal, err: error }, 'a desk is not recorded')
        recorder.stop()
      },
    )
  }

  input(instruction: Instruction): void {
    this.#recorder?.input(instruction)
  }

  check(): void {
    this.#recorder?.check()
  }

  end(): void {
    this.#recorder?.stop()
    this.#recorder = undefined
  }
}
