/** Small files that are whole or not there, whenever the writer is killed. */
import { randomBytes } from 'node:crypto'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'

export async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.${randomBytes(6).toString('hex')}.part`
  await writeFile(part, text, { mode: 0o600 })
  await rename(part, path)
}

/** The text, or undefined when the file is not there. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Parsed and checked: the learner's own programs can reach these files. Undefined when missing or not of that kind. */
export async function readJson<T>(path: string, is: (value: unknown) => value is T): Promise<T | undefined> {
  const text = await readText(path)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return is(value) ? value : undefined
  } catch {
    return undefined
  }
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

/** An object with members, for guards. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
