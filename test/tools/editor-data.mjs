/** What editors with VS Code's "custom data" complete and explain in HTML: the tag and its attributes, by the manifest. */

/**
 * @param {import('custom-elements-manifest').Package} manifest
 * @see https://github.com/microsoft/vscode-custom-data
 */
export function htmlCustomData({ modules }) {
  const elements = modules.flatMap((module) => module.declarations).filter((declaration) => declaration.tagName)
  return { version: 1.1, tags: elements.map(tagOf) }
}

function tagOf({ tagName, description, attributes, members }) {
  const fields = new Map(members.map((member) => [member.name, member]))
  // `status` is the element's own to write.
  const written = attributes.filter(({ name }) => name !== 'status')
  return {
    name: tagName,
    description,
    attributes: written.map(({ name, fieldName, type, description }) => ({
      name,
      description: description ?? fields.get(fieldName)?.description,
      ...valuesOf(type?.text ?? ''),
    })),
  }
}

/** A boolean's presence is all it says; of a text with names those are offered. */
function valuesOf(type) {
  if (type === 'boolean') return { valueSet: 'v' }
  const names = [...type.matchAll(/'([^']+)'/g)].map(([, name]) => ({ name }))
  return names.length > 0 ? { values: names } : {}
}
