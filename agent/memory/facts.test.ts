import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { expect, test } from 'vitest';
import { type Database, openDatabase } from '../store/sqlite.ts';
import type { NewFact } from './fact-changes.ts';
import { factsSchema, openFacts } from './facts.ts';
import { ada, bob, eve, openMemory, pieceVector } from './memory.fixture.ts';
import { subjectOf } from './subject.ts';

const embedder = { digest: 'one', dimensions: 64 };
const embedded = (text: string) => ({ digest: 'one', vector: pieceVector(text, 64) });
const recalled = (facts: ReturnType<typeof openFacts>, person: number, asked: string, limit: number) =>
  facts.recall(person, { worded: facts.worded(person, asked), embedded: embedded(asked) }, limit);
const fact = (text: string, more: Partial<NewFact> = {}): NewFact => ({
  ...{ owner: 2, saidBy: 'bob', scope: 'mine', text, subject: subjectOf(text), saidAt: 1, origin: 'owner' },
  ...{ sessionId: null, messageId: null, embedded: embedded(text) },
  ...more,
});

/** Rows, words and vectors of what is current; they must always be the same. */
function standing(db: Database) {
  const ids = (sql: string): number[] => db.prepare<[], number>(sql).pluck().all();
  return {
    rows: ids('SELECT id FROM fact WHERE superseded_at IS NULL AND embedded = 1 ORDER BY id'),
    words: ids(
      "SELECT rowid FROM fact_words WHERE fact_words MATCH 'visible : (p2 OR office)' ORDER BY rowid",
    ),
    vectors: ids('SELECT id FROM vector ORDER BY id'),
  };
}

class PowerCut extends Error {}

/** The database as it is until the nth write: then `onCut` sees what is on disk, and nothing more happens. */
function cutAtWrite(db: Database, n: number, onCut: () => void): Database {
  let writes = 0;
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (name === 'run' && ++writes === n) {
            onCut();
            throw new PowerCut();
          }
          const result = value.apply(target, args);
          return name === 'prepare' || result === target ? watch(result) : result;
        };
      },
    });
  return watch(db);
}

test('power lost at any write leaves row, words and vector all there or all absent', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-cut-'));
  for (let n = 1, cut = true; cut; n += 1) {
    const [here, image] = [join(folder, `${n}`), join(folder, `${n}-image`)];
    const before = openDatabase(join(here, 'memory.db'), factsSchema);
    const facts = openFacts(before);
    facts.useEmbedder(embedder, { means: [], unit: 1 });
    facts.remember([fact('The alarm code is 4471.'), fact('The rent is 900.', { scope: 'office' })]);
    const takeImage = (): void => {
      openDatabase(join(image, 'memory.db'), { versions: [] }).close();
      for (const name of readdirSync(here)) copyFileSync(join(here, name), join(image, name));
    };
    const doomed = openFacts(cutAtWrite(before, n, takeImage));
    try {
      doomed.remember([fact('The alarm code is 4472.'), fact('My name is Bob.')]);
      doomed.move(2, { scope: 'mine', owner: 2, at: 5 });
      doomed.forget([3]);
      cut = false;
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
    before.close();
    if (!existsSync(image)) continue;
    const after = openDatabase(join(image, 'memory.db'), factsSchema);
    const { rows, words, vectors } = standing(after);
    expect(vectors, `cut at write ${n}`).toEqual(rows);
    expect(words, `cut at write ${n}`).toEqual(expect.arrayContaining(rows));
    expect(recalled(openFacts(after), 2, 'alarm code', 1)).toHaveLength(
      words.includes(1) || words.includes(3) ? 1 : 0,
    );
    expect(words.includes(1) && words.includes(3)).toBe(false);
    after.close();
  }
  rmSync(folder, { recursive: true });
});

