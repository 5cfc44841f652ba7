import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkDatabase, type Database, findDamage, openDatabase } from '../store/sqlite.ts';
import type { NewFact } from './fact-changes.ts';
import { factsSchema, openFacts } from './facts.ts';
import { subjectOf } from './subject.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-facts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const first = { versions: factsSchema.versions.slice(0, 1) };
const file = (): string => join(folder, 'memory.db');
const fact = (text: string, more: Partial<NewFact> = {}): NewFact => ({
  ...{ owner: 2, saidBy: 'bob', scope: 'mine', text, subject: subjectOf(text), saidAt: 10, origin: 'owner' },
  ...{ sessionId: null, messageId: null },
  ...more,
});
const all = (db: Database, sql: string): unknown[] => db.prepare(sql).all();

/** As the first release wrote it. */
function oldMemory(): void {
  const db = openDatabase(file(), first);
  const insert = db.prepare(`
    INSERT INTO fact (id, owner, said_by, scope, text, hash, subject, said_at, session_id, message_id, origin,
                      superseded_by, superseded_at, embedded)
    VALUES (?, ?, 'bob', ?, ?, 'h', ?, ?, ?, ?, ?, ?, ?, 1)`);
  insert.run(1, 2, 'mine', 'The code is 1.', 'code', 5, 'monday', 7, 'person', null, null);
  insert.run(2, 2, 'mine', 'The code is 2.', 'code', 6, null, null, 'import', null, null);
  insert.run(3, 0, 'office', 'The rent is 9.', 'rent', 7, null, null, 'admin', null, null);
  db.exec('UPDATE fact SET superseded_by = 2, superseded_at = 6 WHERE id = 1');
  insert.run(9, 2, 'mine', 'Gone.', null, 8, null, null, 'person', null, null);
  db.exec('DELETE FROM fact WHERE id = 9');
  db.close();
}

test('a memory of the first release is brought forward without loss, and kept as it was beside it', () => {
  oldMemory();
  const db = openDatabase(file(), factsSchema);
  expect(
    all(db, 'SELECT id, owner, text, origin, imported, recorded_at, superseded_by, superseded_at FROM fact'),
  ).toEqual([
    {
      ...{ id: 1, owner: 2, text: 'The code is 1.', origin: 'owner', imported: 0, recorded_at: 5 },
      ...{ superseded_by: 2, superseded_at: 6 },
    },
    {
      ...{ id: 2, owner: 2, text: 'The code is 2.', origin: 'owner', imported: 1, recorded_at: 6 },
      ...{ superseded_by: null, superseded_at: null },
    },
    {
      ...{ id: 3, owner: 0, text: 'The rent is 9.', origin: 'owner', imported: 0, recorded_at: 7 },
      ...{ superseded_by: null, superseded_at: null },
    },
  ]);
  expect(all(db, 'SELECT * FROM evidence')).toEqual([
    { fact: 1, session_id: 'monday', message_id: 7, said_at: 5 },
  ]);
  expect(all(db, 'SELECT name, facts, current, bytes FROM namespace ORDER BY name')).toEqual([
    { name: 'office', facts: 1, current: 1, bytes: 14 },
    { name: 'p2', facts: 2, current: 1, bytes: 28 },
  ]);
  expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
  expect(db.pragma('auto_vacuum', { simple: true })).toBe(2);
  expect(findDamage(db)).toBeUndefined();
  const [next] = openFacts(db).remember([fact('The lift is slow.')]);
  expect(next?.fact.id, 'the number of what was forgotten never comes back').toBe(10);
  db.close();

  const [copy = ''] = readdirSync(join(folder, 'backups'));
  expect(copy).toMatch(/-v1-memory\.db$/);
  checkDatabase(join(folder, 'backups', copy));
  const kept = openDatabase(join(folder, 'backups', copy), first);
  expect(all(kept, 'SELECT count(*) AS n FROM fact')).toEqual([{ n: 3 }]);
  kept.close();
});

