// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration has variables of this form
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ConfigError, loadConfig } from '../../src/config/load.js'
import { FOLDER, parse, type Tree, wrong } from './support.js'

/** A whole file around the lines in question, so that nothing else is wrong. */
const REST = {
  origins: 'origins: [https://lms.example.org]',
  clouds: 'clouds: { here: { type: local } }',
  trust: 'trust: [{ type: jwt, issuer: https://lms.example.org, jwksUrl: https://lms.example.org/jwks }]',
  labs: 'labs: { a: {} }',
}

function around(lines: string): string {
  const given = (key: string) => new RegExp(`^▶?${key}:`, 'm').test(lines)
  const rest = Object.entries(REST).filter(([key]) => !given(key) && !(/^▶?demo:/m.test(lines) && key === 'trust'))
  return `${lines}\n${rest.map(([, line]) => line).join('\n')}\n`
}

type Row = [what: string, lines: string, words: RegExp[], env?: NodeJS.ProcessEnv, tree?: Tree]

function table(title: string, rows: Row[]): void {
  describe(title, () => {
    for (const [what, lines, words, env, tree] of rows)
      it(what, () => wrong(around(lines), words, env, tree).then(() => {}))
  })
}

it('the surrounding is right', async () => {
  assert.deepEqual((await parse(around(''))).mistakes, [])
})

table('YAML', [
  ['a tab', 'defaults:\n▶\tidleWarn: 1m', [/not valid YAML/]],
  ['a key twice', 'listen: 127.0.0.1:1\n▶listen: 127.0.0.1:2', [/`listen` is written twice; first on line 1/]],
  ['a lab twice', 'labs:\n  a: {}\n  b: {}\n  ▶a: {}', [/`a` is written twice; first on line 2/]],
  ['an unknown anchor', 'listen: ▶*nothing', [/nothing/]],
  ['a tag', 'stateFolder: !!binary ▶▶aGk=', [/the tag `tag:yaml.org,2002:binary` has no meaning here/, /is empty/]],
  ['an own tag', 'stateFolder: ▶!mine x', [/not valid YAML: Unresolved tag: !mine/]],
  [
    'a variable without quotes in braces',
    'defaults: { concurrency: $▶{N} }',
    [/needs quotes; expected "\$\{NAME\}"/],
    { N: '1' },
  ],
])

table('keys', [
  ['unknown at the top', '▶lsiten: 127.0.0.1:1', [/unknown key `lsiten`; did you mean `listen`\?/]],
  ['unknown and like nothing', '▶zzz: 1', [/unknown key `zzz`; expected `listen`, `publicUrl`/]],
  ['unknown in a lab', 'labs:\n  a:\n    ▶idlewarn: 1m', [/did you mean `idleWarn`\?/]],
  [
    'unknown in a terminal',
    'labs:\n  a:\n    terminals:\n      - name: x\n        ▶prot: ssh',
    [/unknown key `prot`; did you mean `port`/],
  ],
  [
    'unknown in a value',
    'labs:\n  a:\n    terminals:\n      - { name: x, host: { ▶outptu: ip } }',
    [/did you mean `output`\?/],
  ],
  ['__proto__', '▶__proto__: { listen: x }', [/unknown key `__proto__`/]],
  ['__proto__ as a lab', 'labs:\n  ▶__proto__: {}', [/`__proto__` is no name/]],
  ['a merge', 'defaults: &d { idleWarn: 1m }\nlabs:\n  a:\n    ▶<<: *d', [/unknown key `<<`/]],
  ['a list as a key', '▶[a]: 1', [/not valid YAML/]],
])

table('types', [
  [
    'a number for text',
    'listen: ▶8080',
    [/`listen` is a number; expected an address and a port such as 127\.0\.0\.1:8080/],
  ],
  ['a list for text', 'database: ▶[a]', [/`database` is a list; expected embedded/]],
  ['text for a list', 'origins: ▶https://lms.example.org', [/`origins` is text; expected a list of origins/]],
  ['a group for a list', 'trust: ▶{ a: b }', [/`trust` is a group of keys; expected a list/]],
  ['text for a group', 'labs: ▶nothing', [/`labs` is text; expected a group of labs by name/]],
  ['empty', 'listen:▶', [/`listen` is empty; expected an address/]],
  ['an empty lab', 'labs:\n  a:▶', [/`a` is empty; expected a group of keys/]],
  ['a fraction', 'defaults: { concurrency: ▶1.5 }', [/`concurrency` is “1\.5”; expected a whole number from 1 to 256/]],
  ['too small', 'defaults: { concurrency: ▶0 }', [/expected a whole number from 1 to 256/]],
  [
    'a yes that is none',
    'labs: { a: { terminals: [{ name: x, readOnly: ▶yes }] } }',
    [/`readOnly` is text; expected true or false/],
  ],
  ['a title that is a number', 'labs: { a: { title: ▶101 } }', [/`title` is a number; expected a title/]],
  ['one of a list', 'origins: [https://lms.example.org, ▶5]', [/`origins\[1\]` is a number; expected an origin/]],
])