test('nothing of what was forgotten is left in the files: no text, no word, no vector', async () => {
  const home = openMemory();
  await home.say(bob, 'Remember that the zanzibarcode is qwertzuiop77.');
  await home.say(bob, 'Remember that the lift is slow.');
  await home.say(eve, 'Remember that the platypusword is asdfghjkl88.');
  const dense = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i * i + 1));
  const unit = dense.map((number) => number / Math.hypot(...dense));
  const [own] = home.table.remember([fact('Dense', { embedded: { digest: 'one', vector: unit } })]);
  const stored = home.db.prepare<[number], Buffer>('SELECT vector FROM vector WHERE id = ?').pluck();
  // A part of it: the whole may lie across two pages.
  const vector = stored.get(own?.fact.id ?? 0)?.subarray(300, 364) ?? Buffer.of();
  const onDisk = (): Buffer => Buffer.concat(['', '-wal'].map((end) => readFileSync(home.file + end)));
  home.db.pragma('wal_checkpoint(TRUNCATE)');
  const before = onDisk();
  for (const trace of ['zanzibarcode', 'qwertzuiop77', 'platypusword', vector])
    expect(before.includes(trace)).toBe(true);

  await home.say(bob, 'Forget the zanzibarcode.');
  home.table.forget([own?.fact.id ?? 0]);
  await home.memory.removePerson(eve.id);
  const after = onDisk();
  for (const trace of ['anzibarcode', 'wertzuiop77', 'latypusword', 'sdfghjkl88', vector]) {
    expect(after.includes(trace), String(trace)).toBe(false);
  }
  expect(after.includes('slow')).toBe(true);
  await home.close();
});

test('vectors of deleted facts make room, and those of others stay', () => {
  const home = openMemory();
  home.table.useEmbedder(embedder, { means: [], unit: 1 });
  for (let i = 0; i < 300; i += 1)
    home.table.remember([fact(`Locker ${i} is taken`, { owner: 2 + (i % 3) })]);
  home.table.removePerson(3);
  expect(home.db.prepare('SELECT count(*) FROM vector').pluck().get()).toBe(200);
  expect(recalled(home.table, 2, 'Locker 9 is taken', 6).length).toBe(6);
  return home.close();
});

const people = [ada, bob, eve];
const things = ['alarm code', 'door code', 'rent', 'wifi password'];
const step = record({
  person: constantFrom(...people),
  thing: constantFrom(...things),
  value: integer({ min: 1, max: 9 }),
  deed: constantFrom(
    'tell',
    'tell',
    'tell',
    'correct',
    'forget',
    'forget all',
    'share',
    'take back',
    'import',
  ),
});

test("whatever anyone remembers, corrects, shares or forgets, nobody is answered from another's own facts", async () => {
  await assert(
    asyncProperty(array(step, { maxLength: 25 }), async (steps) => {
      const home = openMemory();
      try {
        for (const { person, thing, value, deed } of steps) {
          const own = (await home.memory.list(person)).find(({ scope }) => scope === 'mine');
          const office = (await home.memory.list(person)).find(({ scope }) => scope === 'office');
          if (deed === 'tell')
            await home.say(person, `Remember that the ${thing} is ${person.name}${value}.`);
          if (deed === 'correct') await home.say(person, `No, it's ${person.name}${value}.`);
          if (deed === 'forget') await home.say(person, `Forget the ${thing}.`);
          if (deed === 'forget all') await home.memory.forgetAll(person);
          if (deed === 'share' && own && person.role === 'admin')
            await home.memory.makeOffice(person, own.id);
          if (deed === 'take back' && office && person.role === 'admin')
            await home.memory.share(person, office.id, 'mine');
          if (deed === 'import') await home.memory.import(person, await home.memory.export(person));
        }
        for (const person of people) {
          for (const thing of things) {
            for (const { fact: recalled } of await home.memory.recall(person, `What is the ${thing}?`, {
              limit: 50,
            })) {
              if (recalled.scope === 'mine') expect(recalled.text).toContain(person.name);
              else expect(recalled.saidBy).toBe('ada');
              expect(recalled.supersededAt).toBeNull();
            }
          }
          for (const listed of await home.memory.list(person, { history: true })) {
            if (listed.scope === 'mine') expect(listed.text).toContain(person.name);
          }
        }
        const { rows, vectors } = standing(home.db);
        if (home.table.embedder()) expect(vectors).toEqual(rows);
      } finally {
        await home.close();
      }
    }),
    { numRuns: 25 },
  );
});
