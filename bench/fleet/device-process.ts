/** One device that measures itself: first with what every agent has anyway, then with health and uplink too. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Machine } from '../../agent/health/machine/machine.ts';

export interface Measured {
  baseMB: number;
  moreMB: number;
  /** Processor time of one look at the device and its report. */
  beatUs: number;
  idlePercent: number;
}

interface Asked {
  home: string;
  seed: string;
  name: string;
  card: { key: string; chain: string; root: string; commandKeys: string[] };
  port: number;
  beats: number;
}

const idleMs = 10_000;
const pauseMs = 500;

const [asked] = (await once(process, 'message')) as [Asked];
const { openUpdates } = await import('../../agent/update/here.ts');
const { openUplinkFile } = await import('../../agent/uplink/sqlite.ts');
const { Command } = await import('@rockpool/protocol/fleet/command');
const { openIdentity } = await import('@rockpool/signing/identity');
const file = openUplinkFile(join(asked.home, 'uplink.db'));
const identity = openIdentity(Buffer.from(asked.seed, 'base64'));
Command.safeParse({});
const base = await residentMB();

const { openHostMachine } = await import('../../agent/health/machine/host-machine.ts');
const { createHealth } = await import('../../agent/health/health.ts');
const { createCron } = await import('../../agent/host/cron.ts');
const { openUplink } = await import('../../agent/uplink/uplink.ts');
const { deedsHere } = await import('../../agent/uplink/deeds-here.ts');
const { floorIn } = await import('../../agent/uplink/floor-file.ts');
const { DeviceName } = await import('@rockpool/protocol/enrolment');
const healthOf = (machine: Machine, home: string) =>
  createHealth({
    ...{ machine, home, clock: { now: Date.now }, report: fail, changed: () => undefined },
    model: () => ({ name: 'pebble', loaded: true, active: 0, queued: 0, restarts: 0 }),
    pace: () => ({ milliTokensPerS: 21_000, firstTokenP50Ms: 600, firstTokenP95Ms: 1_900 }),
    posture: () => undefined,
    link: () => null,
    auditHead: async () => ({
      seq: 18_223,
      hash: createHash('sha256').update(`${Date.now()}`).digest('hex'),
    }),
    updatePhase: () => 'none',
  });
const here = healthOf(openHostMachine({ home: asked.home }), asked.home);
const cron = createCron({ device: asked.name, report: fail });
cron.every('happenings', 10, async () => undefined);
const uplink = openUplink({
  ...{
    device: DeviceName.parse(asked.name),
    identity,
    file,
    floor: floorIn(join(asked.home, 'counter')),
    agent: '0.1.0',
  },
  credentials: () => ({ ...asked.card, broker: `mqtts://127.0.0.1:${asked.port}` }),
  boot: { id: 'bench', uptimeMs: () => performance.now() },
  ...{ clock: { now: Date.now }, clockSynchronised: async () => true },
  deeds: deedsHere({
    ...{ appliance: undefined, home: asked.home, bootId: 'bench' },
    files: { folder: asked.home, credentials: undefined },
    selfTest: async () => ({ failed: [], lines: [] }),
    objection: () => null,
    configChanged: () => undefined,
    updates: await openUpdates({
      ...{ folder: join(asked.home, 'update'), deviceFolder: asked.home, socket: '', appliance: true },
      ...{ clock: { now: Date.now }, report: console.error },
    }),
    endProcess: () => undefined,
  }),
  installed: () => ({ agent: '0.1.0', model: 'pebble', system: 'bench' }),
  log: { info: () => undefined, warn: () => undefined, error: console.error },
});
const beat = async (health = here): Promise<void> =>
  uplink.report({ kind: 'health', health: await health.sample() });
uplink.tellInstalled();
await beat();
while (uplink.state().state !== 'online' || uplink.state().spooled > 0) await wait(20);
process.send?.('online');
const cpu = process.cpuUsage();
for (let n = 0; n < asked.beats; n += 1) {
  await beat();
  await wait(pauseMs);
}
while (uplink.state().spooled > 0) await wait(5);
const busyUs = usedUs(cpu);
const idle = process.cpuUsage();
await wait(idleMs);
const idleUs = usedUs(idle);
const idleShare = idleUs / (idleMs * 1_000);
process.send?.({
  ...{ baseMB: base, moreMB: (await residentMB()) - base },
  beatUs: busyUs / asked.beats - idleShare * pauseMs * 1_000,
  idlePercent: idleShare * 100,
} satisfies Measured);

// This machine may have no sensors at all; what a Jetson says is longer.
const { createSimulatedMachine } = await import('../../fleet/simulated/machine.ts');
const orin = healthOf(createSimulatedMachine({ name: 'leeds', clock: { now: Date.now } }), asked.home);
for (let n = 0; n < asked.beats; n += 1) {
  await beat(orin);
  while (uplink.state().spooled > 0) await wait(5);
}
process.send?.('told');

function usedUs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

async function residentMB(): Promise<number> {
  for (let n = 0; n < 3; n += 1) {
    globalThis.gc?.();
    await wait(100);
  }
  return process.memoryUsage.rss() / 1e6;
}

function fail(error: unknown): void {
  throw error;
}
