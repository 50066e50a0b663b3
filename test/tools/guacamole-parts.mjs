import { readFile } from 'node:fs/promises'

/**
 * Guacamole's client is one script whose classes hang on one object, so no bundler can leave any of them out. This cuts
 * away those that neither our display nor the rest of the client uses: about a third.
 */
const UNUSED = [
  'ArrayBufferWriter',
  'AudioRecorder',
  'BlobWriter',
  'InputSink',
  'JSONReader',
  'KeyEventInterpreter',
  'OnScreenKeyboard',
  'SessionRecording',
  'StringReader',
  'StringWriter',
  'Touch',
]
/** Of modules that hold others, too: from its own line to the next class. */
const UNUSED_WITHIN = ['HTTPTunnel', 'WebSocketTunnel', 'ChainedTunnel', 'StaticHTTPTunnel', 'RawAudioRecorder']

const MODULE = /^var Guacamole = Guacamole \|\| \{\};$/m

/** Of those, what the player of recordings plays with. */
export const OF_RECORDINGS = ['KeyEventInterpreter', 'SessionRecording']
/** And what tests have beside the display's own: all in one module. */
export const OF_TESTS = [...OF_RECORDINGS, 'OnScreenKeyboard']

/**
 * @param {string} source the ES module of the package, as it is published
 * @param {readonly string[]} wanted what is kept all the same
 */
export function usedParts(source, wanted = []) {
  const unused = UNUSED.filter((name) => !wanted.includes(name))
  const [code, exports] = source.split('export default Guacamole;')
  if (exports === undefined) throw new Error('guacamole-common-js: not the file that is known')
  let parts = code.split(MODULE)
  for (const name of unused) {
    const left = parts.filter((part) => !part.includes(`\nGuacamole.${name} = function`))
    if (left.length !== parts.length - 1) throw new Error(`guacamole-common-js: ${left.length} without ${name}`)
    parts = left
  }
  const tunnels = parts.findIndex((part) => part.includes('\nGuacamole.HTTPTunnel = function'))
  parts[tunnels] = parts[tunnels].slice(0, parts[tunnels].indexOf('\nGuacamole.HTTPTunnel = function'))
  const gone = [...unused, ...UNUSED_WITHIN]
  const kept = exports
    .split('\n')
    .filter((line) => !gone.some((name) => line.includes(`exportGuac_${name} `)))
    .join('\n')
  return `var Guacamole = {};${parts.join('\n')}${kept}`
}

/** The on-screen keyboard is a module of its own, which is fetched when it is wanted. */
const KEYBOARD = '?on-screen-keyboard'

function keyboardPart(source) {
  const part = source.split(MODULE).find((each) => each.includes('\nGuacamole.OnScreenKeyboard = function'))
  if (!part) throw new Error('guacamole-common-js: no on-screen keyboard')
  return `var Guacamole = {};${part.split('export default')[0]}export const { OnScreenKeyboard } = Guacamole`
}

/** For rollup. */
const parts = (wanted) => ({
  name: 'guacamole-parts',
  async resolveId(source, importer) {
    if (source !== 'guacamole-common-js' || !importer?.endsWith('on-screen-keyboard.ts')) return null
    const found = await this.resolve(source, importer, { skipSelf: true })
    return found && { ...found, id: found.id + KEYBOARD }
  },
  load: (id) => (id.endsWith(KEYBOARD) ? readFile(id.slice(0, -KEYBOARD.length), 'utf8') : null),
  transform: (code, id) =>
    /guacamole-common-js[\\/]lib[\\/]esm/.test(id)
      ? { code: id.endsWith(KEYBOARD) ? keyboardPart(code) : usedParts(code, wanted), map: null }
      : null,
})
export const guacamoleParts = parts([])
export const recordingParts = parts(OF_RECORDINGS)
