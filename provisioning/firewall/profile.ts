/** What may come in and go out of a device, as rules of nftables: decided from settings and addresses alone. */
import { isIP } from 'node:net';

/** A program elsewhere that the device talks to. */
export interface Reach {
  /** IPv4 and IPv6, as they were resolved. */
  addresses: readonly string[];
  tcpPorts: readonly number[];
}

export interface FirewallWants {
  /** People come in through this one only: a port, or the VLAN of the office (`eth0.20`). */
  interface?: string | undefined;
  nameServers: readonly string[];
  timeServers: readonly string[];
  /** The controller, its broker, an ACME directory. */
  reach: readonly Reach[];
  /** Name servers that take an ACME proof (RFC 2136). */
  updateServers?: readonly string[];
}

export const tableName = 'rockpool';

/** One line of a chain; its comment is how it is found again in what the kernel says. */
export interface Rule {
  chain: ChainName;
  says: string;
  match: string;
}
export type ChainName = 'input' | 'forward' | 'output';

/** Elements of each set, in nft's own writing and order. */
export type Sets = Record<SetName, readonly string[]>;
export type SetName = `${'resolvers' | 'clocks' | 'reach'}${4 | 6}`;

export interface Profile {
  sets: Sets;
  rules: readonly Rule[];
}

export function decideProfile(wants: FirewallWants): Profile {
  const people = wants.interface === undefined ? '' : `iifname "${named(wants.interface)}" `;
  const away = wants.interface === undefined ? '' : `oifname "${wants.interface}" `;
  return { sets: setsOf(wants), rules: [...input(people), ...forward, ...output(away)] };
}

/** For `nft --file`: all of it takes the place of what was there in one transaction, or none of it does. */
export function scriptOf({ sets, rules }: Profile): string {
  const chain = (name: ChainName, hook: string): string =>
    [
      `  chain ${name} {`,
      `    type filter hook ${hook} priority filter; policy drop;`,
      ...rules
        .filter((rule) => rule.chain === name)
        .map(({ match, says }) => `    ${match} comment "${says}"`),
      '  }',
    ].join('\n');
  return [
    '# Written by rockpool-provision from provisioning.toml; changes made here are lost.',
    `add table inet ${tableName}`,
    `delete table inet ${tableName}`,
    `table inet ${tableName} {`,
    '  counter dropped_in { comment "came in uninvited" }',
    '  counter refused_out { comment "wanted out and may not" }',
    ...Object.entries(sets).map(([name, elements]) => setText(name as SetName, elements)),
    chain('input', 'input'),
    chain('forward', 'forward'),
    chain('output', 'output'),
    '}',
    '',
  ].join('\n');
}

const input = (people: string): Rule[] =>
  chainOf('input', {
    loopback: 'iif "lo" accept',
    answers: 'ct state established,related accept',
    'what belongs to no connection': 'ct state invalid counter name "dropped_in" drop',
    'the chat page, and its redirect': `${people}tcp dport { 80, 443 } ct state new accept`,
    'mDNS asks for NAME.local': `${people}udp dport 5353 accept`,
    'DHCP answers': 'udp sport 67 udp dport 68 accept',
    'DHCPv6 answers': 'ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept',
    // Neighbours and routers: a packet that was routed has fewer hops left, and can't pretend.
    'neighbours and routers':
      'ip6 hoplimit 255 icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept',
    'multicast listeners':
      'icmpv6 type { mld-listener-query, mld-listener-report, mld2-listener-report } accept',
    'IPv6 errors':
      'icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept',
    'IPv4 errors': 'icmp type { destination-unreachable, time-exceeded, parameter-problem } accept',
    ping: 'icmp type echo-request limit rate 10/second accept',
    'ping over IPv6': 'icmpv6 type echo-request limit rate 10/second accept',
    IGMP: 'meta l4proto igmp accept',
    'all else': 'counter name "dropped_in" drop',
  });

