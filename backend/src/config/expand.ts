/** `${NAME}` in a value is the environment's; `$${` stands for `${` itself. Pure. */

export interface Expansion {
  readonly text: string
  readonly expanded: boolean
  /** One message a mistake. */
  readonly wrong: readonly string[]
}

export const VARIABLE_OPEN = '${'
const VARIABLE = /\$\$\{|\$\{([^}]*)(\}?)/g
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export function expandVariables(value: string, env: NodeJS.ProcessEnv): Expansion {
  const wrong: string[] = []
  let expanded = false
  const text = value.replace(VARIABLE, (match: string, name: string | undefined, end: string | undefined) => {
    if (match === '$${') return VARIABLE_OPEN
    if (name === undefined || end !== '}' || !NAME.test(name)) {
      wrong.push(
        `\`${VARIABLE_OPEN}\` begins no variable; expected \`${VARIABLE_OPEN}NAME}\`, or \`$${VARIABLE_OPEN}\` for the characters themselves`,
      )
      return match
    }
    expanded = true
    const found = Object.hasOwn(env, name) ? env[name] : undefined
    if (found === undefined) wrong.push(`the environment has no \`${name}\`; expected it to be set`)
    return found ?? ''
  })
  return { text, expanded, wrong }
}
