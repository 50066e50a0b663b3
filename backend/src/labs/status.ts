import { problemOf } from '../../../src/wire/problems.js'
import type { LabStatus } from '../../../src/wire/schema.js'
import { shellName } from '../../../src/wire/shells.js'
import type { LabConfig, TerminalConfig } from '../config/config.js'
import type { Lab } from './lab.js'
import type { Durations } from './ports.js'

export interface Estimates {
  readonly launch?: Durations | undefined
  readonly resume?: Durations | undefined
}

const BUILDING: ReadonlySet<Lab['phase']> = new Set(['absent', 'queued', 'launching', 'resetting'])

/** What the learner may know of a lab: no secret, no address, no cloud. */
export function toStatus(
  lab: Lab | undefined,
  config: LabConfig,
  estimates: Estimates,
  now: Date,
  position?: number,
): LabStatus {
  const phase = lab?.phase ?? 'absent'
  const eta = BUILDING.has(phase) ? estimates.launch : estimates.resume
  const counting = phase === 'running' && lab?.suspendAt
  return {
    lab: config.name,
    title: config.title,
    phase,
    desired: lab?.desired ?? 'absent',
    rev: lab?.rev ?? 0,
    since: (lab?.since ?? now).toISOString(),
    now: now.toISOString(),
    ...(counting ? { suspendAt: counting.toISOString(), warnAt: warnAt(counting, config).toISOString() } : {}),
    ...(phase === 'suspended' && lab?.deleteAt ? { deleteAt: lab.deleteAt.toISOString() } : {}),
    ...(lab?.progress ? { progress: { ...lab.progress } } : {}),
    ...(eta && phase !== 'running' ? { eta: { ...eta } } : {}),
    ...(position === undefined ? {} : { queue: { position } }),
    terminals: config.terminals.flatMap(shellsOf),
    ...(lab?.notice && phase !== 'absent' ? { notice: problemOf(lab.notice) } : {}),
    ...(lab?.problem ? { problem: problemOf(lab.problem) } : {}),
  }
}

/** What a page knows of a terminal: each of its shells is one to it. */
function shellsOf({ name, title, protocol, display, files, shells = 1 }: TerminalConfig): LabStatus['terminals'] {
  return Array.from({ length: shells }, (_, at) => ({
    name: shellName(name, at + 1),
    title: at === 0 ? title : `${title} ${at + 1}`,
    protocol,
    display,
    ...(files && { files }),
  }))
}

function warnAt(suspendAt: Date, config: LabConfig): Date {
  return new Date(suspendAt.getTime() - (config.policy.idleSuspend - config.policy.idleWarn))
}
