/** A backend that makes one call and is killed at one point of it, or once it is done. Started by the tests. */
import { readFileSync } from 'node:fs'
import { LocalCloud } from '../../../src/clouds/local/cloud.js'
import type { CloudAction } from '../../../src/labs/lab.js'
import type { StackRef } from '../../../src/labs/ports.js'
import { settled } from '../../contract/cloud.js'
import { hostCommand, silent } from './harness.js'

interface Order {
  readonly folder: string
  readonly ref: StackRef
  readonly action: CloudAction
  /** A step, or `settled`. */
  readonly killAt: string
  readonly setup?: string
  readonly absentAfter?: number
}

const order: Order = JSON.parse(readFileSync(0, 'utf8'))
function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

const { absentAfter } = order
const cloud = new LocalCloud({
  name: 'here',
  folder: order.folder,
  hostCommand,
  labOf: () => (order.setup === undefined ? {} : { setup: order.setup }),
  log: silent,
  shell: '/bin/bash',
  onStep: (step) => {
    if (step === order.killAt) die()
  },
  ...(absentAfter === undefined ? {} : { absentAfter }),
})
await cloud[order.action](order.ref)
const end = await settled(cloud, order.ref, 30_000)
if (order.killAt === 'settled') die()
throw new Error(`not killed at ${order.killAt}: ${JSON.stringify(end)}`)
