/** How to log in to one OpenStack cloud, from its entry of clouds.yaml. Pure. */

import { SetupError } from './setup-error.js'

export interface Domain {
  readonly id?: string
  readonly name?: string
}
/** By id, or by name within a domain. */
export type Named = { readonly id: string } | { readonly name: string; readonly domain: Domain }

export type Credentials =
  | { readonly method: 'password'; readonly user: Named; readonly password: string; readonly project: Named }
  | { readonly method: 'application_credential'; readonly credential: Credential; readonly secret: string }
export type Credential = { readonly id: string } | { readonly name: string; readonly user: Named }

export interface Account {
  /** The entry's name. */
  readonly name: string
  /** Keystone v3, no trailing slash. */
  readonly authUrl: string
  readonly credentials: Credentials
  readonly region?: string
  readonly interface: 'public' | 'internal' | 'admin'
  /** Path of a PEM file, as written. */
  readonly cacert?: string
  readonly verify: boolean
  /** Endpoints that are written down, instead of those of the catalogue. */
  readonly endpoints: { readonly orchestration?: string; readonly compute?: string }
}

/** An entry of clouds.yaml that cannot be used; the message says why and holds no secret. */
export class AccountError extends SetupError {
  override readonly name = 'AccountError'
}

/** A group of keys as YAML gives it. */
export type Section = Readonly<Record<string, unknown>>

export function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads an entry as openstacksdk does. Throws `AccountError`. */
export function readAccount(name: string, entry: Section): Account {
  if (entry['profile'] !== undefined)
    throw new AccountError('`profile` is not supported; expected the keys of the profile')
  const auth = entry['auth']
  if (!isSection(auth)) throw new AccountError('`auth` is missing')
  const region = text(entry, 'region_name') ?? onlyRegion(entry['regions'])
  const cacert = text(entry, 'cacert')
  return {
    name,
    authUrl: readAuthUrl(need(auth, 'auth_url')),
    credentials: readCredentials(entry, auth),
    interface: readInterface(text(entry, 'interface') ?? text(entry, 'endpoint_type') ?? 'public'),
    verify: isTrue(entry['verify'], true) && !isTrue(entry['insecure'], false),
    endpoints: {
      ...optional('orchestration', text(entry, 'orchestration_endpoint_override')),
      ...optional('compute', text(entry, 'compute_endpoint_override')),
    },
    ...optional('region', region),
    ...optional('cacert', cacert),
  }
}

function readCredentials(entry: Section, auth: Section): Credentials {
  const type = text(entry, 'auth_type') ?? (hasCredential(auth) ? 'v3applicationcredential' : 'password')
  switch (type) {
    case 'password':
    case 'v3password':
      return {
        method: 'password',
        user: readNamed(auth, 'user', 'username'),
        password: need(auth, 'password'),
        project: readNamed(renamed(auth), 'project', 'project_name'),
      }
    case 'v3applicationcredential': {
      const id = text(auth, 'application_credential_id')
      const secret = need(auth, 'application_credential_secret')
      const credential =
        id === undefined
          ? { name: need(auth, 'application_credential_name'), user: readNamed(auth, 'user', 'username') }
          : { id }
      return { method: 'application_credential', credential, secret }
    }
    default:
      throw new AccountError(`\`auth_type: ${type}\` is not supported; expected v3password or v3applicationcredential`)
  }
}

function hasCredential(auth: Section): boolean {
  return auth['application_credential_id'] !== undefined || auth['application_credential_name'] !== undefined
}

/** Projects were called tenants once. */
function renamed(auth: Section): Section {
  return { project_name: auth['tenant_name'], project_id: auth['tenant_id'], ...auth }
}

function readNamed(auth: Section, kind: 'user' | 'project', nameKey: string): Named {
  const id = text(auth, `${kind}_id`)
  if (id !== undefined) return { id }
  const name = need(auth, nameKey)
  const [domainId, domainName] = [text(auth, `${kind}_domain_id`), text(auth, `${kind}_domain_name`)]
  if (domainId !== undefined) return { name, domain: { id: domainId } }
  if (domainName !== undefined) return { name, domain: { name: domainName } }
  return { name, domain: { id: text(auth, 'default_domain') ?? 'default' } }
}

/** With or without the version, as it is found in the wild. */
function readAuthUrl(written: string): string {
  if (!URL.canParse(written) || !/^https?:$/.test(new URL(written).protocol)) {
    throw new AccountError('`auth_url` is no http or https address')
  }
  return `${written.replace(/\/+$/, '').replace(/\/v[23](?:\.\d+)?$/, '')}/v3`
}

function readInterface(written: string): Account['interface'] {
  const name = written.replace(/URL$/, '')
  if (name === 'public' || name === 'internal' || name === 'admin') return name
  throw new AccountError(`\`interface\` is “${written}”; expected public, internal or admin`)
}

function onlyRegion(regions: unknown): string | undefined {
  if (!Array.isArray(regions)) return undefined
  const [first, second]: unknown[] = regions
  if (second !== undefined) throw new AccountError('there are several `regions`; expected one `region_name`')
  if (typeof first === 'string') return first
  return isSection(first) ? text(first, 'name') : undefined
}

function need(section: Section, key: string): string {
  const value = text(section, key)
  if (value === undefined) throw new AccountError(`\`${key}\` is missing`)
  return value
}

/** Numbers are text, too: `password: 12345`. Empty is missing. */
function text(section: Section, key: string): string | undefined {
  const value = section[key]
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isTrue(value: unknown, fallback: boolean): boolean {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string' || value === '') return fallback
  return /^(?:true|yes|on|1)$/i.test(value)
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  const found: { [P in K]?: string } = {}
  if (value !== undefined) found[key] = value
  return found
}
