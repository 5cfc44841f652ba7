/** All or nothing, alone: how every change is written. */
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * SQLite refuses to write in a transaction that read first when another process wrote meanwhile; one that begins by
 * writing waits for its turn instead. This write matches no row. PostgreSQL takes no notice of it.
 */
export const transact = <T>(db: Kysely<Tables>, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> =>
  db.transaction().execute(async (tx) => {
    await tx.updateTable('facts').set({ value: '' }).where('key', '=', '').execute();
    return work(tx);
  });
