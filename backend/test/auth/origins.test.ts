import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allowedOrigins, isAllowedHost, isAllowedOrigin } from '../../src/auth/origins.js'

const loopback = { host: '127.0.0.1', port: 8080 }

describe('isAllowedOrigin', () => {
  const config = { origins: ['https://lms.example.org', 'http://dev.example.org:8000'], listen: loopback }
  const refused = [
    undefined,
    '',
    'null',
    'NULL',
    '*',
    'https://*',
    'https://lms.example.org/',
    'https://lms.example.org:443',
    'http://lms.example.org',
    'https://LMS.example.org',
    'https://lms.example.org.evil.example',
    'https://evil-lms.example.org',
    'https://evil.lms.example.org',
    'https://example.org',
    'https://lms.example.org@evil.example',
    'https://lms.example.org\u0000',
    ' https://lms.example.org',
    'https://lms.example.org ',
    'https://lms.example.org.',
    'https://lms.example.org, https://evil.example',
    'https://lms.example.org https://evil.example',
    'lms.example.org',
    '//lms.example.org',
    'wss://lms.example.org',
    'file://',
    'https://lms.exаmple.org',
    'http://dev.example.org:80',
    'http://dev.example.org:8000/',
    'http://dev.example.org',
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'chrome-extension://lms.example.org',
    'data:text/html,x',
    '__proto__',
    'constructor',
  ]
  for (const origin of refused) {
    it(`refuses ${JSON.stringify(origin)}`, () => assert.equal(isAllowedOrigin(origin, config), false))
  }
  it('allows exactly what is configured', () => {
    for (const origin of config.origins) assert.equal(isAllowedOrigin(origin, config), true)
  })
  it('never allows null, even when it is configured', () => {
    assert.equal(isAllowedOrigin('null', { ...config, origins: ['null'] }), false)
  })
})

describe('the demo', () => {
  const demo = { course: '/course' }
  it('allows its own page under the names of this machine', () => {
    assert.deepEqual(allowedOrigins({ origins: ['https://lms.example.org'], listen: loopback, demo }), [
      'https://lms.example.org',
      'http://localhost:8080',
      'http://127.0.0.1:8080',
      'http://[::1]:8080',
    ])
    const config = { origins: [], listen: loopback, demo }
    for (const origin of [
      'http://localhost:8081',
      'http://localhost',
      'https://localhost:8080',
      'http://x.localhost:8080',
    ]) {
      assert.equal(isAllowedOrigin(origin, config), false, origin)
    }
  })
  it('writes port 80 as browsers do', () => {
    assert.ok(isAllowedOrigin('http://localhost', { origins: [], listen: { host: '::1', port: 80 }, demo }))
  })
  it('opens nothing when the server listens elsewhere', () => {
    assert.deepEqual(allowedOrigins({ origins: [], listen: { host: '0.0.0.0', port: 8080 }, demo }), [])
  })
})

describe('isAllowedHost', () => {
  const local = { listen: loopback, publicUrl: 'http://127.0.0.1:8080' }
  const behind = { listen: { host: '10.0.0.5', port: 8080 }, publicUrl: 'https://labs.example.org' }
  const everywhere = { listen: { host: '0.0.0.0', port: 80 }, publicUrl: 'https://labs.example.org:8443/labs' }
  const six = { listen: { host: '::1', port: 9000 }, publicUrl: 'http://[::1]:9000' }

  const table: [string, Parameters<typeof isAllowedHost>[1], string[], (string | undefined)[]][] = [
    [
      'on loopback',
      local,
      ['127.0.0.1:8080', 'localhost:8080', 'LOCALHOST:8080', '[::1]:8080'],
      [
        undefined,
        '',
        'localhost',
        '127.0.0.1',
        'localhost:8081',
        'localhost:80',
        'localhost.:8080',
        'x.localhost:8080',
        'localhost:8080:8080',
        'localhost:08080',
        'localhost: 8080',
        ' localhost:8080',
        'localhost:8080 ',
        'evil.example:8080',
        'evil.example',
        '127.0.0.1.evil.example:8080',
        '127.1:8080',
        '2130706433:8080',
        '0x7f000001:8080',
        '127.0.0.2:8080',
        '::1:8080',
        '[::1]',
        '[::ffff:127.0.0.1]:8080',
        'a@localhost:8080',
        'localhost:8080/',
        'localhost:8080, evil.example',
        '127.0.0.1:8080\r\nX: y',
        '0.0.0.0:8080',
        'http://localhost:8080',
        '*',
      ],
    ],
    [
      'behind a proxy',
      behind,
      ['labs.example.org', 'Labs.Example.ORG', 'labs.example.org:443', '10.0.0.5:8080'],
      [
        'labs.example.org:80',
        'labs.example.org:8080',
        'localhost:8080',
        '127.0.0.1:8080',
        '10.0.0.5',
        'labs.example.org.',
        'x.labs.example.org',
        'evil-labs.example.org',
      ],
    ],
    [
      'on every address',
      everywhere,
      ['labs.example.org:8443'],
      ['labs.example.org', '0.0.0.0:80', '0.0.0.0', 'localhost', 'localhost:80', '10.0.0.5'],
    ],
    [
      'on IPv6 loopback',
      six,
      ['[::1]:9000', 'localhost:9000', '127.0.0.1:9000'],
      ['::1:9000', '[::1]:9001', '[::]:9000', '[0:0:0:0:0:0:0:1]:9000'],
    ],
  ]
  for (const [what, config, allowed, refused] of table) {
    for (const host of allowed) it(`${what}: allows ${host}`, () => assert.equal(isAllowedHost(host, config), true))
    for (const host of refused) {
      it(`${what}: refuses ${JSON.stringify(host)}`, () => assert.equal(isAllowedHost(host, config), false))
    }
  }
})
