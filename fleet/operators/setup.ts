/** The one-time code that makes the first admin: of the last starts, for a day, and dead once there is an operator. */
import { createSetupCode, hashSetupCode, isSetupCode } from '@rockpool/signing/setup-code';
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { hasOperators } from './accounts.ts';

const goodForMs = 24 * 3_600_000;
/** Several controllers of one database each print theirs; trying one costs a fifth of a second. */
const kept = 4;

/** @returns the code of this start, to be printed; undefined when there is an operator */
export async function openSetup(db: Kysely<Tables>, now: number): Promise<string | undefined> {
  if (await hasOperators(db)) return undefined;
  const code = createSetupCode();
  const hash = await hashSetupCode(code);
  return transact(db, async (tx) => {
    if (await hasOperators(tx)) return undefined;
    await tx.insertInto('setup_codes').values({ hash, created_at: now }).execute();
    const newest = tx.selectFrom('setup_codes').select('id').orderBy('id', 'desc').limit(kept);
    await tx.deleteFrom('setup_codes').where('id', 'not in', newest).execute();
    return code;
  });
}

export async function holdsSetupCode(db: Kysely<Tables>, code: string, now: number): Promise<boolean> {
  const rows = await db
    .selectFrom('setup_codes')
    .select('hash')
    .where('created_at', '>', now - goodForMs)
    .orderBy('id', 'desc')
    .execute();
  for (const { hash } of rows) if (await isSetupCode(code, hash)) return true;
  return false;
}

export const closeSetup = (tx: Kysely<Tables>) => tx.deleteFrom('setup_codes').execute();
