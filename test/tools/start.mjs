/** `npm start`: builds what is missing, then becomes the backend with the demo course. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const path = (relative) => fileURLToPath(new URL(`../../${relative}`, import.meta.url))

// In a process of its own, so that nothing of the build stays in the server's.
const { status } = spawnSync(process.execPath, [path('test/tools/build.mjs'), '--missing'], { stdio: 'inherit' })
if (status === 0) {
  // The same process and not a child: Ctrl+C and signals reach the backend once and directly.
  const program = path('backend/bin/lab-backend.js')
  const args =
    process.argv.length > 2 ? process.argv.slice(2) : ['serve', '--config', path('examples/course/lab-terminal.yaml')]
  process.argv = [process.execPath, program, ...args]
  await import(program)
} else {
  process.exitCode = status ?? 1
}
