import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  judgeDisk,
  judgeValidity,
  newestIn,
  probeClock,
  probeDatabases,
  probeNode,
  probePage,
  probePort,
  probeTls,
} from './probes.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-probes-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const now = Date.UTC(2026, 10, 22);
const day = 86_400_000;

test('whatever is not good comes with what to do about it', async () => {
  const findings = [
    probeNode('v20.1.0'),
    judgeDisk(1e9),
    judgeDisk(1e6),
    probeClock(0, undefined),
    probePage(home),
    judgeValidity(now - 90 * day, now - day, now),
    judgeValidity(now - 90 * day, now + 5 * day, now),
    probeTls({ certFile: join(home, 'no PEM'), keyFile: join(home, 'no PEM') }, now),
    ...probeDatabases(home, [], () => {}),
  ];
  for (const { state, cure, probe } of findings) expect(state === 'good', probe).toBe(cure === undefined);
  expect(findings.map(({ state }) => state)).toEqual([
    'bad',
    'warning',
    'bad',
    'bad',
    'bad',
    'bad',
    'warning',
    'bad',
    'good',
  ]);
});

test('a clock that stands before what was written here is wrong', () => {
  expect(newestIn(home)).toBeUndefined();
  writeFileSync(join(home, 'people.db'), '');
  const newest = newestIn(home) ?? 0;
  expect(probeClock(newest, newest).state).toBe('good');
  expect(probeClock(newest - 2 * 3_600_000, newest).state).toBe('bad');
});

test('a port is free, or somebody else has it', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  expect(await probePort('127.0.0.1', port)).toMatchObject({
    state: 'bad',
    cure: expect.stringContaining('ROCKPOOL_PORT'),
  });
  await new Promise((resolve) => other.close(resolve));
  expect((await probePort('127.0.0.1', port)).state).toBe('good');
  expect((await probePort('192.0.2.1', 0)).state).toBe('bad');
});

test('a damaged database is named with the way back', () => {
  writeFileSync(join(home, 'memory.db'), '');
  writeFileSync(join(home, 'people.db'), '');
  const findings = probeDatabases(home, ['people', 'memory', 'documents'], (file) => {
    if (file.endsWith('memory.db')) throw new Error('memory.db is damaged: page 7');
  });
  expect(findings).toMatchObject([
    { state: 'good', says: 'people.db is whole' },
    { state: 'bad', says: 'memory.db is damaged: page 7', cure: expect.stringContaining('backup restore') },
  ]);
});
