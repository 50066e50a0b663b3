/** The part of a logger (pino's) that the gateway uses. */
export interface GatewayLog {
  info(data: object, message: string): void
  warn(data: object, message: string): void
}