const forward: Rule[] = [{ chain: 'forward', says: 'no router', match: 'counter name "dropped_in" drop' }];

/** Addresses of an office: an answer to one who asked by mDNS goes nowhere else. */
const office4 = '{ 10.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.251 }';
const office6 = '{ fc00::/7, fe80::/10, ff02::fb }';

const output = (away: string): Rule[] =>
  chainOf('output', {
    loopback: 'oif "lo" accept',
    answers: 'ct state established,related accept',
    'controller and certificates': 'ip daddr . tcp dport @reach4 accept',
    'controller and certificates over IPv6': 'ip6 daddr . tcp dport @reach6 accept',
    names: 'ip daddr @resolvers4 meta l4proto { tcp, udp } th dport 53 accept',
    'names over IPv6': 'ip6 daddr @resolvers6 meta l4proto { tcp, udp } th dport 53 accept',
    time: 'ip daddr @clocks4 udp dport 123 accept',
    'time over IPv6': 'ip6 daddr @clocks6 udp dport 123 accept',
    mDNS: `${away}udp sport 5353 ip daddr ${office4} accept`,
    'mDNS over IPv6': `${away}udp sport 5353 ip6 daddr ${office6} accept`,
    DHCP: 'udp sport 68 udp dport 67 accept',
    DHCPv6: 'ip6 daddr { fe80::/10, ff02::1:2 } udp sport 546 udp dport 547 accept',
    'neighbours and routers':
      'icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept',
    'multicast listeners':
      'icmpv6 type { mld-listener-report, mld-listener-reduction, mld2-listener-report } accept',
    IGMP: 'meta l4proto igmp accept',
    // At once and with a reason, so that what may not go out doesn't hang for minutes.
    'all else over TCP': 'meta l4proto tcp counter name "refused_out" reject with tcp reset',
    'all else': 'counter name "refused_out" reject with icmpx admin-prohibited',
  });

const chainOf = (chain: ChainName, matches: Record<string, string>): Rule[] =>
  Object.entries(matches).map(([says, match]) => ({ chain, says, match }));

function setsOf({ nameServers, timeServers, reach, updateServers = [] }: FirewallWants): Sets {
  const names = [...nameServers, ...updateServers];
  const places = reach.flatMap(({ addresses, tcpPorts }) =>
    addresses.flatMap((address) => tcpPorts.map((port) => ({ address, port: portOf(port) }))),
  );
  const pairs = (family: 4 | 6): string[] =>
    sorted(
      places
        .filter(({ address }) => familyOf(address) === family)
        .map((one) => `${one.address} . ${one.port}`),
    );
  return {
    ...{ resolvers4: of(4, names), resolvers6: of(6, names) },
    ...{ clocks4: of(4, timeServers), clocks6: of(6, timeServers) },
    ...{ reach4: pairs(4), reach6: pairs(6) },
  };
}

const of = (family: 4 | 6, addresses: readonly string[]): string[] =>
  sorted(addresses.filter((address) => familyOf(address) === family));

const sorted = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

const setText = (name: SetName, elements: readonly string[]): string => {
  const address = name.endsWith('4') ? 'ipv4_addr' : 'ipv6_addr';
  const type = name.startsWith('reach') ? `${address} . inet_service` : address;
  const filled = elements.length === 0 ? '' : ` elements = { ${elements.join(', ')} };`;
  return `  set ${name} { type ${type};${filled} }`;
};

/** @throws RangeError: what isn't an address would become a rule of its own writing */
function familyOf(address: string): 4 | 6 {
  const family = isIP(address);
  if (family === 0 || address.includes('%')) throw new RangeError(`${address} is no address`);
  return family as 4 | 6;
}

function portOf(port: number): number {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError(`${port} is no port`);
  return port;
}

function named(one: string): string {
  if (!/^[\w.-]{1,15}$/.test(one)) throw new RangeError(`${one} is no network interface`);
  return one;
}
