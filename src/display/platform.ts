/** What kind of keyboard a person has, as far as shortcuts go. */
export type Platform = 'apple' | 'windows' | 'other'

export function platformOf({ platform }: Pick<Navigator, 'platform'>): Platform {
  if (/^(Mac|iP)/.test(platform)) return 'apple'
  return platform.startsWith('Win') ? 'windows' : 'other'
}
