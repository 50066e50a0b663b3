/** The sections `clouds` and `labs`. */
import type { CloudConfig, Cost, LabConfig, Policy } from './config.js'
import { at, entries, items, type Part, shownPart } from './part.js'
import { readPolicy } from './policy.js'
import { existing, NAME, NAME_WORDS, need, type Reading, refuse, refuseTwins } from './reading.js'
import type { CloudSection, ConfigFile, LabSection } from './schema.js'
import { refuseForeign, refuseLocalDefaults, withTemplates } from './templates.js'
import { readTerminals } from './terminals.js'
import { listed, meant } from './words.js'

/** Heat's own rule for a tag. */
const TAG = /^[^,\p{Cc}]{1,80}$/u

/** Also which names there are, so that a cloud of a later version is not called unknown as well. */
export interface Clouds {
  readonly clouds: readonly CloudConfig[]
  readonly names: readonly string[]
}

export function readClouds(reading: Reading, root: Part<ConfigFile>): Clouds {
  const part = at(root, 'clouds')
  const sections = entries(part)
  if (sections.length === 0 && !hasWrongEntries(part))
    need(reading, { ...part, value: undefined }, 'at least one cloud')
  const clouds: CloudConfig[] = []
  for (const { name, part: section } of sections) {
    refuseName(reading, section, name)
    const cloud = readCloud(reading, section, name)
    if (cloud !== undefined) clouds.push(cloud)
  }
  return { clouds, names: [...sections.map(({ name }) => name), ...(part.node?.kind === 'map' ? part.node.wrong : [])] }
}

function readCloud(reading: Reading, part: Part<CloudSection>, name: string): CloudConfig | undefined {
  const type = need(reading, at(part, 'type'), 'local or openstack')
  const [cloud, tag] = [at(part, 'cloud'), at(part, 'tag')]
  switch (type) {
    case 'local':
      refuseForeign(reading, [cloud, tag], 'to a local cloud')
      return { name, type }
    case 'openstack': {
      const entry = need(reading, cloud, 'an entry of clouds.yaml, or envvars for the OS_* variables')
      if (tag.value !== undefined && !TAG.test(tag.value)) refuse(reading, tag, 'at most 80 characters without commas')
      if (entry === undefined) return undefined
      return { name, type, cloud: entry, ...(tag.value !== undefined && { tag: tag.value }) }
    }
    case undefined:
      return undefined
    default:
      return type satisfies never
  }
}

export async function readLabs(
  reading: Reading,
  root: Part<ConfigFile>,
  clouds: Clouds,
  defaults: Policy,
): Promise<Map<string, LabConfig>> {
  const part = at(root, 'labs')
  const sections = entries(part)
  if (sections.length === 0 && !hasWrongEntries(part)) need(reading, { ...part, value: undefined }, 'at least one lab')
  const labs = new Map<string, LabConfig>()
  for (const { name, part: section } of sections) {
    refuseName(reading, section, name)
    labs.set(name, await readLab(reading, section, name, clouds, defaults))
  }
  return labs
}

async function readLab(
  reading: Reading,
  part: Part<LabSection>,
  name: string,
  clouds: Clouds,
  defaults: Policy,
): Promise<LabConfig> {
  const courses = readCourses(reading, part)
  const files = await existing(reading, at(part, 'files'), 'folder')
  const setup = at(part, 'setup').value
  refuseLocalDefaults(reading, part, clouds.clouds)
  const hooks = await readHooks(reading, at(part, 'hooks'))
  const cost = readCost(reading, at(part, 'cost'))
  return {
    name,
    title: at(part, 'title').value ?? name,
    ...(courses && { courses }),
    clouds: await withTemplates(reading, part, readCloudsOfLab(reading, part, clouds), clouds.clouds),
    terminals: await readTerminals(reading, part),
    policy: readPolicy(reading, part, defaults),
    ...(hooks && { hooks }),
    ...(cost && { cost }),
    ...(files !== undefined && { files }),
    ...(setup !== undefined && { setup }),
  }
}