table('durations', [
  ['no unit', 'defaults: { leaveGrace: ▶120 }', [/`leaveGrace` is “120”; expected a unit, for example 120s or 120m/]],
  [
    'another unit',
    'defaults: { leaveGrace: ▶2w }',
    [/`leaveGrace` is “2w”; expected a duration such as 90s, 10m, 2h or 14d/],
  ],
  ['two at once', 'defaults: { leaveGrace: ▶1h30m }', [/expected a duration/]],
  ['negative', 'defaults: { leaveGrace: ▶-1m }', [/expected a duration/]],
  ['nothing', 'defaults: { launchTimeout: ▶0s }', [/expected more than nothing/]],
  ['never, where it cannot be', 'defaults: { idleSuspend: ▶never }', [/`idleSuspend` is “never”; expected a duration/]],
  ['too long', 'defaults: { idleSuspend: ▶31d }', [/expected at most 30d/]],
  ['deletion', 'defaults: { deleteAfter: ▶nevr }', [/expected a duration such as 90s, 10m, 2h or 14d, or never/]],
  ['of a lab', 'labs: { a: { deleteAfter: ▶soon } }', [/`deleteAfter` is “soon”/]],
  [
    'warning too short',
    'defaults: { idleWarn: 60s, idleSuspend: ▶79s }',
    [/leaves less than 20s .* at 79s; .*WCAG 2\.2\.1/],
  ],
  ['suspend before warning', 'defaults: { idleSuspend: ▶5m }', [/warning at 8m .* suspend at 5m/]],
  ['warning too late', 'defaults: { idleWarn: ▶10m }', [/less than 20s/]],
  ['of one lab', 'labs: { a: { idleSuspend: ▶8m }, b: { idleSuspend: 9m } }', [/less than 20s/]],
  [
    'of the defaults once, not of each lab',
    'defaults: { idleSuspend: ▶1m }\nlabs: { a: {}, b: {} }',
    [/less than 20s/],
  ],
])

const listenWords = [/`listen` is .*; expected an address and a port such as/]
table('the server', [
  ...[
    '8080',
    ':8080',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:0',
    '127.0.0.1:-1',
    '::1:8080',
    '[::1]',
    '[::g]:1',
    '127.1:8080',
    '0x7f.1:8080',
    'a_b:1',
    'http://127.0.0.1:1',
    '127.0.0.1:8080/',
  ].map((listen): Row => [`listen on ${listen}`, `listen: ▶"${listen}"`, listenWords]),
  ['PORT 0', 'listen: ▶127.0.0.1:1', [/`PORT` is no port/], { PORT: '0' }],
  ['PORT', 'listen: ▶127.0.0.1:1', [/`PORT` is no port/], { PORT: 'http' }],
  ...[
    'labs.example.org',
    'ftp://labs.example.org',
    'https://',
    'https://u:p@labs.example.org',
    'https://labs.example.org/?a',
    'https://labs.example.org#a',
    'https://a b',
  ].map(
    (url): Row => [
      `public as ${url}`,
      `publicUrl: ▶"${url}"`,
      [/`publicUrl` is .*; expected an http or https address/],
    ],
  ),
  ...[
    '*',
    'https://*.example.org',
    'null',
    'lms.example.org',
    'https://lms.example.org/path',
    'https://lms.example.org?',
    'https://u@lms.example.org',
    'ws://lms.example.org',
    'https://lms.example.org:99999',
  ].map(
    (origin): Row => [
      `origin ${origin}`,
      `origins: [https://lms.example.org, ▶"${origin}"]`,
      [/`origins\[1\]` is no origin; expected scheme, host and port only/],
    ],
  ),
  [
    'an origin twice',
    'origins: [https://lms.example.org, ▶"https://LMS.example.org:443/"]',
    [/is there twice; first on line 1/],
  ],
  ...['lms.example.org', '10.0.0.0/33', '::1/129', '10.0.0', 'loopback'].map(
    (proxy): Row => [
      `a proxy ${proxy}`,
      `proxies: ["::1", ▶"${proxy}"]`,
      [/`proxies\[1\]` is no address; expected one such/],
    ],
  ),
  ['no origins', 'origins: ▶[]', [/`origins` is empty; expected the origins of the pages/]],
  ['no trust', 'trust: ▶[]', [/`trust` is empty; expected at least one issuer/]],
  ['no labs', 'labs: ▶{}', [/`labs` is missing; expected at least one lab/]],
  [
    'no clouds',
    'clouds: ▶{}\nlabs: { a: { clouds: [▶here] } }',
    [/`clouds` is missing; expected at least one cloud/, /no cloud is named “here”/],
  ],
  [
    'a database',
    'database: ▶mysql://u:SECRET@h/d',
    [/`database` is not right; expected embedded:<folder> or postgres:/],
  ],
  ['the demo without a course', '▶demo: {}', [/`course` is missing; expected the folder of a course/]],
  [
    'the demo without its folder',
    'demo: { course: ▶./course }',
    [/`course` is “\.\/course”; expected a folder that exists/],
  ],
  [
    'a local cloud for everybody',
    'listen: ▶0.0.0.0:8080\npublicUrl: http://localhost:8080',
    [/a local cloud may not be reached from other machines, but `listen` is on 0\.0\.0\.0; expected 127\.0\.0\.1/],
  ],
  [
    'a local cloud in public',
    'publicUrl: ▶https://labs.example.org',
    [/a local cloud may not be reached .* `publicUrl`/],
  ],
  [
    'a local cloud beside an address of the net',
    'listen: ▶"[::]:8080"\npublicUrl: http://localhost:8080',
    [/`listen` is on \[::\]/],
  ],
  [
    'the demo for everybody',
    'listen: ▶10.0.0.5:8080\npublicUrl: ▶https://labs.example.org\ndemo: { course: course }',
    [/the demo may not/, /the demo may not/],
    {},
    { [`${FOLDER}/course`]: null },
  ],
])

