import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import ssh2 from 'ssh2'
import { OWN_SCHEMES } from '../../../../src/display/xterm/themes.js'
import { LabError } from '../../../../src/wire/problems.js'
import type { DeskConfig, TerminalConfig } from '../../../src/config/config.js'
import { PARAMETERS } from '../../../src/config/guacd-parameters.js'
import { answerArgs } from '../../../src/gateway/guacd/handshake.js'
import { type Instruction, InstructionReader } from '../../../src/gateway/guacd/instruction.js'
import { COLOUR_SCHEME, parametersOf } from '../../../src/gateway/guacd/parameters.js'
import { keyFor } from '../../../src/gateway/guacd/private-key.js'
import { screenOf } from '../../../src/gateway/guacd/screen.js'
import { agreedVersion } from '../../../src/gateway/guacd/versions.js'

const TERMINAL: TerminalConfig = {
  name: 'desk',
  title: 'Desk',
  protocol: 'ssh',
  display: 'guacamole',
  host: { literal: 'h' },
  port: { literal: '22' },
  readOnly: false,
}
const DESK: DeskConfig = {
  parameters: {},
  clipboard: 'both',
  files: 'none',
  printing: false,
  audio: 'out',
  hold: 0,
}
const RESOLVED = { host: 'h', port: 22, user: 'me', drive: 'lab-1-desk', parameters: {} }

describe('the parameters of a terminal', () => {
  test('SSH looks like the xterm display', () => {
    const { dark } = OWN_SCHEMES
    const colours = Object.fromEntries(
      COLOUR_SCHEME.split(';').map((pair) => pair.split(': rgb:').map((part) => part.replaceAll('/', ''))),
    )
    assert.equal(`#${colours['foreground']}`, dark.foreground)
    assert.equal(`#${colours['background']}`, dark.background)
    assert.deepEqual(
      dark.ansi,
      dark.ansi.map((_, at) => `#${colours[`color${at}`]}`),
    )
  })

  for (const [what, terminal, desk, resolved, expected] of [
    [
      'nothing crosses',
      {},
      { clipboard: 'none' },
      {},
      { 'disable-copy': 'true', 'disable-paste': 'true', 'sftp-disable-upload': 'true', 'enable-sftp': undefined },
    ],
    ['copying only', {}, { clipboard: 'from-lab' }, {}, { 'disable-copy': undefined, 'disable-paste': 'true' }],
    [
      'files',
      {},
      { files: 'both' },
      {},
      { 'enable-sftp': 'true', 'sftp-disable-upload': undefined, 'sftp-disable-download': undefined },
    ],
    [
      'uploads only',
      {},
      { files: 'to-lab' },
      {},
      { 'enable-sftp': 'true', 'sftp-disable-download': 'true', 'sftp-disable-upload': undefined },
    ],
    ['a host key', {}, {}, { hostKey: 'ssh-ed25519 AAAA a comment' }, { 'host-key': 'h ssh-ed25519 AAAA' }],
    ['looking on', { readOnly: true }, {}, {}, { 'read-only': 'true' }],
    [
      'a colour scheme of its own',
      {},
      {},
      { parameters: { 'color-scheme': 'black-white' } },
      { 'color-scheme': 'black-white' },
    ],
    [
      'no way around the policy',
      {},
      { clipboard: 'none' },
      { parameters: { 'disable-copy': 'false', hostname: 'evil' } },
      { 'disable-copy': 'true', hostname: 'h' },
    ],
    [
      'RDP',
      { protocol: 'rdp' },
      { audio: 'none', printing: true },
      {},
      {
        'disable-audio': 'true',
        'enable-printing': 'true',
        'resize-method': 'display-update',
        'disable-upload': 'true',
        'font-name': undefined,
      },
    ],
    [
      'a drive, which no other terminal has',
      { protocol: 'rdp' },
      { files: 'both' },
      {},
      {
        'enable-drive': 'true',
        'create-drive-path': 'true',
        'drive-path': '/tmp/lab-terminal-lab-1-desk',
        'disable-download': undefined,
      },
    ],
    [
      'a drive elsewhere',
      { protocol: 'rdp' },
      { files: 'from-lab' },
      { parameters: { 'drive-path': '/drives/', 'create-drive-path': 'false' } },
      { 'drive-path': '/drives/lab-1-desk', 'create-drive-path': 'true', 'disable-upload': 'true' },
    ],
    [
      'no drive beside SFTP',
      { protocol: 'rdp' },
      { files: 'both' },
      { parameters: { 'enable-sftp': 'true' } },
      { 'enable-drive': undefined, 'drive-path': undefined },
    ],
    ['no drive without files', { protocol: 'rdp' }, {}, {}, { 'enable-drive': undefined }],
    [
      'a microphone',
      { protocol: 'rdp' },
      { audio: 'both' },
      {},
      { 'enable-audio-input': 'true', 'disable-audio': undefined },
    ],
  ] as const satisfies [
    string,
    Partial<TerminalConfig>,
    Partial<DeskConfig>,
    object,
    Record<string, string | undefined>,
  ][]) {
    test(what, () => {
      const all = parametersOf({ ...TERMINAL, ...terminal }, { ...DESK, ...desk }, { ...RESOLVED, ...resolved })
      for (const [name, value] of Object.entries(expected)) assert.equal(all[name], value, name)
      assert.ok(Object.values(all).every((value) => value !== ''))
    })
  }
})

