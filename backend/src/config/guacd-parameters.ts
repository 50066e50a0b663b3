/** The arguments of guacd, as 1.3 to 1.6 announce them (their union), and which key of a terminal stands for which. */
import type { TerminalConfig } from './config.js'

type Protocol = TerminalConfig['protocol']

const COMMON =
  'hostname port recording-path recording-name recording-exclude-output recording-exclude-mouse ' +
  'recording-include-keys create-recording-path read-only disable-copy disable-paste ' +
  'recording-include-clipboard recording-write-existing clipboard-buffer-size'
const TERMINAL =
  'font-name font-size color-scheme typescript-path typescript-name create-typescript-path ' +
  'typescript-write-existing backspace scrollback'
const WAKE = 'wol-send-packet wol-mac-addr wol-broadcast-addr wol-wait-time wol-udp-port'
const SFTP =
  'sftp-hostname sftp-host-key sftp-port sftp-username sftp-password sftp-private-key sftp-passphrase ' +
  'sftp-directory sftp-root-directory sftp-server-alive-interval sftp-disable-download sftp-disable-upload ' +
  'sftp-timeout sftp-public-key'
const SSH =
  'host-key username password enable-sftp sftp-root-directory sftp-disable-download sftp-disable-upload ' +
  'private-key passphrase command server-alive-interval terminal-type locale timezone timeout public-key ' +
  'func-keys-and-keypad'
const TELNET =
  'username username-regex password password-regex terminal-type login-success-regex login-failure-regex ' +
  'timeout func-keys-and-keypad'
const VNC =
  'encodings username password swap-red-blue color-depth cursor autoretry clipboard-encoding dest-host ' +
  'dest-port enable-audio audio-servername reverse-connect listen-timeout enable-sftp disable-display-resize ' +
  'disable-server-input force-lossless compress-level quality-level'
const RDP =
  'domain username password width height dpi initial-program color-depth disable-audio enable-printing ' +
  'printer-name enable-drive drive-name drive-path create-drive-path disable-download disable-upload console ' +
  'console-audio server-layout security ignore-cert disable-auth remote-app remote-app-dir remote-app-args ' +
  'static-channels client-name enable-wallpaper enable-theming enable-font-smoothing enable-full-window-drag ' +
  'enable-desktop-composition enable-menu-animations disable-bitmap-caching disable-offscreen-caching ' +
  'disable-glyph-caching preconnection-id preconnection-blob timezone enable-sftp resize-method ' +
  'enable-audio-input gateway-hostname gateway-port gateway-domain gateway-username gateway-password ' +
  'load-balance-info timeout cert-tofu cert-fingerprints disable-gfx recording-exclude-touch enable-touch ' +
  'force-lossless normalize-clipboard'
const KUBERNETES =
  'namespace pod container exec-command use-ssl client-cert client-key ca-cert ignore-cert terminal-type ' +
  'func-keys-and-keypad'

const list = (...parts: readonly string[]): readonly string[] => parts.flatMap((part) => part.split(' '))

export const PARAMETERS: Readonly<Record<Protocol, readonly string[]>> = {
  ssh: list(COMMON, TERMINAL, WAKE, SSH),
  telnet: list(COMMON, TERMINAL, WAKE, TELNET),
  vnc: list(COMMON, WAKE, SFTP, VNC),
  rdp: list(COMMON, WAKE, SFTP, RDP),
  kubernetes: list(COMMON, TERMINAL, KUBERNETES),
}

/** Set by a key of the terminal, so that there is one place for each thing and no way around the policy. */
const BY_KEY: Readonly<
  Record<string, keyof TerminalConfig | 'clipboard' | 'files' | 'audio' | 'printing' | 'recording'>
> = {
  hostname: 'host',
  port: 'port',
  username: 'user',
  password: 'password',
  'private-key': 'privateKey',
  'host-key': 'hostKey',
  'read-only': 'readOnly',
  'disable-copy': 'clipboard',
  'disable-paste': 'clipboard',
  'disable-download': 'files',
  'disable-upload': 'files',
  'sftp-disable-download': 'files',
  'sftp-disable-upload': 'files',
  'disable-audio': 'audio',
  'enable-audio-input': 'audio',
  'enable-printing': 'printing',
  'recording-path': 'recording',
  'recording-name': 'recording',
  'create-recording-path': 'recording',
  'recording-write-existing': 'recording',
  'recording-include-keys': 'recording',
}

/** The key that stands for a parameter; undefined where it may be given by its own name. */
export function keyFor(protocol: Protocol, parameter: string): string | undefined {
  if (protocol === 'ssh' && parameter === 'enable-sftp') return 'files'
  return Object.hasOwn(BY_KEY, parameter) ? BY_KEY[parameter] : undefined
}
