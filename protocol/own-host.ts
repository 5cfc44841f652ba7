/** Whose name a request asks for, and which page it comes from: against DNS rebinding, and against pages elsewhere. */

/**
 * Whether a `host` header is a name of ours.
 * @param names lower case, without ports, IPv6 in brackets
 * @param reached the address of ours that was dialled: one that was really dialled can't be rebound, and DHCP may change it
 */
export function isOwnHost(
  header: string | undefined,
  names: ReadonlySet<string>,
  reached: string | undefined,
): boolean {
  const host = hostOf(header);
  return host !== undefined && (names.has(host) || host === asHost(reached));
}

/** Without its port, in lower case; undefined for what is none. */
export const hostOf = (header: string | undefined): string | undefined =>
  /^(\[[0-9a-f:.]+\]|[^:[\]/\s]+)(?::\d{1,5})?$/.exec(header?.toLowerCase() ?? '')?.[1];

/** As it stands in a `host` header: IPv6 in brackets, IPv4 without the prefix that a dual socket gives it. */
export function asHost(address: string | undefined): string | undefined {
  const plain = address
    ?.toLowerCase()
    .replace(/^::ffff:(?=\d+\.)/, '')
    .replace(/%.*$/, '');
  return plain?.includes(':') ? `[${plain.replace(/^\[|\]$/g, '')}]` : plain;
}

/** Browsers remember HSTS for names only (RFC 6797 §8.3). */
export const isName = (host: string | undefined): boolean =>
  host !== undefined && !host.startsWith('[') && !/^[\d.]+$/.test(host);

/** A page's own requests come from where the page came from; where TLS is spoken, the plain name may be anyone on the wire. */
export function isOwnOrigin(origin: string, host: string | undefined, isSecure: boolean): boolean {
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  return page.host === host?.toLowerCase() && (!isSecure || page.protocol === 'https:');
}
