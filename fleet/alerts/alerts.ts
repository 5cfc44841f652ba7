/** Alerts as they are kept: raised and cleared by a sweep that one controller makes, acknowledged by operators. */
import type { Alert } from '@rockpool/protocol/fleet/api';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { record } from '../audit/audit.ts';
import type { Clock } from '../host/clock.ts';
import { noteChanges } from '../registry/feed.ts';
import { demandLease, type Lease } from '../store/lease.ts';
import { inPieces } from '../store/pieces.ts';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import type { Finding } from './findings.ts';
import { findRollouts, subjectOf } from './rollouts.ts';
import { type Changed, judge, keyOf, type RuleOptions, type Standing, type Verdict } from './rules.ts';
import { loadSeen } from './seen.ts';
import type { AlertEventRow, AlertRow } from './tables.ts';

export interface SweepOptions extends Partial<RuleOptions> {
  /** Where several controllers share a database: who lost it meanwhile writes nothing. */
  lease?: Lease;
}

export interface Swept {
  raised: number;
  cleared: number;
  /** Open after it. */
  open: number;
}

/** @throws LeaseLost when another controller does this now */
export async function sweepAlerts(
  db: Kysely<Tables>,
  clock: Clock,
  { lease, groupBy = 'branch' }: SweepOptions = {},
): Promise<Swept> {
  const now = clock.now();
  const seen = await loadSeen(db, groupBy, now);
  const standing = await loadStanding(db);
  const verdict = judge(seen, standing, now, { groupBy, besides: await findRollouts(db) });
  const { raise, change, clear } = verdict;
  if (raise.length + change.length + clear.length > 0) await write(db, verdict, standing, now, lease);
  return {
    ...{ raised: raise.length, cleared: clear.length },
    open: standing.length + raise.length - clear.length,
  };
}

async function loadStanding(db: Kysely<Tables>): Promise<Standing[]> {
  const rows = await db.selectFrom('alerts').selectAll().where('open_key', 'is not', null).execute();
  return rows.map((row) => ({
    ...{ id: row.id, code: row.code, severity: row.severity, subject: row.subject, detail: row.detail },
    ...{ goneAt: row.gone_at, returns: row.returns, hiddenBy: row.hidden_by },
    devices: JSON.parse(row.devices) as string[],
  }));
}

const write = (
  db: Kysely<Tables>,
  { raise, change, clear }: Verdict,
  standing: readonly Standing[],
  now: number,
  lease: Lease | undefined,
): Promise<void> =>
  transact(db, async (tx) => {
    if (lease) await demandLease(tx, lease);
    const events: Pick<AlertEventRow, 'alert_id' | 'what'>[] = [];
    for (const finding of raise) {
      const id = await insert(tx, finding, now);
      if (id !== undefined) events.push({ alert_id: id, what: 'raised' });
    }
    for (const { id, set, what } of change) {
      await update(tx, id, set, what);
      if (what) events.push({ alert_id: id, what });
    }
    for (const { id } of clear) {
      await tx.updateTable('alerts').set({ cleared_at: now, open_key: null }).where('id', '=', id).execute();
      events.push({ alert_id: id, what: 'cleared' });
    }
    await addEvents(tx, events, now);
    const byId = new Map(standing.map((one) => [one.id, one.devices]));
    const told = new Set(events.map(({ alert_id }) => alert_id));
    const named = [...told].flatMap((id) => byId.get(id) ?? []);
    await noteAlerts(tx, [...named, ...raise.flatMap(({ devices }) => devices)], now);
  });

