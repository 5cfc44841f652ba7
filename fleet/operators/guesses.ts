/**
 * Every attempt at a secret that a person types: counted as wrong before it is made, one at a time, forgiven when it was
 * right. In the database, so that several controllers give no more guesses than one, and a restart gives none back.
 */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely } from 'kysely';
import { networkOf } from '../host/address.ts';
import type { Clock } from '../host/clock.ts';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { fold } from './names.ts';
import { hashOf } from './secrets.ts';
import type { GuessRow } from './tables.ts';

const minute = 60_000;
const maxWaitMs = 15 * minute;
/** Enough doublings to reach the longest wait; more would only be remembered for longer. */
const doublings = 10;

interface Limit {
  /** Failures before the first wait. */
  free: number;
  /** One failure is forgiven in this time, from the end of the wait on. */
  forgivenMs: number;
}

/**
 * In the long run a name can be guessed at once in 15 minutes, from however many addresses. Behind one address there may
 * be a whole office, so more slips are free there and they are forgiven sooner.
 */
const limits = {
  name: { free: 5, forgivenMs: 15 * minute },
  address: { free: 20, forgivenMs: minute },
} as const satisfies Record<string, Limit>;

type Bucket = `${keyof typeof limits}:${string}`;
type Level = Pick<GuessRow, 'failures' | 'at' | 'open_at'>;

/** Hashed, because people type passwords where the name belongs. */
export const nameBucket = (name: string): Bucket => `name:${hashOf(fold(name))}`;
export const addressBucket = (address: string): Bucket => `address:${networkOf(address)}`;

/** At a tenth of a second each, the last in line waits for about four seconds. */
const maxWaiting = 40;

export interface Guesses {
  /**
   * Runs `attempt` when none of the buckets is closed; undefined from it means that the guess was wrong.
   * @throws Refusal `too-many-requests` or `busy`
   */
  make<T>(buckets: readonly Bucket[], attempt: () => Promise<T | undefined>): Promise<T | undefined>;
  /** For what hashes without guessing: takes its turn with the guesses. */
  inTurn<T>(run: () => Promise<T>): Promise<T>;
  /** Whoever knew the secret after all has all guesses again. */
  forgive(bucket: Bucket): Promise<void>;
}

export function createGuesses(db: Kysely<Tables>, clock: Clock): Guesses {
  const inTurn = oneAtATime(maxWaiting);
  return {
    inTurn,
    async make(buckets, attempt) {
      // Before the queue too, so that whoever has to wait doesn't stand in others' way.
      await demandOpen(db, buckets, clock.now());
      return inTurn(async () => {
        await countAll(db, buckets, clock.now());
        let isWrong = false;
        try {
          const found = await attempt();
          isWrong = found === undefined;
          return found;
        } finally {
          if (!isWrong) await uncountAll(db, buckets, clock.now());
        }
      });
    },
    forgive: async (bucket) => {
      await db.deleteFrom('guesses').where('bucket', '=', bucket).execute();
    },
  };
}

const limitOf = (bucket: Bucket): Limit => (bucket.startsWith('name:') ? limits.name : limits.address);

const waitMs = (failures: number, { free }: Limit): number => {
  const beyond = Math.ceil(failures) - free;
  return beyond < 0 ? 0 : Math.min(1_000 * 2 ** beyond, maxWaitMs);
};

async function levelOf(db: Kysely<Tables>, bucket: Bucket, now: number): Promise<Level | undefined> {
  const row = await db
    .selectFrom('guesses')
    .select(['failures', 'at', 'open_at'])
    .where('bucket', '=', bucket)
    .executeTakeFirst();
  if (!row || row.at <= now) return row;
  // The clock was set back: the wait begins again, this once, and lasts no longer than it did.
  const level = { ...row, at: now, open_at: now + row.open_at - row.at };
  await save(db, bucket, level);
  return level;
}

async function demandOpen(db: Kysely<Tables>, buckets: readonly Bucket[], now: number): Promise<void> {
  let openAt = now;
  for (const bucket of buckets) openAt = Math.max(openAt, (await levelOf(db, bucket, now))?.open_at ?? 0);
  const retryAfterS = Math.ceil((openAt - now) / 1_000);
  if (retryAfterS <= 0) return;
  const inWords = retryAfterS < 90 ? `${retryAfterS} s` : `${Math.ceil(retryAfterS / 60)} minutes`;
  throw new Refusal('too-many-requests', `Too many attempts; wait ${inWords} and try again.`, {
    retryAfterS,
  });
}

const countAll = (db: Kysely<Tables>, buckets: readonly Bucket[], now: number): Promise<void> =>
  transact(db, async (tx) => {
    await demandOpen(tx, buckets, now);
    await tx.deleteFrom('guesses').where('forgotten_at', '<=', now).execute();
    for (const bucket of buckets) {
      const limit = limitOf(bucket);
      const level = await levelOf(tx, bucket, now);
      const before = level ? Math.max(0, level.failures - (now - level.open_at) / limit.forgivenMs) : 0;
      const failures = Math.min(before + 1, limit.free + doublings);
      await save(tx, bucket, { failures, at: now, open_at: now + waitMs(failures, limit) });
    }
  });

const uncountAll = (db: Kysely<Tables>, buckets: readonly Bucket[], now: number): Promise<void> =>
  transact(db, async (tx) => {
    for (const bucket of buckets) {
      const level = await levelOf(tx, bucket, now);
      if (level) await save(tx, bucket, { failures: Math.max(0, level.failures - 1), at: now, open_at: now });
    }
  });

async function save(tx: Kysely<Tables>, bucket: Bucket, level: Level): Promise<void> {
  const row = {
    ...level,
    forgotten_at: level.open_at + Math.ceil(level.failures * limitOf(bucket).forgivenMs),
  };
  await tx
    .insertInto('guesses')
    .values({ bucket, ...row })
    .onConflict((conflict) => conflict.column('bucket').doUpdateSet(row))
    .execute();
}

/** Hashing a password takes 32 MiB; a hundred at once would take the controller's memory. */
function oneAtATime(most: number): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (run) => {
    if (waiting >= most) {
      throw new Refusal('busy', 'Many people are signing in right now; try again in a few seconds.', {
        ...{ retryAfterS: 5, queueLength: waiting },
      });
    }
    waiting += 1;
    const mine = last.then(run).finally(() => {
      waiting -= 1;
    });
    // The next in line comes after this one, however it ends; its outcome is its caller's.
    last = mine.catch(() => undefined);
    return mine;
  };
}
