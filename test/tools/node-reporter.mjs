/**
 * Reporter of node:test: a line for each file, every failure in full, and the counts with the failures into the file named
 * by LAB_TEST_COUNTS; with LAB_TEST_EACH a line for each test as it ends. Only tests are counted, not the suites around them,
 * unless one is skipped as a whole: then it says why.
 */
import { relative } from 'node:path'
import { inspect } from 'node:util'
import { addCounts } from './counts.mjs'

const SUMMARY = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/
const isFile = (data) => data.nesting === 0 && (data.name === data.file || data.file?.endsWith(data.name))

export default async function* nodeReporter(events) {
  const files = new Map()
  const of = (data) => {
    const path = data.file ? relative(process.cwd(), data.file) : data.name
    if (!files.has(path)) files.set(path, { path, passed: 0, failed: 0, skipped: 0, ms: 0 })
    return files.get(path)
  }
  const failedFiles = []
  const failures = []
  const failure = (heading, data) => {
    const text = `✖ ${heading}\n${reasonOf(data)}\n`
    failures.push(text)
    return text
  }
  for await (const { type, data } of events) {
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message
    if (type === 'test:diagnostic' && !SUMMARY.test(data.message)) yield `${data.message}\n`
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.nesting === 0 && !isFile(data)) of(data).ms += data.details.duration_ms
    // Also of a suite, whose tests are then not told one by one: what did not run must be seen.
    if (data.skip !== undefined || data.todo !== undefined) {
      of(data).skipped++
      yield `- ${of(data).path}: ${data.name}: ${typeof data.skip === 'string' ? data.skip : 'NOT RUN'}\n`
      continue
    }
    if (data.details.type === 'suite') {
      // Its tests only say that they were not run; this says why.
      if (data.details.error?.failureType === 'hookFailed') yield failure(`${of(data).path}: ${data.name}`, data)
      continue
    }
    if (isFile(data)) {
      if (type === 'test:fail') failedFiles.push({ file: of(data), data })
      continue
    }
    const file = of(data)
    if (type === 'test:pass') {
      file.passed++
      if (process.env.LAB_TEST_EACH) yield `✔ ${data.name} (${(data.details.duration_ms / 1000).toFixed(1)} s)\n`
    } else {
      file.failed++
      yield failure(`${file.path}: ${data.name}`, data)
    }
  }
  // A file that ends badly without a failed test of its own (it did not load, or hung) counts as one failure.
  for (const { file, data } of failedFiles.filter(({ file }) => file.failed === 0)) {
    file.failed++
    yield failure(file.path, data)
  }
  for (const file of files.values()) yield lineOf(file)
  writeCounts([...files.values()], failures)
  failIfHeldOpen()
}

/** A process that a test left behind holds our pipes and would keep the run alive for ever: say so and end. */
function failIfHeldOpen() {
  const timer = setTimeout(() => {
    const text = '✖ a test left a process behind'
    console.error(text)
    writeCounts([{ passed: 0, failed: 1 }], [text])
    process.exit(1)
  }, 5_000)
  timer.unref()
}

function reasonOf(data) {
  const error = data.details.error
  const cause = error?.cause ?? error
  const text = typeof cause === 'string' ? cause : inspect(cause, { depth: 4 })
  return text.replace(/^/gm, '    ')
}

function lineOf({ path, passed, failed, skipped, ms }) {
  const seconds = ms >= 1_000 && `${(ms / 1_000).toFixed(0)} s`
  const counts = [`${passed} ok`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`, seconds]
  return `${failed > 0 ? '✖' : '✔'} ${path}: ${counts.filter(Boolean).join(', ')}\n`
}

function writeCounts(files, failures) {
  const sum = (key) => files.reduce((total, file) => total + file[key], 0)
  addCounts({ passed: sum('passed'), failed: sum('failed'), failures })
}
