import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openDatabase } from '../store/sqlite.ts';
import { documentsSchema } from './documents-table.ts';

const paragraphs = (from: number): string =>
  Array.from(
    { length: 900 },
    (_, i) => `Paragraph ${from + i} says something of its own, at some length.\n\n`,
  ).join('');

/** @param ms after it began; left out, it is let go to its end */
async function run(home: string, share: string, ms?: number): Promise<void> {
  const child = fork(new URL('./indexing-process.fixture.ts', import.meta.url), [home, share]);
  const ended = once(child, 'exit');
  await Promise.race([once(child, 'message'), ended]);
  if (ms === undefined) {
    expect(await ended).toEqual([0, null]);
    return;
  }
  await wait(ms);
  child.kill('SIGKILL');
  await ended;
}

test('a device that is killed while it takes a folder in goes on, and ends with all of it, once', {
  timeout: 180_000,
}, async () => {
  for (const ms of [0, 60, 180, 350, 550, 800]) {
    const folder = mkdtempSync(join(tmpdir(), 'rockpool-killed-'));
    const [home, share] = [join(folder, 'home'), join(folder, 'share')];
    mkdirSync(share);
    writeFileSync(join(share, 'a.txt'), paragraphs(0));
    writeFileSync(join(share, 'b.txt'), paragraphs(10_000));
    await run(home, share, ms);
    writeFileSync(join(share, 'b.txt'), paragraphs(10_100));
    await run(home, share, ms);
    await run(home, share);
    const db = openDatabase(join(home, 'documents.db'), documentsSchema);
    const one = (sql: string): unknown => db.prepare(sql).pluck().get();
    const killed = `killed after ${ms} ms`;
    expect(db.pragma('integrity_check', { simple: true }), killed).toBe('ok');
    expect(one("SELECT count(*) FROM document WHERE status = 'ready'"), killed).toBe(2);
    expect(one('SELECT count(*) FROM document'), killed).toBe(2);
    const passages = one('SELECT sum(passages) FROM document');
    for (const table of ['passage', 'passage_words', 'vector'])
      expect(one(`SELECT count(*) FROM ${table}`), `${table}, ${killed}`).toBe(passages);
    expect(one("SELECT count(*) FROM passage WHERE text LIKE '%Paragraph 10000 %'"), killed).toBe(0);
    expect(one("SELECT count(*) FROM passage WHERE text LIKE '%Paragraph 10999 %'"), killed).toBe(1);
    db.close();
    expect(readdirSync(join(home, 'documents')), killed).toHaveLength(2);
    rmSync(folder, { recursive: true });
  }
});
