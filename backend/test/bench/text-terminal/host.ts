/** The lab host of the benchmark: OpenSSH's server, with one shell for all. */
import { Sshd, sshdMissing } from '../../gateway/fixtures/sshd.js'

/** Whatever the account that runs the benchmark has. */
const SHELL = 'exec env -i PATH="$PATH" TERM="$TERM" PS1=\'$ \' LC_ALL=C.UTF-8 HISTFILE= bash --norc --noprofile -i'

/** Throws where there is no sshd. Its key is one that guacd 1.3 can use too, which signs by SHA-1. */
export async function startHost(): Promise<Sshd> {
  if (sshdMissing) throw new Error(sshdMissing)
  return Sshd.start({ key: 'rsa-pem', settings: ['PubkeyAcceptedAlgorithms +ssh-rsa', `ForceCommand ${SHELL}`] })
}
