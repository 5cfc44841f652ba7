import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { databaseNames } from './rooms.ts';
import { openStore } from './store.ts';

let home: string;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-store-'));
  await (await openStore(home)).close();
});
afterEach(() => rmSync(home, { recursive: true }));

const fileOf = (name: string): string => join(home, `${name}.db`);

test('databases are for their owner only, also in a folder that others may read', async () => {
  const store = await openStore(home);
  await store.sessions.create(1, 0);
  for (const file of [...databaseNames.map(fileOf), `${fileOf('sessions')}-wal`]) {
    expect(statSync(file).mode & 0o077, file).toBe(0);
  }
  await store.close();
});

describe('a database that a failing disk spoiled', () => {
  const spoil: [string, (file: string) => void][] = [
    ['overwritten', (file) => writeFileSync(file, 'x'.repeat(40_000))],
    ['cut off', (file) => truncateSync(file, 5_000)],
  ];
  // Memory goes aside and people are served without it: see memory-room.test.ts.
  const needed = databaseNames.filter((name) => name !== 'memory');
  const cases = needed.flatMap((name) => spoil.map((how) => [name, ...how] as const));

  test.each(cases)('is named, with the way back: %s, %s', async (name, _, spoilIt) => {
    spoilIt(fileOf(name));
    await expect(openStore(home)).rejects.toThrow(new RegExp(`/${name}\\.db is damaged .*backup restore`));
  });

  test.each(['people', 'sessions'])('is not taken for new when it is empty: %s', async (name) => {
    truncateSync(fileOf(name), 0);
    await expect(openStore(home)).rejects.toThrow(new RegExp(`/${name}\\.db is missing or empty .*backup`));
  });
});

test('a first start that was cut off anywhere is begun again', async () => {
  for (const lost of [3, 2, 1, 0]) {
    for (const name of databaseNames.slice(lost)) rmSync(fileOf(name), { force: true });
    await (await openStore(home)).close();
    truncateSync(fileOf('documents'), 0);
    await (await openStore(home)).close();
  }
});

test('a failure keeps its code on the way between the threads: a full disk is told by it', async () => {
  const store = await openStore(home);
  await expect(store.store.copyTo('/dev/null/nowhere')).rejects.toMatchObject({ code: 'ENOTDIR' });
  await store.close();
});
