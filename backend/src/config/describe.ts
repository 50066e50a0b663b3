import { isLoopbackUrl, listenUrl } from './addresses.js'
import type { Config, DatabaseConfig, LabConfig, OpenedxTrust, Trust } from './config.js'
import { formatDuration } from './durations.js'

/**
 * The configuration as a short table for people (`check-config`), ended by a newline. Holds no secret. `origins`: all
 * pages that may call, as the identity room has it.
 */
export function describeConfig(config: Config, origins: readonly string[]): string {
  const rows: (readonly [string, string])[] = [
    ['file', config.file],
    ['listens on', listenUrl(config.listen)],
    ['public as', `${config.publicUrl}${encrypted(config.publicUrl) ? '' : ' (not encrypted)'}`],
    ['pages from', origins.join(', ') || 'nowhere'],
    ['database', database(config.database)],
    ['state in', config.stateFolder],
    ['clouds', config.clouds.map(({ name, type }) => `${name} (${type})`).join(', ')],
    ...config.trust.map((trust) => ['trusts', issuer(trust)] as const),
    ...(config.demo === undefined ? [] : [['demo', config.demo.course] as const]),
    ...[...config.labs.values()].map((lab) => ['lab', labLine(lab)] as const),
  ]
  const width = Math.max(...rows.map(([key]) => key.length))
  return rows.map(([key, value]) => `${key.padEnd(width)}  ${value}\n`).join('')
}

function encrypted(url: string): boolean {
  return url.startsWith('https:') || isLoopbackUrl(url)
}

function database(database: DatabaseConfig): string {
  if (database.type === 'embedded') return `embedded in ${database.folder}`
  const { protocol, host, pathname } = new URL(database.url)
  return `${protocol}//${host}${pathname}`
}

function issuer(trust: Trust): string {
  const { origins, labs } = trust
  const only = [...(origins ? [`pages ${origins.join(', ')}`] : []), ...(labs ? [`labs ${labs.join(', ')}`] : [])]
  return `${trust.issuer} ${words(trust)}${only.length > 0 ? `, only ${only.join(' and ')}` : ''}`
}

function words(trust: Trust): string {
  if (trust.type === 'lti') {
    return 'client' in trust ? `by LTI as ${trust.client.clientId}` : 'by LTI, registers this tool itself'
  }
  const { audience, keys } = trust
  const source = 'url' in keys ? keys.url : 'file' in keys ? keys.file : 'memory'
  return `for ${audience}, keys from ${source}${trust.type === 'openedx' ? openedx(trust) : ''}`
}

function openedx({ lms, enrolment, modes, recheck, oauth }: OpenedxTrust): string {
  const asked =
    enrolment === 'none'
      ? ''
      : `${modes ? ` as ${modes.join(' or ')}` : ''}, asked again within ${formatDuration(recheck)}`
  return `, Open edX at ${lms}, enrolment ${enrolment}${asked}${oauth ? `, by a window as ${oauth.clientId}` : ''}`
}

function labLine({ name, title, clouds, courses, terminals, policy }: LabConfig): string {
  const where = clouds.map((cloud) => (cloud.capacity === undefined ? cloud.name : `${cloud.name} (${cloud.capacity})`))
  return [
    `${name}: ${title}`,
    `in ${where.join(', ')}`,
    `terminals ${terminals.map((terminal) => terminal.name).join(', ')}`,
    `for ${courses === undefined ? 'every trusted caller' : courses.join(', ')}`,
    `asks after ${formatDuration(policy.idleWarn)}, suspends after ${formatDuration(policy.idleSuspend)}`,
    `or ${formatDuration(policy.leaveGrace)} after leaving, deletes ${policy.deleteAfter === 0 ? 'never' : `after ${formatDuration(policy.deleteAfter)}`}`,
  ].join('; ')
}
