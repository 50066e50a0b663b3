import {
  AGS,
  DEEP_LINK,
  LTI,
  launchClaims,
  MEMBERSHIP,
  Platform,
  SCORE,
} from '../../../backend/test/auth/lti/platform.js'
import { freePort } from '../../../backend/test/support/free-port.js'

/** An LMS on a site of its own: oidc-provider signs, these pages hold the tool in a frame and keep data for it. */
export interface Lms {
  readonly platform: Platform
  readonly publicUrl: string
  /** A course page that opens the tool; `storage` is where the platform keeps data for it. */
  course(options?: { storage?: string; hint?: string; width?: number; height?: number }): string
  /** The same without a frame around it. */
  login(hint: string): string
  /** YAML for the backend. */
  readonly trust: string
  stop(): Promise<void>
}

export async function startLms(toolPort: number): Promise<Lms> {
  const publicUrl = `http://labs.tool.localhost:${toolPort}`
  const port = await freePort()
  const platform = await Platform.start({
    ...{ port, host: 'lms.localhost', clientId: 'tool-7', publicUrl },
    pages: (path, query) => pageOf(path, query, publicUrl, platformUrl(port)),
  })
  const english = { [`${LTI}launch_presentation`]: { locale: 'en' } }
  platform.launches.set('ada', launchClaims(publicUrl, { ...english, [`${LTI}custom`]: { lab: 'first-steps' } }))
  // The server finds the LMS by its address: only browsers know the names under localhost.
  const inside = platform.issuer.replace('lms.localhost', '127.0.0.1')
  const graded = { [AGS]: { scope: [SCORE], lineitem: `${inside}/items/7?type_id=3` } }
  platform.launches.set('sam', {
    ...launchClaims(publicUrl, { ...english, ...graded, [`${LTI}custom`]: { lab: 'first-steps' } }),
  })
  platform.launches.set('eve', launchClaims(publicUrl, { ...english, [`${LTI}custom`]: { lab: 'nothing' } }))
  const author = (accept_multiple: boolean, more: object) =>
    launchClaims(publicUrl, {
      ...more,
      [`${LTI}message_type`]: 'LtiDeepLinkingRequest',
      [`${LTI}roles`]: [`${MEMBERSHIP}#Instructor`],
      [`${DEEP_LINK}deep_linking_settings`]: {
        deep_link_return_url: `${platform.issuer}/return`,
        accept_types: ['ltiResourceLink'],
        accept_multiple,
      },
    })
  platform.launches.set('grace', author(false, english))
  platform.launches.set('konrad', author(true, {}))
  const { authUrl } = platform.client
  return {
    platform,
    publicUrl,
    course: (options = {}) => {
      const query = new URLSearchParams(Object.entries(options).map(([key, value]) => [key, String(value)]))
      return `${platform.issuer}/course?${query}`
    },
    login: (hint) => loginUrl(publicUrl, platform.issuer, hint),
    trust: `trust:
  - { type: lti, issuer: "${platform.issuer}", clientId: tool-7, deploymentIds: ["1"], authUrl: "${authUrl}",
      tokenUrl: "${inside}/token", jwksUrl: "${inside}/jwks" }`,
    stop: () => platform.stop(),
  }
}

function loginUrl(tool: string, issuer: string, hint: string): string {
  const query = { iss: issuer, client_id: 'tool-7', login_hint: hint, target_link_uri: `${tool}/lti/launch` }
  return `${tool}/lti/login?${new URLSearchParams(query)}`
}

function platformUrl(port: number): string {
  return `http://lms.localhost:${port}`
}

function pageOf(path: string, query: URLSearchParams, tool: string, issuer: string): string | undefined {
  if (path === '/storage') return `<!doctype html><title>Storage</title><script>${KEEPER}</script>`
  if (path === '/silent') return '<!doctype html><title>Keeps nothing</title>'
  if (path === '/return') return '<!doctype html><html lang="en"><title>Back</title><h1>Back in the course</h1></html>'
  if (path === '/favicon.ico') return ' '
  if (path !== '/course') return undefined
  const storage = query.get('storage')
  const login = loginUrl(tool, issuer, query.get('hint') ?? 'ada') + (storage ? `&lti_storage_target=${storage}` : '')
  const height = query.get('height') ?? '500'
  return `<!doctype html><html lang="en"><title>Course</title><h1>Course</h1>
<iframe name="keeper" src="/storage" title="Storage" hidden></iframe>
<iframe name="silent" src="/silent" title="Silence" hidden></iframe>
<iframe id="tool" title="Lab" width="${query.get('width') ?? '900'}" height="${height}" allow="clipboard-write *; fullscreen *"
  src="${login}"></iframe>
<script>${KEEPER}
window.heard = []
addEventListener('message', ({ data }) => {
  heard.push(data)
  if (data && data.subject === 'lti.frameResize') document.getElementById('tool').height = data.height
})</script></html>`
}

/** Keeps values for each origin apart, as the specification of platform storage says. */
const KEEPER = `
const kept = {}
addEventListener('message', ({ data, origin, source }) => {
  if (!data || (data.subject !== 'lti.put_data' && data.subject !== 'lti.get_data')) return
  const own = (kept[origin] ??= {})
  if (data.subject === 'lti.put_data') own[data.key] = data.value
  for (const wrong of [{ message_id: 'of another' }, { subject: 'lti.capabilities.response' }]) {
    source.postMessage({ subject: data.subject + '.response', message_id: data.message_id, value: 'not yours', ...wrong }, origin)
  }
  source.postMessage({ subject: data.subject + '.response', message_id: data.message_id, key: data.key, value: own[data.key] }, origin)
})`
