/** Whether WebGL is worth its context here. */
let gpu: boolean | undefined

/** Asks the browser once. */
export function hasGpu(): boolean {
  gpu ??= probe()
  return gpu
}

function probe(): boolean {
  const context = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true })
  context?.getExtension('WEBGL_lose_context')?.loseContext()
  return context !== null
}
