/** An operator's wish becomes one command for each device it is for: numbered, for a while, in one transaction. */
import { randomUUID } from 'node:crypto';
import { CommandOrder } from '@rockpool/protocol/fleet/command';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely } from 'kysely';
import { record } from '../audit/audit.ts';
import type { Clock } from '../host/clock.ts';
import { noteChanges } from '../registry/feed.ts';
import type { Labels } from '../registry/labels.ts';
import { inPieces } from '../store/pieces.ts';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { type CommandShown, shown } from './cancel.ts';
import { type Choice, chooseDevices } from './choice.ts';
import { nextVersions, saveDesired, supersede } from './config.ts';
import { nextCounters } from './counters.ts';
import type { CommandRow } from './tables.ts';

export interface CommandWish {
  /** Of devices in force; or those with all of `labels`. One of both, never neither: nobody means all by saying nothing. */
  names?: readonly string[] | undefined;
  labels?: Labels | undefined;
  order: CommandOrder;
  ttlMs: number;
  /** Who asks, for the audit. */
  who: string;
}

/** Of more than these, the feed says that it is many. */
const mostNamed = 200;

/**
 * `set-config` becomes what the device should be set to. For one device its version says what was there before, which
 * must still be so; for several each gets its own next.
 * @throws Refusal `bad-request`, `not-found`, `conflict`
 */
export async function createCommands(
  db: Kysely<Tables>,
  clock: Clock,
  { order: asked, ttlMs, who, ...choice }: CommandWish,
): Promise<CommandShown[]> {
  const order = CommandOrder.parse(asked);
  const at = clock.now();
  return transact(db, async (tx) => {
    const devices = await chooseDevices(tx, choice);
    const orders = await ordersFor(tx, devices, order, { who, at });
    const counters = await nextCounters(tx, devices);
    const rows = devices.map(({ id }): CommandRow => {
      const own = orders.get(id) ?? order;
      return {
        ...{ id: randomUUID(), device_id: id, counter: counters.get(id) ?? 0, name: own.name },
        ...{ command_order: JSON.stringify(own), state: 'queued', version: 1, is_final: 0, result: null },
        ...{ created_by: who, created_at: at, changed_at: at, not_after: at + ttlMs },
        ...{ sent_at: null, sent_by: null },
      };
    });
    await inPieces(rows, (some) => tx.insertInto('commands').values(some).execute());
    await noteChanges(tx, 'command', devices.length > mostNamed ? [{ id: null }] : devices, at);
    await record(tx, {
      ...{ at, who, action: 'command-create', subject: subjectOf(choice, devices) },
      detail: { order: JSON.stringify(order).slice(0, 1_000), devices: devices.length, ttlMs },
    });
    const names = new Map(devices.map(({ id, name }) => [id, name]));
    return rows.map((row) => shown({ ...row, device: names.get(row.device_id) ?? '' }));
  });
}

/** Those that differ from device to device. */
async function ordersFor(
  tx: Kysely<Tables>,
  devices: readonly { id: number; name: string }[],
  order: CommandOrder,
  by: { who: string; at: number },
): Promise<Map<number, CommandOrder>> {
  if (order.name !== 'set-config') return new Map();
  const { config } = order.args;
  const versions = await nextVersions(tx, devices);
  const [only] = devices;
  const next = only && versions.get(only.id);
  if (devices.length === 1 && next !== order.args.version) {
    throw new Refusal(
      'conflict',
      `The settings of ${only?.name ?? ''} are at version ${(next ?? 1) - 1} now; look at them again, then change them.`,
    );
  }
  await supersede(tx, devices, by.at);
  await saveDesired(tx, versions, config, by);
  return new Map(
    [...versions].map(([id, version]) => [id, { name: 'set-config', args: { version, config } }]),
  );
}

function subjectOf({ names, labels }: Choice, devices: readonly { name: string }[]): string {
  if (devices.length === 1) return `device ${devices[0]?.name ?? ''}`;
  const chosen = names ? names.slice(0, 20).join(' ') : labelsText(labels ?? {});
  return `${devices.length} devices: ${chosen}`;
}

const labelsText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
