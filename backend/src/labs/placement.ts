/** Where a lab goes: its clouds in order, as far as there is room, first come first served. Pure. */
import type { LabConfig } from '../config/config.js'
import type { Rules } from './decision.js'
import type { Lab, LabId } from './lab.js'
import type { House, Waiting } from './ports.js'
import { stackName } from './stack-name.js'

type Configs = ReadonlyMap<string, Pick<LabConfig, 'clouds'>>
type CloudOfLab = LabConfig['clouds'][number]
type Asking = Pick<Lab, 'id' | 'name' | 'tried' | 'queuedAt'>

/** The clouds that may build a lab, in order; capacity 0 switches one off. */
export function usableClouds(config: Pick<LabConfig, 'clouds'>): readonly CloudOfLab[] {
  return config.clouds.filter(({ capacity }) => capacity !== 0)
}

/** Where a lab goes that has no stack, or whose stack is being replaced. */
export function placementOf(lab: Lab, house: House, configs: Configs): Rules['placement'] {
  const clouds = usableClouds(configs.get(lab.name) ?? { clouds: [] })
  // A reset keeps its room.
  const own = clouds.find(({ name }) => name === lab.cloud && !(name in lab.tried))
  const cloud = own?.name ?? roomFor(lab, house, configs)
  if (cloud !== undefined)
    return { cloud, stack: lab.cloud === cloud && lab.stack !== null ? lab.stack : stackName(lab) }
  return clouds.some(({ name }) => (lab.tried[name] ?? 'full') === 'full') ? 'full' : 'nowhere'
}

/** Which labs in line find room now, each knowing of those before it. */
export function whoIsNext(house: House, configs: Configs): LabId[] {
  const next: LabId[] = []
  let now = house
  for (const waiting of house.line) {
    if (waiting.phase !== 'queued') continue
    const cloud = roomFor(waiting, now, configs)
    if (cloud === undefined) continue
    next.push(waiting.id)
    const admitted = now.line.map((one): Waiting => (one === waiting ? { ...one, phase: 'launching', cloud } : one))
    now = { places: [...now.places, { cloud, name: waiting.name, count: 1 }], line: admitted }
  }
  return next
}

/** How many wait before this lab for a cloud that it waits for, and itself. */
export function positionOf(lab: Asking, house: House, configs: Configs): number {
  const wanted = usableClouds(configs.get(lab.name) ?? { clouds: [] })
  const rivals = before(lab, house).filter((one) => wanted.some(({ name }) => wants(one, name, configs)))
  return rivals.length + 1
}

function roomFor(lab: Asking, house: House, configs: Configs): string | undefined {
  const clouds = usableClouds(configs.get(lab.name) ?? { clouds: [] })
  return clouds.find((cloud) => !(cloud.name in lab.tried) && hasRoom(lab, cloud, house, configs))?.name
}

function hasRoom(lab: Asking, { name: cloud, capacity }: CloudOfLab, house: House, configs: Configs): boolean {
  const ahead = before(lab, house).filter((one) => wants(one, cloud, configs))
  const fellows = ahead.filter(({ name }) => name === lab.name).length
  // Others wait for this cloud though our count has room for them: the cloud itself has none.
  const refused = ahead.some((one) => one.name !== lab.name && hasCount(one, cloud, house, configs))
  if (refused) return false
  if (capacity !== undefined) return taken(house, cloud, lab.name) + fellows < capacity
  // Only the cloud knows how much it takes: of those in line, one at a time asks it.
  const trial = house.line.some((one) => one.cloud === cloud && one.id !== lab.id)
  return fellows === 0 && !trial
}

function before(lab: Asking, house: House): Waiting[] {
  const queued = house.line.filter((one) => isUnplaced(one) && one.id !== lab.id)
  const { queuedAt } = lab
  if (queuedAt === null) return queued
  return queued.filter((one) => one.queuedAt < queuedAt || (+one.queuedAt === +queuedAt && one.id < lab.id))
}

/** Also one that was let in and refused by the cloud a moment ago. */
function isUnplaced({ cloud }: Waiting): boolean {
  return cloud === null
}

function wants(one: Waiting, cloud: string, configs: Configs): boolean {
  const clouds = usableClouds(configs.get(one.name) ?? { clouds: [] })
  return one.tried[cloud] !== 'failed' && clouds.some(({ name }) => name === cloud)
}

function hasCount(one: Waiting, cloud: string, house: House, configs: Configs): boolean {
  const capacity = configs.get(one.name)?.clouds.find(({ name }) => name === cloud)?.capacity
  return capacity === undefined || taken(house, cloud, one.name) < capacity
}

function taken(house: House, cloud: string, name: string): number {
  return house.places.reduce((sum, one) => (one.cloud === cloud && one.name === name ? sum + one.count : sum), 0)
}
