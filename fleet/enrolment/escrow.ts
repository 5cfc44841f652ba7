/** Sealed copies of disk headers: kept for the operator, opaque to the controller. */
import type { EscrowRequest } from '@rockpool/protocol/enrolment';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';

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
