/** Rollouts on a real database: who is told when, and when it stops. */
import { RolloutPlan } from '@rockpool/protocol/update/rollout';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../store/open.ts';
import { createRollout } from './create.ts';
import { sweepRollouts } from './drive.ts';
import { approveRollout, pauseRollout, resumeRollout, startRollout, stopRollout } from './operate.ts';
import {
  type Delivered,
  named,
  openRolloutFleet,
  type RolloutFleet,
  released,
  tenDevices,
  what,
} from './rollout.fixture.ts';

const minute = 60_000;
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

describe('waves', () => {
  test('each begins when the one before is well, and the rollout is done when the last is', async () => {
    const id = await fleet.start({ ...waves, success: { permille: 1_000, sample: 2 } });
    const first = await step();
    expect(first).toHaveLength(2);
    expect(first[0]?.command.order).toMatchObject({
      name: 'install',
      args: { order: { rollout: id, release: released, now: false, again: false } },
    });
    expect(await step()).toEqual([]);
    await fleet.end(first.slice(0, 1));
    expect(await step()).toEqual([]);
    await fleet.end(first.slice(1));
    const second = await step();
    expect(second).toHaveLength(4);
    await fleet.end(second);
    const third = await step();
    expect(named([...first, ...second, ...third])).toEqual(tenDevices().map(({ name }) => name));
    expect((await fleet.show(id)).state).toBe('running');
    await fleet.end(third);
    await fleet.sweep();
    expect(await fleet.show(id)).toMatchObject({
      state: 'done',
      wave: 2,
      counts: { installed: 10 },
      total: 10,
    });
  });

  test('nobody is told of a draft; who may do what to it follows one table', async () => {
    const plan = RolloutPlan.parse({ release: released, waves: [{ permille: 1_000 }] });
    const id = await createRollout(fleet.parts, { plan, who });
    expect(await step()).toEqual([]);
    for (const deed of [pauseRollout, resumeRollout, approveRollout])
      await expect(deed(fleet.parts, { id, who })).rejects.toMatchObject({ code: 'conflict' });
    await startRollout(fleet.parts, { id, who });
    await expect(startRollout(fleet.parts, { id, who })).rejects.toMatchObject({ code: 'conflict' });
    await stopRollout(fleet.parts, { id, who, because: '', rollBack: false });
    for (const deed of [startRollout, pauseRollout, resumeRollout])
      await expect(deed(fleet.parts, { id, who })).rejects.toMatchObject({ code: 'conflict' });
    const deeds = await fleet.db.selectFrom('audit').select(['who', 'action']).orderBy('seq').execute();
    expect(deeds).toEqual(['create', 'start', 'halt'].map((deed) => ({ who, action: `rollout-${deed}` })));
  });

  test('the next waits for an approval where the plan asks for one, and for no other', async () => {
    const plan = { waves: [{ devices: 3 }, { permille: 1_000, approval: true }] };
    const id = await fleet.start(plan);
    await fleet.end(await step());
    expect(await step()).toEqual([]);
    expect(await fleet.show(id)).toMatchObject({
      waitsForApproval: true,
      because: expect.stringContaining('wave 2'),
    });
    await approveRollout(fleet.parts, { id, who: 'olga' });
    await expect(approveRollout(fleet.parts, { id, who })).rejects.toMatchObject({ code: 'conflict' });
    expect(await step()).toHaveLength(7);
    expect(await fleet.show(id)).toMatchObject({ waitsForApproval: false, because: null, wave: 1 });
  });

  test('the next waits for its pause', async () => {
    await fleet.start({ waves: [{ devices: 3 }, { permille: 1_000, pauseS: 3_600 }] });
    await fleet.end(await step());
    await fleet.sweep();
    fleet.clock.pass(3_599_999);
    expect(await step()).toEqual([]);
    fleet.clock.pass(1);
    expect(await step()).toHaveLength(7);
  });

  test('as many are told in a minute as may be, whoever looks how often', async () => {
    const id = await fleet.start({ perMinute: 4 });
    expect(await step()).toHaveLength(4);
    for (let n = 0; n < 5; n += 1) {
      fleet.clock.pass(minute / 6);
      expect(await step()).toEqual([]);
    }
    fleet.clock.pass(minute / 6);
    expect(await step()).toHaveLength(4);
    fleet.clock.pass(minute);
    expect(await step()).toHaveLength(2);
    expect((await fleet.states(id))['told']).toHaveLength(10);
  });
});

