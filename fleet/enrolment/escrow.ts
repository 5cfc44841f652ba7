/** Sealed copies of disk headers: kept for the operator, opaque to the controller. */
import type { EscrowRequest } from '@rockpool/protocol/enrolment';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely } from 'kysely';
import { record } from '../audit/audit.ts';
import type { Clock } from '../host/clock.ts';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';

/** A header changes when a key does; older ones open the same disk with keys that were meant to be gone. */
const kept = 3;

export interface Escrow {
  kind: string;
  digest: string;
  bytes: number;
  at: number;
}

export async function keepEscrow(
  db: Kysely<Tables>,
  deviceId: number,
  { kind, digest, sealed }: EscrowRequest,
  at: number,
): Promise<void> {
  const bytes = Buffer.from(sealed, 'base64');
  await db
    .insertInto('escrows')
    .values({ device_id: deviceId, kind, digest, sealed: bytes, at })
    .onConflict((conflict) =>
      conflict.columns(['device_id', 'kind', 'digest']).doUpdateSet({ sealed: bytes, at }),
    )
    .execute();
  const rows = await db
    .selectFrom('escrows')
    .select('id')
    .where('device_id', '=', deviceId)
    .where('kind', '=', kind)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  const old = rows.slice(kept).map(({ id }) => id);
  if (old.length > 0) await db.deleteFrom('escrows').where('id', 'in', old).execute();
}

/** Newest first; also of a revoked device, whose disk may be what has to be saved. */
export async function listEscrows(db: Kysely<Tables>, device: string): Promise<Escrow[]> {
  const rows = await db
    .selectFrom('escrows')
    .innerJoin('devices', 'devices.id', 'escrows.device_id')
    .select((from) => ['kind', 'digest', 'at', from.fn<number>('length', ['sealed']).as('bytes')])
    .where('devices.name', '=', device)
    .orderBy('at', 'desc')
    .orderBy('escrows.id', 'desc')
    .execute();
  return rows;
}

/** @param digest of which; left out: the newest. @throws Refusal `not-found` */
export async function exportEscrow(
  db: Kysely<Tables>,
  device: string,
  digest?: string,
): Promise<{ digest: string; sealed: Uint8Array }> {
  const rows = await db
    .selectFrom('escrows')
    .innerJoin('devices', 'devices.id', 'escrows.device_id')
    .select(['digest', 'sealed'])
    .where('devices.name', '=', device)
    .orderBy('at', 'desc')
    .orderBy('escrows.id', 'desc')
    .execute();
  const row = rows.find((one) => digest === undefined || one.digest.startsWith(digest));
  if (!row)
    throw new Refusal(
      'not-found',
      `There is no sealed header of ${device}${digest === undefined ? '' : ` that begins with ${digest}`}.`,
    );
  return row;
}

/**
 * For good, also of a revoked device: an old copy opens its disk by keys that were meant to be gone.
 * @param which `old`: all but the newest of each device that has or had this name
 * @returns how many there were
 * @throws Refusal `not-found` when there is none at all
 */
export async function forgetEscrows(
  db: Kysely<Tables>,
  clock: Clock,
  { device, which, who }: { device: string; which: 'all' | 'old'; who: string },
): Promise<number> {
  return transact(db, async (tx) => {
    const rows = await tx
      .selectFrom('escrows')
      .innerJoin('devices', 'devices.id', 'escrows.device_id')
      .select(['escrows.id', 'device_id', 'kind'])
      .where('devices.name', '=', device)
      .orderBy('at', 'desc')
      .orderBy('escrows.id', 'desc')
      .execute();
    if (rows.length === 0)
      throw new Refusal('not-found', `There is no sealed header of ${device}, so none to be forgotten.`);
    const isNewest = (row: (typeof rows)[number]): boolean =>
      row === rows.find(({ device_id, kind }) => device_id === row.device_id && kind === row.kind);
    const gone = which === 'all' ? rows : rows.filter((row) => !isNewest(row));
    if (gone.length === 0) return 0;
    const ids = gone.map(({ id }) => id);
    await tx.deleteFrom('escrows').where('id', 'in', ids).execute();
    await record(tx, {
      ...{ at: clock.now(), who, action: 'escrow-forget', subject: `device ${device}` },
      detail: { which, copies: ids.length },
    });
    return ids.length;
  });
}
