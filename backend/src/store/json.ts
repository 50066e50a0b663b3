/** PostgreSQL's JSON takes no zero character, and a name from an LMS may hold anything. */
export function json(value: object): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? member.replaceAll('\0', '') : member,
  )
}
