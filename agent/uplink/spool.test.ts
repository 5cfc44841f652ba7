/** The spool: nothing kept is lost, nothing is numbered twice, and it never grows beyond its bounds. */
import { spawn } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceName } from '@rockpool/protocol/enrolment';
import type { ReportBody } from '@rockpool/protocol/fleet/report';
import { createSeed, openIdentity } from '@rockpool/signing/identity';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { healthSample } from './fleet.fixture.ts';
import { upMessage } from './messages.ts';
import { openSpool, type Spool } from './spool.ts';
import { inMemory, openUplinkFile, type UplinkFile } from './sqlite.ts';

const stamp = { boot: 'boot-1', at: 1_790_000_000_000, mono: 1 };
const event = (n: number): ReportBody => ({ kind: 'event', what: `event-${n}` });
const health: ReportBody = { kind: 'health', health: healthSample };
const seqs = (spool: Spool): number[] => spool.head(100_000).map(({ seq }) => seq);

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'spool-')), 'uplink.db');
});
const bytesOnDisk = (): number =>
  readdirSync(join(path, '..'))
    .filter((name) => name.startsWith('uplink.db'))
    .reduce((sum, name) => sum + statSync(join(path, '..', name)).size, 0);

/** With readings that differ as real ones do: what repeats itself would be deflated to nothing. */
const noisy = (n: number): ReportBody => ({
  kind: 'health',
  health: {
    ...healthSample,
    uptimeS: n * 60,
    cpu: { cores: 6, loadPermille: (n * 7_919) % 1_000 },
    memory: { totalMiB: 7_620, availableMiB: (n * 104_729) % 7_000, swapUsedMiB: n % 11 },
    temperatures: healthSample.temperatures.map((one, at) => ({
      ...one,
      milliC: 45_000 + ((n * 31 + at * 977) % 9_000),
    })),
    network: { receivedKiBps: (n * 13) % 997, sentKiBps: (n * 17) % 499 },
    auditHead: {
      seq: n,
      hash: Buffer.from(String(n * 1_299_709))
        .toString('hex')
        .padEnd(64, 'b')
        .slice(0, 64),
    },
  },
});

test('a number is never given twice, however it was opened and closed', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.constant('event'), fc.constant('health'), fc.constant('reopen'), fc.constant('ack')),
      ),
      (deeds) => {
        const folder = mkdtempSync(join(tmpdir(), 'spool-'));
        let file = openUplinkFile(join(folder, 'uplink.db'));
        let spool = openSpool(file);
        const epoch = spool.epoch();
        const given: number[] = [];
        const kept: number[] = [];
        let acked = 0;
        for (const [n, deed] of deeds.entries()) {
          if (deed === 'reopen') {
            file.close();
            file = openUplinkFile(join(folder, 'uplink.db'));
            spool = openSpool(file);
          } else if (deed === 'ack') {
            acked = given.at(-1) ?? 0;
            spool.forget(acked);
          } else {
            const seq = spool.put(deed === 'event' ? event(n) : health, stamp);
            given.push(seq ?? -1);
            kept.push(seq ?? -1);
          }
        }
        expect(given).toEqual([...new Set(given)].sort((a, b) => a - b));
        expect(seqs(spool)).toEqual(kept.filter((seq) => seq > acked));
        expect(spool.forgotten()).toBe(acked);
        expect(spool.epoch()).toBe(epoch);
        file.close();
      },
    ),
    { numRuns: 30 },
  );
});

test('numbers of a spool that was opened again begin beyond any that could have been lost with the power', () => {
  const file = openUplinkFile(path);
  expect(openSpool(file).put(health, stamp)).toBe(1);
  file.close();
  expect(openSpool(openUplinkFile(path)).put(event(1), stamp)).toBe(1_001);
});

