/** Whether a `host` header is a name of the controller: against DNS rebinding, where a stranger's name leads here by their will. */

/** @param reached the address of ours that was dialled: one that was really dialled can't be rebound */
export function isOwnHost(
  header: string | undefined,
  names: ReadonlySet<string>,
  reached: string | undefined,
): boolean {
  const host = hostOf(header);
  return host !== undefined && (names.has(host) || host === asHost(reached));
}

/** Without its port, in lower case. */
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

export const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

export const isLoopback = (address: string | undefined): boolean =>
  /^(?:::1|(?:::ffff:)?127\.)/i.test(address ?? '');

/** A page's own requests come from where the page came from; where TLS is spoken, the plain name may be anyone on the wire. */
export function isOwnOrigin(origin: string, host: string | undefined, secure: boolean): boolean {
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  return page.host === host?.toLowerCase() && (!secure || page.protocol === 'https:');
}
