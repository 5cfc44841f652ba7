/** Devices in a database, as enrolment and reports would leave them, with a clock that tests set. */
import { createSeed, openIdentity } from '@rockpool/signing/identity';
import { createDraft } from '../registry/state.ts';
import type { Database } from '../store/tables.ts';

export interface FakeDevice {
  id: number;
  name: string;
}

/** In force, with these labels; not heard of yet. */
export async function addDevice(
  db: Database,
  name: string,
  labels: Readonly<Record<string, string>> = {},
  at = 0,
): Promise<FakeDevice> {
  const { id: claim_id } = await db
    .insertInto('claims')
    .values({
      ...{ hash: `${name} ${at}`, name: null, labels: '{}', lan_names: '[]', created_at: at },
      ...{ created_by: 'test', expires_at: at + 1 },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { publicKey } = openIdentity(createSeed());
  const { id } = await db
    .insertInto('devices')
    .values({
      ...{ name, name_in_force: name, identity: publicKey, claim_id, lan_names: '[]' },
      ...{ enrolled_at: at, seen_at: at },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const [key, value] of Object.entries(labels))
    await db.insertInto('device_labels').values({ device_id: id, key, value }).execute();
  return { id, name };
}

/** It has spoken, and its connection stands. */
export async function connect(db: Database, { id }: FakeDevice, at: number): Promise<void> {
  await db
    .insertInto('device_states')
    .values(createDraft(id, undefined, at).row)
    .onConflict((conflict) =>
      conflict
        .column('device_id')
        .doUpdateSet({ connected: 1, connected_at: at, presence: 'online', presence_at: at }),
    )
    .execute();
}

export async function disconnect(db: Database, { id }: FakeDevice, at: number): Promise<void> {
  await db
    .updateTable('device_states')
    .set({ connected: 0, connected_at: at, presence: 'offline', presence_at: at })
    .where('device_id', '=', id)
    .execute();
}
