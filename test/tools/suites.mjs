/** Lists and runs test files. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { counted } from './counts.mjs'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Paths of the test files under a folder, relative to the repository, sorted. */
export function testFiles(folder, suffix = '.test.ts') {
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { recursive: true })
    .filter((path) => path.endsWith(suffix) && !path.includes('node_modules'))
    .map((path) => join(folder, path))
    .sort()
}

export function runWebTests(files) {
  const wtr = join(ROOT, 'node_modules/@web/test-runner/dist/bin.js')
  return counted(() => run([wtr, '--config', 'test/web-test-runner.config.mjs', '--files', ...files]))
}

/** @param {{ concurrency: number, timeoutSeconds: number, env?: Record<string, string> }} options */
export function runNodeTests(files, { concurrency, timeoutSeconds, env }) {
  const reporter = fileURLToPath(new URL('./node-reporter.mjs', import.meta.url))
  const flags = [
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutSeconds * 1000}`,
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
  ]
  return counted(() => run(['--import', 'tsx', '--test', ...flags, ...files], env))
}

/** Runs Node and resolves to whether it ended well. */
export function run(args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code === 0))
  })
}
