/** What a page says of its screen when it connects. Untrusted, optional, and it widens no right. Pure. */

/** For guacd's handshake. */
export interface ScreenInfo {
  readonly width: number
  readonly height: number
  readonly dpi: number
  /** An IANA name; absent = the lab's own. */
  readonly timezone?: string
  readonly image: readonly string[]
  readonly audio: readonly string[]
  readonly video: readonly string[]
}

const LIMITS = { width: [64, 8192, 1024], height: [64, 8192, 768], dpi: [48, 480, 96] } as const
const IMAGES = ['image/png', 'image/jpeg', 'image/webp']
const MAX_TYPES = 8

/** Reads the query of the tunnel; what is missing or wrong is replaced or left out. */
export function screenOf(query: URLSearchParams): ScreenInfo {
  const number = (name: keyof typeof LIMITS): number => {
    const [least, most, usual] = LIMITS[name]
    const text = query.get(name) ?? ''
    return /^\d{1,6}$/.test(text) ? Math.min(Math.max(Number(text), least), most) : usual
  }
  const types = (name: string, form: RegExp): string[] =>
    [...new Set(query.getAll(name))].filter((type) => form.test(type)).slice(0, MAX_TYPES)
  const timezone = query.get('timezone') ?? ''
  const images = types('image', /^image\/[a-z0-9.+-]{1,32}$/)
  return {
    width: number('width'),
    height: number('height'),
    dpi: number('dpi'),
    ...(/^[A-Za-z0-9_+-]{1,32}(?:\/[A-Za-z0-9_+-]{1,32}){0,2}$/.test(timezone) && { timezone }),
    image: images.length > 0 ? images : IMAGES.slice(0, 2),
    audio: types('audio', /^audio\/[A-Za-z0-9.+-]{1,32}(?:;[a-z]{1,16}=[0-9]{1,8}(?:,[a-z]{1,16}=[0-9]{1,8}){0,3})?$/),
    video: types('video', /^video\/[a-z0-9.+-]{1,32}$/),
  }
}
