/** For tests: a fleet as large as one likes, written straight into the tables. */
import { createHash } from 'node:crypto';
import type { DeviceStateRow } from '../registry/reported-tables.ts';
import { createDraft } from '../registry/state.ts';
import { inPieces } from '../store/pieces.ts';
import type { Database } from '../store/tables.ts';

export const towns = ['leeds', 'york', 'hull', 'bath', 'ely'] as const;

export interface Made {
  id: number;
  name: string;
  state?: Partial<DeviceStateRow>;
  labels?: Record<string, string>;
}

export const stateRow = (device_id: number, wish: Partial<DeviceStateRow> = {}): DeviceStateRow => ({
  ...createDraft(device_id, undefined, 1_000).row,
  ...{ presence: 'online', seen_at: 1_000 + device_id, connected: 1, agent: '0.1.0', model: 'pebble' },
  ...{ cpu_permille: 120, memory_available_mib: 4_000, hottest_milli_c: 51_000, posture_holds: 1 },
  ...wish,
});

/** @param devices their ids are given, so that tests can name them */
export async function addDevices(db: Database, devices: readonly Made[]): Promise<void> {
  const { id: claim_id } = await db
    .insertInto('claims')
    .values({
      ...{ hash: `of ${devices[0]?.id}`, name: null, labels: '{}', lan_names: '[]', created_at: 0 },
      ...{ created_by: 'test', expires_at: 0, revoked_at: null, used_at: null, used_by: null },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const rows = devices.map(({ id, name }) => ({
    ...{ id, name, name_in_force: name, claim_id, lan_names: '[]', enrolled_at: id, seen_at: id },
    identity: createHash('sha256').update(`${id}`).digest('base64'),
    ...{ revoked_at: null, revoked_because: null },
  }));
  await db.transaction().execute(async (tx) => {
    await inPieces(rows, (some) => tx.insertInto('devices').values(some).execute());
    await inPieces(
      devices.flatMap(({ id, state }) => (state ? [stateRow(id, state)] : [])),
      (some) => tx.insertInto('device_states').values(some).execute(),
    );
    await inPieces(
      devices.flatMap(({ id, labels = {} }) =>
        Object.entries(labels).map(([key, value]) => ({ device_id: id, key, value })),
      ),
      (some) => tx.insertInto('device_labels').values(some).execute(),
    );
  });
}

const presences = ['online', 'online', 'online', 'degraded', 'offline', 'flapping'] as const;

/** Every seventh was never heard of. */
export const manyDevices = (count: number): Made[] =>
  Array.from({ length: count }, (_, n) => ({
    id: n + 1,
    name: `dev-${String(n).padStart(5, '0')}`,
    labels: { branch: `${towns[n % towns.length]}-${n % 500}`, floor: String(n % 3) },
    ...(n % 7 === 6 ? {} : { state: { presence: presences[n % presences.length] as 'online' } }),
  }));
