/** Keys for programs: in the name of an operator, with no more than their role, shown once. */
import type { Role } from '@rockpool/protocol/fleet/api';
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { createApiKey, hashOf, hintOf } from './secrets.ts';
import type { OperatorRow } from './tables.ts';

/** The last use is noted this often: each request would be a write. */
const usedEveryMs = 60_000;

export interface ApiKey {
  id: number;
  label: string;
  hint: string;
  role: Role;
  owner: string;
  createdAt: number;
  expiresAt: number | null;
  usedAt: number | null;
}

/** @returns the key, which is nowhere kept */
export async function addKey(
  tx: Kysely<Tables>,
  asked: { label: string; role: Role; operatorId: number; at: number; expiresAt: number | null },
): Promise<{ id: number; key: string }> {
  const key = createApiKey();
  const { id } = await tx
    .insertInto('api_keys')
    .values({
      ...{ hash: hashOf(key), hint: hintOf(key), label: asked.label, role: asked.role },
      ...{ operator_id: asked.operatorId, created_at: asked.at, expires_at: asked.expiresAt, used_at: null },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, key };
}

/** @param operatorId left out, everyone's */
export async function listKeys(db: Kysely<Tables>, operatorId?: number): Promise<ApiKey[]> {
  const rows = await db
    .selectFrom('api_keys as k')
    .innerJoin('operators as o', 'o.id', 'k.operator_id')
    .selectAll('k')
    .select('o.name as owner')
    .$if(operatorId !== undefined, (query) => query.where('k.operator_id', '=', operatorId ?? 0))
    .orderBy('k.id')
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, label: row.label, hint: row.hint, role: row.role, owner: row.owner },
    ...{ createdAt: row.created_at, expiresAt: row.expires_at, usedAt: row.used_at },
  }));
}

/** @returns undefined for a key that is none of ours, or past its time */
export async function findKey(
  db: Kysely<Tables>,
  key: string,
  now: number,
): Promise<{ keyId: number; label: string; role: Role; operator: OperatorRow } | undefined> {
  const row = await db
    .selectFrom('api_keys as k')
    .innerJoin('operators as o', 'o.id', 'k.operator_id')
    .selectAll('o')
    .select(['k.id as keyId', 'k.label', 'k.role as keyRole', 'k.used_at as usedAt'])
    .where('k.hash', '=', hashOf(key))
    .where((where) => where.or([where('k.expires_at', 'is', null), where('k.expires_at', '>', now)]))
    .executeTakeFirst();
  if (!row) return undefined;
  const { keyId, label, keyRole, usedAt, ...operator } = row;
  if (usedAt === null || Math.abs(now - usedAt) >= usedEveryMs)
    await db.updateTable('api_keys').set({ used_at: now }).where('id', '=', keyId).execute();
  return { keyId, label, role: keyRole, operator };
}

/** @param operatorId left out, anyone's. @returns the key's label, or undefined when there is no such key of theirs */
export async function removeKey(
  tx: Kysely<Tables>,
  id: number,
  operatorId?: number,
): Promise<string | undefined> {
  const row = await tx
    .deleteFrom('api_keys')
    .where('id', '=', id)
    .$if(operatorId !== undefined, (query) => query.where('operator_id', '=', operatorId ?? 0))
    .returning('label')
    .executeTakeFirst();
  return row?.label;
}
