/** Markdown tables of one element of the manifest. */

const code = (text) =>
  text === undefined || text === '' ? '' : `\`${text.replace(/\|/g, '\\|').replace(/\s+/g, ' ')}\``
const words = (text = '') => text.replace(/\s*\n\s*/g, ' ').replace(/\|/g, '\\|')

function table(title, head, rows) {
  if (rows.length === 0) return ''
  const line = (cells) => `| ${cells.join(' | ')} |\n`
  return `### ${title}\n\n${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}\n`
}

const isMethod = (member) => member.kind === 'method' || (member.type?.text ?? '').includes('=>')

const signature = ({ name, parameters = [], return: result, type }) => {
  if (type) return `${name}${type.text.replace(' => ', ': ')}`
  const list = parameters.map(({ name, type, optional }) => `${name}${optional ? '?' : ''}: ${type?.text ?? 'unknown'}`)
  return `${name}(${list.join(', ')})${result?.type ? `: ${result.type.text}` : ''}`
}

/** @param {import('custom-elements-manifest').CustomElementDeclaration} element */
export function elementTables(element) {
  const attributes = element.attributes ?? []
  const members = element.members ?? []
  const byField = new Map(members.map((member) => [member.name, member]))
  const attributeRow = ({ name, fieldName, type, default: initial, description }) => {
    const field = byField.get(fieldName)
    const property = fieldName && fieldName !== name ? code(fieldName) : ''
    return [
      code(name),
      property,
      code(type?.text),
      code(initial ?? field?.default),
      words(description ?? field?.description),
    ]
  }
  const named = ({ name, description }) => [name ? code(name) : '(default)', words(description)]
  const isAttribute = (member) => attributes.some((attribute) => attribute.fieldName === member.name)
  const properties = members.filter((member) => member.kind === 'field' && !isMethod(member) && !isAttribute(member))
  const methods = members.filter(isMethod).filter((member) => member.name !== 'tokenProvider')
  return [
    `## \`<${element.tagName}>\`\n\n${words(element.description)}\n\n`,
    table('Attributes', ['attribute', 'property', 'type', 'default', 'meaning'], attributes.map(attributeRow)),
    table(
      'Properties only',
      ['property', 'type', 'meaning'],
      properties.map(({ name, type, description }) => [code(name), code(type?.text), words(description)]),
    ),
    table(
      'Methods',
      ['method', 'meaning'],
      methods.map((member) => [code(signature(member)), words(member.description)]),
    ),
    table(
      'Events',
      ['event', 'type', 'meaning'],
      (element.events ?? []).map(({ name, type, description }) => [code(name), code(type?.text), words(description)]),
    ),
    table('Slots', ['slot', 'meaning'], (element.slots ?? []).map(named)),
    table('Parts', ['part', 'meaning'], (element.cssParts ?? []).map(named)),
    table(
      'Custom properties',
      ['property', 'default', 'meaning'],
      (element.cssProperties ?? []).map(({ name, default: initial, description }) => [
        code(name),
        code(initial),
        words(description),
      ]),
    ),
  ]
    .join('')
    .trimEnd()
    .concat('\n')
}
