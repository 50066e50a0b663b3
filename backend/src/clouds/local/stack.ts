import type { HostProcess } from './host-process.js'
import type { ProcessTree } from './process-tree.js'
import type { StackFolder } from './stack-folder.js'

/** One stack with all that acts on it. */
export interface LocalStack {
  readonly folder: StackFolder
  readonly tree: ProcessTree
  readonly host: HostProcess
}
