import assert from 'node:assert/strict'
import { LabError } from '../../../src/wire/problems.js'

/** The problem that something is refused with. */
export async function refusal(promise: Promise<unknown>): Promise<LabError> {
  try {
    await promise
  } catch (error) {
    assert.ok(error instanceof LabError, `${error}`)
    return error
  }
  assert.fail('it was not refused')
}