function readCourses(reading: Reading, lab: Part<LabSection>): readonly string[] | undefined {
  const part = at(lab, 'courses')
  if (part.value === undefined) return undefined
  const courses = items(part)
  if (part.value.length === 0 && isTrulyEmpty(part)) {
    reading.mistakes.add(
      part,
      '`courses` is empty, so nobody could use the lab; expected at least one course, or the key left out to let in every trusted caller',
    )
  }
  refuseTwins(reading, courses, part.value)
  for (const course of courses) {
    if ((course.value?.length ?? 0) > 255) refuse(reading, course, 'at most 255 characters')
  }
  return part.value
}

function readCloudsOfLab(reading: Reading, lab: Part<LabSection>, { names }: Clouds): LabConfig['clouds'] {
  const part = at(lab, 'clouds')
  const only = names.length === 1 ? names[0] : undefined
  if (part.value === undefined && only !== undefined && !part.wrong) return [{ name: only }]
  const places = items(part)
  if (places.length === 0 && isTrulyEmpty(part)) {
    need(reading, { ...part, value: undefined }, `the clouds it may run in, of ${listed(names)}`)
  }
  const named = places.map(cloudName)
  refuseTwins(
    reading,
    named,
    named.map(({ value }) => value),
  )
  return places.flatMap((place, index) => {
    const name = need(reading, named[index] ?? { ...place, value: undefined }, 'the name of a cloud')
    if (name === undefined) return []
    if (!names.includes(name)) {
      const where = named[index] ?? place
      reading.mistakes.add(where, `no cloud is named ${shownPart(where)}; ${meant(name, names)}`)
    }
    const capacity = typeof place.value === 'object' ? place.value.capacity : undefined
    return [{ name, ...(capacity !== undefined && { capacity }) }]
  })
}

function cloudName(part: Part<NonNullable<LabSection['clouds']>[number]>): Part<string> {
  const { value } = part
  if (typeof value !== 'object') return { ...part, value }
  const section: Part<typeof value> = { ...part, value }
  return at(section, 'name')
}

async function readHooks(
  reading: Reading,
  part: Part<NonNullable<LabSection['hooks']>>,
): Promise<LabConfig['hooks'] | undefined> {
  if (part.value === undefined) return undefined
  const [resume, suspend, remove] = [
    await existing(reading, at(part, 'resume'), 'file'),
    await existing(reading, at(part, 'suspend'), 'file'),
    await existing(reading, at(part, 'delete'), 'file'),
  ]
  return {
    ...(resume !== undefined && { resume }),
    ...(suspend !== undefined && { suspend }),
    ...(remove !== undefined && { delete: remove }),
  }
}

function readCost(reading: Reading, part: Part<NonNullable<LabSection['cost']>>): Cost | undefined {
  if (part.value === undefined) return undefined
  const running = need(reading, at(part, 'running'), 'what an hour of the running lab costs')
  const currency = need(reading, at(part, 'currency'), 'a currency such as EUR')
  if (running === undefined || currency === undefined) return undefined
  return { running, suspended: at(part, 'suspended').value ?? 0, currency }
}

function refuseName(reading: Reading, part: Part<unknown>, name: string): void {
  if (!NAME.test(name)) {
    reading.mistakes.add({ at: part.keyAt, path: part.path }, `\`${name}\` is no name; expected ${NAME_WORDS}`)
  }
}

/** Nothing is written there, rather than something wrong that was taken out. */
function isTrulyEmpty(part: Part<unknown>): boolean {
  return !part.wrong && !(part.node?.kind === 'list' && part.node.dropped)
}

function hasWrongEntries(part: Part<unknown>): boolean {
  return part.wrong || (part.node?.kind === 'map' && part.node.wrong.size > 0)
}
