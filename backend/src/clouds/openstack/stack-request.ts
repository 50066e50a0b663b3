/** What Heat is asked to build for a lab. */

import { isSection } from './account.js'
import type { NewStack } from './heat.js'
import { type Bundle, readBundle, TemplateError } from './template-files.js'

/** Of the configuration: what a lab is built from in this cloud. */
export interface TemplateSource {
  /** Absolute paths. */
  readonly template: string
  readonly environment?: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What a template may ask for by the name of a parameter. */
export interface StackFacts {
  readonly stack_name: string
  /** The lab's name. */
  readonly lab: string
  /** The course run, as the templates of older systems expect. */
  readonly run: string
}

export interface StackParts {
  readonly bundle: Bundle
  readonly parameters: Readonly<Record<string, unknown>>
  /** The template asks for our public key. */
  readonly wantsKey: boolean
}

const KEY_PARAMETER = 'public_key'

/** Reads the files anew: what an author changes counts from the next launch on. Throws `TemplateError`. */
export async function readParts(source: TemplateSource, facts: StackFacts): Promise<StackParts> {
  const bundle = await readBundle(source.template, source.environment)
  const declared = sectionOf(bundle.template['parameters'])
  const given = { ...sectionOf(bundle.environment['parameters']), ...source.parameters }
  const unknown = Object.keys(source.parameters).filter((name) => !(name in declared))
  if (unknown.length > 0) throw new TemplateError(`the template has no parameter ${unknown.join(', ')}`)
  const ours = Object.entries(facts).filter(([name]) => name in declared && !(name in given))
  const wantsKey = KEY_PARAMETER in declared && !(KEY_PARAMETER in given)
  const known = { ...given, ...Object.fromEntries(ours), ...(wantsKey && { [KEY_PARAMETER]: true }) }
  const missing = Object.entries(declared).filter(([name, one]) => !(name in known) && !hasDefault(one, name, bundle))
  if (missing.length > 0) {
    throw new TemplateError(`the template wants a value for ${missing.map(([name]) => name).join(', ')}`)
  }
  return { bundle, parameters: { ...Object.fromEntries(ours), ...source.parameters }, wantsKey }
}

/** The outputs that a stack of this template has. */
export function outputsOf({ template }: Bundle): readonly string[] {
  return Object.keys(sectionOf(template['outputs']))
}

export function newStack(
  parts: StackParts,
  more: { name: string; tags: readonly string[]; timeoutMinutes: number; publicKey: string | undefined },
): NewStack {
  const { bundle, parameters } = parts
  return {
    stack_name: more.name,
    template: bundle.template,
    files: bundle.files,
    environment: bundle.environment,
    parameters: more.publicKey === undefined ? parameters : { ...parameters, [KEY_PARAMETER]: more.publicKey },
    tags: more.tags.join(','),
    timeout_mins: more.timeoutMinutes,
    // A launch that failed is looked into, then deleted by us.
    disable_rollback: true,
  }
}

function hasDefault(declared: unknown, name: string, { environment }: Bundle): boolean {
  return (isSection(declared) && 'default' in declared) || name in sectionOf(environment['parameter_defaults'])
}

function sectionOf(value: unknown): Readonly<Record<string, unknown>> {
  return isSection(value) ? value : {}
}