table('labs', [
  ['a name', 'labs:\n  ▶Ceph 101: {}', [/`Ceph 101` is no name; expected small letters/]],
  ['a name with a path', 'labs:\n  ▶../x: {}', [/is no name/]],
  ['the name of a cloud', 'clouds:\n  ▶Here: { type: local }', [/`Here` is no name/]],
  ['an unknown cloud', 'labs: { a: { clouds: [{ name: ▶hre }] } }', [/no cloud is named “hre”; did you mean `here`\?/]],
  ['an unknown cloud, short', 'labs: { a: { clouds: [▶moon] } }', [/no cloud is named “moon”; expected `here`/]],
  [
    'a cloud twice',
    'clouds: { here: { type: local }, b: { type: local } }\nlabs: { a: { clouds: [here, { name: ▶here }] } }',
    [/“here” is there twice; first on line 2/],
  ],
  [
    'no cloud of several',
    'clouds: { a: { type: local }, b: { type: local } }\nlabs:\n  ▶a: {}',
    [/`clouds` is missing; expected the clouds it may run in, of `a` or `b`/],
  ],
  ['a nameless cloud', 'labs: { a: { clouds: [▶{}] } }', [/`name` is missing; expected the name of a cloud/]],
  [
    'a capacity below nothing',
    'labs: { a: { clouds: [{ name: here, capacity: ▶-1 }] } }',
    [/`capacity` is “-1”; expected a number of labs, 0 = none/],
  ],
  [
    'a hook that is not there',
    'labs: { a: { hooks: { resume: ▶a.sh } } }',
    [/`resume` is “a\.sh”; expected a file that exists/],
  ],
  [
    'an unknown hook',
    'labs: { a: { hooks: { ▶launch: a.sh } } }',
    [/unknown key `launch`; expected `resume`, `suspend` or `delete`/],
  ],
  [
    'a cost without a currency',
    'labs: { a: { ▶cost: { running: 1.5 } } }',
    [/`currency` is missing; expected a currency/],
  ],
  [
    'a negative cost',
    'labs: { a: { cost: { running: ▶-1, currency: EUR } } }',
    [/`running` is “-1”; expected what an hour costs/],
  ],
  [
    'empty courses',
    'labs: { a: { courses: ▶[] } }',
    [/`courses` is empty, so nobody could use the lab; expected at least one course/],
  ],
  ['a course twice', 'labs: { a: { courses: [c, ▶c] } }', [/“c” is there twice/]],
  ['an empty course', 'labs: { a: { courses: [▶""] } }', [/`courses\[0\]` is empty; expected the id of a course/]],
  [
    'files that are not there',
    'labs: { a: { files: ▶./start } }',
    [/`files` is “\.\/start”; expected a folder that exists/],
  ],
  [
    'files that are a file',
    'labs: { a: { files: ▶start } }',
    [/expected a folder/],
    {},
    { [`${FOLDER}/start`]: 'text' },
  ],
  ['a set-up that is a list', 'labs: { a: { setup: ▶[make] } }', [/`setup` is a list; expected a command/]],
  ['a cloud without type', 'clouds:\n  ▶here: {}', [/`type` is missing; expected local or openstack/]],
  [
    'a cloud of an unknown type',
    'clouds: { here: { type: ▶lokal } }',
    [/`type` is “lokal”; expected local, openstack/],
  ],
  [
    'a local cloud with a key of another',
    'clouds: { here: { type: local, ▶cloud: x } }',
    [/`cloud` does not belong to a local cloud/],
  ],
])

const STACKS = 'clouds: { here: { type: local }, sto2: { type: openstack, cloud: sto2 } }'
const TERMINALS = 'terminals: [{ name: a, host: { output: ip }, user: me }]'
const files = (...names: string[]): Tree => Object.fromEntries(names.map((name) => [`${FOLDER}/${name}`, 'text']))
const inStacks = (what: string, clouds = '[sto2]') =>
  `${STACKS}\nlabs:\n  ▶a: { clouds: ${clouds}, ${what} }`.replace(/▶(?=a:.*▶)/, '')

