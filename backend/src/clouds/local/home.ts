/** A learner's home folder: made once, from the lab's files if it has some, and complete or not there. */
import { chmod, cp, lstat, mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from './remove-tree.js'

/** Written only where the lab's files bring none of their own. */
const DEFAULTS: Readonly<Record<string, string>> = {
  '.profile': `# Read by login shells.
if [ -n "$BASH_VERSION" ]; then
  [ -f "$HOME/.bashrc" ] && . "$HOME/.bashrc"
else
  PS1='lab$ '
fi
`,
  '.bashrc': `# Read by interactive bash.
case $- in *i*) ;; *) return ;; esac
PS1='\\[\\e[1;32m\\]lab\\[\\e[0m\\]:\\[\\e[1;34m\\]\\w\\[\\e[0m\\]\\$ '
HISTCONTROL=ignoreboth
shopt -s histappend checkwinsize
if ls --color=auto -d . >/dev/null 2>&1; then alias ls='ls --color=auto'; else alias ls='ls -G'; fi
# Tells the page the folder (OSC 7): a name in the terminal is the path of a file there.
PROMPT_COMMAND='printf "\\e]7;file://%s%s\\e\\\\" "$HOSTNAME" "\${PWD//%/%25}"'
`,
  '.zshrc': `# Read by interactive zsh.
PROMPT='%B%F{green}lab%f%b:%B%F{blue}%~%f%b%# '
if ls --color=auto -d . >/dev/null 2>&1; then alias ls='ls --color=auto'; else alias ls='ls -G'; fi
# Tells the page the folder (OSC 7): a name in the terminal is the path of a file there.
precmd() { printf '\\e]7;file://%s%s\\e\\\\' "$HOST" "\${PWD//\\%/%25}" }
`,
}

/** Bash reads only the first of these that is there: with one of the lab's own, ours would hide or be hidden. */
const LOGIN_FILES = ['.bash_profile', '.bash_login', '.profile']

export async function makeHome(home: string, files: string | undefined): Promise<void> {
  const part = `${home}.part`
  await removeTree(part)
  if (files === undefined) await mkdir(part)
  else await cp(files, part, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  await chmod(part, 0o700)
  await addDefaults(part)
  await rename(part, home)
}

async function addDefaults(home: string): Promise<void> {
  const has = async (name: string): Promise<boolean> =>
    lstat(join(home, name)).then(
      () => true,
      () => false,
    )
  const ownLogin = (await Promise.all(LOGIN_FILES.map(has))).includes(true)
  for (const [name, text] of Object.entries(DEFAULTS)) {
    if (name === '.profile' && ownLogin) continue
    if (!(await has(name))) await writeFile(join(home, name), text, { flag: 'wx', mode: 0o644 })
  }
}
