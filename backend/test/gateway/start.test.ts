import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { type Start, startCommand } from '../../src/gateway/start.js'

/** What a real shell makes of it; tmux and screen are functions that say what they were given. */
function run(start: Start): string {
  const command = startCommand(start) ?? assert.fail('no command')
  const path = `${process.env['PATH']}`
  return execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8', env: { PATH: path, SHELL: '/bin/echo' } })
}

describe('what begins on a host', () => {
  test('the login shell as it is, where nothing is said', () => {
    assert.equal(startCommand({ session: 'main' }), undefined)
    assert.equal(startCommand({ session: 'main', environment: {} }), undefined)
  })
  test('variables and a command arrive whatever they hold', () => {
    const hostile = `it's "$(echo no)" \`no\` \\ $HOME; ü`
    assert.equal(run({ session: 'main', environment: { A: hostile }, command: 'printf %s "$A"' }), hostile)
  })
  test('the login shell with variables', () => {
    assert.equal(run({ session: 'main', environment: { A: '1' } }), '-l\n')
  })
  test('without tmux on the host, the command or the shell all the same', () => {
    const command = startCommand({ session: 'a b', attach: 'tmux', command: 'echo here' }) ?? ''
    assert.equal(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8', env: { PATH: '/nowhere' } }), 'here\n')
    assert.match(command, /tmux -u new-session -A -s/)
  })
})
