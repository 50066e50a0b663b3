import { LabError } from '../../src/wire/problems.js'
import { checkConfig } from './cli/check-config.js'
import { type Command, print, readWords, UsageError } from './cli/command.js'
import { doctor } from './cli/doctor.js'
import { labs } from './cli/labs.js'
import { serveCommand } from './cli/serve.js'
import { token } from './cli/token.js'
import { usage } from './cli/usage.js'

const USAGE = `Usage: lab-backend <command> [options]

  serve                 serve labs (Ctrl+C ends it in good order)
  check-config          read the configuration and ask its clouds; say what is wrong or what it means
  labs list             all labs that there are
  labs show ID…         everything about a lab, and its history
  labs score ID…        send a score into the gradebook of the course (LTI)
  labs suspend ID…      pause labs
  labs resume ID…       wake labs, or launch them
  labs delete ID…       remove labs and the work in them
  usage                 hours and money of a time, and what always-on labs would have cost
  doctor LAB            launch, suspend, resume and delete a throw-away copy of a lab, with timings
  token                 make a signed token, to try things

Options
  -c, --config FILE     the configuration (default: lab-terminal.yaml)
      --json            for scripts
      --offline         check-config: ask no cloud
      --lab NAME        labs list, usage: of this lab only
      --learner ID      labs list, usage: of this learner only
      --phase PHASE     labs list: in this phase only
      --given N, --maximum N  labs score: so many of so many points
      --comment TEXT    labs score: a word beside them
      --yes             labs delete: yes, remove the work too
      --no-wait         labs suspend|resume|delete: do not wait until it is done
      --days N          usage: the last N days (default: 30)
      --from, --to DATE usage: from and to a date
      --by lab|learner  usage: a line for each (default: lab)
      --cloud NAME      doctor: in this cloud (default: the lab's first)
      --key FILE        token: the issuer's private key (made when it is not there)
      --issuer URL      token: who signs
      --audience URL    token: for whom (default: publicUrl of the configuration)
      --sub ID          token: which learner
      --context ID      token: which course
  -h, --help

Exit status: 0 done, 1 failed, 2 not understood.
`

const COMMANDS = new Map<string, Command>([
  ['serve', serveCommand],
  ['check-config', checkConfig],
  ['labs', labs],
  ['usage', usage],
  ['doctor', doctor],
  ['token', token],
])

async function run(args: readonly string[]): Promise<number | undefined> {
  const { command: name, ...words } = readWords(args)
  if (words.values.help) {
    print(USAGE)
    return 0
  }
  const command = name === undefined ? undefined : COMMANDS.get(name)
  if (command === undefined) {
    throw new UsageError(name === undefined ? 'a command is needed' : `there is no command "${name}"`)
  }
  return await command(words)
}

run(process.argv.slice(2)).then(
  (code) => {
    if (code !== undefined) process.exitCode = code
  },
  (error: unknown) => {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${USAGE}`)
      process.exit(2)
    }
    const expected = error instanceof LabError || (error instanceof Error && 'mistakes' in error)
    process.stderr.write(`${error instanceof Error ? (expected ? error.message : error.stack) : error}\n`)
    process.exit(1)
  },
)