describe('when it is full', () => {
  const limits = { bytes: 40_000, droppables: 100_000 };

  test('the oldest readings go first, and what is kept stays', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }), (areKept) => {
        const file = openUplinkFile(inMemory);
        const spool = openSpool(file, limits);
        for (const [n, isKept] of areKept.entries()) spool.put(isKept ? event(n) : noisy(n), stamp);
        const found = spool.head(100_000).map(({ seq }) => seq);
        const lost = areKept
          .map((isKept, n) => ({ isKept, seq: n + 1 }))
          .filter(({ seq }) => !found.includes(seq));
        // Few small events always fit: whatever went was a reading, and older than every reading that stayed.
        expect(lost.every(({ isKept }) => !isKept)).toBe(true);
        const readings = areKept.flatMap((isKept, n) => (isKept ? [] : [n + 1]));
        expect(readings.slice(lost.length)).toEqual(readings.filter((seq) => found.includes(seq)));
        expect(spool.range().dropped).toBe(lost.length);
        file.close();
      }),
      { numRuns: 20 },
    );
  });

  test('kept ones go only when nothing else is left, oldest first, and are counted', () => {
    const spool = openSpool(openUplinkFile(inMemory), { ...limits, bytes: 4_000 });
    for (let n = 1; n <= 60; n += 1) spool.put(event(n), stamp);
    const left = seqs(spool);
    expect(left.length).toBeLessThan(60);
    expect(left).toEqual(Array.from({ length: left.length }, (_, n) => 61 - left.length + n));
    expect(spool.range()).toEqual({ oldest: left[0], newest: 60, dropped: 60 - left.length });
  });

  test('readings are bounded by their number too, which is how old they are', () => {
    const spool = openSpool(openUplinkFile(inMemory), { bytes: 1e9, droppables: 5 });
    for (let n = 1; n <= 9; n += 1) spool.put(n === 1 ? event(1) : health, stamp);
    expect(seqs(spool)).toEqual([1, 5, 6, 7, 8, 9]);
  });

  test('dropped ones are told once', () => {
    const spool = openSpool(openUplinkFile(inMemory), { bytes: 1e9, droppables: 2 });
    for (let n = 0; n < 5; n += 1) spool.put(health, stamp);
    spool.toldDropped(2);
    expect(spool.range().dropped).toBe(1);
    expect(spool.droppedEver()).toBe(3);
  });
});

describe('a week without a line', () => {
  const minutes = 7 * 24 * 60;
  const speaker = { device: DeviceName.parse('leeds'), identity: openIdentity(createSeed()) };

  test('is kept in less than 20 MB, and leaves as some forty messages in order', () => {
    const file = openUplinkFile(path);
    const spool = openSpool(file);
    for (let n = 1; n <= minutes; n += 1) spool.put(noisy(n), stamp);
    expect(spool.count()).toBe(minutes);
    const full = bytesOnDisk();
    expect(full).toBeLessThan(20_000_000);
    let messages = 0;
    let last = 0;
    for (let reports = spool.head(500); reports.length > 0; reports = spool.head(500)) {
      const message = upMessage(speaker, spool.epoch(), spool.forgotten(), reports);
      expect(message.bytes.length).toBeLessThanOrEqual(64 * 1024);
      expect(message.first).toBe(last + 1);
      last = message.last;
      messages += 1;
      spool.forget(last);
    }
    expect([last, spool.count()]).toEqual([minutes, 0]);
    expect(messages).toBeLessThan(60);
    file.close();
    // What was emptied is the disk's again.
    expect(bytesOnDisk()).toBeLessThan(full / 10);
  });

  test('and a month, or a flood, stays below the bound on disk, log included', () => {
    const file = openUplinkFile(path);
    const spool = openSpool(file, { bytes: 18_000_000, droppables: 1e9 });
    const long = (n: number): ReportBody => ({
      kind: 'warning',
      ...{ code: 'disk-full', severity: 'critical', raised: true },
      detail: Array.from({ length: 60 }, (_, at) => ((n * 7_919 + at * 104_729) % 999_983).toString(36))
        .join(' ')
        .slice(0, 400),
    });
    file.run('soon', () => {
      for (let n = 0; n < 60_000; n += 1) spool.putWithin(long(n), stamp);
    });
    expect(spool.range().dropped).toBeGreaterThan(0);
    expect(file.bytes()).toBeLessThan(20_000_000);
    file.close();
    expect(bytesOnDisk()).toBeLessThan(20_000_000);
  });
});

