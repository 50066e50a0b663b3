/** By a link that is clicked: it needs no permission of a strict page. */
export function saveBlob(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  // The browser reads it after this turn, and tells nobody when it has.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
