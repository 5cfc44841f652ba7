/** Whether a certificate has to be replaced now, and why: decided from what is there, what is wanted and the clock. */
import { X509Certificate } from 'node:crypto';
import { verifyChain } from '@rockpool/signing/x509-chain';
import { type LanNames, sameNames } from '../identity/lan-names.ts';

export type Due =
  | 'missing' // there is none, or its key doesn't open on this board
  | 'ended'
  | 'not-yet' // made by a clock that ran ahead
  | 'aged' // two thirds of its time are over
  | 'names' // the device has other names or addresses now
  | 'issuer'; // the settings want it from somebody else

export interface Wanted {
  /** Null: the names are not looked at. */
  names: LanNames | null;
  /** The root that has to have signed it; null where the public ones do. */
  root: string | null;
}

/** Renewed with a third of its time left: a month for a controller that is away, or an office without a line. */
const lifetimeShare = 2 / 3;

/** @returns null while it may stay */
export function dueOf(chain: readonly string[] | null, { names, root }: Wanted, nowMs: number): Due | null {
  const [leafPem] = chain ?? [];
  if (!leafPem || !chain) return 'missing';
  const leaf = new X509Certificate(leafPem);
  const from = leaf.validFromDate.getTime();
  const to = leaf.validToDate.getTime();
  if (nowMs > to) return 'ended';
  if (nowMs < from) return 'not-yet';
  if (root && verifyChain(chain, root, { at: new Date(nowMs) })) return 'issuer';
  if (names && !sameNames(names, namesOf(leaf))) return 'names';
  return nowMs >= from + (to - from) * lifetimeShare ? 'aged' : null;
}

/** The names that a certificate is for, as OpenSSL writes them: `DNS:a, IP Address:10.0.0.1`. */
export function namesOf(leaf: X509Certificate): LanNames {
  const items = (leaf.subjectAltName ?? '').split(', ');
  const ofKind = (prefix: string): string[] =>
    items.filter((item) => item.startsWith(prefix)).map((item) => item.slice(prefix.length));
  return { dns: ofKind('DNS:'), ips: ofKind('IP Address:') };
}

/** When the leaf of a chain ends, in milliseconds since 1970. */
export const untilOf = (chain: readonly string[]): number =>
  new X509Certificate(chain[0] ?? '').validToDate.getTime();
