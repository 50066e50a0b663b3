/**
 * The lab in a window of its own. It is an empty page of the same origin, so it works in the frame of a course, where
 * cookies are dead and an address of ours would know nobody; tokens come from the page that opened it.
 */
import type { TokenProvider } from './token-source.js'

export interface LabWindow {
  /** Address of the script that defines the element. */
  readonly script: string
  readonly title: string
  readonly language: string
  readonly attributes: Readonly<Record<string, string>>
  readonly tokenProvider: TokenProvider
}

export type OpenWindow = (name: string) => Window | null

export const openBrowserWindow: OpenWindow = (name) => window.open('', name, 'popup,width=1280,height=800')

/** Opens the window, or comes back to it; false where the browser or the frame around the page forbids it. */
export function openLabWindow(open: OpenWindow, lab: LabWindow): boolean {
  const { attributes } = lab
  const opened = open(`lab-terminal ${attributes['backend']} ${attributes['lab']} ${attributes['terminal']}`)
  if (!opened) return false
  if (!opened.document.querySelector('lab-terminal')) fill(opened.document, lab)
  opened.focus()
  return true
}

function fill(page: Document, { script, title, language, attributes, tokenProvider }: LabWindow): void {
  page.title = title
  page.documentElement.lang = language
  page.body.style.margin = '0'
  const element = page.createElement('lab-terminal')
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  Object.assign(element, { tokenProvider })
  page.body.append(element, scriptElement(page, script))
}

function scriptElement(page: Document, src: string): HTMLScriptElement {
  const element = page.createElement('script')
  // A page with a content security policy let the first one in by its nonce; the window inherits the policy.
  const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce
  if (nonce) element.nonce = nonce
  if (!/\.iife\.js$/.test(new URL(src).pathname)) element.type = 'module'
  element.src = src
  return element
}
