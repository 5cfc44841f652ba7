/** What everyone may know of this controller, kept where the command line finds it while the keys stay sealed. */
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Tables } from '../store/tables.ts';

const Facts = z.object({
  /** Both roots, PEM. */
  'fleet-ca': z.string().optional(),
  'lan-ca': z.string().optional(),
  /** Where devices enrol, and the pin of the key that TLS shows there. */
  url: z.string().optional(),
  pin: z.string().optional(),
  /** X25519 public key in base64 that disk headers are sealed for; its private half is never here. */
  'escrow-key': z.string().optional(),
});
export type Facts = z.infer<typeof Facts>;

export async function loadFacts(db: Kysely<Tables>): Promise<Facts> {
  const rows = await db.selectFrom('facts').selectAll().execute();
  return Facts.parse(Object.fromEntries(rows.map(({ key, value }) => [key, value])));
}

/** @returns what stands now: another controller may have been faster */
export async function saveNewFact(db: Kysely<Tables>, key: keyof Facts, value: string): Promise<string> {
  await db
    .insertInto('facts')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  return (await loadFacts(db))[key] ?? value;
}

export async function saveFact(db: Kysely<Tables>, key: keyof Facts, value: string): Promise<void> {
  await db
    .insertInto('facts')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}
