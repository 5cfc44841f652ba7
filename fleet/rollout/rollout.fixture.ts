/** For tests: a fleet in a real database, a repository that tests fill, devices that take commands and say how it went. */
import { randomUUID } from 'node:crypto';
import { Command, type CommandResult } from '@rockpool/protocol/fleet/command';
import { pathOf, type Release } from '@rockpool/protocol/update/release';
import { RolloutPlan } from '@rockpool/protocol/update/rollout';
import type { UpdateStatus } from '@rockpool/protocol/update/status';
import type { z } from 'zod';
import { createDispatch } from '../commands/dispatch.ts';
import { recordResult } from '../commands/results.ts';
import { openTestDatabase } from '../store/database.fixture.ts';
import type { Database } from '../store/tables.ts';
import { transactBeside } from '../store/transaction.ts';
import { createClock, type TestClock } from '../test/fleet.fixture.ts';
import { addDevices, type Made } from '../views/many-devices.fixture.ts';
import { createRollout } from './create.ts';
import { sweepRollouts } from './drive.ts';
import { startRollout } from './operate.ts';
import type { KnownRelease, Releases } from './releases.ts';
import { showRollout } from './shown.ts';
import { recordStatuses } from './statuses.ts';

export const modelRelease = (version: string, more: Partial<Release> = {}): Release =>
  ({
    ...{ v: 1, kind: 'model', name: 'pebble', version, counter: Number(version), dataForm: 0, madeAt: 1 },
    ...{ notes: '', compat: {}, artifact: { name: 'pebble.gguf', sha256: 'a'.repeat(64), bytes: 1_000 } },
    golden: { prompt: 'Two and two?', holds: ['4', 'four'], withinMs: 10_000 },
    ...more,
  }) as Release;

/** Tests put releases in and take them out. */
export class FakeReleases implements Releases {
  readonly held = new Map<string, KnownRelease>();

  add(release: Release, bytes = 1_000): this {
    this.held.set(pathOf(release), { release, bytes });
    return this;
  }
  withdraw(path: string): void {
    this.held.delete(path);
  }
  async find(path: string): Promise<KnownRelease | undefined> {
    return this.held.get(path);
  }
  async isWithdrawn(path: string): Promise<boolean> {
    return !this.held.has(path);
  }
  async list(): ReturnType<Releases['list']> {
    const releases = [...this.held].map(([path, { release, bytes }]) => ({
      ...{ path, kind: release.kind, name: release.name, version: release.version, bytes },
      ...{ counter: release.counter, madeAt: release.madeAt, notes: release.notes, withdrawn: false },
    }));
    return { releases, roles: [] } as unknown as Awaited<ReturnType<Releases['list']>>;
  }
}

export const released = 'models/pebble/2';
const names = ['ash', 'bay', 'cob', 'dew', 'elm', 'fig', 'gum', 'hop', 'ivy', 'jay'];
/** In force, connected, never updated. */
export const tenDevices = (): Made[] => names.map((name, n) => ({ id: n + 1, name, state: {} }));

export interface Delivered {
  device: string;
  deviceId: number;
  command: Command;
}

export interface RolloutFleet {
  db: Database;
  /** What `openStore` was given. */
  where: string;
  clock: TestClock;
  releases: FakeReleases;
  parts: { db: Database; clock: TestClock; releases: FakeReleases };
  /** Made and started. @returns its id */
  start(plan?: Partial<z.input<typeof RolloutPlan>>): Promise<string>;
  /** As this controller. */
  sweep(holder?: string): ReturnType<typeof sweepRollouts>;
  show(id: string): ReturnType<typeof showRollout>;
  /** Names by state. */
  states(id: string): Promise<Record<string, string[]>>;
  /** What devices that are connected are sent now; they accept it, unless told to answer otherwise. */
  deliver(answer?: Partial<CommandResult> | null): Promise<Delivered[]>;
  /** A status of the update that this command asked for. */
  says(to: Delivered, status?: Partial<UpdateStatus>, number?: { ord?: number; seq?: number }): Promise<void>;
  /** Each of these tells that it ended so. */
  end(some: readonly Delivered[], outcome?: UpdateStatus['outcome']): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openRolloutFleet(devices: readonly Made[] = tenDevices()): Promise<RolloutFleet> {
  const opened = await openTestDatabase();
  const { db } = opened;
  const clock = createClock(1_800_000_000_000);
  const releases = new FakeReleases().add(modelRelease('2'));
  await addDevices(db, devices);
  const parts = { db, clock, releases };
  const sent: Command[] = [];
  const dispatch = createDispatch({
    ...{ db, clock, controller: 'a' },
    sign(command) {
      sent.push(Command.parse(command));
      return new Uint8Array();
    },
  });
  const ids = new Map(devices.map(({ id, name }) => [name, id]));
  let seq = 0;
  const fleet: RolloutFleet = {
    ...{ db, where: opened.where, clock, releases, parts },
    async start(plan = {}) {
      const whole = RolloutPlan.parse({ release: released, waves: [{ permille: 1_000 }], ...plan });
      const id = await createRollout(parts, { plan: whole, who: 'anna' });
      await startRollout(parts, { id, who: 'anna' });
      return id;
    },
    sweep: (holder = 'a') => sweepRollouts({ ...parts, holder }),
    show: (id) => showRollout(db, id),
    async states(id) {
      const { devices: all } = await showRollout(db, id);
      const by = Map.groupBy(all, ({ state }) => state);
      return Object.fromEntries(
        [...by].map(([state, some]) => [state, some.map(({ device }) => device).sort()]),
      );
    },
    async deliver(answer = {}) {
      sent.length = 0;
      await dispatch.takeQueued(20_000);
      const taken = [...sent];
      const delivered = taken.map((command) => ({
        ...{ device: command.dev, deviceId: ids.get(command.dev) ?? 0, command },
      }));
      if (answer !== null)
        for (const { deviceId, command } of delivered)
          await transactBeside(db, (tx) =>
            recordResult(tx, {
              ...{ deviceId, at: clock.now() },
              result: { id: command.id, state: 'succeeded', ...answer },
            }),
          );
      return delivered;
    },
    says({ deviceId, command }, status = {}, number = {}) {
      seq += 1;
      const own = number.seq ?? seq; // before others say something
      const { order } = command;
      const rollout = order.name === 'install' ? order.args.order.rollout : rolloutOf(command);
      return transactBeside(db, (tx) =>
        recordStatuses(tx, {
          ...{ deviceId, at: clock.now() },
          statuses: [
            {
              ...{ ord: number.ord ?? 1, seq: own },
              status: {
                ...{ txn: command.id, rollout, release: released, kind: 'model', from: null },
                ...{ phase: 'fetching', at: 1, ...status },
              } as UpdateStatus,
            },
          ],
        }),
      );
    },
    async end(some, outcome = 'installed') {
      for (const one of some) await fleet.says(one, { phase: 'idle', outcome });
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
  return fleet;
}

const rolloutOf = ({ order }: Command): string | null =>
  order.name === 'roll-back' || order.name === 'cancel-install' ? order.args.rollout : null;

export const named = (some: readonly Delivered[]): string[] => some.map(({ device }) => device).sort();
export const what = (some: readonly Delivered[]): string[] =>
  some.map(({ device, command }) => `${device}: ${command.order.name}`).sort();

export const anotherTxn = (): string => randomUUID();
