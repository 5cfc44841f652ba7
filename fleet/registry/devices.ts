/** The devices of the fleet, as an operator sees and changes them. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely } from 'kysely';
import { record } from '../audit/audit.ts';
import type { Clock } from '../host/clock.ts';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { demandLabels, demandLanNames, type Labels } from './labels.ts';
import type { DeviceRow } from './tables.ts';

export interface Device {
  name: string;
  state: 'in-force' | 'revoked';
  labels: Labels;
  /** For its chat page, besides NAME.local. */
  lanNames: readonly string[];
  identity: string;
  enrolledAt: number;
  seenAt: number;
  revokedAt: number | null;
  revokedBecause: string | null;
  /** The newest of each kind. */
  certificates: readonly {
    kind: 'device' | 'lan';
    serial: string;
    names: readonly string[];
    expiresAt: number;
  }[];
}

/** All of them, or those with all these labels; the revoked ones last. */
export async function listDevices(db: Kysely<Tables>, labels: Labels = {}): Promise<Device[]> {
  const rows = await db.selectFrom('devices').selectAll().orderBy('name').orderBy('id').execute();
  const devices = await Promise.all(rows.map((row) => toDevice(db, row)));
  return devices
    .filter((device) => Object.entries(labels).every(([key, value]) => device.labels[key] === value))
    .sort((a, b) => Number(a.state === 'revoked') - Number(b.state === 'revoked'));
}

/** The one in force, else the last that had this name. @throws Refusal `not-found` */
export const showDevice = async (db: Kysely<Tables>, name: string): Promise<Device> =>
  toDevice(db, await rowOf(db, name));

/** Sets and, where the value is null, removes labels. */
export async function labelDevice(
  db: Kysely<Tables>,
  clock: Clock,
  { name, set, who }: { name: string; set: Readonly<Record<string, string | null>>; who: string },
): Promise<Device> {
  const { id } = await rowOf(db, name);
  const added = Object.entries(set).filter((one): one is [string, string] => one[1] !== null);
  await transact(db, async (tx) => {
    await tx
      .deleteFrom('device_labels')
      .where('device_id', '=', id)
      .where('key', 'in', Object.keys(set))
      .execute();
    for (const [key, value] of added)
      await tx.insertInto('device_labels').values({ device_id: id, key, value }).execute();
    demandLabels(await labelsOf(tx, id));
    await record(tx, {
      at: clock.now(),
      who,
      action: 'device-label',
      subject: `device ${name}`,
      detail: set,
    });
  });
  return showDevice(db, name);
}

/** Which names its chat page may have at its next renewal. */
export async function allowNames(
  db: Kysely<Tables>,
  clock: Clock,
  { name, names, who }: { name: string; names: readonly string[]; who: string },
): Promise<Device> {
  demandLanNames(names);
  const { id } = await rowOf(db, name);
  await transact(db, async (tx) => {
    await tx
      .updateTable('devices')
      .set({ lan_names: JSON.stringify(names) })
      .where('id', '=', id)
      .execute();
    await record(tx, {
      ...{ at: clock.now(), who, action: 'device-names', subject: `device ${name}` },
      detail: { names: names.join(' ') },
    });
  });
  return showDevice(db, name);
}

/** From now on nothing is renewed for it, and its certificates stand on the list of revoked ones. */
export async function revokeDevice(
  db: Kysely<Tables>,
  clock: Clock,
  { name, because, who }: { name: string; because: string; who: string },
): Promise<Device> {
  const at = clock.now();
  await transact(db, async (tx) => {
    const row = await tx
      .updateTable('devices')
      .set({ revoked_at: at, revoked_because: because, name_in_force: null })
      .where('name_in_force', '=', name)
      .returning('id')
      .executeTakeFirst();
    if (!row) {
      await rowOf(tx, name);
      throw new Refusal('conflict', `${name} is revoked already.`);
    }
    await tx
      .updateTable('certificates')
      .set({ revoked_at: at })
      .where('device_id', '=', row.id)
      .where('revoked_at', 'is', null)
      .execute();
    await record(tx, { at, who, action: 'device-revoke', subject: `device ${name}`, detail: { because } });
  });
  return showDevice(db, name);
}

export interface RevokedCertificate {
  serial: string;
  kind: 'device' | 'lan';
  revokedAt: number;
}

/** What a broker and a revocation list have to refuse: those that would still be in force. */
export async function listRevoked(db: Kysely<Tables>, clock: Clock): Promise<RevokedCertificate[]> {
  const rows = await db
    .selectFrom('certificates')
    .select(['serial', 'kind', 'revoked_at'])
    .where('revoked_at', 'is not', null)
    .where('expires_at', '>', clock.now())
    .orderBy('serial')
    .execute();
  return rows.map(({ serial, kind, revoked_at }) => ({ serial, kind, revokedAt: revoked_at ?? 0 }));
}

async function rowOf(db: Kysely<Tables>, name: string): Promise<DeviceRow> {
  const rows = await db
    .selectFrom('devices')
    .selectAll()
    .where('name', '=', name)
    .orderBy('id', 'desc')
    .execute();
  const row = rows.find(({ name_in_force }) => name_in_force !== null) ?? rows[0];
  if (!row) throw new Refusal('not-found', `There is no device ${name}; see \`rockpool-fleet device list\`.`);
  return row;
}

async function labelsOf(db: Kysely<Tables>, id: number): Promise<Labels> {
  const rows = await db
    .selectFrom('device_labels')
    .selectAll()
    .where('device_id', '=', id)
    .orderBy('key')
    .execute();
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
}

async function toDevice(db: Kysely<Tables>, row: DeviceRow): Promise<Device> {
  const certificates = await db
    .selectFrom('certificates')
    .select(['kind', 'serial', 'names', 'expires_at'])
    .where('device_id', '=', row.id)
    .orderBy('issued_at', 'desc')
    .execute();
  const newest = (['device', 'lan'] as const).flatMap(
    (kind) => certificates.find((one) => one.kind === kind) ?? [],
  );
  return {
    name: row.name,
    state: row.revoked_at === null ? 'in-force' : 'revoked',
    labels: await labelsOf(db, row.id),
    lanNames: JSON.parse(row.lan_names) as string[],
    identity: row.identity,
    ...{ enrolledAt: row.enrolled_at, seenAt: row.seen_at },
    ...{ revokedAt: row.revoked_at, revokedBecause: row.revoked_because },
    certificates: newest.map(({ kind, serial, names, expires_at }) => ({
      ...{ kind, serial, expiresAt: expires_at },
      names: JSON.parse(names) as string[],
    })),
  };
}
