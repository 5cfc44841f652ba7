import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createConsolidation } from '../memory/consolidation/consolidation.ts';
import type { NewFact } from '../memory/fact-changes.ts';
import { factsSchema, openFacts } from '../memory/facts.ts';
import { asRemote } from '../memory/memory.fixture.ts';
import { checkDatabase, findDamage, openDatabase } from './sqlite.ts';
import { openStore } from './store.ts';

const dimensions = 64;
const digest = 'd';
const killedAfterMs = [0, 15, 40, 90, 200, 400];

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-killed-'));
});
afterEach(() => rmSync(home, { recursive: true }));
const file = (): string => join(home, 'memory.db');

/** @param ms after it began; left out, it is let go to its end */
async function run(what: string, ms?: number, isUnderWay = (): boolean => true): Promise<void> {
  const child = fork(new URL('./killed.fixture.ts', import.meta.url), [home, what]);
  const ended = once(child, 'exit');
  await Promise.race([once(child, 'message'), ended]);
  if (ms !== undefined) {
    while (!isUnderWay() && child.exitCode === null) await wait(1);
    await wait(ms);
    child.kill('SIGKILL');
  }
  const [code] = await ended;
  if (ms === undefined) expect(code).toBe(0);
}

const fact = (text: string, i: number): NewFact => ({
  ...{ owner: 1, saidBy: 'ada', scope: 'mine', text, subject: null, saidAt: i },
  ...{ sessionId: null, messageId: null, origin: 'owner' },
});

async function withFacts(n: number, pairs = 0): Promise<void> {
  // With its neighbours: alone it would be taken for what is left of a home.
  await (await openStore(home)).close();
  const db = openDatabase(file(), factsSchema);
  const facts = openFacts(db);
  facts.useEmbedder({ digest, dimensions }, { means: [], unit: 1 });
  facts.remember(
    Array.from({ length: n }, (_, i) => fact(`Locker ${i} stands beside the ${'old '.repeat(20)}door.`, i)),
  );
  for (let i = 0; i < pairs; i += 1) {
    const vector = Float32Array.from({ length: dimensions }, (_, at) => (at === i ? 1 : 0));
    const text = `Machine ${i} is cleaned with ${'warm '.repeat(60)}water`;
    facts.remember([text, `${text}!`].map((one) => ({ ...fact(one, n + i), embedded: { digest, vector } })));
  }
  db.close();
}

/** What there is, seen by a program that opens it as after a power cut. */
function look<T>(see: (facts: ReturnType<typeof openFacts>) => T): T {
  const db = openDatabase(file(), factsSchema);
  expect(findDamage(db)).toBeUndefined();
  const seen = see(openFacts(db));
  db.close();
  return seen;
}
const texts = (): string[] =>
  look((facts) => facts.list(1, { limit: 100_000 }).map(({ id, text }) => `${id} ${text}`));

test.each(killedAfterMs)(
  'killed %i ms into a consolidation: the next one ends it, and it can be taken back',
  {
    timeout: 120_000,
  },
  async (ms) => {
    await withFacts(900, 60);
    const before = texts();
    await run('consolidation', ms);
    const left = texts();
    expect(before).toEqual(expect.arrayContaining(left));
    await run('consolidation');
    expect(texts()).toHaveLength(960);
    const db = openDatabase(file(), factsSchema);
    const nights = createConsolidation({ facts: asRemote(openFacts(db)), clock: { now: () => Date.now() } });
    for (const night of new Set((await nights.nights()).map((one) => one.night))) await nights.undo(night);
    db.close();
    expect(texts()).toEqual(before);
  },
);

test.each(killedAfterMs)(
  'killed %i ms into a migration: the next start ends it without loss',
  {
    timeout: 120_000,
  },
  async (ms) => {
    const first = openDatabase(file(), { versions: factsSchema.versions.slice(0, 1) });
    const put = first.prepare(
      "INSERT INTO fact (owner, said_by, scope, text, hash, said_at, origin) VALUES (1, 'ada', 'mine', ?, 'h', 1, 'person')",
    );
    first.transaction(() => {
      for (let i = 0; i < 8_000; i += 1) put.run(`Locker ${i} stands beside the old door.`);
    })();
    first.close();
    await run('migration', ms);
    expect(texts()).toHaveLength(8_000);
    for (const name of readdirSync(join(home, 'backups')))
      if (name.endsWith('.db')) checkDatabase(join(home, 'backups', name));
  },
);

const backups = (): string[] => (existsSync(join(home, 'backups')) ? readdirSync(join(home, 'backups')) : []);

test.each([0, 2, 5, 10, 20, 40])(
  'killed %i ms into a backup: every copy is whole, and nothing half made stays',
  {
    timeout: 120_000,
  },
  async (ms) => {
    await withFacts(6_000);
    await run('backup', ms, () => backups().length > 0);
    mkdirSync(join(home, 'backups'), { recursive: true });
    // Also of a copy that was ended another time.
    writeFileSync(join(home, 'backups', '7-day-memory.db.partial'), 'half a copy');
    await run('backup');
    const kept = backups();
    expect(kept.filter((name) => !/^\d+-day-memory\.db$/.test(name))).toEqual([]);
    expect(kept.length).toBeGreaterThan(0);
    for (const name of kept) checkDatabase(join(home, 'backups', name));
    expect(texts()).toHaveLength(6_000);
  },
);
