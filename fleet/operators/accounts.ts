/** Operators as rows: who there is, what their role is; there is always an admin left. */
import type { Role, OperatorRow as Shown } from '@rockpool/protocol/fleet/api';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import type { Tables } from '../store/tables.ts';
import { fold } from './names.ts';
import type { OperatorRow } from './tables.ts';

export type Operator = z.infer<typeof Shown>;

export const hasOperators = async (db: Kysely<Tables>): Promise<boolean> =>
  (await db.selectFrom('operators').select('id').limit(1).executeTakeFirst()) !== undefined;

export async function listOperators(db: Kysely<Tables>): Promise<Operator[]> {
  const rows = await db.selectFrom('operators').selectAll().orderBy('folded').execute();
  return rows.map(shown);
}

export const findOperator = (db: Kysely<Tables>, name: string): Promise<OperatorRow | undefined> =>
  db.selectFrom('operators').selectAll().where('folded', '=', fold(name)).executeTakeFirst();

/** @throws Refusal `not-found` */
export async function demandOperator(db: Kysely<Tables>, name: string): Promise<OperatorRow> {
  const row = await findOperator(db, name);
  if (!row) throw new Refusal('not-found', `There is no operator ${name}; see the list of operators.`);
  return row;
}

/** In a transaction that is alone. @throws Refusal `conflict` when the name is somebody's */
export async function addOperator(
  tx: Kysely<Tables>,
  asked: Pick<OperatorRow, 'name' | 'role' | 'password' | 'created_at' | 'created_by'>,
): Promise<OperatorRow> {
  if (await findOperator(tx, asked.name))
    throw new Refusal('conflict', `There is an operator ${asked.name} already; choose another name.`);
  return tx
    .insertInto('operators')
    .values({ ...asked, folded: fold(asked.name), seen_at: null })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** In a transaction that is alone. @throws Refusal when nobody would be left who may do everything */
export async function demandAnotherAdmin(tx: Kysely<Tables>, { id, name, role }: OperatorRow): Promise<void> {
  if (role !== 'admin') return;
  const other = await tx
    .selectFrom('operators')
    .select('id')
    .where('role', '=', 'admin')
    .where('id', '<>', id)
    .limit(1)
    .executeTakeFirst();
  if (!other) throw new Refusal('conflict', `${name} is the last admin; make another operator admin first.`);
}

export const setRole = (tx: Kysely<Tables>, id: number, role: Role) =>
  tx.updateTable('operators').set({ role }).where('id', '=', id).execute();

export const setPassword = (tx: Kysely<Tables>, id: number, password: string) =>
  tx.updateTable('operators').set({ password }).where('id', '=', id).execute();

export const removeOperator = (tx: Kysely<Tables>, id: number) =>
  tx.deleteFrom('operators').where('id', '=', id).execute();

export const shown = (row: OperatorRow): Operator => ({
  ...{ name: row.name, role: row.role, createdAt: row.created_at, lastSeenAt: row.seen_at },
});
