/** Slows guessing, per name and per address, in the database: a restart doesn't give guesses back. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Database } from '../store/sqlite.ts';

export const throttleTable = `
  CREATE TABLE throttle (
    bucket TEXT PRIMARY KEY,
    failures REAL NOT NULL,
    at INTEGER NOT NULL,
    open_at INTEGER NOT NULL,
    forgotten_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX throttle_by_end ON throttle (forgotten_at);
`;

const minute = 60_000;
export const maxWaitMs = 15 * minute;
/** Enough doublings to reach the longest wait; more would only make a bucket remembered for longer. */
const doublings = 10;

interface Limit {
  /** Failures before the first wait. */
  free: number;
  /** One failure is forgiven in this time, from the end of the wait on. */
  forgivenMs: number;
}

/**
 * In the long run a name can be guessed at once in 15 minutes, from however many addresses. Behind one address there
 * may be a whole office (a router, a proxy), so more slips are free there and they are forgiven sooner.
 */
const limits = {
  name: { free: 5, forgivenMs: 15 * minute },
  address: { free: 20, forgivenMs: minute },
} as const satisfies Record<string, Limit>;

export type Bucket = `${keyof typeof limits}:${string}`;

const limitOf = (bucket: Bucket): Limit => (bucket.startsWith('name:') ? limits.name : limits.address);

function waitMs(failures: number, { free }: Limit): number {
  const beyond = Math.ceil(failures) - free;
  return beyond < 0 ? 0 : Math.min(1_000 * 2 ** beyond, maxWaitMs);
}

export function openThrottle(db: Database) {
  const read = db.prepare<[Bucket], { failures: number; at: number; open_at: number }>(
    'SELECT failures, at, open_at FROM throttle WHERE bucket = ?',
  );
  const write = db.prepare(
    `INSERT INTO throttle VALUES (:bucket, :failures, :at, :openAt, :forgottenAt)
     ON CONFLICT DO UPDATE SET failures = :failures, at = :at, open_at = :openAt, forgotten_at = :forgottenAt`,
  );
  const forget = db.prepare('DELETE FROM throttle WHERE forgotten_at <= ?');
  // A device without a battery starts in 1970 or, corrected, comes back from a future: waits begin again, no more.
  const comeBack = db.prepare(
    `UPDATE throttle SET open_at = :now + open_at - at, forgotten_at = :now + forgotten_at - at, at = :now WHERE at > :now`,
  );

  function refuseUntilOpen(buckets: readonly Bucket[], now: number): void {
    comeBack.run({ now });
    const openAt = Math.max(now, ...buckets.map((bucket) => read.get(bucket)?.open_at ?? 0));
    if (openAt <= now) return;
    const retryAfterS = Math.ceil((openAt - now) / 1_000);
    throw new Refusal('too-many-requests', `Too many attempts; wait ${inWords(retryAfterS)} and try again.`, {
      retryAfterS,
    });
  }

  function count(bucket: Bucket, now: number): void {
    const limit = limitOf(bucket);
    const row = read.get(bucket);
    const before = row ? Math.max(0, row.failures - (now - row.open_at) / limit.forgivenMs) : 0;
    const failures = Math.min(before + 1, limit.free + doublings);
    const openAt = now + waitMs(failures, limit);
    const forgottenAt = openAt + Math.ceil(failures * limit.forgivenMs);
    write.run({ bucket, failures, at: now, openAt, forgottenAt });
  }

  function uncount(bucket: Bucket): void {
    const row = read.get(bucket);
    if (!row) return;
    const failures = Math.max(0, row.failures - 1);
    const forgottenAt = row.at + Math.ceil(failures * limitOf(bucket).forgivenMs);
    write.run({ bucket, failures, at: row.at, openAt: row.at, forgottenAt });
  }

  return {
    /** @throws Refusal `too-many-requests` while any of the buckets is closed */
    refuseUntilOpen,
    /** Counts a guess as wrong before it is made: power cut while hashing forgives nothing. */
    countGuess: db.transaction((buckets: readonly Bucket[], now: number): void => {
      refuseUntilOpen(buckets, now);
      forget.run(now);
      for (const bucket of buckets) count(bucket, now);
    }).immediate,
    /** The guess just counted was right, or was none. */
    uncountGuess: db.transaction((buckets: readonly Bucket[]): void => buckets.forEach(uncount)).immediate,
    openBucket: (bucket: Bucket): void => {
      db.prepare('DELETE FROM throttle WHERE bucket = ?').run(bucket);
    },
  };
}

function inWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
