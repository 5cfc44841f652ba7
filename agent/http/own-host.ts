/** Whether a `host` header is a name of ours: against DNS rebinding, where a foreign name leads to us by an attacker's will. */

/** @param localAddress of the connection: an address that was really dialled can't be rebound, and DHCP may change it */
export function isOwnHost(
  header: string | undefined,
  allowed: ReadonlySet<string>,
  localAddress: string | undefined,
): boolean {
  const host = hostName(header);
  if (host === undefined) return false;
  return allowed.has(host) || host === asHost(localAddress);
}

/** Without the port, in lower case. */
export const hostName = (header: string | undefined): string | undefined =>
  header?.toLowerCase().match(/^(\[[0-9a-f:.]+\]|[^:[\]/]+)(?::\d+)?$/)?.[1];

/** Browsers remember HSTS for names only (RFC 6797 §8.3). */
export const isName = (host: string | undefined): boolean =>
  host !== undefined && !host.startsWith('[') && !/^[\d.]+$/.test(host);

function asHost(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return plain.includes(':') ? `[${plain.toLowerCase()}]` : plain;
}
