/** The script of a page that loads the element by itself; empty where it is within another one, as a bundler makes it. */
export function ownScript(address: string): string {
  return /\/lab-terminal[^/]*\.js$/.test(new URL(address).pathname) ? address : ''
}
