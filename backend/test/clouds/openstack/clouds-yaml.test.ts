import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AccountError } from '../../../src/clouds/openstack/account.js'
import { findAccount } from '../../../src/clouds/openstack/clouds-yaml.js'

type Files = Readonly<Record<string, string>>

function find(name: string, files: Files, env: NodeJS.ProcessEnv = {}) {
  return findAccount(name, { folder: '/labs', env: { HOME: '/home/op', ...env }, read: async (path) => files[path] })
}

const AUTH = 'auth_url: https://keystone:5000, username: me, password: secret-word, project_name: labs'
const one = (entry: string) => `clouds: { sto2: ${entry} }`
const good = one(`{ auth: { ${AUTH} } }`)

describe('an entry of clouds.yaml', () => {
  it('by password, with the domain that everybody has', async () => {
    const { account } = await find('sto2', { '/labs/clouds.yaml': good })
    assert.deepEqual(account, {
      name: 'sto2',
      authUrl: 'https://keystone:5000/v3',
      credentials: {
        method: 'password',
        user: { name: 'me', domain: { id: 'default' } },
        password: 'secret-word',
        project: { name: 'labs', domain: { id: 'default' } },
      },
      interface: 'public',
      verify: true,
      endpoints: {},
    })
  })

  it('by password, with all there is to say', async () => {
    const text = one(`
      auth_type: v3password
      auth:
        auth_url: https://keystone/identity/v3/
        user_id: u1
        password: 12345
        project_name: labs
        project_domain_name: Acme
      region_name: two
      interface: internalURL
      verify: no
      cacert: ca.pem
      orchestration_endpoint_override: https://heat/v1/p`)
    const { account, ca } = await find('sto2', {
      '/labs/clouds.yaml': text.replace('{ sto2: ', '\n  sto2: ').replace(/ \}$/, ''),
      '/labs/ca.pem': 'PEM',
    })
    assert.equal(ca, 'PEM')
    assert.deepEqual(
      { ...account, name: undefined },
      {
        name: undefined,
        authUrl: 'https://keystone/identity/v3',
        credentials: {
          method: 'password',
          user: { id: 'u1' },
          password: '12345',
          project: { name: 'labs', domain: { name: 'Acme' } },
        },
        region: 'two',
        interface: 'internal',
        verify: false,
        cacert: 'ca.pem',
        endpoints: { orchestration: 'https://heat/v1/p' },
      },
    )
  })

  it('by application credential, whose type may be left out', async () => {
    const secret = 'application_credential_secret: s'
    const byId = one(`{ auth: { auth_url: http://k, application_credential_id: i, ${secret} } }`)
    const byName = one(
      `{ auth_type: v3applicationcredential, auth: { auth_url: http://k, application_credential_name: n, username: me, user_domain_id: d, ${secret} } }`,
    )
    assert.deepEqual((await find('sto2', { '/labs/clouds.yaml': byId })).account.credentials, {
      method: 'application_credential',
      credential: { id: 'i' },
      secret: 's',
    })
    assert.deepEqual((await find('sto2', { '/labs/clouds.yaml': byName })).account.credentials, {
      method: 'application_credential',
      credential: { name: 'n', user: { name: 'me', domain: { id: 'd' } } },
      secret: 's',
    })
  })

  for (const [what, place, env] of [
    ['the file that is named', '/elsewhere/my.yaml', { OS_CLIENT_CONFIG_FILE: '/elsewhere/my.yaml' }],
    ['beside the configuration', '/labs/clouds.yaml', {}],
    ['beside the configuration, another ending', '/labs/clouds.yml', {}],
    ["the user's", '/home/op/.config/openstack/clouds.yaml', {}],
    ["the machine's", '/etc/openstack/clouds.yaml', {}],
  ] as const) {
    it(`is found: ${what}`, async () => {
      const later = place.startsWith('/etc') ? {} : { '/etc/openstack/clouds.yaml': one('{}') }
      assert.equal((await find('sto2', { ...later, [place]: good }, env)).account.name, 'sto2')
    })
  }

  it('takes what is secret from secure.yaml', async () => {
    const files = {
      '/labs/clouds.yaml': one('{ auth: { auth_url: http://k, username: me, project_id: p }, region_name: one }'),
      '/home/op/.config/openstack/secure.yaml': one('{ auth: { password: hidden } }'),
    }
    const { credentials, region } = (await find('sto2', files)).account
    assert.ok(credentials.method === 'password')
    assert.equal(credentials.password, 'hidden')
    assert.equal(region, 'one')
  })

  it('envvars is made of the OS_* variables', async () => {
    const env = {
      ...{ OS_AUTH_URL: 'http://k/v2.0', OS_USERNAME: 'me', OS_PASSWORD: 'pw', OS_TENANT_NAME: 'labs' },
      ...{ OS_USER_DOMAIN_NAME: 'Acme', OS_REGION_NAME: 'two', OS_INSECURE: 'true', OS_ENDPOINT_TYPE: 'adminURL' },
    }
    const { account } = await find('envvars', {}, env)
    assert.equal(account.authUrl, 'http://k/v3')
    assert.deepEqual([account.region, account.verify, account.interface], ['two', false, 'admin'])
    assert.deepEqual(account.credentials, {
      method: 'password',
      user: { name: 'me', domain: { name: 'Acme' } },
      password: 'pw',
      project: { name: 'labs', domain: { id: 'default' } },
    })
    assert.equal((await find('mine', {}, { ...env, OS_CLOUD_NAME: 'mine' })).account.authUrl, 'http://k/v3')
  })
})

