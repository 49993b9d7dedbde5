/** An IPv4 address and a port. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:3100`, the form in which hyperswarm takes a bootstrap node. */
export function formatAddress({ host, port }: Address): string {
  return `${host}:${port}`
}
