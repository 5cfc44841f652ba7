/** Which commands are to be published now, and by whom: of several controllers one takes each. */
import type { DeviceName } from '@rockpool/protocol/enrolment';
import { Command, CommandOrder, type CommandResult } from '@rockpool/protocol/fleet/command';
import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import type { Clock } from '../host/clock.ts';
import { noteChanges } from '../registry/feed.ts';
import type { Tables } from '../store/tables.ts';
import { transactBeside } from '../store/transaction.ts';
import { renewConfig } from './config.ts';
import type { CommandRow } from './tables.ts';

/** To be published under `down/command` of its device, in this order. */
export interface Outgoing {
  id: string;
  device: DeviceName;
  frame: Uint8Array;
}

export interface Dispatch {
  /**
   * Of devices that are connected: what is new, and what was sent and not answered for a while. Asked every second.
   * @param most devices
   */
  takeQueued(most?: number): Promise<Outgoing[]>;
  /** At a birth: all that the device hasn't seen yet, and its settings when they are behind. */
  takePending(born: Born): Promise<Outgoing[]>;
  /** Ends what ran out. @returns how many */
  sweep(): Promise<number>;
  /** Forgets what ended before `before`. @returns how many */
  prune(before: number): Promise<number>;
}

export interface Born {
  deviceId: number;
  /** The newest command that the device obeyed or refused. */
  counter: number;
  configVersion: number;
}

export interface DispatchParts {
  db: Kysely<Tables>;
  clock: Clock;
  sign: (command: Command) => Uint8Array;
  /** This controller's name among others, another at every start. */
  controller: string;
}

/** So long another controller may still be publishing what it took: what comes after waits, for devices take no older one. */
const momentMs = 2_000;
/** Sent and not answered for this long, it is sent again; then after twice as long, and so on. */
const patienceMs = 30_000;
/** Accepted, and nothing more heard for this long, it counts as failed until the device says otherwise. */
const silenceMs = 3_600_000;
/** A device may say any counter, and so spoil its own; beyond this ours doesn't follow. */
const highestCounter = 2 ** 50;

