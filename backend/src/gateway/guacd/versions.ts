/** The versions of guacd's protocol. Pure. */

/** As guacd names them, oldest first. guacd 1.6 speaks 1.5.0; there is no newer one. */
const VERSIONS = ['VERSION_1_0_0', 'VERSION_1_1_0', 'VERSION_1_3_0', 'VERSION_1_5_0'] as const
export type Version = (typeof VERSIONS)[number]

/** What is spoken with a guacd that offers `offered`: the newest that both know. One without a version is of 1.0. */
export function agreedVersion(offered: string): Version {
  const numbers = /^VERSION_(\d{1,4})_(\d{1,4})_(\d{1,4})$/.exec(offered)?.slice(1).map(Number)
  if (!numbers) return 'VERSION_1_0_0'
  const known = VERSIONS.filter((version) => compare(partsOf(version), numbers) <= 0)
  return known.at(-1) ?? 'VERSION_1_0_0'
}

export function isAtLeast(version: Version, least: Version): boolean {
  return VERSIONS.indexOf(version) >= VERSIONS.indexOf(least)
}

export function isVersion(name: string): boolean {
  return name.startsWith('VERSION_')
}

function partsOf(version: Version): number[] {
  return version.split('_').slice(1).map(Number)
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((part, index) => part !== b[index])
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}
