/**
 * Schemas of what crosses HTTP: validation, OpenAPI and types of the backend, types of the page.
 * The page imports types only (`import type`), so that no schema library reaches a browser.
 */
import { type Static, Type } from 'typebox'
import { MAX_COURSE_LENGTH, MAX_LAB_LENGTH, MAX_TOKEN_LENGTH } from './protocol.js'

const literals = <T extends string>(...values: T[]) => Type.Enum<T[]>([...values])
const Instant = (description: string) => Type.String({ format: 'date-time', description })

/** 256 bits, base64url. */
const Secret = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })

export const LabPhaseSchema = literals(
  'absent',
  'queued',
  'launching',
  'running',
  'suspending',
  'suspended',
  'resuming',
  'resetting',
  'deleting',
  'failed',
)
export type LabPhase = Static<typeof LabPhaseSchema>

export const DesiredSchema = literals('absent', 'suspended', 'running')
/** Where the server is taking the lab; a return in the middle of a suspend shows here first. */
export type Desired = Static<typeof DesiredSchema>

export const TerminalSchema = Type.Object({
  name: Type.String({ description: 'Of a text terminal with several shells: `main`, then `main~2` and so on' }),
  title: Type.String(),
  protocol: literals('ssh', 'rdp', 'vnc', 'telnet', 'kubernetes'),
  display: literals('xterm', 'guacamole'),
  files: Type.Optional(
    Type.Object(
      { upload: Type.Boolean(), download: Type.Boolean(), largest: Type.Integer({ description: 'Bytes' }) },
      { description: 'Text terminals: which way files may go (docs/terminal-files.md); absent where none may' },
    ),
  ),
})
export type TerminalInfo = Static<typeof TerminalSchema>

export const ProblemSchema = Type.Object({
  code: Type.String(),
  title: Type.String(),
  detail: Type.Optional(Type.String()),
  retry: literals('never', 'user', 'auto', 'sign-in'),
})

export const LabStatusSchema = Type.Object(
  {
    lab: Type.String({ description: 'Name of the lab in the configuration' }),
    title: Type.String({ description: 'Title for people' }),
    phase: LabPhaseSchema,
    desired: DesiredSchema,
    rev: Type.Integer({ description: 'Grows with every change; an older one is dropped' }),
    since: Instant('When the phase began'),
    now: Instant("The server's clock as it answered; the page shows deadlines relative to it"),
    warnAt: Type.Optional(Instant('When a visible page asks whether the learner is still there')),
    suspendAt: Type.Optional(Instant('When the lab is suspended unless somebody is active')),
    deleteAt: Type.Optional(Instant('When the lab and its work are deleted unless it is used')),
    progress: Type.Optional(Type.Object({ done: Type.Integer(), total: Type.Integer() })),
    eta: Type.Optional(
      Type.Object(
        { typicalSeconds: Type.Number(), slowSeconds: Type.Number() },
        { description: "p50 and p90 of this lab's own history for the phase under way (or the next one)" },
      ),
    ),
    queue: Type.Optional(Type.Object({ position: Type.Integer() })),
    terminals: Type.Array(TerminalSchema),
    problem: Type.Optional(ProblemSchema),
    notice: Type.Optional(ProblemSchema),
  },
  { $id: 'LabStatus' },
)
export type LabStatus = Static<typeof LabStatusSchema>

export const SessionRequestSchema = Type.Union([
  Type.Object(
    { grant: Type.Literal('jwt'), token: Type.String({ minLength: 1, maxLength: MAX_TOKEN_LENGTH }) },
    { description: 'A signed token of the course page' },
  ),
  Type.Object(
    {
      grant: Type.Literal('openedx'),
      lab: Type.String({ minLength: 1, maxLength: MAX_LAB_LENGTH, description: 'For which lab the course is proved' }),
      course: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: MAX_COURSE_LENGTH,
          description: 'A wish; the LMS says whether it is so',
        }),
      ),
      window: Type.Optional(
        Type.Object(
          { code: Secret, verifier: Secret },
          { description: 'What the sign-in window got, and the secret whose SHA-256 it was opened with' },
        ),
      ),
    },
    { description: 'The cookies of Open edX that come along, or what its sign-in window got' },
  ),
  Type.Object(
    { grant: Type.Literal('lti'), code: Secret },
    { description: 'The code that an LTI launch gave its page' },
  ),
])
export type SessionRequest = Static<typeof SessionRequestSchema>

export const SessionSchema = Type.Object(
  {
    session: Type.String({ description: 'Opaque; sent as Authorization: Bearer' }),
    expiresAt: Instant('Sliding: each use renews it'),
    endsAt: Instant('However busy, it ends then, unless the page shows a good sign-in again'),
    now: Instant("The server's clock as it answered"),
    learner: Type.Object({ name: Type.Optional(Type.String()), locale: Type.Optional(Type.String()) }),
    roles: Type.Array(literals('learner', 'instructor')),
  },
  { $id: 'Session' },
)
export type Session = Static<typeof SessionSchema>

export const FileStatusSchema = Type.Object(
  {
    path: Type.String({ description: 'Absolute, on the lab host' }),
    received: Type.Integer({ description: 'Bytes that the lab host has; an upload goes on from here' }),
    done: Type.Boolean({ description: 'The file is whole and in its place' }),
  },
  { $id: 'FileStatus' },
)
export type FileStatus = Static<typeof FileStatusSchema>

export const TicketSchema = Type.Object(
  {
    ticket: Type.String({ description: 'Single use' }),
    url: Type.String({ description: 'Absolute ws: or wss: address of the tunnel' }),
    subprotocol: literals('guacamole', 'lab-ssh.v1'),
    expiresAt: Instant('At most 30 seconds ahead'),
  },
  { $id: 'Ticket' },
)
export type Ticket = Static<typeof TicketSchema>
