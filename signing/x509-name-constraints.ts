/** What an authority may vouch for (RFC 5280 §4.2.1.10), written and read as DER: names and networks. */
import { isIP } from 'node:net';

export interface NameConstraints {
  /** A name, and every name under it: `local`, `example.com`. */
  dns: readonly string[];
  /** `10.0.0.0/8`, `fc00::/7`. */
  networks: readonly string[];
}

/** Networks that nobody on the internet answers in; a certificate for an address there is of no use elsewhere. */
export const privateNetworks: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
];

const tags = { sequence: 0x30, permitted: 0xa0, dns: 0x82, address: 0x87 } as const;

/** The value of extension 2.5.29.30 that permits these and nothing else of their kind. */
export function encodeNameConstraints({ dns, networks }: NameConstraints): Buffer {
  const subtrees = [
    ...dns.map((name) => der(tags.dns, Buffer.from(name, 'ascii'))),
    ...networks.map((network) => der(tags.address, addressAndMask(network))),
  ].map((base) => der(tags.sequence, base));
  return der(tags.sequence, der(tags.permitted, Buffer.concat(subtrees)));
}

/** @throws RangeError when it is not what `encodeNameConstraints` writes */
export function decodeNameConstraints(value: Uint8Array): NameConstraints {
  const [outer] = readDer(value, tags.sequence);
  const [permitted] = readDer(outer ?? new Uint8Array(), tags.permitted);
  const dns: string[] = [];
  const networks: string[] = [];
  for (const subtree of readDer(permitted ?? new Uint8Array(), tags.sequence)) {
    if (subtree[0] === tags.dns)
      dns.push(...readDer(subtree, tags.dns).map((name) => Buffer.from(name).toString()));
    else networks.push(...readDer(subtree, tags.address).map(networkText));
  }
  return { dns, networks };
}

/** Whether an authority so constrained may vouch for these. */
export function permits(
  constraints: NameConstraints,
  { dns, ips }: { dns: readonly string[]; ips: readonly string[] },
): boolean {
  return (
    dns.every((name) => constraints.dns.some((base) => isUnder(name.toLowerCase(), base.toLowerCase()))) &&
    ips.every((ip) => constraints.networks.some((network) => isInside(ip, network)))
  );
}

/** By bytes, as certificates hold them: an IPv4 address in an IPv6 one's clothes is an IPv6 address. */
function isInside(ip: string, network: string): boolean {
  if (isIP(ip) === 0 || (isIP(ip) === 6 && ip.includes('.'))) return false;
  const address = addressBytes(ip);
  const bytes = addressAndMask(network);
  const half = bytes.length / 2;
  return (
    address.length === half &&
    address.every(
      (byte, at) => (byte & (bytes[half + at] ?? 0)) === ((bytes[at] ?? 0) & (bytes[half + at] ?? 0)),
    )
  );
}

const isUnder = (name: string, base: string): boolean => name === base || name.endsWith(`.${base}`);

function addressAndMask(network: string): Buffer {
  const [address = '', prefix = ''] = network.split('/');
  const kind = isIP(address);
  const bits = kind === 6 ? 128 : 32;
  if (kind === 0 || (kind === 6 && address.includes('.')) || !/^\d+$/.test(prefix) || Number(prefix) > bits) {
    throw new RangeError(`${network} is not a network like 10.0.0.0/8`);
  }
  const mask = Buffer.alloc(bits / 8);
  for (let bit = 0; bit < Number(prefix); bit += 1)
    mask[bit >> 3] = (mask[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return Buffer.concat([addressBytes(address), mask]);
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const all = [...left, ...Array<number>(zeros).fill(0), ...right];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}

const groups = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));

function networkText(bytes: Uint8Array): string {
  const half = bytes.length / 2;
  if (half !== 4 && half !== 16) throw new RangeError('an address constraint has 8 or 32 bytes');
  const address = [...bytes.subarray(0, half)];
  const prefix = [...bytes.subarray(half)].reduce(
    (sum, byte) => sum + byte.toString(2).replace(/0/g, '').length,
    0,
  );
  if (half === 4) return `${address.join('.')}/${prefix}`;
  const words = Array.from(
    { length: 8 },
    (_, at) => ((address[2 * at] ?? 0) << 8) | (address[2 * at + 1] ?? 0),
  );
  // As URL writes it: the one short form of an IPv6 address.
  return `${new URL(`http://[${words.map((word) => word.toString(16)).join(':')}]`).hostname.slice(1, -1)}/${prefix}`;
}

function der(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  if (length > 0xffff) throw new RangeError('too many constraints');
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

/** The contents of all the elements that stand in `bytes`, which must all have this tag. */
function readDer(bytes: Uint8Array, tag: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== tag) throw new RangeError('not name constraints of the kind that we write');
    const first = bytes[at + 1] ?? 0;
    const sizeBytes = first < 0x80 ? 0 : first & 0x7f;
    let length = sizeBytes === 0 ? first : 0;
    for (let next = 0; next < sizeBytes; next += 1) length = length * 256 + (bytes[at + 2 + next] ?? 0);
    const start = at + 2 + sizeBytes;
    if (start + length > bytes.length) throw new RangeError('name constraints that are cut off');
    found.push(bytes.subarray(start, start + length));
    at = start + length;
  }
  return found;
}