export function createDispatch({ db, clock, sign, controller }: DispatchParts): Dispatch {
  const sent = (at: number) => ({ state: 'sent', sent_at: at, sent_by: controller, changed_at: at }) as const;

  async function toSend(tx: Kysely<Tables>, rows: readonly CommandRow[]): Promise<Outgoing[]> {
    if (rows.length === 0) return [];
    const ids = [...new Set(rows.map((row) => row.device_id))];
    const devices = await tx.selectFrom('devices').select(['id', 'name']).where('id', 'in', ids).execute();
    const names = new Map(devices.map(({ id, name }) => [id, name as DeviceName]));
    await noteChanges(
      tx,
      'command',
      ids.map((id) => ({ id })),
      clock.now(),
    );
    return [...rows]
      .sort((a, b) => a.device_id - b.device_id || a.counter - b.counter)
      .flatMap((row) => {
        const device = names.get(row.device_id);
        return device ? [{ id: row.id, device, frame: sign(commandOf(row, device)) }] : [];
      });
  }

  return {
    takeQueued: (most = 500) =>
      transactBeside(db, async (tx) => {
        const at = clock.now();
        const devices = await tx
          .selectFrom('commands as c')
          .innerJoin('device_states as s', 's.device_id', 'c.device_id')
          .innerJoin('devices as d', 'd.id', 'c.device_id')
          .select('c.device_id')
          .distinct()
          .where('s.connected', '=', 1)
          .where('d.revoked_at', 'is', null)
          .where((where) => isDue(where, at))
          .orderBy('c.device_id')
          .limit(most)
          .execute();
        const ids = devices.map(({ device_id }) => device_id);
        if (ids.length === 0) return [];
        await holdDevices(tx, ids);
        const rows = await tx
          .updateTable('commands as c')
          .set((to) => ({ ...sent(at), version: to('c.version', '+', 1) }))
          .where('c.device_id', 'in', ids)
          .where((where) => isDue(where, at))
          .where((where) =>
            where.not(
              where.exists(
                where
                  .selectFrom('commands as other')
                  .select('other.id')
                  .whereRef('other.device_id', '=', 'c.device_id')
                  .where('other.state', '=', 'sent')
                  .where('other.sent_by', '<>', controller)
                  .where('other.sent_at', '>', at - momentMs),
              ),
            ),
          )
          .returningAll()
          .execute();
        return toSend(tx, rows);
      }),

    takePending: ({ deviceId, counter, configVersion }) =>
      transactBeside(db, async (tx) => {
        const at = clock.now();
        await follow(tx, deviceId, counter);
        await renewConfig(tx, { deviceId, has: configVersion, at });
        const rows = await tx
          .updateTable('commands')
          .set((to) => ({ ...sent(at), version: to('version', '+', 1) }))
          .where('device_id', '=', deviceId)
          .where('state', 'in', ['queued', 'sent'])
          .where('counter', '>', counter)
          .where('not_after', '>', at)
          // Several may hear the same birth; to this one its own sending of a moment ago went to an older connection.
          .where((where) =>
            where.or([
              where('sent_at', 'is', null),
              where('sent_at', '<=', at - momentMs),
              where('sent_by', '=', controller),
            ]),
          )
          .returningAll()
          .execute();
        return toSend(tx, rows);
      }),

    sweep: () =>
      transactBeside(db, async (tx) => {
        const at = clock.now();
        const expired = await tx
          .updateTable('commands')
          .set((to) => ({ state: 'expired', changed_at: at, version: to('version', '+', 1) }))
          .where('state', 'in', ['queued', 'sent'])
          .where('not_after', '<=', at)
          .returning('device_id as id')
          .execute();
        const silent = await tx
          .updateTable('commands')
          .set((to) => ({
            ...{ state: 'failed', changed_at: at, version: to('version', '+', 1) },
            result: JSON.stringify(silence),
          }))
          .where('state', '=', 'accepted')
          .where('changed_at', '<=', at - silenceMs)
          .returning('device_id as id')
          .execute();
        const all = [...expired, ...silent];
        await noteChanges(tx, 'command', all, at);
        return all.length;
      }),

    async prune(before) {
      const { numDeletedRows } = await db
        .deleteFrom('commands')
        .where('state', 'not in', ['queued', 'sent', 'accepted'])
        .where('changed_at', '<', before)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

const silence: CommandResult = {
  ...{ id: null, state: 'failed', says: 'The device accepted it, and said nothing more within an hour.' },
};

/** New, or not answered for long enough; in a query where the commands are `c`. */
const isDue = (where: ExpressionBuilder<Tables & { c: CommandRow }, 'c'>, at: number) =>
  where.and([
    where('c.not_after', '>', at),
    where.or([
      where('c.state', '=', 'queued'),
      where.and([
        where('c.state', '=', 'sent'),
        where('c.sent_at', '<=', at - patienceMs),
        // Each time it waits as long again as it has waited in all.
        where(sql<number>`c.sent_at - c.created_at`, '<=', sql<number>`${at} - c.sent_at`),
      ]),
    ]),
  ]);

/** Another controller that wants commands of these waits until this transaction ends, and sees what it took. */
export const holdDevices = (tx: Kysely<Tables>, ids: readonly number[]) =>
  tx
    .updateTable('command_counters')
    .set((to) => ({ counter: to.ref('counter') }))
    .where('device_id', 'in', ids)
    .execute();

/**
 * Our counter is behind the device's when this database came back from a copy: what the device would take for a replay
 * gets numbers that it hasn't seen. What was sent keeps its own: the device knows it, and its result is on its way.
 */
async function follow(tx: Kysely<Tables>, deviceId: number, counter: number): Promise<void> {
  const { counter: ours } = await tx
    .insertInto('command_counters')
    .values({ device_id: deviceId, counter: 0 })
    .onConflict((conflict) =>
      conflict.column('device_id').doUpdateSet((to) => ({ counter: to.ref('command_counters.counter') })),
    )
    .returning('counter')
    .executeTakeFirstOrThrow();
  if (counter <= ours || counter > highestCounter) return;
  const waiting = await tx
    .selectFrom('commands')
    .select('id')
    .where('device_id', '=', deviceId)
    .where('state', '=', 'queued')
    .orderBy('counter')
    .execute();
  let next = counter;
  for (const { id } of waiting) {
    next += 1;
    await tx
      .updateTable('commands')
      .set((to) => ({ counter: next, version: to('version', '+', 1) }))
      .where('id', '=', id)
      .execute();
  }
  await tx.updateTable('command_counters').set({ counter: next }).where('device_id', '=', deviceId).execute();
}

/** Through the schema of the wire: what a device would refuse as malformed is our failure, and shows here. */
const commandOf = (row: CommandRow, device: DeviceName): Command =>
  Command.parse({
    ...{ v: 1, dev: device, id: row.id, counter: row.counter },
    ...{ issuedAt: row.created_at, notAfter: row.not_after },
    order: CommandOrder.parse(JSON.parse(row.command_order)),
  });
