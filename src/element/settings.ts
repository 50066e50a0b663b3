import type { DisplayOptions } from '../display/display.js'
import type { SessionSettings } from '../session/session.js'
import { LabError } from '../wire/problems.js'

/** What an author wrote on the element. */
export interface Attributes {
  readonly lab: string
  readonly backend: string
  readonly terminal: string
  readonly course: string
  readonly launchMode: string
  readonly resumeMode: string
  readonly readOnly: boolean
  readonly hiddenLab: boolean
}

/** Throws `config/attribute` with a detail for the author. `base` is where a missing backend is looked for. */
export function settingsOf(attributes: Attributes, base: string): SessionSettings {
  const lab = filled(attributes.lab)
  if (!lab) throw wrong('The attribute "lab" is missing.')
  const terminal = filled(attributes.terminal)
  const course = filled(attributes.course)
  return {
    lab,
    backend: backendUrl(filled(attributes.backend) || base),
    launch: attributes.launchMode === 'click' ? 'click' : 'auto',
    resume: attributes.resumeMode === 'click' ? 'click' : 'focus',
    readOnly: attributes.readOnly,
    hiddenLab: attributes.hiddenLab,
    ...(terminal && { terminal }),
    ...(course && { course }),
  }
}

const MAX_SCROLLBACK = 50_000

/** What a display is made with. */
export function displaySettings({
  scrollback,
  clipboard,
  images,
}: {
  scrollback: number
  clipboard: string
  images: string
}) {
  return {
    scrollback: Number.isFinite(scrollback) ? Math.min(Math.max(Math.round(scrollback), 0), MAX_SCROLLBACK) : 5_000,
    clipboard: clipboard === 'write' ? 'write' : 'off',
    images: images === 'on' ? 'on' : 'off',
  } as const satisfies Partial<DisplayOptions>
}

function backendUrl(address: string): string {
  let url: URL
  try {
    url = new URL(address, document.baseURI)
  } catch (cause) {
    throw wrong('The attribute "backend" is not an address.', cause)
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw wrong('The attribute "backend" is not a web address.')
  return url.origin + url.pathname.replace(/\/+$/, '')
}

/** A course system that knows no `%%NAME%%` leaves it as it is; that is as good as nothing. */
export function filled(value: string): string {
  return /^%%.*%%$/.test(value.trim()) ? '' : value.trim()
}

function wrong(detail: string, cause?: unknown): LabError {
  return new LabError('config/attribute', { detail, cause })
}
