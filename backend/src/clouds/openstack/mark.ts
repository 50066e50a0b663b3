import { createHash } from 'node:crypto'

/** The tag of every stack that this software made. */
export const PRODUCT_TAG = 'lab-terminal'
/** Heat's own bound for a tag. */
export const LONGEST_TAG = 80

/**
 * The second tag, which tells installations apart that share a project: the public address without its scheme, as in
 * `labs.example.org` or `labs.example.org:8443/staging`.
 */
export function installationTag(publicUrl: string): string {
  const tag = publicUrl.replace(/^https?:\/\//, '').replace(/[^a-zA-Z0-9.:/_-]+/g, '-')
  if (tag.length <= LONGEST_TAG) return tag
  const digest = createHash('sha256').update(tag).digest('hex').slice(0, 12)
  return `${tag.slice(0, LONGEST_TAG - digest.length - 1)}-${digest}`
}

/**
 * The other installation a stack belongs to, if it does. One without our product's tag has lost its tags in an update
 * by hand: its name, which holds a digest, says whose it is.
 */
export function otherOwner(tags: readonly string[] | null | undefined, ours: string): string | undefined {
  if (!tags?.includes(PRODUCT_TAG) || tags.includes(ours)) return undefined
  return tags.filter((tag) => tag !== PRODUCT_TAG).join(', ') || 'nobody'
}
