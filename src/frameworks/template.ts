/** `<lab-terminal>` as it is written in a template: for the types of the frameworks. */
import type { LabIdleEvent, LabProblemEvent, LabStatusEvent, LabTokenRequestEvent } from '../element/events.js'
import type { LabProperties } from '../element/lab-properties.js'
import type { TokenProvider } from '../element/token-source.js'

/** Its attributes by their names in HTML, and the one property that has no attribute. */
export interface LabAttributes {
  /** Name of the lab in the backend's configuration. */
  lab: string
  /** Address of the backend. A bundled element has no script address to guess it from: say it. */
  backend?: string | undefined
  terminal?: string | undefined
  display?: LabProperties['display'] | undefined
  launch?: LabProperties['launchMode'] | undefined
  resume?: LabProperties['resumeMode'] | undefined
  'read-only'?: boolean | undefined
  'hidden-lab'?: boolean | undefined
  height?: string | undefined
  'font-size'?: number | undefined
  'font-family'?: string | undefined
  scrollback?: number | undefined
  clipboard?: LabProperties['clipboard'] | undefined
  images?: LabProperties['images'] | undefined
  'screen-reader'?: boolean | undefined
  'local-echo'?: boolean | undefined
  theme?: LabProperties['theme'] | undefined
  lang?: string | undefined
  'token-url'?: string | undefined
  token?: string | undefined
  course?: string | undefined
  label?: string | undefined
  tokenProvider?: TokenProvider | undefined
}

export interface LabEvents {
  'lab-status': LabStatusEvent
  'lab-idle': LabIdleEvent
  'lab-problem': LabProblemEvent
  'lab-token-request': LabTokenRequestEvent
}

/** `onlab-status` and so on: how React and Svelte listen on a custom element's tag. */
export type LabListeners = {
  [Name in keyof LabEvents as `on${Name}`]?: ((event: LabEvents[Name]) => void) | undefined
}
