/** What devices say of a rollout, on a real database: what counts, in which order, and what a halt makes of it. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stopRollout } from './operate.ts';
import {
  anotherTxn,
  type Delivered,
  openRolloutFleet,
  type RolloutFleet,
  tenDevices,
  what,
} from './rollout.fixture.ts';

const who = 'anna';

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

describe('what devices say', () => {
  test('is counted by how it ended, with the reasons', async () => {
    const id = await fleet.start({ abort: { permille: 1_000, sample: 10 } });
    const told = await step();
    const ends = [
      ['installed'],
      ['rolled-back', 'golden-prompt'],
      ['refused', 'no-space'],
      ['failed', 'mirrors'],
      ['failed-safe', 'slot-failed'],
      ['failed', 'no-space'],
    ] as const;
    for (const [n, [outcome, reason]] of ends.entries())
      await fleet.says(told[n] as Delivered, { phase: 'idle', outcome, ...(reason ? { reason } : {}) });
    await fleet.says(told[6] as Delivered, { phase: 'ready' });
    const { counts, failures } = await fleet.show(id);
    expect(counts).toMatchObject({ installed: 1, 'rolled-back': 1, failed: 4, running: 1, told: 3 });
    expect(failures).toEqual([
      { reason: 'no-space', devices: 2 },
      ...['golden-prompt', 'mirrors', 'slot-failed'].map((reason) => ({ reason, devices: 1 })),
    ]);
  });

  test('of another rollout, with another’s transaction, or of something that nobody asked for, counts for nothing', async () => {
    const id = await fleet.start({ waves: [{ devices: 5 }, { permille: 1_000 }] });
    const [one, two] = (await step()) as [Delivered, Delivered];
    const done = { phase: 'idle', outcome: 'installed' } as const;
    await fleet.says(one, { ...done, txn: anotherTxn() });
    await fleet.says(one, { ...done, txn: two.command.id });
    await fleet.says(one, { ...done, rollout: anotherTxn() });
    await fleet.says(one, { ...done, rollout: null });
    const waiting = (await fleet.states(id))['waiting']?.[0] ?? '';
    const deviceId = tenDevices().find(({ name }) => name === waiting)?.id ?? 0;
    await fleet.says({ ...one, deviceId }, done);
    expect(await fleet.show(id)).toMatchObject({ counts: { installed: 0, told: 5, waiting: 5 } });
  });

  test('case 21: lost, repeated and turned around, its words end where the newest of them ends', async () => {
    const id = await fleet.start({ abort: { permille: 1_000, sample: 10 } });
    const [one] = (await step()) as [Delivered];
    const said = [
      { phase: 'accepted' },
      { phase: 'fetching', permille: 400 },
      { phase: 'trial' },
      { phase: 'idle', outcome: 'installed' },
    ] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: said.length - 1 }), { minLength: 1, maxLength: 12 }),
        async (order) => {
          await fleet.db
            .updateTable('rollout_devices')
            .set({ state: 'told', ord: 0, seq: 0, outcome: null, txn: null })
            .where('device_id', '=', one.deviceId)
            .execute();
          for (const n of order) await fleet.says(one, said[n] ?? {}, { ord: 7, seq: 100 + n });
          const { phase, outcome } =
            (await fleet.show(id)).devices.find(({ device }) => device === one.device) ?? {};
          const newest: { phase: string; outcome?: string } = said[Math.max(...order)] ?? { phase: '' };
          expect({ phase, outcome }).toEqual({ phase: newest.phase, outcome: newest.outcome ?? null });
        },
      ),
      { numRuns: 40 },
    );
    // A spool that was lost begins its numbers anew; its epoch came later.
    await fleet.says(one, { phase: 'idle', outcome: 'rolled-back', reason: 'unhealthy' }, { ord: 8, seq: 1 });
    expect((await fleet.states(id))['rolled-back']).toEqual([one.device]);
    await fleet.says(one, { phase: 'idle', outcome: 'installed' }, { ord: 7, seq: 900 });
    expect((await fleet.states(id))['rolled-back']).toEqual([one.device]);
  });

  test('of a way back: gone back, or still there', async () => {
    const id = await fleet.start();
    const told = await step();
    await fleet.end(told);
    await stopRollout(fleet.parts, { id, who, because: '', rollBack: true });
    const back = await fleet.deliver();
    await fleet.says(back[0] as Delivered, { phase: 'rolling-back' });
    expect((await fleet.show(id)).counts).toMatchObject({ installed: 10 });
    await fleet.says(back[0] as Delivered, {
      phase: 'idle',
      outcome: 'installed',
      release: 'models/pebble/1',
    });
    await fleet.says(back[1] as Delivered, { phase: 'idle', outcome: 'refused', reason: 'below-floor' });
    await fleet.says(back[2] as Delivered, {
      phase: 'idle',
      outcome: 'rolled-back',
      reason: 'golden-prompt',
    });
    expect((await fleet.show(id)).counts).toMatchObject({ installed: 9, 'rolled-back': 1 });
  });
});

describe('case 21: a halt', () => {
  test('that comes before the install, or twice, leaves nobody installing', async () => {
    const id = await fleet.start();
    await fleet.sweep(); // told, and not sent
    await stopRollout(fleet.parts, { id, who, because: '', rollBack: false });
    await stopRollout(fleet.parts, { id, who, because: '', rollBack: false });
    expect(await step()).toEqual([]);
    expect((await fleet.show(id)).counts).toMatchObject({ waiting: 10 });
  });

  test('comes after the install in the device’s own counting, so that no order of arrival turns them around', async () => {
    const id = await fleet.start();
    await fleet.sweep();
    const installs = await fleet.deliver(null);
    await stopRollout(fleet.parts, { id, who, because: '', rollBack: false });
    const cancels = await fleet.deliver();
    expect(what(cancels)).toEqual(tenDevices().map(({ name }) => `${name}: cancel-install`));
    for (const { device, command } of cancels) {
      const before = installs.find((one) => one.device === device);
      expect(command.counter).toBeGreaterThan(before?.command.counter ?? 0);
    }
  });
});
