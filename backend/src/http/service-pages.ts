/**
 * The pages that the service itself shows (LTI launches, sign-in windows), as text. Everything that comes from elsewhere
 * is escaped. Pure.
 */

import type { Problem } from '../../../src/wire/problems.js'
import type { LoginRequest } from '../auth/lti/ports.js'
import type { Catalogue, Chosen, LabStart } from '../auth/lti/tool.js'
import { LAB_STYLE, PAGE_STYLE } from './page-style.js'
import { type Language, wordsIn } from './page-words.js'

export interface PageFrame {
  /** The service's address; scripts and forms are under it. */
  readonly publicUrl: string
  readonly language: Language
}

/** Where a platform keeps data for tools, and what is kept. */
export interface StoragePlace {
  readonly target: string
  readonly origin: string
  readonly key: string
}

/** Puts the browser's secret into the platform's storage, then goes on to the platform. */
export function storePage(frame: PageFrame, place: StoragePlace, value: string, redirect: string): string {
  const words = wordsIn(frame.language)
  return page(frame, words.signingIn, { page: 'store', ...place, value, redirect }, [
    `<p role="status">${escaped(words.signingIn)}</p>`,
    `<p><a class="button" id="on" href="${escaped(redirect)}" hidden>${escaped(words.goOn)}</a></p>`,
    `<noscript><p><a class="button" href="${escaped(redirect)}">${escaped(words.goOn)}</a></p></noscript>`,
  ])
}

/** Fetches the browser's secret from the platform's storage and brings it here. */
export function provePage(frame: PageFrame, place: StoragePlace, handle: string): string {
  const words = wordsIn(frame.language)
  return page(frame, words.signingIn, { page: 'prove', ...place }, [
    `<p role="status">${escaped(words.signingIn)}</p>`,
    `<form method="post" action="${escaped(frame.publicUrl)}/lti/prove">`,
    `${hidden('handle', handle)}${hidden('browser', '')}`,
    `<noscript><p>${escaped(words.needsScript)}</p></noscript></form>`,
  ])
}

/** Begins the sign-in anew where the browser lets it keep something: in a window of its own. */
export function windowPage(frame: PageFrame, login: LoginRequest): string {
  const words = wordsIn(frame.language)
  return page(frame, words.windowTitle, { page: 'window' }, [
    `<h1>${escaped(words.windowTitle)}</h1><p>${escaped(words.windowWhy)}</p>`,
    `<form method="post" action="${escaped(frame.publicUrl)}/lti/login" target="_blank">`,
    hidden('iss', login.issuer),
    hidden('client_id', login.clientId),
    hidden('login_hint', login.loginHint),
    hidden('target_link_uri', login.targetLinkUri),
    login.messageHint === undefined ? '' : hidden('lti_message_hint', login.messageHint),
    login.deploymentId === undefined ? '' : hidden('lti_deployment_id', login.deploymentId),
    `<p class="row"><button>${escaped(words.openWindow)}</button></p></form>`,
    `<p role="status" id="opened" data-text="${escaped(words.windowOpened)}"></p>`,
  ])
}

/** The lab, as large as the frame. */
export function labPage(frame: PageFrame, { code, lab, title }: LabStart): string {
  const words = wordsIn(frame.language)
  const script = (name: string): string =>
    `<script type="module" src="${escaped(frame.publicUrl)}/cdn/${name}.js"></script>`
  return [
    head(frame, title, LAB_STYLE),
    `<body data-page="lab"><main><h1>${escaped(title)}</h1>`,
    `<p id="again" role="alert" data-text="${escaped(words.openAgain)}" hidden></p><lab-terminal lab="${escaped(lab)}" backend="${escaped(frame.publicUrl)}" label="${escaped(title)}"`,
    ` height="100%" data-code="${escaped(code)}"></lab-terminal></main>`,
    `<noscript>${escaped(words.needsScript)}</noscript>${script('service-pages')}${script('lab-terminal')}</body></html>\n`,
  ].join('')
}

