/**
 * A warning in front of the document's title, for a tab that nobody looks at. Several elements may ask at once: the
 * first one's words show until it takes them back, then the next one's. A title that the page changes meanwhile stays.
 */
const wanted = new Map<object, string>()
let shown = ''

/** `undefined` takes the owner's prefix back. */
export function prefixTitle(owner: object, prefix: string | undefined): void {
  if (prefix === undefined) wanted.delete(owner)
  else wanted.set(owner, prefix)
  const [next = ''] = wanted.values()
  if (next === shown) return
  const bare = document.title.startsWith(shown) ? document.title.slice(shown.length) : document.title
  shown = next
  document.title = next + bare
}
