/** Something the operator or the author wrote cannot be used. The message is for staff and holds no secret. */
export class SetupError extends Error {
  override readonly name: string = 'SetupError'
}
