/**
 * The oldest repository that this device still takes, whatever became of the metadata that it kept: highest versions, and the
 * latest time that was signed. Raised by signed words only, never by the clock on the wall.
 *
 * It is bound to the keys that signed it. When a new root takes these keys away (they were stolen, and signed version
 * 2,000,000,000 and the year 2099), what they said no longer counts, or no honest timestamp would ever be taken again.
 */
import { z } from 'zod';
import { UpdateError } from '../parts.ts';
import type { Repository, Signers } from './policy.ts';
import type { Verdict } from './task.ts';

const Version = z.int().nonnegative();
const Hashes = z.array(z.string());

export const Floor = z.strictObject({
  v: z.literal(1),
  root: Version,
  timestamp: Version,
  /** As the timestamp said. */
  snapshot: Version,
  /** Of `targets` and of each role, as the snapshot said. */
  versions: z.record(z.string(), Version),
  /** Hashes of the keys that signed the timestamp, and the snapshot. */
  timestampSigners: Hashes,
  snapshotSigners: Hashes,
  /** It is no earlier than this, in milliseconds since 1970. */
  time: z.int().nonnegative(),
});
export type Floor = z.infer<typeof Floor>;

/** A controller's clock and a device's may differ so much before one of them is called wrong. */
export const clockToleranceMs = 86_400_000;

/** @throws UpdateError `metadata` when it is older than what this device has seen */
export function demandAbove(floor: Floor, { root, timestamp, snapshot, versions }: Repository): void {
  atLeast('root', root.version, floor.root);
  if (holds(floor.timestampSigners, root.timestamp)) {
    atLeast('timestamp', timestamp.version, floor.timestamp);
    atLeast('snapshot', snapshot.version, floor.snapshot);
  }
  if (holds(floor.snapshotSigners, root.snapshot)) {
    for (const [role, version] of Object.entries(floor.versions)) atLeast(role, versions[role] ?? 0, version);
  }
}

/** @throws UpdateError `clock` when signed words say that it is later than the clock on the wall does */
export function demandTime(floor: Floor | undefined, repository: Repository, now: number): void {
  const { signedAt } = repository.timestamp;
  const isBound = floor && holds(floor.timestampSigners, repository.root.timestamp);
  const earliest = Math.max(signedAt, isBound ? floor.time : 0);
  if (now < earliest - clockToleranceMs) throw behind(now, earliest);
}

export const behind = (now: number, earliest: number, options?: ErrorOptions): UpdateError =>
  new UpdateError(
    'clock',
    `This device's clock says ${dayOf(now)}, and it is ${dayOf(earliest)} at the earliest.`,
    options,
  );

/** The repository has to be above the floor already. */
export function raised(
  floor: Floor | undefined,
  { root, timestamp, snapshot, versions }: Repository,
  signers: Verdict['signers'],
): Floor {
  const before = floor && holds(floor.timestampSigners, root.timestamp) ? floor.time : 0;
  return {
    ...{ v: 1, root: root.version, timestamp: timestamp.version, snapshot: snapshot.version, versions },
    timestampSigners: hashesOf(signers.timestamp, root.timestamp),
    snapshotSigners: hashesOf(signers.snapshot, root.snapshot),
    time: Math.max(before, timestamp.signedAt),
  };
}

/** Roots are a chain: each was verified by the one before, whatever became of the rest. */
export const raisedRoot = (floor: Floor | undefined, root: number): Floor => ({
  ...(floor ?? {
    ...{ v: 1, timestamp: 0, snapshot: 0, versions: {}, timestampSigners: [], snapshotSigners: [], time: 0 },
  }),
  root: Math.max(floor?.root ?? 0, root),
});

/** Whether those who signed the floor could still sign it. */
function holds(signed: readonly string[], { keys, threshold }: Signers): boolean {
  const known = new Set(keys.values());
  return signed.filter((hash) => known.has(hash)).length >= threshold;
}

const hashesOf = (ids: readonly string[], { keys }: Signers): string[] =>
  ids.flatMap((id) => keys.get(id) ?? []).sort();

function atLeast(what: string, version: number, floor: number): void {
  if (version >= floor) return;
  throw new UpdateError(
    'metadata',
    `The repository's ${what} is version ${version}, and this device has seen version ${floor}.`,
  );
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
