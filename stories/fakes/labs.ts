/** Answers of a server that is not there, for stories and tests. */
import type { LabStatus, TerminalInfo } from '../../src/wire/schema.js'

export const DEPLOY: TerminalInfo = { name: 'deploy', title: 'deploy', protocol: 'ssh', display: 'xterm' }
export const ALICE: TerminalInfo = { name: 'alice', title: 'alice', protocol: 'ssh', display: 'xterm' }
export const BOB: TerminalInfo = { name: 'bob', title: 'bob', protocol: 'ssh', display: 'xterm' }
export const DESKTOP: TerminalInfo = { name: 'desktop', title: 'desktop', protocol: 'vnc', display: 'guacamole' }

/** The server's clock is `ahead` of the page's, as clocks are. */
export function labStatus(
  changes: Partial<LabStatus> & { secondsAgo?: number; ahead?: number; pageNow?: number } = {},
): LabStatus {
  const { secondsAgo = 0, ahead = 0, pageNow = Date.now(), ...rest } = changes
  const now = pageNow + ahead
  return {
    lab: 'ceph-101',
    title: 'A three-node Ceph cluster',
    phase: 'running',
    desired: 'running',
    rev: 7,
    since: new Date(now - secondsAgo * 1000).toISOString(),
    now: new Date(now).toISOString(),
    terminals: [DEPLOY],
    ...rest,
  }
}
