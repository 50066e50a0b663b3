/** guacd's parameters of one terminal, by its configuration and what the lab puts out. Pure. */
import type { Crossing, DeskConfig, TerminalConfig } from '../../config/config.js'

/** What the values of a terminal turned out to be. Secrets inside. */
export interface Resolved {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password?: string
  readonly privateKey?: string
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey?: string
  /** Of this terminal of this lab only; letters that a file name may have. */
  readonly drive: string
  /** The configured parameters. */
  readonly parameters: Readonly<Record<string, string>>
}

/** As the xterm display's dark scheme (src/display/xterm/themes.ts), which is the default there. */
export const COLOUR_SCHEME = schemeOf(
  'e6e6e6',
  '14171c',
  '2b303b e5646e 7fc77a e2b65b 6ca8f0 c792dd 5cc2c7 d5d9e0 7a8494 ff8b94 a4e09c f5d283 96c3ff dfb1f0 8be0e3 ffffff',
)

/** What a terminal of text looks like unless the configuration says otherwise. In points: 14 CSS pixels, as the xterm display. */
const TEXT_DEFAULTS = {
  'color-scheme': COLOUR_SCHEME,
  'font-name': 'monospace',
  'font-size': '10.5',
  scrollback: '5000',
}
const SSH_DEFAULTS = { 'terminal-type': 'xterm-256color', locale: 'C.UTF-8' }
/** The desktop follows the size of the page, where the server can. */
const RDP_DEFAULTS = { 'resize-method': 'display-update' }
/** Where guacd makes the folders of drives. */
const DRIVES = '/tmp/lab-terminal'

export function parametersOf(terminal: TerminalConfig, desk: DeskConfig, resolved: Resolved): Record<string, string> {
  const { protocol } = terminal
  const { host, port, user, password, privateKey, hostKey, parameters } = resolved
  const all: Record<string, string | undefined> = {
    ...(protocol === 'rdp' && RDP_DEFAULTS),
    ...(isText(protocol) && TEXT_DEFAULTS),
    ...(protocol === 'ssh' && SSH_DEFAULTS),
    ...parameters,
    hostname: host,
    port: String(port),
    username: user,
    password,
    'private-key': privateKey,
    'host-key': hostKey && knownHost(host, hostKey),
    'read-only': yes(terminal.readOnly),
    'disable-copy': yes(!lets(desk.clipboard, 'from-lab')),
    'disable-paste': yes(!lets(desk.clipboard, 'to-lab')),
    ...files(protocol, desk.files),
    ...(protocol === 'rdp' && drive(desk.files, resolved)),
    ...(protocol === 'rdp' && {
      'enable-printing': yes(desk.printing),
      'disable-audio': yes(desk.audio === 'none'),
      'enable-audio-input': yes(desk.audio === 'both'),
    }),
  }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1])))
}

export function lets(crossing: Crossing, way: 'to-lab' | 'from-lab'): boolean {
  return crossing === 'both' || crossing === way
}

function files(protocol: TerminalConfig['protocol'], crossing: Crossing): Record<string, string | undefined> {
  const noUpload = yes(!lets(crossing, 'to-lab'))
  const noDownload = yes(!lets(crossing, 'from-lab'))
  return {
    ...(protocol === 'ssh' && { 'enable-sftp': yes(crossing !== 'none') }),
    ...(protocol === 'rdp' && { 'disable-upload': noUpload, 'disable-download': noDownload }),
    'sftp-disable-upload': noUpload,
    'sftp-disable-download': noDownload,
  }
}

/** Files of RDP are on a drive: a folder on guacd's host, and no two terminals have the same one. */
function drive(crossing: Crossing, { parameters, drive: name }: Resolved): Record<string, string> {
  const asked = parameters['enable-drive']
  const wanted = asked === undefined ? crossing !== 'none' && parameters['enable-sftp'] !== 'true' : asked === 'true'
  if (!wanted) return {}
  const at = parameters['drive-path'] || DRIVES
  return {
    'enable-drive': 'true',
    // guacd makes one folder, and not those above it.
    'create-drive-path': 'true',
    'drive-path': `${at}${at.endsWith('/') ? '' : '-'}${name}`,
  }
}

/** One line of OpenSSH's known_hosts; libssh2 takes a name without a port for any port. */
function knownHost(host: string, key: string): string {
  return `${host} ${key.trim().split(/\s+/).slice(0, 2).join(' ')}`
}

function isText(protocol: TerminalConfig['protocol']): boolean {
  return protocol === 'ssh' || protocol === 'telnet' || protocol === 'kubernetes'
}

function yes(value: boolean): string | undefined {
  return value ? 'true' : undefined
}

/** guacd's own notation: X11 colours by name. */
function schemeOf(foreground: string, background: string, ansi: string): string {
  const rgb = (colour: string): string => `rgb:${colour.match(/../g)?.join('/') ?? ''}`
  const colours = ansi.split(' ').map((colour, at) => `color${at}: ${rgb(colour)}`)
  return [`foreground: ${rgb(foreground)}`, `background: ${rgb(background)}`, ...colours].join(';')
}
