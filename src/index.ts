/** The element's classes and types. Importing this registers nothing and touches no page; `define.ts` does. */
export type { Status } from './core/state.js'
export {
  type Appearance,
  type Display,
  type DisplayEvent,
  type DisplayKind,
  type DisplayLoader,
  type DisplayOptions,
  DisplayRegistry,
} from './display/display.js'
export {
  LabCommandEvent,
  LabIdleEvent,
  LabProblemEvent,
  LabStatusEvent,
  LabTokenRequestEvent,
} from './element/events.js'
export { LabCommand } from './element/lab-command.js'
export type { LaunchMode, ResumeMode } from './element/lab-properties.js'
export { LabRecording } from './element/lab-recording.js'
export { LabTerminal } from './element/lab-terminal.js'
export type { TokenProvider } from './element/token-source.js'
export type { SignInWord, TokenReason, TokenRequest } from './session/token.js'
export { PROBLEMS, type Problem, type ProblemCode, type Retry } from './wire/problems.js'
export type { LabPhase, LabStatus, TerminalInfo } from './wire/schema.js'
