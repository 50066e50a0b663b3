/** Finds and reads the entry of a cloud as openstacksdk does: clouds.yaml with secure.yaml, or the OS_* variables. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { type Account, AccountError, isSection, readAccount, type Section } from './account.js'

export interface CloudsYamlOptions {
  /** The folder of the configuration file: looked into before the usual ones. */
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  /** The contents of a file, undefined where there is none. */
  readonly read?: (path: string) => Promise<string | undefined>
}

/** The entry that stands for the OS_* variables, unless OS_CLOUD_NAME names it otherwise. */
const FROM_ENVIRONMENT = 'envvars'
const ENDINGS = ['.yaml', '.yml', '.json']

/** An account, and the certificate authorities (PEM) that it names. */
export interface FoundAccount {
  readonly account: Account
  readonly ca?: string
}

/** Throws `AccountError` with what is wrong and where; never with a secret. */
export async function findAccount(name: string, options: CloudsYamlOptions): Promise<FoundAccount> {
  const read = options.read ?? readIfThere
  const { entry, folder, where } = await findEntry(name, options, read)
  try {
    const account = readAccount(name, entry)
    if (account.cacert === undefined) return { account }
    const path = resolve(folder, account.cacert.replace(/^~(?=\/)/, homedir()))
    const ca = await read(path)
    if (ca === undefined) throw new AccountError('`cacert` names a file that is not there')
    return { account, ca }
  } catch (error) {
    if (error instanceof AccountError) throw new AccountError(`cloud ${name} in ${where}: ${error.message}`)
    throw error
  }
}

type Read = (path: string) => Promise<string | undefined>

async function findEntry(
  name: string,
  { folder, env }: CloudsYamlOptions,
  read: Read,
): Promise<{ entry: Section; folder: string; where: string }> {
  if (name === (env['OS_CLOUD_NAME'] || FROM_ENVIRONMENT)) {
    return { entry: fromVariables(env), folder, where: 'the OS_* variables' }
  }
  const folders = [folder, join(env['HOME'] ?? homedir(), '.config/openstack'), '/etc/openstack']
  const file = await firstFile(env['OS_CLIENT_CONFIG_FILE'], 'clouds', folders, read)
  if (file === undefined) {
    throw new AccountError(`there is no clouds.yaml for cloud ${name}; looked in ${folders.join(', ')}`)
  }
  const clouds = cloudsIn(file)
  const entry = clouds[name]
  if (!isSection(entry)) {
    const known = Object.keys(clouds).join(', ') || 'none'
    throw new AccountError(`${file.path} has no cloud ${name}; it has ${known}`)
  }
  const secure = await firstFile(env['OS_CLIENT_SECURE_FILE'], 'secure', folders, read)
  const secrets = secure === undefined ? undefined : cloudsIn(secure)[name]
  const whole = isSection(secrets) ? merged(entry, secrets) : entry
  return { entry: whole, folder: dirname(file.path), where: file.path }
}

interface Found {
  readonly path: string
  readonly text: string
}

/** The first that is there; a file that was named must be. */
async function firstFile(
  named: string | undefined,
  stem: string,
  folders: readonly string[],
  read: Read,
): Promise<Found | undefined> {
  const places = folders.flatMap((folder) => ENDINGS.map((ending) => join(folder, `${stem}${ending}`)))
  for (const path of named ? [resolve(named)] : places) {
    const text = await read(path)
    if (text !== undefined) return { path, text }
  }
  if (named) throw new AccountError(`${named} is not there`)
  return undefined
}

function cloudsIn({ path, text }: Found): Section {
  let content: unknown
  try {
    content = parse(text, { prettyErrors: false })
  } catch {
    // The parser's own words would repeat the line, and with it perhaps a password.
    throw new AccountError(`${path} is not valid YAML`)
  }
  const clouds = isSection(content) ? content['clouds'] : undefined
  if (!isSection(clouds)) throw new AccountError(`${path} has no group \`clouds\``)
  return clouds
}

/** The second wins, group by group. */
function merged(one: Section, two: Section): Section {
  const result: Record<string, unknown> = { ...one }
  for (const [key, value] of Object.entries(two)) {
    const old = result[key]
    result[key] = isSection(old) && isSection(value) ? merged(old, value) : value
  }
  return result
}

/** OS_REGION_NAME and the like are keys of the entry, all others keys of its `auth`. */
const OF_ENTRY = new Set([
  ...['auth_type', 'region_name', 'interface', 'endpoint_type', 'cacert', 'verify', 'insecure'],
  ...['orchestration_endpoint_override', 'compute_endpoint_override'],
])

function fromVariables(env: NodeJS.ProcessEnv): Section {
  const entry: Record<string, unknown> = {}
  const auth: Record<string, unknown> = {}
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('OS_') || value === undefined) continue
    const key = variable.slice('OS_'.length).toLowerCase()
    const section = OF_ENTRY.has(key) ? entry : auth
    section[key] = value
  }
  return { ...entry, auth }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new AccountError(`${path} cannot be read (${String(code)})`)
  }
}
