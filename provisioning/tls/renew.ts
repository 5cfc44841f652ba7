/** What the daily timer does: replaces the certificates that are due, each apart from the other, and tells the agent. */
import { X509Certificate } from 'node:crypto';
import { renewAtFleet } from '../enrolment/enrol.ts';
import { EnrolmentRefused } from '../enrolment/refused.ts';
import type { DeviceFolder } from '../identity/device-folder.ts';
import type { Pair, PairName } from '../identity/pairs.ts';
import { type Certify, certifyLan, type TlsParts, type TlsSettings, wantedNames } from './certify.ts';
import { type Due, dueOf, untilOf } from './due.ts';
import { TlsRefused } from './refused.ts';

/** A key comes as a credential, and names are settings: both are read at a start only. */
type Change = 'certificate' | 'names' | 'key';

export interface RenewParts extends TlsParts {
  /** Makes the agent serve with what is on disk now. */
  reload(change: Change): Promise<void>;
}

export interface Renewal {
  certificate: PairName;
  /** Null: it was not due. */
  due: Due | 'asked' | null;
  outcome: 'kept' | 'renewed' | 'failed';
  /** One sentence of what is so now, or why not and what to do. */
  says: string;
  /** Null where there is none. */
  untilMs: number | null;
}

export interface RenewOptions extends Certify {
  /** Whether due or not. */
  force?: boolean;
  /** The chat page's is not touched, due or not. */
  onlyDevice?: boolean;
}

/** Never throws for what a person has to cure: the old certificate stays, and the other one is renewed all the same. */
export async function renew(
  parts: RenewParts,
  options: RenewOptions,
  signal: AbortSignal,
): Promise<Renewal[]> {
  const before = await load(parts);
  const all = dues(parts, options, before);
  const due = options.onlyDevice ? { ...all, lan: null } : all;
  const atFleet = parts.fleet !== null && options.tls.mode === 'fleet';
  const failures: Partial<Record<PairName, Error>> = {};
  // One request for both: the controller signs them in one transaction.
  if (parts.fleet && due.device && !(atFleet && due.lan)) {
    const { fleet } = parts;
    await failed(
      () => renewAtFleet(fleet, { lan: null, newKeys: options.newKey ?? false }, signal),
      (error) => {
        failures.device = error;
      },
    );
  }
  if (due.lan) {
    await failed(
      () => certifyLan(parts, options, signal),
      (error) => {
        failures.lan = error;
        if (atFleet && due.device) failures.device = error;
      },
    );
  }
  const after = await load(parts);
  const change = changeOf(before, after);
  if (change) await parts.reload(change);
  const names = (['device', 'lan'] as const).filter((name) => name === 'lan' || parts.fleet !== null);
  return names.map((name) => renewalOf(name, due[name], failures[name], after[name]));
}

type Loaded = Record<PairName, (Pair & { untilMs: number }) | null>;

async function load({ pairs }: RenewParts): Promise<Loaded> {
  const one = async (name: PairName): Promise<Loaded[PairName]> => {
    const pair = await pairs.load(name);
    return pair && { ...pair, untilMs: untilOf(pair.chain) };
  };
  return { device: await one('device'), lan: await one('lan') };
}

function dues(
  parts: RenewParts,
  options: RenewOptions,
  { device, lan }: Loaded,
): Record<PairName, Renewal['due']> {
  const { folder, clock, fleet } = parts;
  const now = clock.now();
  const asked = options.force || options.newKey ? ('asked' as const) : null;
  const rightOrigin = folder.load('lan.json')?.mode === options.tls.mode;
  const lanDue =
    lan && !rightOrigin
      ? 'issuer'
      : dueOf(lan?.chain ?? null, { names: wantedNames(options), root: rootOf(options.tls, folder) }, now);
  return {
    device: fleet
      ? (dueOf(device?.chain ?? null, { names: null, root: folder.root('fleet-ca.crt') }, now) ?? asked)
      : null,
    lan: lanDue ?? (options.newAuthority ? 'asked' : asked),
  };
}

/** Null where browsers know it already. */
const rootOf = ({ mode }: TlsSettings, folder: DeviceFolder): string | null =>
  mode === 'acme' ? null : folder.root('lan-ca.crt');

async function failed(work: () => Promise<unknown>, note: (error: Error) => void): Promise<void> {
  try {
    await work();
  } catch (error) {
    // Told in the outcome, with its cure. Anything else is a fault, and thrown.
    if (!(error instanceof EnrolmentRefused || error instanceof TlsRefused)) throw error;
    note(error);
  }
}

function changeOf(before: Loaded, after: Loaded): Change | null {
  const names = ['device', 'lan'] as const;
  const differs = (of: (pair: Pair) => unknown): boolean =>
    names.some((name) => {
      const [old, fresh] = [before[name], after[name]];
      return fresh !== null && (old === null || of(old) !== of(fresh));
    });
  if (differs(({ keys }) => keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')))
    return 'key';
  if (differs(({ chain }) => namesOf(chain))) return 'names';
  return differs(({ chain }) => chain.join('')) ? 'certificate' : null;
}

/** Addresses are no names: the agent answers under whichever was dialled. */
const namesOf = ([leaf]: readonly string[]): string => {
  const names = leaf === undefined ? undefined : new X509Certificate(leaf).subjectAltName;
  return (names?.match(/DNS:[^,]+/g) ?? []).sort().join();
};

function renewalOf(
  certificate: PairName,
  due: Renewal['due'],
  failure: Error | undefined,
  pair: Loaded[PairName],
): Renewal {
  const untilMs = pair?.untilMs ?? null;
  const until =
    untilMs === null ? 'there is none' : `in force until ${new Date(untilMs).toISOString().slice(0, 10)}`;
  if (failure)
    return { certificate, due, outcome: 'failed', says: `${failure.message} Until then: ${until}.`, untilMs };
  return { certificate, due, outcome: due ? 'renewed' : 'kept', says: until, untilMs };
}
