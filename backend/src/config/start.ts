/** What begins on the host of a text terminal. */
import type { StartConfig } from './config.js'
import { at, type Part } from './part.js'
import { type Reading, refuse } from './reading.js'
import type { TerminalSection } from './schema.js'

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Undefined for the login shell as it is. */
export function readStart(reading: Reading, part: Part<TerminalSection>): StartConfig | undefined {
  const variables = at(part, 'environment')
  const environment = variables.value ?? {}
  for (const name of Object.keys(environment)) {
    if (!VARIABLE.test(name)) refuse(reading, at(variables, name), 'a variable named by letters, digits and _')
  }
  const attach = at(part, 'attach').value ?? 'none'
  const command = at(part, 'command').value
  const start = {
    ...(attach !== 'none' && { attach }),
    ...(Object.keys(environment).length > 0 && { environment }),
    ...(command !== undefined && { command }),
  }
  return Object.keys(start).length > 0 ? start : undefined
}