/** Two sweeps at once raise one: the second finds the key taken. */
async function insert(tx: Transaction<Tables>, finding: Finding, now: number): Promise<number | undefined> {
  const { code, severity, subject, detail } = finding;
  const row = await tx
    .insertInto('alerts')
    .values({
      ...{ code, severity, subject, detail, open_key: keyOf(finding) },
      ...{ devices: JSON.stringify(finding.devices), raised_at: now, cleared_at: null, gone_at: null },
      ...{ returns: 0, hidden_by: null, acknowledged_by: null, acknowledged_at: null },
    })
    .onConflict((conflict) => conflict.column('open_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

async function update(
  tx: Transaction<Tables>,
  id: number,
  { severity, detail, devices, goneAt, returns, hiddenBy }: Changed['set'],
  what: Changed['what'],
): Promise<void> {
  const row: Partial<AlertRow> = {
    ...(severity === undefined ? {} : { severity }),
    ...(detail === undefined ? {} : { detail }),
    ...(devices === undefined ? {} : { devices: JSON.stringify(devices) }),
    ...(goneAt === undefined ? {} : { gone_at: goneAt }),
    ...(returns === undefined ? {} : { returns }),
    ...(hiddenBy === undefined ? {} : { hidden_by: hiddenBy }),
    // Whoever said that they look after it said so of something smaller.
    ...(what === 'worsened' ? { acknowledged_by: null, acknowledged_at: null } : {}),
  };
  await tx.updateTable('alerts').set(row).where('id', '=', id).execute();
}

/** In a transaction that is alone, so that numbers come in order. */
const addEvents = (
  tx: Transaction<Tables>,
  events: readonly Pick<AlertEventRow, 'alert_id' | 'what'>[],
  at: number,
): Promise<void> =>
  inPieces(
    events.map((event) => ({ at, ...event })),
    (some) => tx.insertInto('alert_events').values(some).execute(),
  );

/** Of more than these, the feed says that it is many. */
const mostNamed = 200;

async function noteAlerts(tx: Transaction<Tables>, names: readonly string[], at: number): Promise<void> {
  const asked = [...new Set(names)];
  const isMany = asked.length === 0 || asked.length > mostNamed;
  const devices = isMany
    ? [{ id: null }]
    : await tx.selectFrom('devices').select('id').where('name_in_force', 'in', asked).execute();
  await noteChanges(tx, 'alert', devices.length > 0 ? devices : [{ id: null }], at);
}

/**
 * Somebody looks after it. What only stays until somebody looks, such as a rewritten audit log, is over by that.
 * @throws Refusal `not-found`, or `conflict` when it is cleared
 */
export const acknowledgeAlert = (
  db: Kysely<Tables>,
  clock: Clock,
  { id, who }: { id: number; who: string },
): Promise<Alert> =>
  transact(db, async (tx) => {
    const row = await tx.selectFrom('alerts').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) throw new Refusal('not-found', `There is no alert ${id}.`);
    if (row.cleared_at !== null) throw new Refusal('conflict', 'This alert is over already.');
    // Who came first looks after it.
    if (row.acknowledged_by !== null) return toAlert(row);
    const at = clock.now();
    await tx
      .updateTable('alerts')
      .set({ acknowledged_by: who, acknowledged_at: at })
      .where('id', '=', id)
      .execute();
    await forgetMark(tx, row);
    await addEvents(tx, [{ alert_id: id, what: 'acknowledged' }], at);
    await noteAlerts(tx, JSON.parse(row.devices) as string[], at);
    await record(tx, {
      ...{ at, who, action: 'alert-acknowledge', subject: `alert ${id}` },
      detail: { code: row.code, about: row.subject },
    });
    return toAlert({ ...row, acknowledged_by: who, acknowledged_at: at });
  });

async function forgetMark(tx: Transaction<Tables>, { code, subject }: AlertRow): Promise<void> {
  if (code === 'rollout-halted') {
    await tx
      .updateTable('rollouts')
      .set({ unseen: 0 })
      .where('unseen', '=', 1)
      .where(subjectOf, '=', subject)
      .execute();
    return;
  }
  if (code !== 'cloned' && code !== 'audit-fork') return;
  await tx
    .updateTable('device_states')
    .set(code === 'cloned' ? { cloned_at: null } : { audit_fork: null, audit_fork_at: null })
    .where('device_id', 'in', tx.selectFrom('devices').select('id').where('name_in_force', '=', subject))
    .execute();
}

export const toAlert = (row: Selectable<Tables['alerts']>): Alert => ({
  ...{ id: row.id, code: row.code, severity: row.severity, subject: row.subject, detail: row.detail },
  devices: (JSON.parse(row.devices) as Alert['devices']).slice(0, 1_000),
  ...{ raisedAt: row.raised_at, clearedAt: row.cleared_at },
  acknowledged:
    row.acknowledged_by === null || row.acknowledged_at === null
      ? null
      : { by: row.acknowledged_by, at: row.acknowledged_at },
});

export interface AlertEvent {
  seq: number;
  at: number;
  what: AlertEventRow['what'];
  alert: Alert;
}

/** What became of alerts since `after`, in order: for a program that tells people elsewhere. */
export async function alertEvents(
  db: Kysely<Tables>,
  { after, limit }: { after: number; limit: number },
): Promise<AlertEvent[]> {
  const rows = await db
    .selectFrom('alert_events as e')
    .innerJoin('alerts as a', 'a.id', 'e.alert_id')
    .selectAll('a')
    .select(['e.id as seq', 'e.at', 'e.what'])
    .where('e.id', '>', after)
    .orderBy('e.id')
    .limit(limit)
    .execute();
  return rows.map(({ seq, at, what, ...alert }) => ({ seq, at, what, alert: toAlert(alert) }));
}

/** Forgets what was cleared before `before`. @returns how many */
export const pruneAlerts = (db: Kysely<Tables>, before: number): Promise<number> =>
  transact(db, async (tx) => {
    const old = tx.selectFrom('alerts').select('id').where('cleared_at', '<', before);
    await tx.deleteFrom('alert_events').where('alert_id', 'in', old).execute();
    const { numDeletedRows } = await tx
      .deleteFrom('alerts')
      .where('cleared_at', '<', before)
      .executeTakeFirst();
    return Number(numDeletedRows);
  });
