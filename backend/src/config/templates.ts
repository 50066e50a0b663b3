/** What labs are built from in clouds of type openstack, and what belongs to which kind of cloud. */
import type { CloudConfig, LabConfig, TemplateConfig } from './config.js'
import { at, items, type Part } from './part.js'
import { existing, need, type Reading } from './reading.js'
import type { LabSection, TemplateSection } from './schema.js'

type CloudOfLab = LabConfig['clouds'][number]
type Place = NonNullable<LabSection['clouds']>[number]

const TEMPLATE_KEYS = ['template', 'environment', 'parameters'] as const

/** The clouds of a lab, each openstack one with its template: that of the lab, unless it is written beside the cloud. */
export async function withTemplates(
  reading: Reading,
  lab: Part<LabSection>,
  places: readonly CloudOfLab[],
  clouds: readonly CloudConfig[],
): Promise<CloudOfLab[]> {
  const ofLab = await readTemplate(reading, lab)
  refuseMisplaced(reading, lab, places, clouds)
  const found: CloudOfLab[] = []
  for (const place of places) {
    const section = sectionOf(lab, place.name)
    const own = section && (await readTemplate(reading, section))
    const isLocal = typeOf(place.name, clouds) === 'local'
    if (isLocal && section) refuseForeign(reading, writtenOf(section), 'to a local cloud')
    if (typeOf(place.name, clouds) !== 'openstack') {
      found.push(place)
      continue
    }
    const template = merged(reading, lab, place.name, ofLab, own)
    found.push(template === undefined ? place : { ...place, template })
  }
  return found
}

/** The defaults of terminals are what the local cloud puts out; the servers of a stack have to be named. */
export function refuseLocalDefaults(reading: Reading, lab: Part<LabSection>, clouds: readonly CloudConfig[]): void {
  if (!namesOf(lab, clouds).some((name) => typeOf(name, clouds) === 'openstack')) return
  const terminals = at(lab, 'terminals')
  need(reading, terminals, 'at least one terminal with the `host` and `user` of a server of the stack')
  for (const terminal of items(terminals)) {
    need(reading, at(terminal, 'host'), 'the address of the server, such as { output: public_ip }')
    if ((terminal.value?.protocol ?? 'ssh') === 'ssh') need(reading, at(terminal, 'user'), 'who logs in')
  }
}

/** Tells of each that is written. `to`: what it does not belong to. */
export function refuseForeign(reading: Reading, parts: readonly Part<unknown>[], to: string): void {
  for (const { value, keyAt, path } of parts) {
    if (value === undefined) continue
    const key = path.slice(path.lastIndexOf('.') + 1)
    reading.mistakes.add({ at: keyAt, path }, `\`${key}\` does not belong ${to}; expected it to be left out`)
  }
}

type Written = { readonly [K in keyof TemplateConfig]?: TemplateConfig[K] }

async function readTemplate(reading: Reading, part: Part<TemplateSection>): Promise<Written> {
  const template = await existing(reading, at(part, 'template'), 'file')
  const environment = await existing(reading, at(part, 'environment'), 'file')
  const parameters = at(part, 'parameters').value
  return {
    ...(template !== undefined && { template }),
    ...(environment !== undefined && { environment }),
    ...(parameters !== undefined && { parameters }),
  }
}

/** Parameters are joined; one beside the cloud wins. */
function merged(
  reading: Reading,
  lab: Part<LabSection>,
  cloud: string,
  ofLab: Written,
  own: Written | undefined,
): TemplateConfig | undefined {
  const { template, environment } = { ...ofLab, ...own }
  const parameters = { ...ofLab.parameters, ...own?.parameters }
  if (template !== undefined) return { template, parameters, ...(environment !== undefined && { environment }) }
  // One that is written and wrong was told of.
  const tried = [at(lab, 'template'), ...[sectionOf(lab, cloud)].flatMap((one) => (one ? [at(one, 'template')] : []))]
  if (!tried.some(({ value, wrong }) => value !== undefined || wrong)) {
    need(reading, at(lab, 'template'), `the Heat template that it is built from in \`${cloud}\``)
  }
  return undefined
}

/** What no cloud of the lab would ever look at. */
function refuseMisplaced(
  reading: Reading,
  lab: Part<LabSection>,
  places: readonly CloudOfLab[],
  clouds: readonly CloudConfig[],
): void {
  const types = new Set(places.map(({ name }) => typeOf(name, clouds)))
  if (types.has(undefined) || types.size === 0) return
  if (!types.has('openstack')) refuseForeign(reading, writtenOf(lab), 'to a lab without a cloud of type openstack')
  if (!types.has('local')) {
    refuseForeign(reading, [at(lab, 'files'), at(lab, 'setup')], 'to a lab without a local cloud')
  }
}

function writtenOf(part: Part<TemplateSection>): Part<unknown>[] {
  return TEMPLATE_KEYS.map((key) => at(part, key))
}

function typeOf(name: string, clouds: readonly CloudConfig[]): CloudConfig['type'] | undefined {
  return clouds.find((cloud) => cloud.name === name)?.type
}

/** The names a lab gives its clouds; the only one there is where it gives none. */
function namesOf(lab: Part<LabSection>, clouds: readonly CloudConfig[]): string[] {
  const part = at(lab, 'clouds')
  if (part.value === undefined) return clouds.length === 1 ? clouds.map(({ name }) => name) : []
  return part.value.flatMap((place) => nameOf(place) ?? [])
}

function nameOf(place: Place): string | undefined {
  return typeof place === 'string' ? place : place.name
}

/** Where the lab says more of a cloud than its name. */
function sectionOf(lab: Part<LabSection>, name: string): Part<Exclude<Place, string>> | undefined {
  for (const part of items(at(lab, 'clouds'))) {
    const { value } = part
    if (typeof value === 'object' && value.name === name) return { ...part, value }
  }
  return undefined
}
