// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration has variables of this form
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { describeConfig } from '../../src/config/describe.js'
import { formatDuration, parseDuration } from '../../src/config/durations.js'
import { isLoopbackHost, isLoopbackName } from '../../src/config/hosts.js'
import { loadConfig } from '../../src/config/load.js'
import { nearest } from '../../src/config/words.js'
import { FOLDER, good } from './support.js'

const REST = `
origins: [https://lms.example.org]
clouds: { here: { type: local } }
trust: [{ type: jwt, issuer: https://lms.example.org, jwksUrl: https://lms.example.org/jwks }]
`
const SHORT = `${REST}labs: { a: {} }\n`

describe('defaults', () => {
  it('are all applied', async () => {
    const { labs, ...config } = await good(SHORT)
    assert.deepEqual(config, {
      file: '/etc/labs/labs.yaml',
      listen: { host: '127.0.0.1', port: 8080 },
      publicUrl: 'http://127.0.0.1:8080',
      origins: ['https://lms.example.org'],
      database: { type: 'embedded', folder: '/etc/labs/data' },
      stateFolder: '/etc/labs/.state',
      guacd: [],
      clouds: [{ name: 'here', type: 'local' }],
      trust: [
        {
          type: 'jwt',
          issuer: 'https://lms.example.org',
          audience: 'http://127.0.0.1:8080',
          keys: { url: 'https://lms.example.org/jwks' },
        },
      ],
      concurrency: 8,
    })
    assert.deepEqual(labs.get('a'), {
      name: 'a',
      title: 'a',
      clouds: [{ name: 'here' }],
      terminals: [
        {
          name: 'shell',
          title: 'Shell',
          protocol: 'ssh',
          display: 'xterm',
          host: { output: 'host' },
          port: { output: 'port' },
          user: { output: 'user' },
          privateKey: { output: 'private_key' },
          hostKey: { output: 'host_key' },
          readOnly: false,
        },
      ],
      policy: {
        idleWarn: 480_000,
        idleSuspend: 600_000,
        leaveGrace: 60_000,
        deleteAfter: 1_209_600_000,
        launchTimeout: 900_000,
      },
    })
  })
})

describe('the server', () => {
  it('listens on IPv6, on a name, and where PORT says', async () => {
    const on = async (listen: string, env = {}) => {
      const config = await good(`listen: "${listen}"\n${SHORT}`, env)
      return [config.listen.host, config.listen.port, config.publicUrl]
    }
    assert.deepEqual(await on('[::1]:8080'), ['::1', 8080, 'http://[::1]:8080'])
    assert.deepEqual(await on('localhost:80'), ['localhost', 80, 'http://localhost'])
    assert.deepEqual(await on('127.0.0.1:8080', { PORT: '9000' }), ['127.0.0.1', 9000, 'http://127.0.0.1:9000'])
    assert.deepEqual(await on('127.0.0.1:8080', { PORT: '' }), ['127.0.0.1', 8080, 'http://127.0.0.1:8080'])
  })

  it('keeps a public address that was written', async () => {
    const config = await good(`publicUrl: http://labs.localhost/x/\n${SHORT}`, { PORT: '9000' })
    assert.deepEqual([config.listen.port, config.publicUrl], [9000, 'http://labs.localhost/x'])
  })

  it('writes origins as browsers do', async () => {
    const text = SHORT.replace('[https://lms.example.org]', '["HTTPS://LMS.example.org:443/", "http://[::1]:80"]')
    assert.deepEqual((await good(text)).origins, ['https://lms.example.org', 'http://[::1]'])
  })

  it('has a database and a state folder beside the file, or elsewhere', async () => {
    const at = async (lines: string) => {
      const { database, stateFolder } = await good(`${lines}\n${SHORT}`)
      return [database, stateFolder]
    }
    assert.deepEqual(await at('database: embedded:../var\nstateFolder: /var/lib/labs'), [
      { type: 'embedded', folder: '/etc/var' },
      '/var/lib/labs',
    ])
    const url = 'postgres://u:p@db.example.org/labs?sslmode=require'
    assert.deepEqual((await at(`database: ${url}`))[0], { type: 'postgres', url })
  })

  it('serves the demo without origins or trust', async () => {
    const text = 'clouds: { here: { type: local } }\ndemo: { course: ./course }\nlabs: { a: {} }\n'
    const config = await good(text, {}, { [`${FOLDER}/course`]: null })
    assert.deepEqual([config.demo, config.origins, config.trust], [{ course: '/etc/labs/course' }, [], []])
  })
})