table('stacks', [
  [
    'a cloud without entry',
    'clouds: { here: { type: local }, ▶b: { type: openstack } }\nlabs: { a: { clouds: [here] } }',
    [/`cloud` is missing; expected an entry of clouds\.yaml, or envvars/],
  ],
  [
    'a tag with a comma',
    'clouds: { here: { type: local }, b: { type: openstack, cloud: b, tag: ▶"a,b" } }\nlabs: { a: { clouds: [here] } }',
    [/`tag` is “a,b”; expected at most 80 characters without commas/],
  ],
  ['a tag of a local cloud', 'clouds: { here: { type: local, ▶tag: x } }', [/`tag` does not belong to a local cloud/]],
  ['no template', inStacks(TERMINALS), [/`template` is missing; expected the Heat template .* in `sto2`/]],
  ['no such template', inStacks(`${TERMINALS}, template: ▶a.yaml`), [/`template` is “a\.yaml”; expected a file/]],
  [
    'no such environment',
    inStacks(`${TERMINALS}, template: a.yaml, environment: ▶b.yaml`),
    [/`environment` is “b\.yaml”; expected a file/],
    {},
    files('a.yaml'),
  ],
  [
    'parameters that are a list',
    inStacks(`${TERMINALS}, template: a.yaml, parameters: ▶[a]`),
    [/`parameters` is a list; expected a group of the template's parameters/],
    {},
    files('a.yaml'),
  ],
  [
    'a template without a cloud for it',
    `${STACKS}\nlabs: { a: { clouds: [here], ▶template: a.yaml } }`,
    [/`template` does not belong to a lab without a cloud of type openstack/],
    {},
    files('a.yaml'),
  ],
  [
    'a template beside a local cloud',
    'labs: { a: { clouds: [{ name: here, ▶template: a.yaml }] } }',
    [/`template` does not belong to a local cloud/],
    {},
    files('a.yaml'),
  ],
  [
    'a set-up',
    inStacks(`${TERMINALS}, template: a.yaml, ▶setup: make`),
    [/`setup` does not belong to a lab without a local cloud/],
    {},
    files('a.yaml'),
  ],
  ['no terminal', inStacks('template: a.yaml'), [/`terminals` is missing; expected at least one/], {}, files('a.yaml')],
  [
    'a terminal without a server',
    inStacks('template: a.yaml, terminals: [▶▶{ name: a }]'),
    [/`host` is missing; expected the address of the server/, /`user` is missing; expected who logs in/],
    {},
    files('a.yaml'),
  ],
])

const term = (text: string) => `labs: { a: { terminals: [${text}] } }`
table('terminals', [
  ['a way over itself', term('{ name: x, via: ▶x }'), [/does not come back/]],
  ['ways in a circle', term('{ name: x, via: ▶y }, { name: y, via: ▶x }'), [/come back/, /come back/]],
  ['a way over nothing', term('{ name: x, via: ▶y }'), [/the name of another ssh terminal of the lab/]],
  [
    'a way over a desktop',
    `guacd: [127.0.0.1:4822]\n${term('{ name: x, via: ▶y }, { name: y, protocol: vnc, host: h }')}`,
    [/the name of another ssh terminal/],
  ],
  [
    'none',
    'labs: { a: { terminals: ▶[] } }',
    [/`terminals` is .*; expected at least one terminal, or the key left out/],
  ],
  ['no name', term('▶{ title: X }'), [/`name` is missing; expected a name/]],
  ['a bad name', term('{ name: ▶"a/b" }'), [/`name` is “a\/b”; expected small letters/]],
  ['a name twice', term('{ name: a }, { name: ▶a }'), [/“a” is there twice; first on line 1/]],
  ['a port out of range', term('{ name: a, port: ▶70000 }'), [/`port` is “70000”; expected a port from 1 to 65535/]],
  ['port 0', term('{ name: a, port: ▶0 }'), [/expected a port from 1/]],
  ['a port in words', term('{ name: a, port: ▶ssh }'), [/`port` is “ssh”; expected a port/]],
  [
    'two sources',
    term('{ name: a, user: ▶{ output: u, env: U } }'),
    [/`user` names 2 sources; expected exactly one of `output`, `file` or `env`/],
  ],
  ['no source', term('{ name: a, user: ▶{} }'), [/`user` names 0 sources/]],
  [
    'a missing secret file',
    term('{ name: a, privateKey: { file: ▶id_ed25519 } }'),
    [/`file` is not right; expected a file that exists/],
  ],
  ['a missing secret variable', term('{ name: a, password: { env: ▶LAB_PW } }'), [/the environment has no `LAB_PW`/]],
  [
    'a password that is a number',
    term('{ name: a, password: ▶12345 }'),
    [/`password` is a number; expected text, \{ output: name \}/],
  ],
  ['an unknown protocol', term('{ name: a, protocol: ▶shh }'), [/`protocol` is “shh”; expected ssh, rdp/]],
])

const keys = (text: string): Tree => ({ [`${FOLDER}/keys.json`]: text })
const jwt = (rest: string) => `trust: [{ type: jwt, issuer: i, ${rest} }]`
const ed = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
table('trust', [
  ['no type', 'trust: [▶{ issuer: i, jwksUrl: https://a/ }]', [/`type` is missing; expected jwt, openedx or lti/]],
  [
    'no issuer',
    'trust: [▶{ type: jwt, jwksUrl: https://a/ }]',
    [/`issuer` is missing; expected the issuer of the tokens/],
  ],
  ['no keys', 'trust: [▶{ type: jwt, issuer: i }]', [/the issuer has no keys; expected `jwks` or `jwksUrl`/]],
  ['both keys', jwt('jwks: keys.json, jwksUrl: ▶https://a/'), [/only one of them/], {}, keys(`{"keys":[${ed}]}`)],
  [
    'keys in the clear',
    jwt('jwksUrl: ▶http://lms.example.org/jwks'),
    [/`jwksUrl` is .*; expected an https address, or http on this machine/],
  ],
  ['keys from a file address', jwt('jwksUrl: ▶file:///etc/passwd'), [/expected an https address/]],
  ['keys with credentials', jwt('jwksUrl: ▶https://u:SECRET@a/'), [/expected an https address/]],
  ['keys that are not there', jwt('jwks: ▶keys.json'), [/`jwks` is “keys\.json”; expected a file that exists/]],
  ['keys that are no JSON', jwt('jwks: ▶keys.json'), [/expected a JWK set: JSON/], {}, keys('nope')],
  ['no key among the keys', jwt('jwks: ▶keys.json'), [/at least one/], {}, keys('{"keys":[]}')],
  [
    'a private key',
    jwt('jwks: ▶keys.json'),
    [/public keys only/],
    {},
    keys(`{"keys":[${ed.replace('}', ',"d":"x"}')}]}`),
  ],
  [
    'a shared secret',
    jwt('jwks: ▶keys.json'),
    [/public keys only/],
    {},
    keys(`{"keys":[${ed},{"kty":"oct","k":"x"}]}`),
  ],
  [
    'an issuer twice',
    'trust:\n  - { type: jwt, issuer: i, jwksUrl: https://a/ }\n  - { type: jwt, issuer: ▶i, jwksUrl: https://b/ }',
    [/“i” is there twice; first on line 2/],
  ],
  [
    'a foreign origin',
    jwt('jwksUrl: https://a/, origins: [▶https://lms.exmaple.org]'),
    [/not among the `origins` of the file; did you mean `https:\/\/lms\.example\.org`\?/],
  ],
  ['no origin', jwt('jwksUrl: https://a/, origins: ▶[]'), [/expected at least one origin/]],
  ['an unknown lab', jwt('jwksUrl: https://a/, labs: [▶b]'), [/no lab is named “b”; expected `a`/]],
  ['a key of another type', jwt('jwksUrl: https://a/, ▶clientId: x'), [/`clientId` does not belong to type jwt/]],
  ['no algorithm', jwt('jwksUrl: https://a/, algorithms: ▶[]'), [/expected at least one of EdDSA, ES256, RS256/]],
  [
    'a shared secret as the algorithm',
    jwt('jwksUrl: https://a/, algorithms: [ES256, ▶HS256]'),
    [/`algorithms\[1\]` is “HS256”; expected EdDSA, ES256, RS256/],
  ],
])

const rsa = keys('{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}')
const openedx = (rest: string) => `trust:\n  - { type: openedx, ${rest} }`
const LMS = 'lms: https://lms.example.org, jwks: keys.json'
table('trust of the type openedx', [
  [
    'no LMS',
    'trust: [▶{ type: openedx, jwks: keys.json }]',
    [/`lms` is missing; expected the address of the LMS/],
    {},
    rsa,
  ],
  ...[
    'lms.example.org',
    'ftp://lms.example.org',
    'https://u:p@lms.example.org',
    'https://lms.example.org?a',
    'http://lms.example.org',
  ].map(
    (lms): Row => [
      `an LMS at ${lms}`,
      openedx(`lms: ▶"${lms}", jwks: keys.json`),
      [/`lms` is .*; expected an https address/],
      {},
      rsa,
    ],
  ),
  [
    'no keys',
    'trust: [▶{ type: openedx, lms: https://lms.example.org }]',
    [/`jwks` is missing; .*JWT_PUBLIC_SIGNING_JWK_SET/],
  ],
  ['keys that are not there', openedx('lms: https://lms.example.org, jwks: ▶k.json'), [/expected a file that exists/]],
  [
    'the private keys',
    openedx(LMS.replace('keys.json', '▶keys.json')),
    [/public keys only/],
    {},
    keys('{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","d":"x"}]}'),
  ],
  [
    'the shared secret',
    openedx(LMS.replace('keys.json', '▶keys.json')),
    [/public keys only/],
    {},
    keys('{"keys":[{"kty":"oct","k":"x"}]}'),
  ],
  [
    'keys of another kind',
    openedx(LMS.replace('keys.json', '▶keys.json')),
    [/a JWK set with an RSA key/],
    {},
    keys(`{"keys":[${ed}]}`),
  ],
  [
    'an address of keys',
    openedx(`${LMS}, ▶jwksUrl: https://a/`),
    [/`jwksUrl` does not belong to type openedx; expected `type`, `lms`, `jwks`/],
    {},
    rsa,
  ],
  [
    'another enrolment',
    openedx(`${LMS}, enrolment: ▶optional`),
    [/`enrolment` is “optional”; expected required, none/],
    {},
    rsa,
  ],
  [
    'modes that nobody asks for',
    openedx(`${LMS}, enrolment: none, modes: ▶[verified]`),
    [/`modes` stands beside `enrolment: none`/],
    {},
    rsa,
  ],
  ['an LMS asked all the time', openedx(`${LMS}, recheck: ▶5s`), [/expected at least 30s/], {}, rsa],
  ['an LMS asked too seldom', openedx(`${LMS}, recheck: ▶1h`), [/expected at most 15m/], {}, rsa],
  [
    'a sign-in window without a secret',
    openedx(`${LMS}, clientId: lab-terminal`).replace('{ type', '▶{ type'),
    [/the client secret of the OAuth2 application/],
    {},
    rsa,
  ],
  [
    'a sign-in window over plain http',
    openedx(`${LMS}, clientId: a, clientSecret: b, tokenUrl: ▶http://lms.example.org/token`),
    [/`tokenUrl` is .*; expected an https address/],
    {},
    rsa,
  ],
  [
    'a cookie by no name',
    openedx(`${LMS}, cookies: { payload: ▶"a b" }`),
    [/`payload` is “a b”; expected the name of a cookie/],
    {},
    rsa,
  ],
  [
    'one cookie for both',
    openedx(`${LMS}, cookies: { payload: a, signature: ▶a }`),
    [/expected another cookie than `payload`/],
    {},
    rsa,
  ],
  [
    'an unknown cookie',
    openedx(`${LMS}, cookies: { ▶header: a }`),
    [/unknown key `header`; expected `payload` or `signature`/],
    {},
    rsa,
  ],
  [
    'an LMS whose pages may not call',
    openedx('lms: ▶https://school.example.org, jwks: keys.json'),
    [/not among the `origins` of the file; expected https:\/\/school\.example\.org there/],
    {},
    rsa,
  ],
  [
    'the same LMS twice',
    `${openedx(LMS)}\n  - { type: openedx, lms: ▶https://lms.example.org, jwks: keys.json, origins: [https://other.example.org] }\norigins: [https://lms.example.org, https://other.example.org]`,
    [/“https:\/\/lms\.example\.org” is there twice; first on line 2/],
    {},
    rsa,
  ],
  [
    'the same pages twice',
    `${openedx(LMS)}\n  - { type: openedx, lms: https://x.example.org, jwks: keys.json, origins: ▶[https://lms.example.org] }`,
    [/pages of https:\/\/lms\.example\.org belong to another entry/],
    {},
    rsa,
  ],
])

table('usageLimit', [
  ['no window', '▶usageLimit: { running: 40h }', [/`within` is missing; expected a time such as 30d/]],
  ['no unit', 'usageLimit: { running: ▶40, within: 30d }', [/`running` is “40”; expected a unit, for example 40s/]],
  [
    'another policy',
    'usageLimit: { running: 40h, within: 30d, over: ▶kill }',
    [/`over` is “kill”; expected warn, block/],
  ],
  ['too long a window', 'usageLimit: { running: 40h, within: ▶500d }', [/expected at most 366d/]],
])

const PLATFORM = {
  clientId: 'c',
  deploymentIds: '["1"]',
  authUrl: 'https://a/auth',
  tokenUrl: 'https://a/token',
  jwksUrl: 'https://a/jwks',
}
/** An entry of type lti, with keys changed, added or left out. */
const lti = (change: Record<string, string | undefined> = {}, before = '{ type: lti') => {
  const keys = Object.entries({ issuer: 'i', ...PLATFORM, ...change }).filter(([, value]) => value !== undefined)
  return `${before}, ${keys.map(([key, value]) => `${key}: ${value}`).join(', ')} }`
}
const trusting = (...entries: string[]) => `trust:\n${entries.map((entry) => `  - ${entry}`).join('\n')}`
const none = Object.fromEntries(Object.keys(PLATFORM).map((key) => [key, undefined]))
const KEY = 'k'.repeat(24)

it('an LTI platform by its addresses, or by the key with which it registers this tool', async () => {
  const two = trusting(
    lti(),
    lti({ clientId: 'd', courseBy: 'label' }),
    lti({ issuer: 'j', ...none, registrationKey: KEY }),
  )
  assert.deepEqual((await parse(around(two))).mistakes, [])
})

table('trust of type lti', [
  ...Object.keys(PLATFORM).map(
    (key): Row => [
      `no ${key}`,
      trusting(lti({ [key]: undefined }, '▶{ type: lti')),
      [new RegExp(`\`${key}\` is missing; expected `)],
    ],
  ),
  ...['authUrl', 'tokenUrl', 'jwksUrl'].map(
    (key): Row => [
      `${key} in the clear`,
      trusting(lti({ [key]: '▶http://lms.example.org/x' })),
      [new RegExp(`\`${key}\` is .*; expected an https address, or http on this machine`)],
    ],
  ),
  ['no deployment', trusting(lti({ deploymentIds: '▶[]' })), [/expected at least one deployment id/]],
  [
    'a deployment that is a number',
    trusting(lti({ deploymentIds: '[▶1]' })),
    [/is a number; expected a deployment id/],
  ],
  ['an empty issuer', trusting(lti({ issuer: '▶""' })), [/`issuer` is empty/]],
  ['another way to name courses', trusting(lti({ courseBy: '▶title' })), [/`courseBy` is “title”; expected id, label/]],
  ['an unknown lab', trusting(lti({ labs: '[▶b]' })), [/no lab is named “b”/]],
  ['a foreign page', trusting(lti({ origins: '[▶https://x.example]' })), [/not among the `origins` of the file/]],
  ['a key of jwt', trusting(lti({ '▶audience': 'x' })), [/`audience` does not belong to type lti/]],
  ['the same client twice', trusting(lti(), lti({ issuer: '▶i' })), [/“i” is there twice; first on line 2/]],
  [
    'an issuer that signs tokens as well',
    trusting('{ type: jwt, issuer: i, jwksUrl: https://a/ }', lti({ issuer: '▶i' })),
    [/“i” is there twice; first on line 2/],
  ],
  [
    'a key that can be guessed',
    trusting(lti({ ...none, registrationKey: '▶secret' })),
    [/`registrationKey` is not right; expected 24 to 200 letters/],
  ],
  [
    'a key beside what it brings',
    trusting(lti({ ...none, '▶clientId': 'c', registrationKey: KEY })),
    [/`clientId` stands beside `registrationKey`; expected only one of them/],
  ],
])

const GUACD = 'guacd: [127.0.0.1:4822]'
const desk = (text: string) => `${GUACD}\n${term(`{ name: a, protocol: rdp, host: h, ${text} }`)}`
table('guacd', [
  [
    'no address',
    'guacd: [▶here]',
    [/`guacd\[0\]` is “here”; expected an address and a port such as 127\.0\.0\.1:4822/],
  ],
  ['a port that is none', 'guacd: [{ address: ▶"g:0" }]', [/`address` is “g:0”; expected an address and a port/]],
  ['nothing', 'guacd: [▶{ tls: true }]', [/`address` is missing; expected the address and port of a guacd/]],
  ['the same twice', 'guacd: [a:4822, ▶a:4822]', [/is there twice; first on line 1/]],
  ['a certificate that is not there', 'guacd: [{ address: a:1, tls: true, ca: ▶./ca.pem }]', [/a file that exists/]],
  [
    'a certificate without TLS',
    'guacd: [{ address: a:1, ca: ▶./ca.pem }]',
    [/`ca` is for TLS; expected `tls: true` beside it/],
    {},
    { [`${FOLDER}/ca.pem`]: 'file' },
  ],
  [
    'none, where one is needed',
    `▶${term('{ name: a, display: guacamole }')}`,
    [/`guacd` is missing, but terminal `a` of lab `a` needs it/],
  ],
  [
    'an empty list, where one is needed',
    `guacd: ▶[]\n${term('{ name: a, protocol: vnc, host: h }')}`,
    [/`guacd` is empty, but/],
  ],
  [
    'a desktop without a host',
    `${GUACD}\n${term('▶{ name: a, protocol: vnc }')}`,
    [/`host` is missing; expected the host of the vnc server/],
  ],
  [
    'a desktop in xterm',
    `${GUACD}\n${term('{ name: a, protocol: rdp, host: h, display: ▶xterm }')}`,
    [/shows ssh only; expected guacamole or auto for rdp/],
  ],
  [
    'a certificate where guacd logs in',
    `${GUACD}\n${term('{ name: a, display: guacamole, ▶certificate: c }')}`,
    [/`certificate` belongs to `display: xterm`; expected it to be left out/],
  ],
  [
    'a certificate without its key, which is no secret to repeat',
    term('{ name: a, password: p, certificate: ▶SECRET }'),
    [/`certificate` is not right; expected a `privateKey` beside it, which it is of/],
  ],
  ['a key for a desktop', desk('▶privateKey: k'), [/`privateKey` belongs to ssh; expected it to be left out/]],
  [
    'keys of guacd for xterm',
    term('{ name: a, ▶clipboard: none, ▶hold: 1h }'),
    [/`clipboard` belongs to `display: guacamole`/, /`hold` belongs/],
  ],
  [
    'printing by vnc',
    `${GUACD}\n${term('{ name: a, protocol: vnc, host: h, ▶printing: true }')}`,
    [/`printing` belongs to rdp/],
  ],
  [
    'sound by ssh',
    `${GUACD}\n${term('{ name: a, display: guacamole, ▶audio: out }')}`,
    [/`audio` belongs to rdp and vnc/],
  ],
  ['a crossing that is none', desk('clipboard: ▶sometimes'), [/expected both, to-lab, from-lab, none/]],
  ['a hold without a unit', desk('hold: ▶5'), [/expected a unit/]],
  ['a hold of nothing', desk('hold: ▶0s'), [/expected more than nothing, or none/]],
  [
    'a recording nowhere',
    desk('▶recording: { keys: true }'),
    [/`folder` is missing; expected the folder for recordings/],
  ],
  [
    'an unknown parameter',
    desk('parameters: { ▶securty: any }'),
    [/guacd has no parameter `securty` for rdp; did you mean `security`\?/],
  ],
  ['a parameter of another protocol', desk('parameters: { ▶encodings: x }'), [/no parameter `encodings` for rdp/]],
  ...(
    [
      ['hostname', 'host'],
      ['username', 'user'],
      ['password', 'password'],
      ['read-only', 'readOnly'],
      ['disable-copy', 'clipboard'],
      ['disable-upload', 'files'],
      ['enable-audio-input', 'audio'],
      ['recording-path', 'recording'],
    ] as const
  ).map(
    ([name, key]): Row => [
      `a parameter that ${key} stands for`,
      desk(`parameters: { ▶${name}: x }`),
      [new RegExp(`\`${name}\` follows from \`${key}\` of the terminal`)],
    ],
  ),
  [
    'sftp of ssh',
    `${GUACD}\n${term('{ name: a, display: guacamole, parameters: { ▶enable-sftp: true } }')}`,
    [/follows from `files`/],
  ],
  ['a value from nowhere', desk('parameters: { domain: ▶{} }'), [/names 0 sources/]],
  [
    'a list for a value',
    desk('parameters: { domain: ▶[a] }'),
    [/`domain` is a list; expected text, a number, true or false/],
  ],
])

table('variables', [
  ['unset', 'listen: ▶${WHERE}:8080', [/the environment has no `WHERE`/]],
  [
    'malformed',
    'labs: { a: { setup: ▶"echo ${HOME:-x}" } }',
    [/`\$\{` begins no variable; expected `\$\{NAME\}`, or `\$\$\{`/],
    { HOME: '/' },
  ],
  ['not closed', 'labs: { a: { setup: ▶"echo ${HOME" } }', [/begins no variable/], { HOME: '/' }],
  ['from the prototype', 'labs: { a: { title: ▶"${constructor}x" } }', [/the environment has no `constructor`/]],
])

describe('all of it', () => {
  it('is told at once, in the order of the file', async () => {
    const text =
      'listen: ▶nowhere\n▶zzz: 1\norigins: [▶x, ▶5, ▶y]\nclouds: { here: { type: ▶loca, ▶q: 1 } }\ntrust: [▶{ type: jwt, issuer: ▶5 }]\nlabs:\n  a: { ▶b: 1, title: ▶[], clouds: [▶no], courses: ▶[] }\n  ▶B: {}\n'
    await wrong(text, Array(14).fill(/./))
  })

  it('no secret is repeated: not of the environment, not of a password, not in an address', async () => {
    const text = [
      'listen: "${SECRET}"',
      'publicUrl: https://me:SECRET@labs.example.org',
      'database: mysql://me:SECRET@h/d',
      'origins: ["${SECRET}", "https://me:SECRET@lms.example.org"]',
      'clouds: { here: { type: "${SECRET}" } }',
      'trust: [{ type: jwt, issuer: "${LONG}", jwksUrl: "http://x/${SECRET}", labs: ["${SECRET}"], origins: ["https://${SECRET}"] }]',
      'defaults: { idleWarn: "${SECRET}" }',
      'labs: { a: { files: "${SECRET}", clouds: ["${SECRET}"], terminals: [{ name: "${SECRET} ", password: 5, port: "${SECRET}", privateKey: { file: SECRET } }] } }',
    ].join('\n')
    const { mistakes } = await parse(text, { SECRET: 'hunter2', LONG: 'hunter2'.repeat(100) })
    const told = mistakes.map(({ message }) => message).join('\n')
    assert.ok(mistakes.length >= 9, told)
    assert.ok(!told.includes('hunter2'), told)
    assert.ok(!told.replaceAll('${SECRET}', '').includes('SECRET'), told)
  })
})

describe('hostile files', () => {
  const laughs = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[i]}`)}]`),
  ].join('\n')
  const rows: [string, string, RegExp][] = [
    ['a billion laughs', laughs, /holds too much|nested too deeply/],
    ['an alias in itself', 'a: &a [*a]', /alias inside itself/],
    ['many aliases', `a: &a {}\nb: [${Array(60_000).fill('*a')}]`, /holds too much/],
    ['deep lists', '['.repeat(100_000), /nested too deeply/],
    ['deep groups', '{a: '.repeat(60_000), /nested too deeply/],
    ['deep blocks', '- '.repeat(100_000), /nested too deeply/],
    ['deep questions', '? '.repeat(100_000), /nested too deeply/],
    ['many keys', Array.from({ length: 25_000 }, (_, i) => `k${i}: 1`).join('\n'), /holds too much/],
    ['two documents', 'a: 1\n---\nb: 2\n', /documents/],
    ['nothing', '', /the file is empty/],
    ['a comment', '# nothing\n', /the file is empty/],
    ['a word', 'hello', /no group of keys/],
    ['a list', '- a\n', /no group of keys/],
  ]
  for (const [what, text, words] of rows) {
    it(what, async () => {
      const started = process.cpuUsage()
      const { mistakes } = await parse(text)
      assert.match(mistakes[0]?.message ?? '', words)
      assert.ok(process.cpuUsage(started).user < 10_000_000)
    })
  }
})

