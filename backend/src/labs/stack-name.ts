import { createHash } from 'node:crypto'
import type { LabKey } from './lab.js'

/**
 * The stack of a learner's lab: always the same, at most 63 characters of `a-z0-9-`, with no personal data in clear.
 * The digest covers the whole key, so that labs or learners with look-alike names never share a stack.
 */
export function stackName(key: LabKey): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([key.issuer, key.subject, key.name]))
    .digest('hex')
  const slug = key.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30)
  return `${slug || 'lab'}-${digest.slice(0, 20)}`
}