describe('labs', () => {
  it('have everything that can be said of them', async () => {
    const text = `${REST.replace('here: { type: local }', 'here: { type: local }, there: { type: local }')}
defaults: { idleWarn: 1s, idleSuspend: 21s, leaveGrace: 500ms, deleteAfter: never, launchTimeout: 1m, concurrency: 2 }
labs:
  ceph-101:
    title: A three-node Ceph cluster
    clouds: [{ name: there }]
    courses: ["course-v1:acme+CEPH+2026"]
    files: ./start
    setup: ./set-up.sh
    idleSuspend: 2m
    deleteAfter: 0
    terminals:
      - { name: deploy }
      - name: other
        title: Another machine
        protocol: ssh
        display: auto
        host: node-2
        port: 2222
        user: { env: LAB_USER }
        password: { file: secret.txt }
        hostKey: ssh-ed25519 AAAA
        readOnly: true
      - { name: far, host: { output: ip }, privateKey: { output: key }, certificate: { file: secret.txt }, via: deploy }
`
    const tree = { [`${FOLDER}/start`]: null, [`${FOLDER}/secret.txt`]: 'x' }
    const config = await good(text, { LAB_USER: 'me' }, tree)
    const own = {
      host: { output: 'host' },
      port: { output: 'port' },
      user: { output: 'user' },
      privateKey: { output: 'private_key' },
      hostKey: { output: 'host_key' },
    }
    const ssh = { protocol: 'ssh', display: 'xterm' }
    assert.deepEqual(config.labs.get('ceph-101'), {
      name: 'ceph-101',
      title: 'A three-node Ceph cluster',
      clouds: [{ name: 'there' }],
      courses: ['course-v1:acme+CEPH+2026'],
      files: '/etc/labs/start',
      setup: './set-up.sh',
      policy: { idleWarn: 1000, idleSuspend: 120_000, leaveGrace: 500, deleteAfter: 0, launchTimeout: 60_000 },
      terminals: [
        { name: 'deploy', title: 'deploy', ...ssh, ...own, readOnly: false },
        {
          name: 'other',
          title: 'Another machine',
          ...ssh,
          host: { literal: 'node-2' },
          port: { literal: '2222' },
          user: { env: 'LAB_USER' },
          password: { file: '/etc/labs/secret.txt' },
          hostKey: { literal: 'ssh-ed25519 AAAA' },
          readOnly: true,
        },
        {
          name: 'far',
          title: 'far',
          ...ssh,
          host: { output: 'ip' },
          port: { literal: '22' },
          user: { output: 'user' },
          privateKey: { output: 'key' },
          certificate: { file: '/etc/labs/secret.txt' },
          via: 'deploy',
          readOnly: false,
        },
      ],
    })
    assert.equal(config.concurrency, 2)
  })

  it('may share what is written once, and be named by a number', async () => {
    const text = `${REST}labs:\n  101: { courses: &all [a, b], idleWarn: &w 1m }\n  102: { courses: *all, idleWarn: *w }\n`
    const { labs } = await good(text)
    assert.deepEqual([...labs.keys()], ['101', '102'])
    assert.deepEqual([labs.get('102')?.courses, labs.get('102')?.policy.idleWarn], [['a', 'b'], 60_000])
  })

  it('an alias means the nearest anchor before it', async () => {
    const text = `${REST}labs:\n  a: { title: &t one, courses: &c [*t] }\n  b: { title: &t two, courses: *c }\n  c: { title: *t }\n`
    const { labs } = await good(text)
    assert.deepEqual([labs.get('b')?.courses, labs.get('c')?.title], [['one'], 'two'])
  })
})

