/** Without control characters, which could end the sequence that it is put in. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, '')
}
