/** `<lab-terminal>` for React 19 and later. */
import {
  createElement,
  type DetailedHTMLProps,
  type HTMLAttributes,
  type ReactElement,
  type Ref,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
} from 'react'
import type { LabTerminal as LabTerminalElement } from '../element/lab-terminal.js'
import type { LabAttributes, LabEvents, LabListeners } from './template.js'

export type { LabAttributes } from './template.js'
export type { LabTerminalElement }

const ATTRIBUTES = {
  readOnly: 'read-only',
  hiddenLab: 'hidden-lab',
  fontSize: 'font-size',
  fontFamily: 'font-family',
  tokenUrl: 'token-url',
} as const satisfies Record<string, keyof LabAttributes>

interface Handlers {
  onLabStatus?: ((event: LabEvents['lab-status']) => void) | undefined
  onLabIdle?: ((event: LabEvents['lab-idle']) => void) | undefined
  onLabProblem?: ((event: LabEvents['lab-problem']) => void) | undefined
  onLabTokenRequest?: ((event: LabEvents['lab-token-request']) => void) | undefined
}
type Renamed = { [Name in keyof typeof ATTRIBUTES]?: LabAttributes[(typeof ATTRIBUTES)[Name]] }
type Own = Omit<LabAttributes, (typeof ATTRIBUTES)[keyof typeof ATTRIBUTES]> & Renamed & Handlers

/** The attributes, properties and events of the element in camel case. `ref` is the element itself, with its methods. */
export type LabTerminalProps = Own &
  Omit<HTMLAttributes<LabTerminalElement>, keyof Own> & { ref?: Ref<LabTerminalElement> | undefined }

/**
 * The element with React's names. It does what the bare tag cannot: on a page that the server rendered, React sets
 * neither the properties nor the listeners of a custom element, so they are set here, before the element starts.
 */
export function LabTerminal(props: LabTerminalProps): ReactElement {
  const { ref, tokenProvider, onLabStatus, onLabIdle, onLabProblem, onLabTokenRequest, ...rest } = props
  const element = useRef<LabTerminalElement>(null)
  const latest = useRef<Handlers>({})
  useImperativeHandle<LabTerminalElement | null, LabTerminalElement | null>(ref, () => element.current, [])
  useLayoutEffect(() => {
    latest.current = { onLabStatus, onLabIdle, onLabProblem, onLabTokenRequest }
    if (element.current) element.current.tokenProvider = tokenProvider
  })
  useLayoutEffect(() => {
    const listening = new AbortController()
    const lab = element.current
    lab?.addEventListener('lab-status', (event) => latest.current.onLabStatus?.(event), listening)
    lab?.addEventListener('lab-idle', (event) => latest.current.onLabIdle?.(event), listening)
    lab?.addEventListener('lab-problem', (event) => latest.current.onLabProblem?.(event), listening)
    lab?.addEventListener('lab-token-request', (event) => latest.current.onLabTokenRequest?.(event), listening)
    return () => listening.abort()
  }, [])
  // Not before the element has its properties: it asks for a token as soon as it is defined.
  useEffect(() => {
    void import('../define.js')
  }, [])
  return createElement('lab-terminal', { ...inHtml(rest), ref: element })
}

/** Under the names that the server writes into its HTML. */
function inHtml(props: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(props).map(([name, value]): [string, unknown] => [Reflect.get(ATTRIBUTES, name) ?? name, value]),
  )
}

/** The bare tag in JSX; `import 'lab-terminal/define'` registers it. */
export type LabTerminalTag = LabAttributes &
  LabListeners &
  Omit<DetailedHTMLProps<HTMLAttributes<LabTerminalElement>, LabTerminalElement>, keyof LabAttributes>

declare module 'react' {
  // biome-ignore lint/style/noNamespace: this is how React's types name it
  namespace JSX {
    interface IntrinsicElements {
      'lab-terminal': LabTerminalTag
    }
  }
}
