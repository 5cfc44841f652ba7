/** A controller as it is started, in a process that can be killed, and devices of the agent's own code that have joined it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import type { Clock } from '@rockpool/agent/host/clock.ts';
import { ClaimFile } from '@rockpool/protocol/claim';
import { type SimulatedDevice, startSimulatedDevice } from '../../simulated/device.ts';
import { joinFleet } from '../../simulated/join.ts';
import { openStore } from '../../store/open.ts';
import type { Database } from '../../store/tables.ts';
import { hour } from '../fleet.fixture.ts';
import { type ControllerProcess, command, startProcess } from '../process.fixture.ts';

export interface Scene {
  /** The controller's; what it keeps is looked at beside it. */
  home: string;
  db: Database;
  /** Sentences of all devices' logs. */
  logged: string[];
  homeOf(name: string): string;
  /** A command of an operator, as typed. @throws when it is not done */
  order(...args: string[]): Promise<string>;
  /** As by a power cut. */
  kill(): Promise<void>;
  /** At the address where devices look for it. */
  startAgain(): Promise<void>;
  /** By a claim of its own. */
  join(name: string, clock?: Clock): Promise<SimulatedDevice>;
  /** One that has joined, here or in another folder. */
  start(name: string, options?: { home?: string; clock?: Clock }): Promise<SimulatedDevice>;
  eventsOf(name: string): Promise<{ what: string; detail: string | null }[]>;
  close(): Promise<void>;
}

const systemClock: Clock = { now: Date.now };

export async function openScene(): Promise<Scene> {
  const folder = mkdtempSync(path(tmpdir(), 'rockpool-faults-'));
  const home = path(folder, 'controller');
  let controller: ControllerProcess = await startProcess(home);
  const db = await openStore(home);
  const devices: SimulatedDevice[] = [];
  const logged: string[] = [];
  const note = (about: object, says: string): void => void logged.push(`${says} ${JSON.stringify(about)}`);
  const scene: Scene = {
    ...{ home, db, logged, homeOf: (name) => path(folder, name) },
    async order(...args) {
      const said = await command(home, args);
      if (said.code !== 0) throw new Error(`${args.join(' ')}: ${said.stdout}${said.stderr}`);
      return said.stdout;
    },
    kill: () => controller.kill('SIGKILL'),
    async startAgain() {
      const { port } = new URL(controller.broker);
      controller = await startProcess(home, ['--mqtt-listen', `127.0.0.1:${port}`]);
    },
    async join(name, clock = systemClock) {
      const made = JSON.parse(await scene.order('claim', 'create', '--name', name, '--json')) as ClaimFile;
      const { version, pin, claim } = made;
      await joinFleet(
        {
          ...{ home: scene.homeOf(name), name, controller, clock },
          claim: async () => ClaimFile.parse({ version, controller: made.controller, pin, claim }),
        },
        new AbortController().signal,
      );
      return scene.start(name, { clock });
    },
    async start(name, options = {}) {
      const device = await startSimulatedDevice({
        ...{ home: scene.homeOf(name), name, agent: '0.1.0', clock: systemClock },
        log: { info: note, warn: note, error: note },
        heartbeatS: hour / 1_000,
        timings: { delayMs: (failures) => (failures < 0 ? 0 : 200), ackTimeoutMs: 1_000 },
        ...options,
      });
      devices.push(device);
      return device;
    },
    eventsOf: (name) =>
      db
        .selectFrom('timeline as t')
        .innerJoin('devices as d', 'd.id', 't.device_id')
        .select(['t.what', 't.detail'])
        .where('d.name', '=', name)
        .where('t.kind', '=', 'event')
        .orderBy('t.id')
        .execute(),
    async close() {
      await Promise.all(devices.map((device) => device.close()));
      await db.destroy();
      await controller.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return scene;
}

export const stateOf = (device: SimulatedDevice) => device.state().state;
export const isQuiet = (device: SimulatedDevice): boolean =>
  stateOf(device) === 'online' && device.state().spooled === 0;
/** Something that is never dropped. */
export const say = (device: SimulatedDevice, detail: string): void =>
  device.report({ kind: 'event', what: 'model-restarted', detail });
