/** Registers `<lab-terminal>` and tells the checks of Vue's templates about it. */
import type { HTMLAttributes } from 'vue'
import type { LabAttributes, LabEvents } from './template.js'

export { LabTerminal } from '../define.js'

/** `@lab-status` in a template is `onLabStatus` to its types. */
type Handlers = {
  [Name in keyof LabEvents as `on${Pascal<Name>}`]?: ((event: LabEvents[Name]) => void) | undefined
}
type Pascal<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Capitalize<Head>}${Pascal<Tail>}`
  : Capitalize<Name>

declare module 'vue' {
  interface GlobalComponents {
    'lab-terminal': new () => { $props: Omit<HTMLAttributes, keyof LabAttributes> & LabAttributes & Handlers }
  }
}
