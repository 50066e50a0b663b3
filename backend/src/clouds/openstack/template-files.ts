/** Reads a template with everything it refers to, as Heat's own clients do. */
import { readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { parse } from 'yaml'
import { isSection } from './account.js'
import { SetupError } from './setup-error.js'

/** Bytes of all files together; Heat's own bound for a request is far below. */
const LONGEST = 8 * 1024 * 1024
const MOST_FILES = 200

export interface Bundle {
  readonly template: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, unknown>>
  /** Contents by the name under which template and environment refer to them. */
  readonly files: Readonly<Record<string, string>>
}

/** A template or a file it needs cannot be used; the message names it by its path relative to the template. */
export class TemplateError extends SetupError {
  override readonly name = 'TemplateError'
}

/** Throws `TemplateError`. Paths are absolute. */
export async function readBundle(template: string, environment?: string): Promise<Bundle> {
  const bundler = new Bundler(dirname(template))
  const root = await bundler.document(template)
  if (!isTemplate(root)) {
    throw new TemplateError(`${bundler.name(template)} is no Heat template: \`heat_template_version\` is missing`)
  }
  const bundled = await bundler.resolved(root, dirname(template))
  const env = environment === undefined ? {} : await bundler.environment(environment)
  return { template: isSection(bundled) ? bundled : {}, environment: env, files: bundler.files }
}

type Section = Readonly<Record<string, unknown>>

class Bundler {
  readonly #folder: string
  readonly #files = new Map<string, string>()
  #bytes = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  get files(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#files)
  }

  /** Relative, so that Heat learns no path of this machine. */
  name(path: string): string {
    return relative(this.#folder, path)
  }

  async document(path: string): Promise<Section> {
    return this.#parsed(path, await this.#read(path))
  }

  /** A copy whose references are names in `files`. */
  async resolved(value: unknown, folder: string): Promise<unknown> {
    if (Array.isArray(value)) return Promise.all(value.map((item) => this.resolved(item, folder)))
    if (!isSection(value)) return value
    const entries = Object.entries(value).map(async ([key, item]) => {
      const refers = typeof item === 'string' && (key === 'get_file' || (key === 'type' && isTemplateName(item)))
      return [key, refers ? await this.#add(item, folder) : await this.resolved(item, folder)] as const
    })
    return Object.fromEntries(await Promise.all(entries))
  }

  async environment(path: string): Promise<Section> {
    const content = await this.document(path)
    const registry = content['resource_registry']
    if (!isSection(registry)) return content
    return { ...content, resource_registry: await this.#registry(registry, dirname(path)) }
  }

  /** Types that are templates; one whose name has `::` is a type that Heat knows. */
  async #registry(registry: Section, folder: string): Promise<Section> {
    const base = registry['base_url']
    const from = typeof base === 'string' ? resolve(folder, base) : folder
    const entries = Object.entries(registry).map(async ([key, item]) => {
      if (key === 'base_url') return []
      if (isSection(item)) {
        const inner = Object.entries(item).map(async ([name, one]) => [
          name,
          isSection(one) ? await this.#registry(one, from) : one,
        ])
        return [[key, key === 'resources' ? Object.fromEntries(await Promise.all(inner)) : item]]
      }
      const refers = typeof item === 'string' && !item.includes('::') && !isRule(key)
      return [[key, refers ? await this.#add(item, from) : item]]
    })
    return Object.fromEntries((await Promise.all(entries)).flat())
  }

  async #add(reference: string, folder: string): Promise<string> {
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(reference)) {
      throw new TemplateError(`\`${reference}\` is an address; expected a file beside the template`)
    }
    const path = join(resolve(folder), reference)
    const name = this.name(path)
    if (this.#files.has(name)) return name
    const text = await this.#read(path)
    // Known before its contents are, so that templates that refer to each other come to an end.
    this.#files.set(name, text)
    if (this.#files.size > MOST_FILES) throw new TemplateError(`the template refers to more than ${MOST_FILES} files`)
    if (/^\s*["']?heat_template_version/m.test(text)) {
      const nested = await this.resolved(this.#parsed(path, text), dirname(path))
      this.#files.set(name, JSON.stringify(nested))
    }
    return name
  }

  async #read(path: string): Promise<string> {
    try {
      this.#bytes += (await stat(path)).size
      if (this.#bytes > LONGEST) throw new TemplateError(`the files of the template are longer than ${LONGEST} bytes`)
      return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
    } catch (error) {
      if (error instanceof TemplateError) throw error
      const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
      const words =
        why === 'ENOENT'
          ? 'is not there'
          : why === 'ERR_ENCODING_INVALID_ENCODED_DATA'
            ? 'is no UTF-8 text'
            : `cannot be read (${why})`
      throw new TemplateError(`${this.name(path)} ${words}`)
    }
  }

  #parsed(path: string, text: string): Section {
    const content = parsed(text, this.name(path))
    if (!isSection(content)) throw new TemplateError(`${this.name(path)} is no group of keys`)
    return content
  }
}

function isTemplate(content: Section): boolean {
  return 'heat_template_version' in content || 'HeatTemplateFormatVersion' in content
}

function isTemplateName(type: string): boolean {
  return /\.(?:yaml|template)$/.test(type)
}

/** Keys of a registry that tell Heat what to do and name no template. */
function isRule(key: string): boolean {
  return key === 'hooks' || key === 'restricted_actions'
}

/** YAML 1.1 with dates left as text: as Heat itself reads it, so that `0644`, `yes` and `2018-08-31` mean the same. */
function parsed(text: string, name: string): unknown {
  try {
    return parse(text, {
      version: '1.1',
      customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp'),
      prettyErrors: true,
      maxAliasCount: 1000,
      logLevel: 'error',
    })
  } catch (error) {
    const words = error instanceof Error ? error.message.split('\n')[0] : 'unknown'
    throw new TemplateError(`${name} is not valid YAML: ${words}`)
  }
}