describe('an entry that cannot be used', () => {
  const rows: [what: string, files: Files, words: RegExp, env?: NodeJS.ProcessEnv][] = [
    [
      'no file',
      {},
      /there is no clouds\.yaml for cloud sto2; looked in \/labs, \/home\/op\/\.config\/openstack, \/etc/,
    ],
    ['a named file that is not there', {}, /^\/x\.yaml is not there$/, { OS_CLIENT_CONFIG_FILE: '/x.yaml' }],
    ['another name', { '/labs/clouds.yaml': 'clouds: { a: {}, b: {} }' }, /has no cloud sto2; it has a, b/],
    ['no clouds', { '/labs/clouds.yaml': 'a: 1' }, /has no group `clouds`/],
    ['no YAML', { '/labs/clouds.yaml': 'clouds: { sto2: { auth: { password: secret-word' }, /is not valid YAML$/],
    [
      'no auth',
      { '/labs/clouds.yaml': one('{ region_name: a }') },
      /cloud sto2 in \/labs\/clouds\.yaml: `auth` is missing/,
    ],
    ['no password', { '/labs/clouds.yaml': good.replace('password: secret-word, ', '') }, /`password` is missing/],
    ['no project', { '/labs/clouds.yaml': good.replace(', project_name: labs', '') }, /`project_name` is missing/],
    ['no address', { '/labs/clouds.yaml': good.replace('https://keystone:5000', 'keystone') }, /`auth_url` is no http/],
    [
      'another way in',
      { '/labs/clouds.yaml': one(`{ auth_type: v3token, auth: { ${AUTH} } }`) },
      /`auth_type: v3token` is not/,
    ],
    [
      'a vendor profile',
      { '/labs/clouds.yaml': one(`{ profile: acme, auth: { ${AUTH} } }`) },
      /`profile` is not supported/,
    ],
    ['several regions', { '/labs/clouds.yaml': one(`{ regions: [a, b], auth: { ${AUTH} } }`) }, /several `regions`/],
    ['an interface', { '/labs/clouds.yaml': one(`{ interface: x, auth: { ${AUTH} } }`) }, /`interface` is “x”/],
    [
      'no such authority',
      { '/labs/clouds.yaml': one(`{ cacert: a.pem, auth: { ${AUTH} } }`) },
      /`cacert` names a file/,
    ],
  ]
  for (const [what, files, words, env] of rows) {
    it(what, async () => {
      await assert.rejects(find('sto2', files, env), (error) => {
        assert.ok(error instanceof AccountError)
        assert.match(error.message, words)
        assert.doesNotMatch(error.message, /secret-word/)
        return true
      })
    })
  }
})