describe('the quota is held by the database itself', () => {
  test('and refused in one sentence, with nothing half stored', () => {
    const db = openDatabase(file(), factsSchema);
    const facts = openFacts(db);
    facts.limit(2, { facts: 3, bytes: 1_000 });
    facts.remember([fact('The code is 1.'), fact('The lift is slow.')]);
    const before = all(db, 'SELECT * FROM fact');
    expect(() => facts.remember([fact('One.'), fact('Two.')])).toThrow(
      expect.objectContaining({
        code: 'quota-reached',
        message: expect.stringMatching(/^[^.]+full; [^.]+\.$/),
      }),
    );
    expect(all(db, 'SELECT * FROM fact')).toEqual(before);
    expect(facts.space(2)).toMatchObject({ facts: 2, current: 2 });
    facts.remember([fact('One.')]);
    facts.forget([1]);
    facts.remember([fact('Two.')]);
    expect(() => facts.limit(2, { facts: 1, bytes: 1_000 })).toThrow(/at least/);
    facts.limit(2, { facts: 9, bytes: 40 });
    expect(() => facts.remember([fact('x'.repeat(40))])).toThrow(/full/);
    // Another's room, and the office's, are their own.
    facts.remember([fact('Three.', { owner: 3 }), fact('Four.', { scope: 'office' })]);
    db.close();
  });

  test('also against a program that forgets to ask', () => {
    const db = openDatabase(file(), factsSchema);
    openFacts(db).limit(2, { facts: 0, bytes: 10 });
    expect(() =>
      db.exec(`INSERT INTO fact (owner, said_by, scope, text, hash, said_at, recorded_at, origin)
               VALUES (2, 'bob', 'mine', 'x', 'h', 1, 1, 'owner')`),
    ).toThrow(/quota_facts/);
    db.close();
  });

  test('the counts stay right whatever happens to facts', () => {
    const db = openDatabase(file(), factsSchema);
    const facts = openFacts(db);
    facts.remember([fact('The code is 1.'), fact('The rent is 900.', { scope: 'office', owner: 1 })]);
    facts.remember([fact('The code is 22.')]);
    facts.move(1, { scope: 'office', owner: 1, at: 5 });
    facts.move(2, { scope: 'mine', owner: 3, at: 5 });
    facts.remember([fact('The lift is slow.')]);
    const counted = all(
      db,
      `SELECT reaches AS name, count(*) AS facts, sum(superseded_at IS NULL) AS current,
      sum(length(CAST(text AS BLOB))) AS bytes FROM fact GROUP BY reaches ORDER BY 1`,
    );
    expect(all(db, 'SELECT name, facts, current, bytes FROM namespace WHERE facts > 0 ORDER BY 1')).toEqual(
      counted,
    );
    facts.removePerson(2);
    expect(facts.space(2)).toMatchObject({ facts: 0, current: 0, bytes: 0 });
    db.close();
  });
});

describe('when a fact holds and since when it is known are two things', () => {
  const asked = (facts: ReturnType<typeof openFacts>, at: number): string[] =>
    facts
      .recall(2, { worded: facts.worded(2, 'What is the alarm code?'), at }, 6)
      .map(({ fact: { text } }) => text);

  test('what begins later replaces nothing before, and everything after', () => {
    const db = openDatabase(file(), factsSchema);
    const facts = openFacts(db);
    facts.remember([fact('The alarm code is 1.', { saidAt: 10 })]);
    const [later] = facts.remember([fact('The alarm code is 2.', { saidAt: 20, validFrom: 100 })]);
    expect(later?.superseded).toEqual([]);
    expect(asked(facts, 50)).toEqual(['The alarm code is 1.']);
    expect(asked(facts, 100)).toEqual(['The alarm code is 2.']);
    expect(facts.list(2, { history: true, limit: 9 }).at(-1)).toMatchObject({
      ...{ text: 'The alarm code is 1.', recordedAt: 10, validUntil: 100 },
      ...{ supersededAt: 100, supersededBy: later?.fact.id },
    });
    db.close();
  });

  test('what held until then is history from the start, and replaces nothing', () => {
    const db = openDatabase(file(), factsSchema);
    const facts = openFacts(db);
    facts.remember([fact('The alarm code is 1.', { saidAt: 10 })]);
    facts.remember([fact('The alarm code is 0.', { saidAt: 20, validUntil: 5 })]);
    expect(asked(facts, 50)).toEqual(['The alarm code is 1.']);
    expect(facts.list(2, { history: true, limit: 9 })).toHaveLength(2);
    db.close();
  });

  test('what ends is not told after its end', () => {
    const db = openDatabase(file(), factsSchema);
    const facts = openFacts(db);
    facts.remember([fact('The alarm code is 7.', { validUntil: 50 })]);
    expect(asked(facts, 49)).toHaveLength(1);
    expect(asked(facts, 50)).toEqual([]);
    expect(facts.space(2)).toMatchObject({ facts: 1, current: 0 });
    db.close();
  });
});

