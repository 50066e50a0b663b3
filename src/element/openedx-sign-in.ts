import type { Voucher } from '../session/token.js'
import { LabError } from '../wire/problems.js'
import { filled } from './settings.js'
import type { WindowCode } from './sign-in-window.js'

/** Where an Open edX gives a signed-in learner new cookies; on the page's own site. */
const REFRESH = '/login_refresh'
/** What a unit's page calls its course; a wish like the attribute, the backend asks the LMS. */
const COURSE_GLOBAL = '$$course_id'

/** The cookies of the Open edX whose page this is. */
export function openedxVoucher(
  page: { readonly lab: string; readonly course: string },
  fetcher: typeof fetch,
  window?: WindowCode,
): Voucher {
  const course = filled(page.course) || courseOfPage()
  return {
    request: { grant: 'openedx', lab: page.lab.trim(), ...(course && { course }), ...(window && { window }) },
    withCookies: true,
    renew: (signal) => refresh(fetcher, signal),
  }
}

function courseOfPage(): string {
  const course: unknown = Reflect.get(globalThis, COURSE_GLOBAL)
  return typeof course === 'string' ? course : ''
}

/** The cookies live for an hour, and the app of a phone has none before: the LMS gives new ones to who is signed in. */
async function refresh(fetcher: typeof fetch, signal: AbortSignal): Promise<void> {
  let response: Response
  try {
    response = await fetcher(new URL(REFRESH, location.origin), {
      method: 'POST',
      credentials: 'same-origin',
      cache: 'no-store',
      signal,
    })
    await response.body?.cancel()
  } catch (cause) {
    throw new LabError('auth/issuer-unreachable', { cause })
  }
  if (response.status >= 500) throw new LabError('auth/issuer-unreachable')
  if (!response.ok) throw new LabError('auth/no-session')
}
