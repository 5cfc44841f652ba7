/** All or nothing: how every change is written. */
import { type Kysely, sql, type Transaction } from 'kysely';
import { isPostgres } from './dialect.ts';
import type { Tables } from './tables.ts';

type Work<T> = (tx: Transaction<Tables>) => Promise<T>;

/** "RPFL": of PostgreSQL's advisory locks, the one that all writers of one database share. */
const writersLock = 0x5250464c;

/**
 * Alone: nobody else writes from its first line to its last, so what it reads is what it changes. For deeds, which are
 * rare and each stand in the audit.
 */
export const transact = <T>(db: Kysely<Tables>, work: Work<T>): Promise<T> =>
  again(() =>
    db.transaction().execute(async (tx) => {
      if (isPostgres(tx)) await sql`select pg_advisory_xact_lock(${sql.lit(writersLock)})`.execute(tx);
      else await waitForTurn(tx);
      return work(tx);
    }),
  );

/**
 * Beside others, where the database lets it: for what touches only rows that it names, such as the reports of some
 * devices. Name rows in one order everywhere; should two still wait for each other, one is run again from its start.
 */
export const transactBeside = <T>(db: Kysely<Tables>, work: Work<T>): Promise<T> =>
  again(() =>
    db.transaction().execute(async (tx) => {
      if (!isPostgres(tx)) await waitForTurn(tx);
      return work(tx);
    }),
  );

/**
 * SQLite refuses to write in a transaction that read first when another process wrote meanwhile; one that begins by
 * writing waits for its turn instead. This write matches no row.
 */
const waitForTurn = (tx: Transaction<Tables>) =>
  tx.updateTable('facts').set({ value: '' }).where('key', '=', '').execute();

const tries = 5;

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left <= 1 || !isBrokenOff(error)) throw error;
    }
  }
}

/** PostgreSQL undid it all, since two waited for each other, and says that it may be tried again. */
const isBrokenOff = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '40001');
