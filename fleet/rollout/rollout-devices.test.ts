/** Devices of a rollout, on a real database: who is meant, who comes late, and who comes back. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDispatch } from '../commands/dispatch.ts';
import { connect, disconnect } from '../commands/fleet.fixture.ts';
import { health } from '../ingest/devices.fixture.ts';
import { addDevices } from '../views/many-devices.fixture.ts';
import { stopRollout } from './operate.ts';
import {
  type Delivered,
  modelRelease,
  named,
  openRolloutFleet,
  type RolloutFleet,
  released,
  what,
} from './rollout.fixture.ts';

const minute = 60_000;
const day = 86_400_000;
const who = 'anna';
const waves = { waves: [{ devices: 2 }, { devices: 6 }, { permille: 1_000 }] };

let fleet: RolloutFleet;
beforeEach(async () => {
  fleet = await openRolloutFleet();
});
afterEach(() => fleet[Symbol.asyncDispose]());

/** One step of everything. */
async function step(): Promise<Delivered[]> {
  await fleet.sweep();
  return fleet.deliver();
}

describe('devices', () => {
  test('that come later are told in the wave that runs, or a later one', async () => {
    const id = await fleet.start(waves);
    await fleet.end(await step());
    await step(); // the second wave runs
    await addDevices(
      fleet.db,
      Array.from({ length: 20 }, (_, n) => ({ id: 100 + n, name: `late-${n}`, state: {} })),
    );
    await fleet.sweep();
    const { devices, counts } = await fleet.show(id);
    const late = devices.filter(({ device }) => device.startsWith('late'));
    expect(late).toHaveLength(20);
    expect(new Set(late.map(({ wave }) => wave))).toEqual(new Set([1, 2]));
    expect(counts.told).toBe(4 + late.filter(({ wave }) => wave === 1).length);
  });

  test('with the labels alone are meant', async () => {
    await using some = await openRolloutFleet([
      { id: 1, name: 'leeds', labels: { branch: 'leeds', floor: '1' }, state: {} },
      { id: 2, name: 'leeds-2', labels: { branch: 'leeds', floor: '2' }, state: {} },
      { id: 3, name: 'york', labels: { branch: 'york', floor: '1' }, state: {} },
    ]);
    await some.start({ labels: { branch: 'leeds', floor: '1' } });
    await some.sweep();
    expect(named(await some.deliver())).toEqual(['leeds']);
  });

  test('are left out when they have it, when it is not for them, or while another rollout has them', async () => {
    const orin = { ...health, jetson: { ...health.jetson, board: 'NVIDIA Jetson Orin Nano' } };
    await using some = await openRolloutFleet([
      {
        id: 1,
        name: 'has-it',
        state: { releases: JSON.stringify([released]), health: JSON.stringify(orin) },
      },
      { id: 2, name: 'other-board', state: { health: JSON.stringify({ ...orin, jetson: null }) } },
      { id: 3, name: 'taken', labels: { branch: 'leeds' }, state: { health: JSON.stringify(orin) } },
      { id: 4, name: 'unheard' },
      { id: 5, name: 'right', state: { health: JSON.stringify(orin) } },
    ]);
    some.releases.add(modelRelease('1'));
    some.releases.add(modelRelease('2', { compat: { boards: ['NVIDIA Jetson Orin'] } }));
    const first = await some.start({ release: 'models/pebble/1', labels: { branch: 'leeds' } });
    const id = await some.start();
    const leftOut = async () =>
      Object.fromEntries(
        (await some.show(id)).devices.flatMap(({ device, state, says }) =>
          state === 'left-out' ? [[device, says?.split(' ').slice(0, 3).join(' ')]] : [],
        ),
      );
    expect(await leftOut()).toEqual({
      'has-it': 'It has it',
      'other-board': 'The release is',
      taken: 'Another rollout of',
    });
    await some.sweep();
    expect(what(await some.deliver())).toEqual(['right: install', 'taken: install']);
    // The other rollout is over, so this one has it now.
    await stopRollout(some.parts, { id: first, who, because: '', rollBack: false });
    some.clock.pass(11 * minute);
    await some.sweep();
    expect(await leftOut()).not.toHaveProperty('taken');
    expect(what(await some.deliver())).toEqual(['taken: cancel-install', 'taken: install']);
  });

  test('that were put out meanwhile are left out, and one that has it by now is not told', async () => {
    const id = await fleet.start({ perMinute: 1 });
    await fleet.sweep();
    const waiting = (await fleet.states(id))['waiting'] ?? [];
    const [gone = '', has = ''] = waiting;
    await fleet.db
      .updateTable('devices')
      .set({ name_in_force: null, revoked_at: 1 })
      .where('name', '=', gone)
      .execute();
    await fleet.db
      .updateTable('device_states')
      .set({ releases: JSON.stringify([released]) })
      .where('device_id', 'in', (from) => from.selectFrom('devices').select('id').where('name', '=', has))
      .execute();
    for (let n = 0; n < 10; n += 1) {
      fleet.clock.pass(minute);
      await fleet.sweep();
    }
    expect(await fleet.states(id)).toMatchObject({ 'left-out': [gone, has].sort(), told: expect.anything() });
    expect((await fleet.states(id))['told']).toHaveLength(8);
  });

  test('that refuse the command itself have failed, and those that say nothing for too long', async () => {
    const id = await fleet.start({ silentS: 3_600, abort: { permille: 1_000, sample: 10 } });
    await fleet.sweep();
    await fleet.deliver({ state: 'refused', reason: 'not-allowed', says: 'Its settings don’t let it.' });
    await fleet.sweep();
    expect(await fleet.show(id)).toMatchObject({
      ...{
        counts: { failed: 10 },
        devices: expect.arrayContaining([expect.objectContaining({ says: 'Its settings don’t let it.' })]),
      },
    });

    await using silent = await openRolloutFleet();
    const other = await silent.start({ silentS: 3_600, abort: { permille: 1_000, sample: 10 } });
    await silent.sweep();
    const told = await silent.deliver();
    silent.clock.pass(1_800_000);
    await silent.says(told[0] as Delivered, { phase: 'fetching' });
    silent.clock.pass(1_800_000);
    await silent.sweep();
    expect(await silent.show(other)).toMatchObject({
      ...{ counts: { failed: 9, running: 1 }, failures: [{ reason: 'timeout', devices: 9 }] },
    });
  });
});

