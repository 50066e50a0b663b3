import { LinuxProcessTable } from './linux-table.js'
import type { ProcessTable } from './process-table.js'
import { PsProcessTable } from './ps-table.js'

export function processTableOf(platform: NodeJS.Platform): ProcessTable {
  return platform === 'linux' ? new LinuxProcessTable() : new PsProcessTable()
}
