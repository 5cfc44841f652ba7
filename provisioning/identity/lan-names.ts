/** The names and addresses that people reach the chat page by, as its certificate has to hold them. */
import { BlockList, isIP } from 'node:net';
import { permits, privateNetworks } from '@rockpool/signing/x509-name-constraints';

export interface LanNames {
  dns: readonly string[];
  ips: readonly string[];
}

/** A browser can't be told which interface an address of this kind is on. */
const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');

/** More interfaces than a branch has; a certificate of thousands of names is nobody's wish. */
const mostAddresses = 16;

/**
 * @param others the operator's names, from the settings
 * @param addresses of all interfaces, in any order; what is no private address of a network is left out
 */
export function lanNames(name: string, others: readonly string[], addresses: readonly string[]): LanNames {
  const ips = addresses.filter(isOfNetwork).map(spelled);
  return {
    dns: [...new Set([`${name}.local`, ...others.map((other) => other.toLowerCase())])],
    ips: [...new Set(ips)].sort().slice(0, mostAddresses),
  };
}

export const sameNames = (a: LanNames, b: LanNames): boolean =>
  sameSet(a.dns, b.dns) && sameSet(a.ips.map(spelled), b.ips.map(spelled));

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  new Set(a).size === new Set(b).size && a.every((item) => b.includes(item));

function isOfNetwork(address: string): boolean {
  const kind = isIP(address);
  // One with a zone, `fe80::1%eth0`, is link-local.
  if (kind === 0 || address.includes('%')) return false;
  if (linkLocal.check(address, kind === 6 ? 'ipv6' : 'ipv4')) return false;
  return permits({ dns: [], networks: privateNetworks }, { dns: [], ips: [address] });
}

/** The one short spelling of an IPv6 address. */
const spelled = (address: string): string =>
  isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
