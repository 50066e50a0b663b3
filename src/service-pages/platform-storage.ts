/**
 * What an LTI platform keeps for a tool whose cookies the browser does not keep (LTI Client Side postMessages and
 * Platform Storage, 0.1): messages to one of the platform's windows, which answers each with one of its own.
 */

/** A platform that does not answer within this (milliseconds) keeps nothing. */
const PATIENCE_MS = 5_000

export interface StoragePlace {
  /** Name of the frame beside this one that keeps data, or `_parent`. */
  readonly target: string
  /** Of the platform; nobody else is told or believed. */
  readonly origin: string
  readonly key: string
}

/** True when the platform says that it keeps the value. */
export async function putData(place: StoragePlace, value: string): Promise<boolean> {
  return (await ask(place, 'lti.put_data', { key: place.key, value })) !== undefined
}

/** The value, or undefined when the platform has none or does not answer. */
export async function getData(place: StoragePlace): Promise<string | undefined> {
  const answer = await ask(place, 'lti.get_data', { key: place.key })
  const value: unknown = answer && Reflect.get(answer, 'value')
  return typeof value === 'string' ? value : undefined
}

function ask({ target, origin }: StoragePlace, subject: string, data: object): Promise<object | undefined> {
  const keeper = keeperOf(target)
  if (keeper === undefined) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const id = crypto.randomUUID()
    const end = (answer: object | undefined): void => {
      window.clearTimeout(timer)
      window.removeEventListener('message', hear)
      resolve(answer)
    }
    const hear = (event: MessageEvent<unknown>): void => {
      if (event.origin !== origin || typeof event.data !== 'object' || event.data === null) return
      const answer: object = event.data
      if (Reflect.get(answer, 'message_id') !== id || Reflect.get(answer, 'subject') !== `${subject}.response`) return
      end(Reflect.get(answer, 'error') === undefined ? answer : undefined)
    }
    const timer = window.setTimeout(() => end(undefined), PATIENCE_MS)
    window.addEventListener('message', hear)
    keeper.postMessage({ subject, message_id: id, ...data }, origin)
  })
}

/** The window that opened or holds this one, or the frame of that name in it. */
function keeperOf(target: string): Window | undefined {
  const holder: Window | null = window.parent === window ? window.opener : window.parent
  if (holder === null) return undefined
  if (target === '_parent') return holder
  try {
    const frame: unknown = Reflect.get(holder.frames, target)
    return isWindow(frame) ? frame : holder
  } catch {
    // No frame of that name: a window of another origin does not even say so.
    return holder
  }
}

function isWindow(value: unknown): value is Window {
  return typeof value === 'object' && value !== null && 'postMessage' in value
}