describe('trust', () => {
  it('may be narrowed, and have its keys in a file or on this machine', async () => {
    const key = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
    const text = `
origins: [https://a.example, https://b.example]
clouds: { here: { type: local } }
trust:
  - { type: jwt, issuer: a, audience: me, jwks: keys.json, origins: ["https://a.example/"], labs: [x] }
  - { type: jwt, issuer: b, jwksUrl: "http://localhost:9000/jwks" }
labs: { x: {} }
`
    const { trust } = await good(text, {}, { [`${FOLDER}/keys.json`]: `{"keys":[${key}]}` })
    assert.deepEqual(trust, [
      {
        type: 'jwt',
        issuer: 'a',
        audience: 'me',
        keys: { file: '/etc/labs/keys.json' },
        origins: ['https://a.example'],
        labs: ['x'],
      },
      { type: 'jwt', issuer: 'b', audience: 'http://127.0.0.1:8080', keys: { url: 'http://localhost:9000/jwks' } },
    ])
  })
})

describe('variables', () => {
  it('stand in any text, where numbers are wanted too, and can be escaped', async () => {
    const text = `${REST}defaults: { concurrency: "\${N}" }\nlabs: { a: { title: "\${A}-\${A}", setup: 'echo $\${HOME} $HOME $$ \${A}', terminals: [{ name: t, readOnly: "\${YES}" }] } }\n`
    const { labs, concurrency } = await good(text, { N: '12', A: 'x', YES: 'true' })
    const lab = labs.get('a')
    assert.deepEqual(
      [concurrency, lab?.title, lab?.setup, lab?.terminals[0]?.readOnly],
      [12, 'x-x', 'echo ${HOME} $HOME $$ x', true],
    )
  })

  it('are not looked at again: a value cannot bring its own', async () => {
    const { labs } = await good(`${REST}labs: { a: { title: "\${A}" } }\n`, { A: '${B} $${C}', B: 'no' })
    assert.equal(labs.get('a')?.title, '${B} $${C}')
  })

  it('of digits stay text where text is wanted', async () => {
    const { labs } = await good(`${REST}labs: { a: { title: "\${A}" } }\n`, { A: '101' })
    assert.equal(labs.get('a')?.title, '101')
  })
})

describe('durations', () => {
  const table: [string, number | undefined][] = [
    ['500ms', 500],
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['14d', 1_209_600_000],
    ['1.5h', 5_400_000],
    [' 5 m ', 300_000],
    ['0s', 0],
    ['', undefined],
    ['5', undefined],
    ['m', undefined],
    ['-1s', undefined],
    ['1e3s', undefined],
    ['5M', undefined],
    ['5min', undefined],
    ['1h30m', undefined],
    ['٣s', undefined],
    ['99999999999999999999d', undefined],
  ]
  for (const [text, milliseconds] of table)
    it(JSON.stringify(text), () => assert.equal(parseDuration(text), milliseconds))
  it('are written the shortest way', () => {
    assert.deepEqual([0, 500, 90_000, 600_000, 7_200_000, 1_209_600_000, 61_500].map(formatDuration), [
      'never',
      '500ms',
      '90s',
      '10m',
      '2h',
      '14d',
      '61500ms',
    ])
  })
})

