import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NewFact } from '../memory/fact-changes.ts';
import { factsSchema } from '../memory/facts.ts';
import { checkDatabase, openDatabase } from './sqlite.ts';
import { openStore, type Store } from './store.ts';
import { createUpkeep, type Upkeep } from './upkeep.ts';

let home: string;
let store: Store;
let upkeep: Upkeep;
const clock = { at: Date.UTC(2026, 10, 22), now: () => clock.at };
const dayMs = 86_400_000;
const fact = (text: string, owner = 2): NewFact => ({
  ...{ owner, saidBy: 'bob', scope: 'mine', text, subject: null, saidAt: 10, origin: 'owner' },
  ...{ sessionId: null, messageId: null },
});
const backups = (): string[] =>
  existsSync(join(home, 'backups')) ? readdirSync(join(home, 'backups')).sort() : [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-upkeep-'));
  clock.at = Date.UTC(2026, 10, 22);
  store = await openStore(home);
  upkeep = createUpkeep({ home, store, clock, report: expect.unreachable });
});
afterEach(async () => {
  await upkeep.close();
  await store.close();
  rmSync(home, { recursive: true, force: true });
});

test('memory is copied once a day, and the last two copies are kept', async () => {
  await store.memory.remember([fact('The lift is slow.')]);
  for (let day = 0; day < 4; day += 1) {
    await upkeep.upkeep();
    await upkeep.upkeep();
    clock.at += dayMs;
  }
  expect(backups()).toEqual([2, 3].map((day) => `${Date.UTC(2026, 10, 22) + day * dayMs}-day-memory.db`));
  for (const name of backups()) checkDatabase(join(home, 'backups', name));
});

test('copies of before a migration go after a month; what else lies there stays', async () => {
  mkdirSync(join(home, 'backups'));
  for (const name of [`${clock.at - 40 * dayMs}-v1-memory.db`, `${clock.at}-v2-memory.db`, '5-v1-people.db'])
    writeFileSync(join(home, 'backups', name), 'x');
  clock.at += dayMs;
  await upkeep.upkeep();
  expect(backups()).toEqual([
    `${clock.at - dayMs}-v2-memory.db`,
    `${clock.at}-day-memory.db`,
    '5-v1-people.db',
  ]);
});

test('a copy is finished however much is written meanwhile, and holds one moment', async () => {
  await store.memory.remember(Array.from({ length: 3_000 }, (_, i) => fact(`Locker ${i} is taken.`)));
  let writing = true;
  const writer = (async () => {
    for (let i = 0; writing; i += 1) {
      // Two that belong together: a copy has both or neither.
      await store.memory.remember([fact(`Left ${i}.`), fact(`Right ${i}.`)]);
    }
  })();
  await upkeep.upkeep();
  writing = false;
  await writer;
  const copy = openDatabase(join(home, 'backups', backups()[0] ?? ''), factsSchema);
  const count = (what: string): unknown =>
    copy.prepare('SELECT count(*) FROM fact WHERE text LIKE ?').pluck().get(what);
  expect(count('Left%')).toBe(count('Right%'));
  expect(count('Locker%')).toBe(3_000);
  copy.close();
});

test('what was erased is in no copy, not even in one that is being made', async () => {
  await store.memory.remember(Array.from({ length: 3_000 }, (_, i) => fact(`zanzibarcode ${i}`)));
  await upkeep.upkeep();
  clock.at += 2 * dayMs;
  const copying = upkeep.upkeep();
  await store.memory.forgetOwn(2);
  await upkeep.erased();
  await copying;
  await upkeep.upkeep();
  await store.store.checkpoint();
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => /\.db/.test(name));
  expect(files.some((name) => name.startsWith('backups/'))).toBe(true);
  for (const name of files) expect(readFileSync(join(home, name)).includes('zanzibarcode'), name).toBe(false);
});

const writerProgram = `
  import { openDatabase } from '${join(import.meta.dirname, 'sqlite.ts')}';
  import { factsSchema, openFacts } from '${join(import.meta.dirname, '../memory/facts.ts')}';
  const db = openDatabase(process.argv[1] + '/memory.db', factsSchema);
  const facts = openFacts(db);
  for (let i = 0; ; i += 1) {
    const text = 'Locker ' + i + ' is taken.';
    facts.remember([{ owner: 2, saidBy: 'bob', scope: 'mine', text, subject: null, saidAt: i, origin: 'owner', sessionId: 's', messageId: i }]);
    if (i % 5 === 4) facts.forget([i - 3]);
    process.stdout.write(i + '\\n');
  }`;

test('a process that is killed while it writes loses nothing that it had said was stored', async () => {
  for (const after of [3, 40, 200]) {
    const folder = join(home, `killed-${after}`);
    mkdirSync(folder);
    const child = spawn(process.execPath, ['--input-type=module', '-e', writerProgram, folder]);
    const said = await killedAfter(child, after);
    const db = openDatabase(join(folder, 'memory.db'), factsSchema);
    const texts = new Set(db.prepare('SELECT text FROM fact').pluck().all());
    const forgottenBy = (i: number): number => (i % 5 === 0 ? i + 4 : Number.POSITIVE_INFINITY);
    for (let i = 0; i <= said; i += 1) {
      if (forgottenBy(i) === said + 1) continue; // done perhaps, and not yet told
      expect(texts.has(`Locker ${i} is taken.`), `${i} of ${said}`).toBe(forgottenBy(i) > said);
    }
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare('SELECT facts FROM namespace').pluck().get()).toBe(texts.size);
    db.close();
  }
});

/** The last number that it had told by then. */
function killedAfter(child: ChildProcess, lines: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let told = '';
    child.stderr?.on('data', (why) => reject(new Error(String(why))));
    child.stdout?.on('data', (some) => {
      told += String(some);
      if (told.split('\n').length > lines) child.kill('SIGKILL');
    });
    child.once('exit', () => resolve(Number(told.trim().split('\n').at(-1))));
  });
}