describe('the handshake', () => {
  for (const [points, dpi, pixels] of [
    ['10.5', '96', '14'],
    ['10.5', '192', '28'],
    ['12', '96', '16'],
    ['large', '96', ''],
  ] as const) {
    test(`text of ${points} points at ${dpi} dots an inch is told in pixels`, () => {
      const answer = answerArgs(['args', 'VERSION_1_3_0', 'font-size'], {
        parameters: { 'font-size': points },
        screen: screenOf(new URLSearchParams({ dpi })),
        readOnly: false,
        name: 'me',
      })
      const told = new InstructionReader(1024).read(Buffer.from(answer))
      assert.equal(told.find(([opcode]) => opcode === 'size')?.at(-1), '72')
      assert.deepEqual(told.at(-1), ['connect', 'VERSION_1_3_0', pixels])
    })
  }

  for (const [offered, agreed] of [
    ['hostname', 'VERSION_1_0_0'],
    ['VERSION_1_0_0', 'VERSION_1_0_0'],
    ['VERSION_1_1_0', 'VERSION_1_1_0'],
    ['VERSION_1_2_9', 'VERSION_1_1_0'],
    ['VERSION_1_3_0', 'VERSION_1_3_0'],
    ['VERSION_1_4_0', 'VERSION_1_3_0'],
    ['VERSION_1_5_0', 'VERSION_1_5_0'],
    ['VERSION_2_0_0', 'VERSION_1_5_0'],
    ['VERSION_x', 'VERSION_1_0_0'],
  ] as const) {
    test(`guacd offers ${offered}`, () => {
      assert.equal(agreedVersion(offered), agreed)
      const args: Instruction = ['args', ...new Set([offered, 'hostname', 'new-in-2.0'])]
      const answer = answerArgs(args, {
        parameters: { hostname: 'h' },
        screen: screenOf(new URLSearchParams('timezone=Europe/Oslo')),
        readOnly: false,
        name: 'page',
      })
      const said = new InstructionReader(0).read(Buffer.from(answer))
      const version = offered.startsWith('VERSION') ? [agreed] : []
      assert.deepEqual(said.at(-1), ['connect', ...version, 'h', ''])
      const opcodes = said.map(([opcode]) => opcode)
      assert.equal(opcodes.includes('timezone'), agreed !== 'VERSION_1_0_0')
      assert.equal(opcodes.includes('name'), agreed === 'VERSION_1_3_0' || agreed === 'VERSION_1_5_0')
    })
  }
})

