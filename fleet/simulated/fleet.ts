/** A fleet of simulated devices in one process: each joins when its turn comes, and runs until all end. */
import { join } from 'node:path';
import type { Clock } from '@rockpool/agent/host/clock.ts';
import { version } from '@rockpool/agent/host/version.ts';
import type { UplinkLog } from '@rockpool/agent/uplink/uplink.ts';
import type { ClaimFile } from '@rockpool/protocol/claim';
import { type SimulatedDevice, type SimulatedDeviceOptions, startSimulatedDevice } from './device.ts';
import { joinFleet } from './join.ts';
import type { Trouble } from './numbers.ts';
import { type Place, places } from './towns.ts';

export interface SimulatedFleetOptions {
  /** A folder for each device is made in it; devices of an earlier run go on as who they were. */
  home: string;
  count: number;
  controller: { url: string; pin: string; broker: string | undefined };
  clock: Clock;
  log: UplinkLog;
  claim(place: Place): Promise<ClaimFile>;
  /** What the n-th device has for as long as it runs; undefined: what chance brings. */
  trouble?(n: number): Trouble | undefined;
  /** Whether the n-th device starts at all; left out, all do. */
  isThere?(n: number): boolean;
  device?: Partial<Pick<SimulatedDeviceOptions, 'heartbeatS' | 'timings' | 'rebootMs' | 'updates'>>;
}

export interface SimulatedFleet {
  readonly places: readonly Place[];
  /** Those that have joined and started. */
  readonly devices: ReadonlyMap<string, SimulatedDevice>;
  /** Resolves when every device has joined and started, or couldn't. */
  readonly started: Promise<void>;
  close(): Promise<void>;
}

/** A claim is answered in some 30 ms of a core; more at once make each of them slower. */
const joiningAtOnce = 4;

export function startSimulatedFleet(options: SimulatedFleetOptions): SimulatedFleet {
  const { home, count, controller, clock, log } = options;
  const all = places(count);
  const devices = new Map<string, SimulatedDevice>();
  const ending = new AbortController();
  const { signal } = ending;
  const waiting = [...all.entries()].filter(([n]) => options.isThere?.(n) ?? true);

  async function start(n: number, place: Place): Promise<void> {
    const { name } = place;
    const own = join(home, name);
    await joinFleet({ ...{ home: own, name, controller, clock }, claim: () => options.claim(place) }, signal);
    if (signal.aborted) return;
    const trouble = options.trouble?.(n);
    const device = await startSimulatedDevice({
      ...{ home: own, name, agent: version, clock, log, ...options.device },
      ...(trouble === undefined ? {} : { trouble }),
    });
    devices.set(name, device);
  }

  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
      const [n, place] = next;
      await start(n, place).catch((err: unknown) => {
        if (!signal.aborted) log.error({ err, device: place.name }, 'a simulated device could not join');
      });
    }
  };
  const started = Promise.all(Array.from({ length: joiningAtOnce }, worker)).then(() => undefined);
  return {
    ...{ places: all, devices, started },
    async close() {
      ending.abort(new Error('the simulation is ending'));
      await started;
      await Promise.all([...devices.values()].map((device) => device.close()));
    },
  };
}
