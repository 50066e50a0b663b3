/** Every configuration in the documentation loads, and together they show every key there is. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { exportJWK, generateKeyPair } from 'jose'
import { type TSchema, Type } from 'typebox'
import { parse } from 'yaml'
import { createIssuer } from '../../src/auth/issuer.js'
import { loadConfig } from '../../src/config/load.js'
import { FileSchema } from '../../src/config/schema.js'

const pageOf = (name: string) => readFile(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')
const [page, ltiPage] = await Promise.all([pageOf('configuration.md'), pageOf('lti.md')])
const blocksOf = (text: string) => [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '')
const blocks = blocksOf(page)

const ENV = {
  MONITOR_USER: 'me',
  LTI_KEY: 'a-key-that-nobody-can-guess',
  LMS_CLIENT_SECRET: 'another-that-nobody-can-guess',
}

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'documented-'))
  await Promise.all(['course', 'ceph-101', 'templates', 'hooks'].map((name) => mkdir(join(folder, name))))
  await writeFile(join(folder, 'monitor.password'), 'x')
  for (const name of ['kubernetes', 'env', 'sto2-env']) await writeFile(join(folder, `templates/${name}.yaml`), 'x')
  for (const name of ['monitor.key', 'monitor-cert.pub']) await writeFile(join(folder, name), 'x')
  for (const name of ['resume', 'suspend', 'delete']) await writeFile(join(folder, 'hooks', `${name}.sh`), 'x')
  await writeFile(join(folder, 'guacd-ca.pem'), 'x')
  const { jwks } = await createIssuer({ issuer: 'another-lms', audience: 'x' })
  await writeFile(join(folder, 'keys.json'), JSON.stringify(jwks))
  const { publicKey } = await generateKeyPair('RS512')
  await writeFile(join(folder, 'openedx-jwks.json'), JSON.stringify({ keys: [await exportJWK(publicKey)] }))
})
after(() => rm(folder, { recursive: true }))

/** `labs.*.terminals.*.port` and the like. */
function keysOf(schema: TSchema, path = ''): string[] {
  if ('later' in schema) return []
  if (Type.IsUnion(schema)) return schema.anyOf.flatMap((one) => keysOf(one, path))
  if (Type.IsArray(schema)) return keysOf(schema.items, `${path}.*`)
  if (Type.IsRecord(schema)) return keysOf(Type.RecordValue(schema), `${path}.*`)
  if (!Type.IsObject(schema)) return [path]
  return Object.entries(schema.properties).flatMap(([key, value]) =>
    keysOf(value, path === '' ? key : `${path}.${key}`),
  )
}

function pathsIn(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((one) => pathsIn(one, `${path}.*`))]
  if (typeof value !== 'object' || value === null) return [path]
  return [
    path,
    ...Object.entries(value).flatMap(([key, one]) => [
      ...pathsIn(one, path === '' ? key : `${path}.${key}`),
      ...pathsIn(one, `${path}.*`),
    ]),
  ]
}

describe('docs/configuration.md', () => {
  it('has configurations', () => assert.equal(blocks.length, 3))

  for (const [index, text] of blocks.entries()) {
    it(`configuration ${index + 1} loads`, async () => {
      const file = join(folder, `${index}.yaml`)
      await writeFile(file, text)
      const config = await loadConfig(file, ENV)
      assert.ok(config.labs.size > 0)
    })
  }

  it('shows every key', () => {
    const shown = new Set(blocks.flatMap((text) => pathsIn(parse(text))))
    // The same three sources for each value.
    const elsewhere = /\.(?:output|file|env)$/
    const missing = keysOf(FileSchema).filter((key) => !elsewhere.test(key) && !shown.has(key))
    // Any of the durations stands for all: a lab takes those of `defaults`.
    assert.deepEqual(
      missing.filter((key) => !/^labs\.\*\.(?:idleWarn|leaveGrace|launchTimeout)$/.test(key)),
      [],
    )
  })
})

describe('docs/lti.md', () => {
  for (const [index, text] of blocksOf(ltiPage).entries()) {
    it(`entry ${index + 1} loads`, async () => {
      const file = join(folder, `lti-${index}.yaml`)
      const origins = 'origins: [https://lms.example.org, https://school.instructure.com]'
      await writeFile(file, `${text}\n${origins}\nclouds: { here: { type: local } }\nlabs: { ceph-101: {} }\n`)
      const [entry] = (await loadConfig(file, ENV)).trust
      assert.equal(entry?.type, 'lti')
    })
  }
})
