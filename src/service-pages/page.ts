/** What the backend's pages of an LTI launch and of a sign-in window do; each says by `data-page` which it is. Never uses `window.name`. */
import type { LabTerminal } from '../element/lab-terminal.js'
import { SIGNED_IN } from '../wire/protocol.js'
import { getData, putData, type StoragePlace } from './platform-storage.js'

/** The least height (CSS pixels) in which instructions and a terminal can be read; asked for where a frame has less. */
const WANTED_HEIGHT = 640

const { page, target = '', origin = '', key = '', value = '', redirect = '', text = '' } = document.body.dataset
const place: StoragePlace = { target, origin, key }

switch (page) {
  case 'store':
    store()
    break
  case 'prove':
    prove()
    break
  case 'window':
    tellOpened()
    break
  case 'choice':
    askForOne()
    break
  case 'submit':
    document.forms[0]?.submit()
    break
  case 'registered':
    ;(window.opener ?? window.parent).postMessage({ subject: 'org.imsglobal.lti.close' }, '*')
    break
  case 'signed-in':
    tellOpener()
    break
  case 'lab':
    startLab()
    break
}

/** Whether or not the platform keeps it: a cookie may do as well. */
function store(): void {
  void putData(place, value).then(() => {
    const on = document.querySelector<HTMLAnchorElement>('#on')
    if (on) on.hidden = false
    window.location.replace(redirect)
  })
}

function prove(): void {
  void getData(place).then((kept) => {
    const form = document.forms[0]
    const browser = form?.elements.namedItem('browser')
    if (browser instanceof HTMLInputElement) browser.value = kept ?? ''
    form?.submit()
  })
}

function tellOpened(): void {
  document.forms[0]?.addEventListener('submit', () => {
    const opened = document.querySelector<HTMLElement>('#opened')
    if (opened) opened.textContent = opened.dataset['text'] ?? ''
  })
}

/** Where several labs may be chosen, HTML has no word for "at least one". */
function askForOne(): void {
  const boxes = [...document.querySelectorAll<HTMLInputElement>('input[type=checkbox][name=lab]')]
  const [first] = boxes
  const check = (): void => first?.setCustomValidity(boxes.some(({ checked }) => checked) ? '' : text)
  for (const box of boxes) box.addEventListener('change', check)
  check()
}

/** To the page that opened this window, and to no other that may be there now. */
function tellOpener(): void {
  const { code = '' } = document.body.dataset
  document.body.removeAttribute('data-code')
  const opener: Window | null = window.opener
  const told = document.querySelector<HTMLElement>('#told')
  if (!opener || opener.closed) {
    if (told) told.textContent = told.dataset['text'] ?? ''
    return
  }
  opener.postMessage({ type: SIGNED_IN, code }, origin)
  window.close()
}

function startLab(): void {
  const lab = document.querySelector<LabTerminal>('lab-terminal')
  if (!lab) return
  // The code serves once; from here on it is in memory only.
  const code = lab.dataset['code'] ?? ''
  lab.removeAttribute('data-code')
  lab.tokenProvider = async () => ({ grant: 'lti', code })
  const again = document.querySelector<HTMLElement>('#again')
  lab.addEventListener('lab-status', ({ status }) => {
    if (again) showIf(again, status === 'signed-out')
  })
  askForHeight()
}

function showIf(element: HTMLElement, shown: boolean): void {
  element.hidden = !shown
  element.textContent = shown ? (element.dataset['text'] ?? '') : ''
}

/** Canvas makes the frame as high as it is asked; Moodle fills the page, Open edX has a setting, and both ignore this. */
function askForHeight(): void {
  if (window.parent === window || window.innerHeight >= WANTED_HEIGHT) return
  // It says a height and nothing else, so anybody may hear it: a page cannot know the origin of what holds it.
  window.parent.postMessage({ subject: 'lti.frameResize', height: WANTED_HEIGHT }, '*')
}