describe('loadConfig', () => {
  const load = async (text: string | Buffer) => {
    const folder = await mkdtemp(join(tmpdir(), 'config-'))
    after(() => rm(folder, { recursive: true }))
    const file = join(folder, 'labs.yaml')
    await writeFile(file, text)
    const error = await loadConfig(file, {}).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof ConfigError)
    return { error, file }
  }

  it('names the file, line and column of each mistake, one a line', async () => {
    const { error, file } = await load(around('lsiten: x\n  \nfoo: y'))
    assert.deepEqual(
      error.message.split('\n').map((line) => line.slice(0, file.length + 6)),
      [`${file}:1:1: `, `${file}:3:1: `].map((start) => start.slice(0, file.length + 6)),
    )
    assert.deepEqual(error.mistakes[0], {
      line: 1,
      column: 1,
      path: 'lsiten',
      message: 'unknown key `lsiten`; did you mean `listen`?',
    })
  })

  it('refuses what is no file, too long, or no text', async () => {
    assert.match((await load('# '.repeat(200_000))).error.message, /:1:1: the file cannot be read \(it is too long\)/)
    assert.match((await load(Buffer.from([0x61, 0x3a, 0x20, 0xff]))).error.message, /cannot be read .*; expected UTF-8/)
    await assert.rejects(loadConfig('/nowhere/labs.yaml', {}), {
      message: '/nowhere/labs.yaml:1:1: there is no such file; expected a YAML file',
    })
    await assert.rejects(loadConfig(tmpdir(), {}), /there is no such file/)
  })
})
