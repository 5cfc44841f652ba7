/** A device that was seven days offline: what its spool takes on disk, and how long it is until the controller has all of it, in order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { compose } from '../../agent/health/report.ts';
import { fakeDeeds, floorInMemory } from '../../agent/uplink/fleet.fixture.ts';
import { openSpool } from '../../agent/uplink/spool.ts';
import { openUplinkFile } from '../../agent/uplink/sqlite.ts';
import { openUplink } from '../../agent/uplink/uplink.ts';
import { boards } from '../../fleet/simulated/boards.ts';
import { modelAt, paceAt, readingsAt } from '../../fleet/simulated/numbers.ts';
import type { Figure } from '../figure.ts';
import { createBenchFleet } from './registered.ts';

const minutes = 7 * 24 * 60;
const minuteMs = 60_000;
const limitMs = 300_000;

export async function* weekBench(): AsyncGenerator<Figure> {
  const fleet = await createBenchFleet(1);
  const home = mkdtempSync(join(tmpdir(), 'rockpool-bench-week-'));
  const file = openUplinkFile(join(home, 'uplink.db'));
  const [device] = fleet.devices;
  if (!device) throw new Error('there is no device');
  try {
    const spool = openSpool(file);
    const nowMs = Date.now();
    for (let n = 0; n < minutes; n += 1) {
      const at = nowMs - (minutes - n) * minuteMs;
      const stamp = { boot: 'bench', at, mono: n * minuteMs };
      spool.put({ kind: 'health', health: healthAt(at, nowMs) }, stamp);
      if (n % 60 === 0)
        spool.put({ kind: 'audit-head', seq: n, hash: n.toString(16).padStart(64, '0') }, stamp);
    }
    const spooled = spool.count();
    yield {
      ...{
        name: 'seven days offline: on disk',
        value: file.bytes() / 1e6,
        unit: 'MB',
        reach: { atMost: 20 },
      },
      note: `${spooled} reports, one a minute, and an audit head each hour`,
    };
    await fleet.start();
    const begun = performance.now();
    const uplink = openUplink({
      ...{ device: device.name, identity: device.identity, file, floor: floorInMemory(), agent: '0.1.0' },
      credentials: () => ({ ...device.card, broker: `mqtts://127.0.0.1:${fleet.port()}` }),
      boot: { id: 'bench', uptimeMs: () => performance.now() },
      ...{ clock: { now: Date.now }, clockSynchronised: async () => true, deeds: fakeDeeds([]) },
      installed: () => ({ agent: '0.1.0', model: null, system: 'bench' }),
      log: { info: () => undefined, warn: () => undefined, error: console.error },
    });
    while (uplink.state().spooled > 0) {
      if (performance.now() - begun > limitMs) throw new Error('it did not drain');
      await wait(20);
    }
    const seconds = (performance.now() - begun) / 1_000;
    await uplink.close();
    const heads = await fleet.db
      .selectFrom('timeline')
      .select('what')
      .where('kind', '=', 'audit-head')
      .orderBy('id')
      .execute();
    const order = heads.map(({ what }) => Number(what));
    const inOrder = order.every((seq, n) => n === 0 || seq > (order[n - 1] ?? 0));
    if (!inOrder || order.length !== minutes / 60)
      throw new Error(`${order.length} heads came, in order: ${inOrder}`);
    yield {
      ...{
        name: 'seven days offline: until the controller has all',
        value: seconds,
        unit: 's',
        reach: { atMost: 60 },
      },
      note: `with the connection, over TLS, committed and acknowledged; ${order.length} audit heads came in order`,
    };
  } finally {
    file.close();
    await fleet.close();
    rmSync(home, { recursive: true, force: true });
  }
}

function healthAt(at: number, nowMs: number): ReturnType<typeof compose> {
  const [board] = boards;
  if (!board) throw new Error('there are no boards');
  const situation = { seed: 7, board, boot: 'bench', bootedMs: nowMs - 8 * 86_400_000, nowMs: at } as const;
  const simulated = { ...situation, trouble: 'none' } as const;
  const [readings, model] = [readingsAt(simulated), modelAt(simulated)];
  const seen = { nowMs: at, readings, model, posture: null, link: null, selfTest: null, powerMode: null };
  return compose({ seen, pace: paceAt(simulated), auditHead: null, updatePhase: 'none', raised: [] });
}
