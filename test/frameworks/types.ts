/** Not run: the type checks of each framework must take what is right and refuse what is wrong. */
import type { LitElement } from 'lit'
import { createElement, type JSX } from 'react'
import type { SvelteHTMLElements } from 'svelte/elements'
import type { GlobalComponents } from 'vue'
import type { LabProperties } from '../../src/element/lab-properties.js'
import { type LabAttributes, LabTerminal, type LabTerminalElement } from '../../src/frameworks/react.js'
import '../../src/frameworks/svelte.js'
import '../../src/frameworks/vue.js'

const tokenProvider = async ({ reason }: { reason: string }): Promise<string> => reason

createElement(LabTerminal, {
  lab: 'a',
  backend: 'https://labs.example.org',
  tokenUrl: '/lab-token',
  readOnly: true,
  fontSize: 16,
  className: 'wide',
  tokenProvider,
  onLabStatus: ({ status }) => status satisfies string,
  onLabIdle: (event) => event.preventDefault(),
  ref: (element: LabTerminalElement | null) => element?.launch(),
})
// @ts-expect-error: a lab has a name
createElement(LabTerminal, { tokenUrl: '/lab-token' })
// @ts-expect-error: there is no such mode
createElement(LabTerminal, { lab: 'a', launch: 'later' })

const bare: JSX.IntrinsicElements['lab-terminal'] = {
  lab: 'a',
  'token-url': '/lab-token',
  'onlab-problem': ({ problem }) => problem.code satisfies string,
}
// @ts-expect-error: the attribute is a number
const bareWrong: JSX.IntrinsicElements['lab-terminal'] = { lab: 'a', 'font-size': 'large' }

const svelte: SvelteHTMLElements['lab-terminal'] = {
  lab: 'a',
  'token-url': '/lab-token',
  tokenProvider,
  class: 'wide',
  'onlab-status': ({ status }) => status satisfies string,
}
// @ts-expect-error: a lab has a name
const svelteWrong: SvelteHTMLElements['lab-terminal'] = { launch: 'click' }

type VueProps = InstanceType<GlobalComponents['lab-terminal']>['$props']
const vue: VueProps = {
  lab: 'a',
  'token-url': '/lab-token',
  class: ['wide'],
  onLabStatus: ({ status }) => status satisfies string,
}
// @ts-expect-error: there is no such display
const vueWrong: VueProps = { lab: 'a', display: 'paper' }

/** Every attribute of the element is an attribute of its tag. */
type Kebab<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? '' : '-'}${Lowercase<Head>}${Kebab<Tail>}`
  : Name
type Properties = Exclude<keyof LabProperties, keyof LitElement | 'launchMode' | 'resumeMode' | 'tokenProvider'>
const complete: Exclude<Kebab<Properties>, keyof LabAttributes> extends never ? true : false = true

const inDocument: LabTerminalElement | null = document.querySelector('lab-terminal')
inDocument?.addEventListener('lab-idle', ({ secondsLeft }) => secondsLeft satisfies number)

export const checked = [bare, bareWrong, svelte, svelteWrong, vue, vueWrong, complete]
