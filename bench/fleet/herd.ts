/** A broker is killed and comes back, and the whole fleet with it: 10,000 by the schedule alone, and as many real ones as this machine's handshakes allow. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { after, type Backoff, delayMs } from '../../agent/uplink/backoff.ts';
import { fakeDeeds, floorInMemory } from '../../agent/uplink/fleet.fixture.ts';
import { inMemory, openUplinkFile } from '../../agent/uplink/sqlite.ts';
import { openUplink, type Uplink } from '../../agent/uplink/uplink.ts';
import { type Figure, median } from '../figure.ts';
import { createBenchFleet, type Registered } from './registered.ts';

const planned = 10_000;
const real = 600;
const downMs = 8_000;
const runs = 5;

export async function* herdBench(): AsyncGenerator<Figure> {
  const simulated = Array.from({ length: runs }, scheduled);
  const note = `the schedule alone, broker away for ${downMs / 1_000} s, median of ${runs}`;
  yield {
    name: `${planned} devices come back: most attempts in a second`,
    value: median(simulated.map(({ peak }) => peak)),
    unit: '/s',
    reach: { atMost: 500 },
    note,
  };
  yield {
    name: `${planned} devices come back: the last of them`,
    value: median(simulated.map(({ lastMs }) => lastMs)) / 1_000,
    unit: 's',
    reach: { atMost: 60 },
    note: `${note}; after the broker was killed`,
  };
  yield* realOnes();
}

/** From the kill on. Every attempt while the broker is away fails at once, every later one succeeds. */
function scheduled(): { peak: number; lastMs: number } {
  const inSecond = new Map<number, number>();
  let lastMs = 0;
  for (let n = 0; n < planned; n += 1) {
    let backoff: Backoff = { failures: 0 };
    let atMs = 0;
    for (;;) {
      atMs += delayMs(backoff, Math.random());
      const second = Math.floor(atMs / 1_000);
      inSecond.set(second, (inSecond.get(second) ?? 0) + 1);
      if (atMs >= downMs) break;
      backoff = after(backoff, 0);
    }
    lastMs = Math.max(lastMs, atMs);
  }
  return { peak: Math.max(...inSecond.values()), lastMs };
}

async function* realOnes(): AsyncGenerator<Figure> {
  const fleet = await createBenchFleet(real);
  await fleet.start();
  const attempts: number[] = [];
  const online = new Set<string>();
  const uplinks = fleet.devices.map((device) => openOne(device, fleet.port(), attempts, online));
  const report = (what: string): void => {
    for (const { uplink } of uplinks) uplink.report({ kind: 'event', what: 'agent-started', detail: what });
  };
  try {
    await until(() => online.size === real, 180_000);
    report('before');
    await fleet.kill();
    online.clear();
    attempts.length = 0;
    const killed = performance.now();
    report('meanwhile');
    await wait(downMs);
    await fleet.start();
    const cpu = process.cpuUsage();
    await until(() => online.size === real, 180_000);
    const backS = (performance.now() - killed) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    await until(() => uplinks.every(({ uplink }) => uplink.state().spooled === 0), 120_000);
    const seconds = new Map<number, number>();
    for (const at of attempts) {
      const second = Math.floor((at - killed) / 1_000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    const rows = await fleet.db
      .selectFrom('timeline')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('kind', '=', 'event')
      .executeTakeFirstOrThrow();
    yield {
      ...{
        name: `${real} real devices come back: the last of them`,
        value: backS,
        unit: 's',
        reach: { atMost: 60 },
      },
      note: `kill -9, ${downMs / 1_000} s away, TLS 1.3 with client certificates; at most ${Math.max(...seconds.values())} attempts/s; ${((user + system) / 1_000 / real).toFixed(1)} ms of a device's processor each`,
    };
    yield {
      ...{
        name: 'of their reports lost',
        value: real * 2 - Number(rows.count),
        unit: '',
        reach: { atMost: 0 },
      },
      note: `${real} before the kill and ${real} while the broker was away; each counted once`,
    };
  } finally {
    await Promise.all(uplinks.map(({ close }) => close()));
    await fleet.close();
  }
}

function openOne(
  { name, identity, card }: Registered,
  port: number,
  attempts: number[],
  online: Set<string>,
): { uplink: Uplink; close(): Promise<void> } {
  const file = openUplinkFile(inMemory);
  const uplink = openUplink({
    ...{ device: name, identity, file, floor: floorInMemory(), agent: '0.1.0' },
    credentials: () => ({ ...card, broker: `mqtts://127.0.0.1:${port}` }),
    boot: { id: 'bench', uptimeMs: () => performance.now() },
    clock: { now: Date.now },
    clockSynchronised: async () => true,
    deeds: fakeDeeds([]),
    installed: () => ({ agent: '0.1.0', model: null, system: 'bench' }),
    log: { info: () => undefined, warn: () => undefined, error: console.error },
    changed({ state }) {
      if (state === 'connecting') attempts.push(performance.now());
      if (state === 'online') online.add(name);
    },
  });
  return {
    uplink,
    async close() {
      await uplink.close();
      file.close();
    },
  };
}

async function until(holds: () => boolean, limitMs: number): Promise<void> {
  const limit = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > limit) throw new Error('it did not come to that');
    await wait(50);
  }
}
