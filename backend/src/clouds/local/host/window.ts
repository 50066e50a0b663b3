/** Bytes the client of a channel still takes (RFC 4254 section 5.2); ssh2 keeps it on the channel, undeclared. */
export function windowOf(channel: object): number {
  if (!('outgoing' in channel)) return 0
  const { outgoing } = channel
  if (typeof outgoing !== 'object' || outgoing === null || !('window' in outgoing)) return 0
  return typeof outgoing.window === 'number' ? outgoing.window : 0
}
