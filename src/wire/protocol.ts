/**
 * Paths, subprotocols and limits shared by the page and the backend. No imports, no side effects.
 */

/** Version of the HTTP surface, the first path segment. */
export const API_VERSION = 'v1'

export const PATHS = {
  sessions: '/v1/sessions',
  /** A page that people see, in a window of its own: the sign-in at an Open edX. */
  signInWindow: '/openedx/sign-in',
  lab: (lab: string) => `/v1/labs/${encodeURIComponent(lab)}`,
  labAction: (lab: string, action: LabAction) => `/v1/labs/${encodeURIComponent(lab)}/${action}`,
  labEvents: (lab: string) => `/v1/labs/${encodeURIComponent(lab)}/events`,
  tickets: (lab: string, terminal: string) =>
    `/v1/labs/${encodeURIComponent(lab)}/terminals/${encodeURIComponent(terminal)}/tickets`,
  tunnel: '/v1/tunnel',
  /** Files of a text terminal's host: GET one, POST one (docs/terminal-files.md). */
  files: (lab: string, terminal: string) =>
    `/v1/labs/${encodeURIComponent(lab)}/terminals/${encodeURIComponent(terminal)}/files`,
  /** One upload under way: GET how far it is; POST `/cancel` behind it. */
  upload: (lab: string, terminal: string, upload: string) =>
    `/v1/labs/${encodeURIComponent(lab)}/terminals/${encodeURIComponent(terminal)}/uploads/${upload}`,
  /** A file of a Guacamole tunnel: GET what the lab offers, POST into a stream that the page opened. */
  stream: (tunnel: string, index: number, filename: string) =>
    `/v1/tunnels/${tunnel}/streams/${index}/${encodeURIComponent(filename)}`,
} as const

/** `type` of the message by which the sign-in window gives its code to the page that opened it. */
export const SIGNED_IN = 'lab-terminal.signed-in'

/** What a page may ask of a lab; each is idempotent. */
export type LabAction = 'start' | 'suspend' | 'reset' | 'touch'

/** WebSocket subprotocols (RFC 6455 section 1.9). The server selects the first, never the ticket. */
export const SUBPROTOCOL = {
  guacamole: 'guacamole',
  ssh: 'lab-ssh.v1',
} as const
export type Subprotocol = (typeof SUBPROTOCOL)[keyof typeof SUBPROTOCOL]

/** Longest signed token, characters: a page sends none that the server would not read. */
export const MAX_TOKEN_LENGTH = 16_384

/** Longest name of a lab and longest id of a course in a request, characters. */
export const MAX_LAB_LENGTH = 200
export const MAX_COURSE_LENGTH = 255

/** A ticket travels as a second offered subprotocol, so that it is in no URL and no access log. */
export const TICKET_PREFIX = 'ticket.'