describe('a disk without room', () => {
  /** SQLite's own refusal, as a disk's. */
  const fill = (file: UplinkFile): number =>
    file.run('soon', (db) => {
      const pages = Number(db.pragma('page_count', { simple: true }));
      db.pragma(`max_page_count = ${pages}`);
      return pages;
    });
  const free = (file: UplinkFile): void =>
    void file.run('soon', (db) => db.pragma('max_page_count = 1000000'));

  test('kept ones wait in memory and are there, in order, once there is room; readings are counted as dropped', () => {
    const file = openUplinkFile(path);
    const spool = openSpool(file);
    let told = 0;
    spool.onFull(() => {
      told += 1;
    });
    spool.put(event(0), stamp);
    fill(file);
    let n = 1;
    while (spool.put(event(n), stamp) !== null) n += 1;
    spool.put(event(n + 1), stamp);
    expect(spool.put(health, stamp)).toBeNull();
    expect(told).toBeGreaterThan(0);
    const before = spool.count();
    free(file);
    expect(spool.put(event(n + 2), stamp)).not.toBeNull();
    expect(spool.head(1_000).map(({ body }) => body)).toEqual(
      Array.from({ length: n + 3 }, (_, at) => event(at)),
    );
    expect(spool.count()).toBe(before + 3);
    expect(spool.range().dropped).toBe(1);
    const given = seqs(spool);
    expect(new Set(given).size).toBe(given.length);
  });
});

describe('a damaged file', () => {
  const corrupt = (file: string): void => {
    const handle = openSync(file, 'r+');
    const { size } = fstatSync(handle);
    writeSync(handle, Buffer.alloc(size - 4_096, 0xaa), 0, size - 4_096, 4_096);
    closeSync(handle);
  };

  test('found at the start is set aside, and another epoch begins', () => {
    const file = openUplinkFile(path);
    const epoch = openSpool(file).epoch();
    file.close();
    writeFileSync(path, Buffer.alloc(20_000, 7));
    const again = openUplinkFile(path);
    const told: string[] = [];
    again.onReplaced((why) => told.push(why));
    const spool = openSpool(again);
    expect(spool.epoch()).not.toBe(epoch);
    expect(told).toEqual([expect.stringContaining('set aside')]);
    expect(spool.put(event(1), stamp)).toBe(1);
    expect(readdirSync(join(path, '..'))).toContain('uplink.db.damaged');
    again.close();
  });

  test('found while it is used is replaced under way, and the report that found it is kept', () => {
    const file = openUplinkFile(path);
    const spool = openSpool(file);
    for (let n = 0; n < 300; n += 1) spool.put(event(n), stamp);
    const epoch = spool.epoch();
    file.close();
    const whole = openUplinkFile(path);
    const used = openSpool(whole);
    corrupt(path);
    // What it remembers of the pages is forgotten, as it is in a file that is larger.
    whole.run('soon', (db) => db.pragma('shrink_memory'));
    let seq: number | null = null;
    for (let n = 0; n < 5; n += 1) seq = used.put(event(n), stamp);
    expect(used.epoch()).not.toBe(epoch);
    expect(seq).not.toBeNull();
    expect(used.head(10).at(-1)).toMatchObject({ body: event(4) });
    whole.close();
  });
});

test('killed at any moment, what was put and returned is there, and numbers go on upwards', async () => {
  for (let round = 0; round < 4; round += 1) {
    const said = await killedAfter(path, 20 + round * 17);
    const file = openUplinkFile(path);
    const spool = openSpool(file);
    const found = seqs(spool);
    expect(found).toEqual(expect.arrayContaining(said));
    expect(spool.put(event(0), stamp)).toBeGreaterThan(Math.max(...found));
    file.close();
  }
});

/** @returns the numbers that a process had been given by the time it was killed */
function killedAfter(file: string, lines: number): Promise<number[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'killed.fixture.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes;
      if (said.split('\n').length > lines) child.kill('SIGKILL');
    });
    child.on('close', () => resolve(said.split('\n').slice(0, -1).map(Number)));
  });
}
