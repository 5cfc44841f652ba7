/** Whether a certificate lets a device in, and which devices were put out since. */
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';

/** @returns why not, or null */
export async function admit(
  db: Kysely<Tables>,
  { device, serial }: { device: string; serial: string },
): Promise<string | null> {
  const found = await db
    .selectFrom('certificates')
    .innerJoin('devices', 'devices.id', 'certificates.device_id')
    .select(['devices.name_in_force', 'devices.name', 'certificates.kind', 'certificates.revoked_at'])
    .where('certificates.serial', '=', serial)
    .executeTakeFirst();
  if (found?.kind !== 'device') return 'certificate-unknown';
  if (found.name !== device) return 'certificate-of-another';
  // The name may be in force again, for another device that enrolled with it later.
  return found.revoked_at === null && found.name_in_force === device ? null : 'revoked';
}

/** Larger when anything was revoked since: one number of an index, for whoever asks often. By time it could not be told: clocks go back. */
export async function revocationMark(db: Kysely<Tables>): Promise<number> {
  const { count } = await db
    .selectFrom('certificates')
    .select((select) => select.fn.countAll().as('count'))
    .where('revoked_at', 'is not', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Of these serial numbers, those that let nobody in any more. */
export async function findRevoked(db: Kysely<Tables>, serials: readonly string[]): Promise<Set<string>> {
  const piece = 500;
  const revoked = new Set<string>();
  for (let at = 0; at < serials.length; at += piece) {
    const rows = await db
      .selectFrom('certificates')
      .select('serial')
      .where('serial', 'in', serials.slice(at, at + piece))
      .where('revoked_at', 'is not', null)
      .execute();
    for (const { serial } of rows) revoked.add(serial);
  }
  return revoked;
}

/** Names that were a revoked device's and are nobody's now. */
export async function listRevokedNames(db: Kysely<Tables>): Promise<string[]> {
  const rows = await db
    .selectFrom('devices')
    .select('name')
    .distinct()
    .where('revoked_at', 'is not', null)
    .where('name', 'not in', (from) =>
      from.selectFrom('devices').select('name').where('name_in_force', 'is not', null),
    )
    .execute();
  return rows.map(({ name }) => name);
}