/** An author chooses from the catalogue. */
export function choicePage(frame: PageFrame, { handle, labs, request }: Catalogue): string {
  const words = wordsIn(frame.language)
  const type = request.multiple ? 'checkbox' : 'radio'
  const options = labs.map(
    ({ name, title }, index) =>
      `<label><input type="${type}" name="lab" value="${escaped(name)}"${type === 'radio' ? ' required' : ''}` +
      `${index === 0 && type === 'radio' ? ' checked' : ''}>` +
      `<span>${escaped(title)}<span class="name">${escaped(name)}</span></span></label>`,
  )
  const legend = request.multiple ? words.chooseSome : words.chooseOne
  const choice = [
    `<fieldset><legend>${escaped(legend)}</legend>${options.join('')}</fieldset>`,
    request.grades
      ? `<label><input type="checkbox" name="graded" value="yes"><span>${escaped(words.graded)}</span></label>`
      : '',
  ]
  return page(frame, words.chooseTitle, { page: 'choice', text: words.chooseAny }, [
    `<h1>${escaped(words.chooseTitle)}</h1>`,
    `<form method="post" action="${escaped(frame.publicUrl)}/lti/choice">${hidden('handle', handle)}`,
    ...(labs.length === 0 ? [`<p>${escaped(words.noLabs)}</p>`] : choice),
    '<p class="row">',
    labs.length === 0 ? '' : `<button>${escaped(words.add)}</button>`,
    `<button class="quiet" name="cancel" value="yes" formnovalidate>${escaped(words.cancel)}</button></p></form>`,
  ])
}

/** Takes the signed choice back to the platform. */
export function chosenPage(frame: PageFrame, { returnUrl, jwt }: Chosen): string {
  const words = wordsIn(frame.language)
  return page(frame, words.handingOver, { page: 'submit' }, [
    `<p role="status">${escaped(words.handingOver)}</p>`,
    `<form method="post" action="${escaped(returnUrl)}">${hidden('JWT', jwt)}`,
    `<p class="row"><button>${escaped(words.goOn)}</button></p></form>`,
  ])
}

/** The platform has registered this tool; it closes the window when it is told so. */
export function registeredPage(frame: PageFrame): string {
  const words = wordsIn(frame.language)
  return page(frame, words.registered, { page: 'registered' }, [
    `<h1>${escaped(words.registered)}</h1><p role="status">${escaped(words.registeredNext)}</p>`,
  ])
}

/** The end of a sign-in window: its script gives the code to the page of `origin` that opened it. */
export function signedInPage(frame: PageFrame, { origin, code }: { origin: string; code: string }): string {
  const words = wordsIn(frame.language)
  return page(frame, words.signedInTitle, { page: 'signed-in', origin, code }, [
    `<h1>${escaped(words.signedInTitle)}</h1>`,
    `<p role="status" id="told" data-text="${escaped(words.signedInAlone)}">${escaped(words.registeredNext)}</p>`,
    `<noscript><p>${escaped(words.needsScript)}</p></noscript>`,
  ])
}

export function windowProblemPage(frame: PageFrame, { title, detail, code }: Problem): string {
  const words = wordsIn(frame.language)
  return page(frame, words.notSignedInTitle, { page: 'problem' }, [
    `<h1>${escaped(words.notSignedInTitle)}</h1><p>${escaped(words.notSignedInNext)}</p>`,
    `<p class="small" lang="en" role="alert">${escaped([title, detail].filter(Boolean).join(' '))} (${escaped(code)})</p>`,
  ])
}

export function problemPage(frame: PageFrame, { title, detail, code }: Problem): string {
  const words = wordsIn(frame.language)
  return page(frame, words.problemTitle, { page: 'problem' }, [
    `<h1>${escaped(words.problemTitle)}</h1><p>${escaped(words.problemNext)}</p>`,
    `<p class="small" lang="en" role="alert">${escaped([title, detail].filter(Boolean).join(' '))} (${escaped(code)})</p>`,
  ])
}

function page(frame: PageFrame, title: string, data: Readonly<Record<string, string>>, body: string[]): string {
  const attributes = Object.entries(data).map(([name, value]) => ` data-${name}="${escaped(value)}"`)
  return [
    head(frame, title, PAGE_STYLE),
    `<body${attributes.join('')}><main>${body.join('')}</main>`,
    `<script type="module" src="${escaped(frame.publicUrl)}/cdn/service-pages.js"></script></body></html>\n`,
  ].join('')
}

function head({ language }: PageFrame, title: string, style: string): string {
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">',
    `<title>${escaped(title)}</title><style>${style}</style></head>`,
  ].join('')
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escaped(value)}">`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