describe('loopback', () => {
  it('is what only this machine reaches', () => {
    for (const host of ['127.0.0.1', '127.255.0.9', '::1', '[::1]', 'localhost', 'LOCALHOST', '0:0:0:0:0:0:0:1']) {
      assert.equal(isLoopbackHost(host), true, host)
    }
    for (const host of [
      '',
      '0.0.0.0',
      '::',
      '128.0.0.1',
      '10.0.0.1',
      'localhost.evil.example',
      'x.localhost',
      '127.1',
      '127.0.0.1.evil.example',
      '::2',
    ]) {
      assert.equal(isLoopbackHost(host), false, host)
    }
    assert.equal(isLoopbackName('labs.localhost'), true)
    assert.equal(isLoopbackName('notlocalhost'), false)
  })
})

describe('did you mean', () => {
  it('a slip or two, in words long enough', () => {
    const words = ['idleWarn', 'idleSuspend', 'title', 'clouds', 'files']
    const asked = ['idlewarn', 'idelWarn', 'idleWarm', 'tilte', 'cloud', 'fles', 'flies', 'x', 'ti', 'suspend']
    assert.deepEqual(
      asked.map((word) => nearest(word, words)),
      ['idleWarn', 'idleWarn', 'idleWarn', 'title', 'clouds', 'files', 'files', undefined, undefined, undefined],
    )
  })
})

describe('labs in OpenStack', () => {
  it('have the template of the lab, or the one beside the cloud, and the parameters of both', async () => {
    const text = `${REST.replace('clouds: {', 'clouds: { b: { type: openstack, cloud: entry, tag: ours },')}
labs:
  a:
    clouds: [{ name: b, template: own.yaml, parameters: { size: 2 } }]
    template: a.yaml
    environment: env.yaml
    parameters: { size: 1, list: [x, y], on: true }
    terminals: [{ name: t, host: { output: ip }, user: me }]
`
    const tree = { '/etc/labs/a.yaml': '', '/etc/labs/own.yaml': '', '/etc/labs/env.yaml': '' }
    const { clouds, labs } = await good(text, {}, tree)
    assert.deepEqual(clouds[0], { name: 'b', type: 'openstack', cloud: 'entry', tag: 'ours' })
    assert.deepEqual(labs.get('a')?.clouds, [
      {
        name: 'b',
        template: {
          template: '/etc/labs/own.yaml',
          environment: '/etc/labs/env.yaml',
          parameters: { size: 2, list: ['x', 'y'], on: true },
        },
      },
    ])
  })

  it('may be served to the world', async () => {
    const text = `listen: 0.0.0.0:80
publicUrl: https://labs.example.org
${REST.replace('here: { type: local }', 'b: { type: openstack, cloud: envvars }')}
labs: { a: { template: a.yaml, terminals: [{ name: t, host: { output: ip }, user: me }] } }
`
    await good(text, {}, { '/etc/labs/a.yaml': '' })
  })
})

describe('describeConfig', () => {
  it('is short and holds no secret', async () => {
    const text = `database: postgres://me:hunter2@db.example.org/labs\n${REST}labs: { a: { terminals: [{ name: t, password: hunter2 }], courses: [c] } }\n`
    const config = await good(text)
    const table = describeConfig(config, config.origins)
    assert.ok(!table.includes('hunter2'))
    assert.match(table, /^database +postgres:\/\/db\.example\.org\/labs$/m)
    assert.match(
      table,
      /^lab +a: a; in here; terminals t; for c; asks after 8m, suspends after 10m; or 1m after leaving, deletes after 14d$/m,
    )
    assert.match(table, /^trusts +https:\/\/lms\.example\.org for http:\/\/127\.0\.0\.1:8080, keys from https/m)
    assert.ok(table.endsWith('\n'))
  })
})

describe('loadConfig', () => {
  it('reads a file of the disk, paths relative to it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'config-'))
    after(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'labs.yaml'), `\uFEFF${SHORT}`)
    const config = await loadConfig(join(folder, 'labs.yaml'), {})
    assert.deepEqual([config.file, config.stateFolder], [join(folder, 'labs.yaml'), join(folder, '.state')])
  })
})