describe('text that nobody confirmed', () => {
  const poison = fact('The alarm code is 666.', { origin: 'untrusted', saidAt: 99 });

  test('is listed to its owner, and neither recalled nor able to replace anything', () => {
    const db = openDatabase(file(), factsSchema);
    const facts = openFacts(db);
    facts.remember([fact('The alarm code is 1.')]);
    const [read] = facts.remember([poison]);
    expect(read?.superseded).toEqual([]);
    const question = { worded: facts.worded(2, 'alarm code'), at: 100 };
    expect(facts.recall(2, question, 9).map((one) => one.fact.text)).toEqual(['The alarm code is 1.']);
    expect(facts.holding(2, [1, 2])).toEqual([1]);
    expect(facts.unembedded(9).map(({ id }) => id)).toEqual([1]);
    expect(facts.list(2, { words: 'alarm', limit: 9 })).toHaveLength(2);
    db.close();
  });

  test('becomes a fact when its owner says so, or says the same', () => {
    const db = openDatabase(file(), factsSchema);
    const facts = openFacts(db);
    facts.remember([fact('The alarm code is 1.'), poison]);
    const confirmed = facts.confirm(2, 2, 200);
    expect(confirmed?.superseded.map(({ text }) => text)).toEqual(['The alarm code is 1.']);
    expect(facts.get(2, 2)).toMatchObject({ origin: 'owner' });
    facts.remember([fact('The rent is 5.', { origin: 'untrusted' })]);
    const [said] = facts.remember([fact('The rent is 5.', { saidAt: 300 })]);
    expect(said).toMatchObject({ known: true, fact: { id: 3 } });
    expect(facts.get(2, 3)).toMatchObject({ origin: 'owner' });
    db.close();
  });

  test('is never the office’s, nobody’s word without a person, and no successor: the database itself refuses', () => {
    const db = openDatabase(file(), factsSchema);
    const facts = openFacts(db);
    facts.remember([fact('The alarm code is 1.'), poison]);
    expect(() => facts.remember([{ ...poison, scope: 'office' }])).toThrow(/office_is_trusted/);
    expect(() => db.exec("UPDATE fact SET origin = 'owner' WHERE id = 2")).toThrow(/by a person only/);
    expect(() => db.exec('UPDATE fact SET superseded_by = 2, superseded_at = 5 WHERE id = 1')).toThrow(
      /replaces no fact/,
    );
    db.close();
  });
});

test('a fact knows every message that it was said in', () => {
  const db = openDatabase(file(), factsSchema);
  const facts = openFacts(db);
  facts.remember([fact('The lift is slow.', { sessionId: 'monday', messageId: 3, saidAt: 10 })]);
  facts.remember([fact('The lift is slow.', { sessionId: 'friday', messageId: 8, saidAt: 20 })]);
  facts.remember([fact('The lift is slow.', { sessionId: 'friday', messageId: 8, saidAt: 20 })]);
  expect(facts.get(2, 1)?.evidence).toEqual([
    { sessionId: 'monday', messageId: 3, at: 10 },
    { sessionId: 'friday', messageId: 8, at: 20 },
  ]);
  facts.forget([1]);
  expect(all(db, 'SELECT * FROM evidence')).toEqual([]);
  db.close();
});

test('uses are counted many at a time, and not where nobody is answered', () => {
  const db = openDatabase(file(), factsSchema);
  const facts = openFacts(db);
  facts.remember([fact('The alarm code is 1.')]);
  const recall = (at: number, counted: boolean) =>
    facts.recall(2, { worded: facts.worded(2, 'alarm code'), at }, 6, counted);
  for (let at = 1_000; at < 1_010; at += 1) recall(at, true);
  recall(2_000, false);
  expect(facts.get(2, 1)).toMatchObject({ uses: 0 });
  recall(90_000, true);
  expect(facts.get(2, 1)).toMatchObject({ uses: 11, lastUsedAt: 90_000 });
  recall(91_000, true);
  facts.keepUses();
  expect(facts.get(2, 1)).toMatchObject({ uses: 12 });
  db.close();
});