describe('a device that comes back after a week', () => {
  /** `ash` is away, and everybody else has it. */
  async function away(plan: Parameters<RolloutFleet['start']>[0] = {}): Promise<string> {
    await disconnect(fleet.db, { id: 1, name: 'ash' }, fleet.clock.now());
    const id = await fleet.start(plan);
    await fleet.end(await step());
    return id;
  }
  /** Its dispatch at a birth, as a controller would. */
  async function returns(): Promise<string[]> {
    await connect(fleet.db, { id: 1, name: 'ash' }, fleet.clock.now());
    await fleet.db
      .updateTable('device_states')
      .set({ connected_at: fleet.clock.now() })
      .where('device_id', '=', 1)
      .execute();
    const sent: string[] = [];
    const dispatch = createDispatch({
      ...{ db: fleet.db, clock: fleet.clock, controller: 'b' },
      sign(command) {
        sent.push(command.order.name);
        return new Uint8Array();
      },
    });
    await dispatch.sweep();
    await dispatch.takePending({ deviceId: 1, counter: 0, configVersion: 0 });
    return sent;
  }

  test('gets what holds then: the release, while its rollout runs', async () => {
    const id = await away({ silentS: 30 * 86_400 });
    fleet.clock.pass(7 * day);
    await fleet.sweep();
    expect(await returns()).toEqual(['install']);
    expect((await fleet.show(id)).state).toBe('running');
  });

  test('obeys no rollout that was halted, paused or withdrawn meanwhile', async () => {
    const id = await away({ silentS: 30 * 86_400 });
    await stopRollout(fleet.parts, { id, who, because: 'bad answers', rollBack: false });
    fleet.clock.pass(7 * day);
    expect(await returns()).toEqual([]);
    expect(await fleet.states(id)).toMatchObject({ waiting: ['ash'] });
  });

  test('is told again although it had been given up, also by a rollout that is done', async () => {
    const id = await away({ silentS: 86_400 });
    fleet.clock.pass(day);
    await fleet.sweep();
    expect(await fleet.show(id)).toMatchObject({ state: 'done', counts: { failed: 1, installed: 9 } });
    fleet.clock.pass(6 * day);
    expect(await returns()).toEqual([]);
    await fleet.sweep();
    expect((await fleet.show(id)).state).toBe('running');
    const [again] = await fleet.deliver();
    expect(again).toMatchObject({ device: 'ash', command: { order: { name: 'install' } } });
    await fleet.end(again ? [again] : []);
    await fleet.sweep();
    expect(await fleet.show(id)).toMatchObject({ state: 'done', counts: { failed: 0, installed: 10 } });
  });

  test('is not told by a rollout that a later one of the same followed', async () => {
    await away({ silentS: 86_400 });
    fleet.clock.pass(day);
    await fleet.sweep();
    fleet.releases.add(modelRelease('3'));
    fleet.clock.pass(1);
    const later = await fleet.start({ release: 'models/pebble/3', labels: { branch: 'nowhere' } });
    fleet.clock.pass(day);
    await returns();
    expect(await step()).toEqual([]);
    expect((await fleet.show(later)).state).toBe('done');
  });

  test('hears that what it had begun was called back', async () => {
    const id = await fleet.start();
    const told = await step();
    const ash = told.find(({ device }) => device === 'ash') as Delivered;
    await fleet.says(ash, { phase: 'fetching' });
    await disconnect(fleet.db, { id: 1, name: 'ash' }, fleet.clock.now());
    await stopRollout(fleet.parts, { id, who, because: '', rollBack: false });
    fleet.clock.pass(7 * day);
    expect(await returns()).toEqual(['cancel-install']);
    await fleet.says(ash, { phase: 'idle', outcome: 'cancelled', reason: 'cancelled' });
    expect((await fleet.states(id))['left-out']).toEqual(['ash']);
  });
});
