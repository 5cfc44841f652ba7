/** What became of devices that don't say it themselves: they refused the command, fell silent, were put out, or came back. */
import { CommandResult } from '@rockpool/protocol/fleet/command';
import type { Kysely } from 'kysely';
import { record } from '../audit/audit.ts';
import type { Tables } from '../store/tables.ts';
import { changeRollout, holdDevices, nothingSaid, type Rollout, saveDevices } from './rows.ts';
import { open, underWay } from './states.ts';
import type { RolloutDeviceRow } from './tables.ts';

const piece = 500;
/** Who never answers isn't told for ever. */
const tellsMost = 5;

export async function settle(tx: Kysely<Tables>, rollout: Rollout, at: number): Promise<void> {
  await leaveOutRevoked(tx, rollout, at);
  await takeRefusals(tx, rollout, at);
  await giveUpSilent(tx, rollout, at);
  await returnHeard(tx, rollout, at);
}

const leaveOutRevoked = (tx: Kysely<Tables>, { id }: Rollout, at: number) =>
  tx
    .updateTable('rollout_devices')
    .set({ state: 'left-out', why: 'revoked', at })
    .where('rollout_id', '=', id)
    .where('state', 'in', open)
    .where('device_id', 'in', (from) =>
      from.selectFrom('devices').select('id').where('name_in_force', 'is', null),
    )
    .execute();

/** The agent refused, before there was any update to tell of. */
async function takeRefusals(tx: Kysely<Tables>, { id }: Rollout, at: number): Promise<void> {
  const refused = await tx
    .selectFrom('rollout_devices as m')
    .innerJoin('commands as c', 'c.id', 'm.command_id')
    .select(['m.device_id', 'c.state', 'c.result'])
    .where('m.rollout_id', '=', id)
    .where('m.state', '=', 'told')
    .where('c.state', 'in', ['refused', 'failed'])
    .where('c.is_final', '=', 1)
    .orderBy('m.device_id')
    .limit(piece)
    .execute();
  const by = new Map(refused.map((one) => [one.device_id, one]));
  const rows = await holdDevices(tx, id, [...by.keys()], ['told']);
  await saveDevices(
    tx,
    rows.map((row): RolloutDeviceRow => {
      const { state, result } = by.get(row.device_id) ?? { state: 'failed', result: null };
      const said = result === null ? undefined : CommandResult.parse(JSON.parse(result));
      return {
        ...{ ...row, state: 'failed', at, outcome: state === 'refused' ? 'refused' : 'failed' },
        says: said?.says ?? said?.reason ?? null,
      };
    }),
  );
}

const giveUpSilent = (tx: Kysely<Tables>, { id, plan }: Rollout, at: number) =>
  tx
    .updateTable('rollout_devices')
    .set({ state: 'failed', reason: 'timeout', says: 'It said nothing more in time.', at })
    .where('rollout_id', '=', id)
    .where('state', 'in', underWay)
    .where('at', '<=', at - plan.silentS * 1_000)
    .execute();

/** Given up for silence, and connected anew since. */
export const missed = (db: Kysely<Tables>) =>
  db
    .selectFrom('rollout_devices as m')
    .innerJoin('device_states as s', 's.device_id', 'm.device_id')
    .select('m.device_id')
    .where('m.state', '=', 'failed')
    .where('m.outcome', 'is', null)
    .where('m.reason', '=', 'timeout')
    .where('m.tells', '<', tellsMost)
    .where('s.connected', '=', 1)
    .whereRef('s.connected_at', '>', 'm.at');

/** They were away, and are told again. */
async function returnHeard(tx: Kysely<Tables>, { id }: Rollout, at: number): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('rollout_devices')
    .set({ state: 'waiting', at, ...nothingSaid })
    .where('rollout_id', '=', id)
    .where('state', '=', 'failed')
    .where('device_id', 'in', missed(tx).where('m.rollout_id', '=', id))
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** A rollout that is done still holds for whoever missed it, unless a later one of the same was begun. @returns it as it is now */
export async function comeBack(tx: Kysely<Tables>, rollout: Rollout, at: number): Promise<Rollout> {
  const later = await tx
    .selectFrom('rollouts')
    .select('id')
    .where('kind', '=', rollout.kind)
    .where('name', '=', rollout.name)
    .where('state', '<>', 'draft')
    .where('created_at', '>', rollout.created_at)
    .limit(1)
    .executeTakeFirst();
  if (later || (await returnHeard(tx, rollout, at)) === 0) return rollout;
  await record(tx, {
    ...{ at, who: 'controller', action: 'rollout-resume', subject: `rollout ${rollout.id}` },
    detail: { release: rollout.release, because: 'a device that missed it is heard of again' },
  });
  return changeRollout(tx, rollout, { state: 'running' }, at);
}
