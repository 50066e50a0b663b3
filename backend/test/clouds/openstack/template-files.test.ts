import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { readParts } from '../../../src/clouds/openstack/stack-request.js'
import { readBundle, TemplateError } from '../../../src/clouds/openstack/template-files.js'

const folders: string[] = []
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

const HEAD = 'heat_template_version: 2018-08-31\n'

async function folderOf(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'templates-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

describe('the files of a template', () => {
  it('are those of get_file and of types, also of types of types, by names without this machine in them', async () => {
    const folder = await folderOf({
      'course/lab.yaml': `${HEAD}resources:
  one: { type: parts/server.yaml }
  many: { type: OS::Heat::ResourceGroup, properties: { resource_def: { type: parts/server.yaml } } }
  config: { type: OS::Heat::SoftwareConfig, properties: { config: { get_file: ../shared/init.sh } } }
`,
      'course/parts/server.yaml': `${HEAD}resources: { disk: { type: disk.template }, c: { get_file: hello.txt } }`,
      'course/parts/disk.template': `${HEAD}resources: {}`,
      'course/parts/hello.txt': 'hello: [world',
      'shared/init.sh': '#!/bin/sh\n',
    })
    const { template, files } = await readBundle(join(folder, 'course/lab.yaml'))
    assert.deepEqual(template['resources'], {
      one: { type: 'parts/server.yaml' },
      many: { type: 'OS::Heat::ResourceGroup', properties: { resource_def: { type: 'parts/server.yaml' } } },
      config: { type: 'OS::Heat::SoftwareConfig', properties: { config: { get_file: '../shared/init.sh' } } },
    })
    assert.deepEqual(Object.keys(files).toSorted(), [
      '../shared/init.sh',
      'parts/disk.template',
      'parts/hello.txt',
      'parts/server.yaml',
    ])
    assert.equal(files['parts/hello.txt'], 'hello: [world')
    assert.deepEqual(JSON.parse(files['parts/server.yaml'] ?? '').resources, {
      disk: { type: 'parts/disk.template' },
      c: { get_file: 'parts/hello.txt' },
    })
    assert.doesNotMatch(JSON.stringify({ template, files }), new RegExp(folder))
  })

  it('are those of an environment', async () => {
    const folder = await folderOf({
      'lab.yaml': HEAD,
      'env/env.yaml': `parameters: { a: 1 }
resource_registry:
  base_url: types
  Acme::Server: server.yaml
  OS::Nova::Server: Acme::Server
  resources: { one: { Acme::Disk: disk.yaml, hooks: pre-create } }
`,
      'env/types/server.yaml': HEAD,
      'env/types/disk.yaml': HEAD,
    })
    const { environment, files } = await readBundle(join(folder, 'lab.yaml'), join(folder, 'env/env.yaml'))
    assert.deepEqual(environment, {
      parameters: { a: 1 },
      resource_registry: {
        'Acme::Server': 'env/types/server.yaml',
        'OS::Nova::Server': 'Acme::Server',
        resources: { one: { 'Acme::Disk': 'env/types/disk.yaml', hooks: 'pre-create' } },
      },
    })
    assert.deepEqual(Object.keys(files).toSorted(), ['env/types/disk.yaml', 'env/types/server.yaml'])
  })

  it('may refer to each other', async () => {
    const folder = await folderOf({
      'a.yaml': `${HEAD}resources: { b: { type: b.yaml } }`,
      'b.yaml': `${HEAD}resources: { b: { type: b.yaml } }`,
    })
    assert.deepEqual(Object.keys((await readBundle(join(folder, 'a.yaml'))).files), ['b.yaml'])
  })

  it('mean what Heat would read: YAML 1.1, dates as text', async () => {
    const folder = await folderOf({ 'a.yaml': `${HEAD}x: { mode: 0644, on: yes, day: 2018-08-31, text: "0644" }` })
    const { template } = await readBundle(join(folder, 'a.yaml'))
    assert.deepEqual(template, {
      heat_template_version: '2018-08-31',
      x: { mode: 0o644, true: true, day: '2018-08-31', text: '0644' },
    })
  })

  const wrong: [what: string, files: Record<string, string | Buffer>, words: RegExp][] = [
    ['a file that is not there', { 'a.yaml': `${HEAD}x: { get_file: no.sh }` }, /^no\.sh is not there$/],
    ['a type that is not there', { 'a.yaml': `${HEAD}x: { type: no.yaml }` }, /^no\.yaml is not there$/],
    ['an address', { 'a.yaml': `${HEAD}x: { get_file: "https://a/b" }` }, /`https:\/\/a\/b` is an address/],
    ['no template', { 'a.yaml': 'resources: {}' }, /a\.yaml is no Heat template/],
    ['no YAML', { 'a.yaml': 'resources: {' }, /^a\.yaml is not valid YAML/],
    ['a list', { 'a.yaml': '- a' }, /a\.yaml is no group of keys/],
    ['bytes', { 'a.yaml': `${HEAD}x: { get_file: b }`, b: Buffer.from([0xff, 0xfe, 0]) }, /^b is no UTF-8 text$/],
  ]
  for (const [what, files, words] of wrong) {
    it(`are refused: ${what}`, async () => {
      const folder = await folderOf(files)
      await assert.rejects(
        readBundle(join(folder, 'a.yaml')),
        (error) => error instanceof TemplateError && words.test(error.message),
      )
    })
  }
})

describe('the parameters of a template', () => {
  const FACTS = { stack_name: 'ceph-1', lab: 'ceph', run: '2026' }
  const partsOf = async (declared: string, parameters: Record<string, unknown>, env = 'parameters: {}') => {
    const folder = await folderOf({ 'a.yaml': `${HEAD}parameters: ${declared}`, 'env.yaml': env })
    return readParts({ template: join(folder, 'a.yaml'), environment: join(folder, 'env.yaml'), parameters }, FACTS)
  }

  it('are given only where it has them', async () => {
    const { parameters, wantsKey } = await partsOf('{ run: {}, image: {} }', { image: 'x' })
    assert.deepEqual(parameters, { run: '2026', image: 'x' })
    assert.equal(wantsKey, false)
  })

  it('the facts and the key are ours to give, unless the configuration or the environment does', async () => {
    const all = await partsOf('{ run: {}, lab: {}, stack_name: {}, public_key: {} }', {})
    assert.deepEqual(all.parameters, { run: '2026', lab: 'ceph', stack_name: 'ceph-1' })
    assert.equal(all.wantsKey, true)
    const given = await partsOf('{ run: {}, public_key: {} }', { public_key: 'k' }, 'parameters: { run: x }')
    assert.deepEqual(given.parameters, { public_key: 'k' })
    assert.equal(given.wantsKey, false)
  })

  it('that are missing or too many are told by name', async () => {
    const defaults = await partsOf('{ a: { default: 1 }, b: {}, c: {} }', { b: 1 }, 'parameter_defaults: { c: 2 }')
    assert.deepEqual(defaults.parameters, { b: 1 })
    await assert.rejects(partsOf('{ a: {}, b: {} }', {}), /^TemplateError: the template wants a value for a, b$/)
    await assert.rejects(partsOf('{}', { imgae: 1 }), /^TemplateError: the template has no parameter imgae$/)
  })
})