describe('a release that fails', () => {
  test('halts the rollout in its first wave, with the share and the sample that the plan says', async () => {
    const id = await fleet.start({
      waves: [{ devices: 5 }, { permille: 1_000 }],
      abort: { permille: 300, sample: 3 },
    });
    const first = await step();
    await fleet.end(first.slice(0, 2), 'failed');
    await fleet.sweep();
    expect((await fleet.show(id)).state).toBe('running');
    await fleet.end(first.slice(2, 3));
    const called = await step();
    expect(await fleet.show(id)).toMatchObject({
      ...{ state: 'halted', because: '2 of the 3 devices that said how it ended failed; 30 % may.' },
      counts: { failed: 2, installed: 1, told: 2, waiting: 5 },
    });
    // Those that have begun, and nobody else.
    expect(what(called)).toEqual(
      first
        .slice(3)
        .map(({ device }) => `${device}: cancel-install`)
        .sort(),
    );
    expect(await step()).toEqual([]);
    const deeds = await fleet.db.selectFrom('audit').select(['who', 'action']).orderBy('seq').execute();
    expect(deeds.at(-1)).toEqual({ who: 'controller', action: 'rollout-halt' });
  });

  test('is taken back where it was installed, also by who had it installed after all', async () => {
    const id = await fleet.start({ abort: { permille: 300, sample: 4, rollBack: true } });
    const told = await step();
    await fleet.end(told.slice(0, 2));
    await fleet.end(told.slice(2, 4), 'rolled-back');
    const back = await step();
    expect(
      back
        .filter(({ command }) => command.order.name === 'roll-back')
        .map(({ device }) => device)
        .sort(),
    ).toEqual(named(told.slice(0, 2)));
    await fleet.end(told.slice(4, 5)); // it was past the switch when it was called back
    await fleet.end(told.slice(5), 'cancelled');
    const late = await step();
    expect(what(late)).toEqual([`${told[4]?.device}: roll-back`]);
    await fleet.end(
      [...back, ...late].filter(({ command }) => command.order.name === 'roll-back'),
      'installed',
    );
    expect(await fleet.show(id)).toMatchObject({ counts: { 'rolled-back': 5, 'left-out': 5, installed: 0 } });
  });

  test('can be taken back later too, but not from whoever has a newer one by then', async () => {
    const id = await fleet.start();
    const told = await step();
    await fleet.end(told);
    await fleet.sweep();
    expect((await fleet.show(id)).state).toBe('done');
    const [newer] = told;
    await fleet.db
      .updateTable('device_states')
      .set({ releases: JSON.stringify(['models/pebble/3']) })
      .where('device_id', '=', newer?.deviceId ?? 0)
      .execute();
    await stopRollout(fleet.parts, { id, who, because: 'answers are worse', rollBack: true });
    expect(named(await fleet.deliver())).toEqual(named(told.slice(1)));
    expect(await fleet.show(id)).toMatchObject({ state: 'halted', because: 'answers are worse' });
  });

  test('is told as an alert until somebody has looked', async () => {
    const { acknowledgeAlert, sweepAlerts } = await import('../alerts/alerts.ts');
    await fleet.start({ abort: { permille: 100, sample: 2 } });
    const told = await step();
    await fleet.end(told.slice(0, 2), 'failed');
    await fleet.sweep();
    await sweepAlerts(fleet.db, fleet.clock);
    const open = () =>
      fleet.db
        .selectFrom('alerts')
        .select(['id', 'code', 'subject', 'devices', 'detail'])
        .where('open_key', 'is not', null)
        .where('code', 'like', 'rollout-%')
        .execute();
    const [alert] = await open();
    expect(alert).toMatchObject({ code: 'rollout-halted', subject: `rollout=${released}` });
    expect(JSON.parse(alert?.devices ?? '')).toEqual(named(told.slice(0, 2)));
    await sweepAlerts(fleet.db, fleet.clock);
    expect(await open()).toHaveLength(1);
    await acknowledgeAlert(fleet.db, fleet.clock, { id: alert?.id ?? 0, who });
    await sweepAlerts(fleet.db, fleet.clock);
    expect(await open()).toEqual([]);
  });

  test('that is withdrawn halts its rollout; a repository that can’t be read halts nothing', async () => {
    const id = await fleet.start({ waves: [{ devices: 3 }, { permille: 1_000 }] });
    await step();
    const broken = {
      ...fleet.parts,
      holder: 'a',
      releases: { ...fleet.releases, isWithdrawn: () => Promise.reject(new Error('EIO')) },
    };
    await expect(sweepRollouts(broken as never)).rejects.toThrow('some rollouts could not be moved');
    expect((await fleet.show(id)).state).toBe('running');
    await sweepRollouts({ ...fleet.parts, holder: 'a', releases: undefined });
    expect((await fleet.show(id)).state).toBe('running');
    fleet.releases.withdraw(released);
    expect(what(await step()).every((one) => one.endsWith('cancel-install'))).toBe(true);
    expect(await fleet.show(id)).toMatchObject({ state: 'halted', because: 'The release was withdrawn.' });
    await expect(fleet.start()).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('pause and resume', () => {
  test('nobody begins while it is paused; those that have begun go on; then the rest is told', async () => {
    const id = await fleet.start({ perMinute: 4 });
    await fleet.sweep();
    const begun = (await fleet.deliver()).slice(0, 4);
    fleet.clock.pass(minute);
    await fleet.sweep(); // four more are told, and their commands not sent yet
    await pauseRollout(fleet.parts, { id, who, because: 'books are closed' });
    expect(await fleet.deliver()).toEqual([]);
    fleet.clock.pass(minute);
    expect(await step()).toEqual([]);
    await fleet.end(begun);
    expect(await fleet.show(id)).toMatchObject({
      ...{ state: 'paused', because: 'books are closed', counts: { installed: 4, waiting: 6, told: 0 } },
    });
    await resumeRollout(fleet.parts, { id, who });
    expect(await step()).toHaveLength(4);
    fleet.clock.pass(minute);
    const last = await step();
    expect(last).toHaveLength(2);
  });

  test('a command that was on its way when it was paused may be obeyed; then its word counts, and it is not told again', async () => {
    const id = await fleet.start();
    await fleet.sweep();
    const sent = await fleet.deliver(null); // sent, and nobody has answered yet
    await pauseRollout(fleet.parts, { id, who });
    const [first, second] = sent as [Delivered, Delivered];
    await fleet.says(first, { phase: 'fetching', permille: 10 });
    await resumeRollout(fleet.parts, { id, who });
    const again = await step();
    expect(named(again)).toEqual(named(sent.slice(1)));
    // The other one obeyed the first command too, and says so after it was told once more.
    await fleet.says(second, { phase: 'idle', outcome: 'installed' });
    expect(await fleet.states(id)).toMatchObject({ running: [first.device], installed: [second.device] });
  });
});

describe('several controllers', () => {
  test('share a rollout: one moves it, and the other goes on when the first is gone', async () => {
    const id = await fleet.start(waves);
    expect(await fleet.sweep('first')).toMatchObject({ told: 2 });
    expect(await fleet.sweep('second')).toBeUndefined();
    await fleet.end(await fleet.deliver());
    // The first was killed; its lease ran out.
    await fleet.db.updateTable('leases').set({ until: 0 }).where('name', '=', 'rollouts').execute();
    expect(await fleet.sweep('second')).toMatchObject({ began: 1, told: 4 });
    expect((await fleet.show(id)).wave).toBe(1);
    expect(await fleet.sweep('first')).toBeUndefined();
  });

  test('at once, with devices that speak meanwhile, tell each device once', async () => {
    const other = await openStore(fleet.where);
    try {
      const id = await fleet.start();
      const sweeps = ['a', 'b', 'a', 'b'].map((holder, n) =>
        sweepRollouts({ ...fleet.parts, db: n % 2 === 0 ? fleet.db : other, holder }),
      );
      const moved = await Promise.all(sweeps);
      expect(moved.reduce((sum, one) => sum + (one?.told ?? 0), 0)).toBe(10);
      expect(named(await fleet.deliver())).toEqual(tenDevices().map(({ name }) => name));
      expect((await fleet.states(id))['told']).toHaveLength(10);
    } finally {
      await other.destroy();
    }
  });

  test('that look while devices speak lose no word of theirs', async () => {
    const other = await openStore(fleet.where);
    try {
      const id = await fleet.start({ waves: [{ devices: 5 }, { permille: 1_000 }] });
      const first = await step();
      const looks = ['a', 'b', 'a', 'b', 'a', 'b'].map((holder, n) =>
        sweepRollouts({ ...fleet.parts, db: n % 2 === 0 ? fleet.db : other, holder }),
      );
      await Promise.all([
        ...looks,
        ...first.map((one) => fleet.says(one, { phase: 'fetching' })),
        ...first.map((one) => fleet.says(one, { phase: 'idle', outcome: 'installed' })),
      ]);
      await fleet.db.updateTable('leases').set({ until: 0 }).where('name', '=', 'rollouts').execute();
      const second = await step();
      expect((await fleet.show(id)).counts).toMatchObject({ installed: 5, told: 5 });
      expect(named(await fleet.deliver())).toEqual([]);
      await fleet.end(second);
      await fleet.db.updateTable('leases').set({ until: 0 }).where('name', '=', 'rollouts').execute();
      await fleet.sweep();
      expect(await fleet.show(id)).toMatchObject({ state: 'done', counts: { installed: 10 } });
    } finally {
      await other.destroy();
    }
  });
});