describe('a shell in a pod', () => {
  /** As guacd's `src/protocols/kubernetes/settings.c` announces them; 1.3 lacks the last of them. */
  const ARGS = (
    'hostname port namespace pod container exec-command use-ssl client-cert client-key ca-cert ignore-cert font-name ' +
    'font-size color-scheme typescript-path typescript-name create-typescript-path typescript-write-existing ' +
    'recording-path recording-name recording-exclude-output recording-exclude-mouse recording-include-keys ' +
    'recording-include-clipboard create-recording-path recording-write-existing read-only backspace scrollback ' +
    'func-keys-and-keypad clipboard-buffer-size disable-copy disable-paste terminal-type'
  ).split(' ')
  const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
  const given = {
    ...{ namespace: 'course', pod: 'learner-1', container: 'shell', 'exec-command': '/bin/bash', 'use-ssl': 'true' },
    ...{ 'client-cert': CERTIFICATE, 'client-key': 'a key', 'ca-cert': CERTIFICATE },
  }

  for (const version of ['VERSION_1_1_0', 'VERSION_1_3_0', 'VERSION_1_5_0']) {
    test(`is asked for in the words of ${version}, each value in its place`, () => {
      const args = ARGS.filter((name) => version === 'VERSION_1_5_0' || !/^func|^terminal|buffer|existing/.test(name))
      const terminal: TerminalConfig = { ...TERMINAL, protocol: 'kubernetes' }
      const desk: DeskConfig = { ...DESK, clipboard: 'from-lab' }
      const parameters = parametersOf(terminal, desk, { ...RESOLVED, port: 6443, parameters: given })
      const answer = answerArgs(['args', version, ...args], {
        ...{ parameters, readOnly: true, name: 'page' },
        screen: screenOf(new URLSearchParams()),
      })
      const [opcode, agreed, ...values] = new InstructionReader(0).read(Buffer.from(answer)).at(-1) ?? []
      assert.deepEqual([opcode, agreed, values.length], ['connect', version, args.length])
      const said = Object.fromEntries(args.map((name, at) => [name, values[at] ?? '']))
      const expected = { ...given, hostname: 'h', port: '6443', 'read-only': 'true', 'disable-paste': 'true' }
      for (const [name, value] of Object.entries(expected)) assert.equal(said[name], value, name)
      for (const name of ['ignore-cert', 'disable-copy', 'recording-path']) assert.equal(said[name], '', name)
      assert.equal(said['scrollback'], '5000')
    })
  }

  test('can be told all that guacd knows of it', () => {
    assert.deepEqual(
      ARGS.filter((name) => !PARAMETERS.kubernetes.includes(name)),
      [],
    )
  })
})

describe('private keys', () => {
  const pem = (type: 'pkcs1' | 'pkcs8') =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type, format: 'pem' }).toString()
  const openSsh = (type: 'ed25519' | 'ecdsa') =>
    type === 'ed25519'
      ? ssh2.utils.generateKeyPairSync('ed25519').private
      : ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private

  for (const [what, key] of [
    ['RSA in PKCS #1', pem('pkcs1')],
    ['RSA in PKCS #8', pem('pkcs8')],
    ["RSA in OpenSSH's form", ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }).private],
  ] as const) {
    test(`${what} goes as PKCS #1 to every guacd`, () => {
      for (const version of ['VERSION_1_0_0', 'VERSION_1_3_0', 'VERSION_1_5_0'] as const) {
        assert.match(keyFor(version, key), /^-----BEGIN RSA PRIVATE KEY-----/)
      }
    })
  }

  for (const type of ['ed25519', 'ecdsa'] as const) {
    test(`${type} goes as it is to a new guacd, and to an old one not at all`, () => {
      const key = openSsh(type)
      assert.equal(keyFor('VERSION_1_5_0', key), key)
      assert.throws(() => keyFor('VERSION_1_3_0', key), misconfigured(/guacd 1\.5 and later take all/))
    })
  }

  test("ed25519 in PKCS #8 is put into OpenSSH's form", () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const key = keyFor('VERSION_1_5_0', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    const read = ssh2.utils.parseKey(key)
    assert.ok(!(read instanceof Error) && !Array.isArray(read))
    const { x = '' } = publicKey.export({ format: 'jwk' })
    assert.ok(read.getPublicSSH().subarray(-32).equals(Buffer.from(x, 'base64url')))
    assert.throws(
      () => keyFor('VERSION_1_3_0', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
      misconfigured(/not RSA/),
    )
  })

  test('what is no key is told without a word of it', () => {
    assert.throws(
      () => keyFor('VERSION_1_5_0', 'secret nonsense'),
      (error) => misconfigured(/cannot be read/)(error) && !String(error).includes('nonsense'),
    )
  })
})

function misconfigured(words: RegExp) {
  return (error: unknown) =>
    error instanceof LabError && error.code === 'cloud/misconfigured' && words.test(error.message)
}
