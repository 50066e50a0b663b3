import { LabError } from '../wire/problems.js'
import { PATHS, SIGNED_IN } from '../wire/protocol.js'

/** What the window got, and the secret by which this page proves that the window was its own. */
export interface WindowCode {
  readonly code: string
  readonly verifier: string
}

/** How often it is looked whether the person closed the window, milliseconds. */
const LOOK_MS = 500

/**
 * Signs in at the course site in a window that was just opened, within a click; the window is closed in the end.
 * @throws LabError `auth/window-needed`: closed before it was done, or given up by `signal`.
 */
export async function signInByWindow(opened: Window, backend: string, signal: AbortSignal): Promise<WindowCode> {
  const verifier = newVerifier()
  const answer = answerOf(opened, new URL(backend).origin, signal)
  try {
    const address = new URL(backend + PATHS.signInWindow)
    address.searchParams.set('origin', location.origin)
    address.searchParams.set('challenge', await challengeOf(verifier))
    opened.location.href = address.href
    return { code: await answer, verifier }
  } finally {
    opened.close()
  }
}

/** Anybody may send a message: only this window's, from the backend's own page, counts. */
function answerOf(opened: Window, origin: string, signal: AbortSignal): Promise<string> {
  const done = new AbortController()
  const answer = new Promise<string>((resolve, reject) => {
    const heard = ({ source, origin: from, data }: MessageEvent<unknown>): void => {
      if (source === opened && from === origin && isAnswer(data)) resolve(data.code)
    }
    const gone = (): void => reject(new LabError('auth/window-needed'))
    window.addEventListener('message', heard, { signal: done.signal })
    signal.addEventListener('abort', gone, { signal: done.signal })
    const timer = window.setInterval(() => opened.closed && gone(), LOOK_MS)
    done.signal.addEventListener('abort', () => window.clearInterval(timer))
  })
  return answer.finally(() => done.abort())
}

function isAnswer(data: unknown): data is { code: string } {
  if (typeof data !== 'object' || data === null || !('type' in data) || !('code' in data)) return false
  return data.type === SIGNED_IN && typeof data.code === 'string'
}

function newVerifier(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

async function challengeOf(verifier: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  return base64url(new Uint8Array(hash))
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
