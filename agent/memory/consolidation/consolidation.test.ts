import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../store/sqlite.ts';
import { PowerCut } from '../../test/power.ts';
import type { FactDraft } from '../fact-rows.ts';
import { factsSchema, openFacts } from '../facts.ts';
import { asRemote, bob, eve, type OpenMemory, openMemory, pieceVector } from '../memory.fixture.ts';
import { subjectOf } from '../subject.ts';
import { type Consolidation, createConsolidation, makeRoom } from './consolidation.ts';

let home: OpenMemory;
let nights: Consolidation;
beforeEach(async () => {
  home = openMemory();
  await home.memory.recall(bob, 'Is there an embedder?');
  nights = createConsolidation({ facts: asRemote(home.table), clock: home.clock });
});
afterEach(async () => home.close());

const never = new AbortController().signal;
const day = 24 * 3_600_000;

/** Straight into the table, as an extraction or an import would. */
function put(text: string, more: Partial<FactDraft> = {}): number {
  const { digest, dimensions } = home.model.embedding;
  if (home.table.embedder()?.digest !== digest)
    home.table.useEmbedder({ digest, dimensions }, { means: [], unit: 1 });
  const draft: FactDraft = {
    ...{
      owner: bob.id,
      saidBy: 'bob',
      scope: 'mine',
      text,
      subject: subjectOf(text),
      saidAt: home.clock.now(),
    },
    ...{ sessionId: null, messageId: null, origin: 'owner', ...more },
  };
  const [stored] = home.table.remember([
    { ...draft, embedded: { digest, vector: pieceVector(text, dimensions) } },
  ]);
  return stored?.fact.id ?? 0;
}

/** Enough others that one in ten of them may go. */
function others(n: number, owner = bob.id): void {
  for (let i = 0; i < n; i += 1)
    put(`Locker ${i * 31} belongs to team ${'abcdefghij'[i % 10]}${i}.`, { owner, subject: null });
}

const texts = (owner = bob): string[] =>
  home.table
    .list(owner.id, { limit: 1_000 })
    .map(({ text }) => text)
    .reverse();

/** All that a night could change. */
const everything = (db = home.db): unknown => ({
  facts: db.prepare('SELECT * FROM fact ORDER BY id').all(),
  evidence: db.prepare('SELECT * FROM evidence ORDER BY fact, session_id, message_id').all(),
  spaces: db.prepare('SELECT * FROM namespace ORDER BY name').all(),
  vectors: db.prepare('SELECT id, vector FROM vector ORDER BY id').all(),
  words: db
    .prepare(
      "SELECT rowid FROM fact_words WHERE fact_words MATCH 'locker OR belongs OR tea OR code' ORDER BY rowid",
    )
    .all(),
});

describe('what says the same becomes one', () => {
  test('the one that was said last stays, with the evidence and the uses of both', async () => {
    others(20);
    const first = put('I like tea with milk', { sessionId: 'a', messageId: 1, importance: 0.9 });
    const second = put('I like tea with milk!', { sessionId: 'b', messageId: 2 });
    home.db.prepare('UPDATE fact SET uses = 3 WHERE id = ?').run(first);
    const [night] = await nights.run(never);
    expect(night).toMatchObject({ name: 'p2', outcome: 'done', merged: 1, compacted: 0, evicted: 0 });
    expect(texts()).toContain('I like tea with milk!');
    expect(texts()).not.toContain('I like tea with milk');
    const kept = home.table.get(bob.id, second);
    expect(kept).toMatchObject({ uses: 3, importance: 0.9 });
    expect(kept?.evidence.map(({ messageId }) => messageId)).toEqual([1, 2]);
    expect(home.table.get(bob.id, first)).toMatchObject({ supersededBy: second });
  });

  test('what a person said themselves stays before what was drawn from it', async () => {
    others(20);
    const own = put('I like tea with milk');
    put('I like tea with milk.', { origin: 'agent' });
    await nights.run(never);
    expect(texts()).toContain('I like tea with milk');
    expect(home.table.get(bob.id, own)?.supersededAt).toBeNull();
  });

  test.each([
    ['I owe Ana 5 euros.', 'I owe Ana 6 euros.'],
    ['I lent Ana the drill.', 'I lent Ida the drill.'],
    ['I eat meat on Fridays.', "I don't eat meat on Fridays."],
    ['I like tea with milk.', 'I like coffee with milk.'],
    ['我喜欢喝红茶。', '我喜欢喝绿茶。'],
    ['我吃牛肉。', '我不吃牛肉。'],
  ])('%s and %s stay two', async (a, b) => {
    others(20);
    put(a, { subject: null });
    put(b, { subject: null });
    await nights.run(never);
    expect(texts()).toEqual(expect.arrayContaining([a, b]));
  });

  test("another's, and what is to hold at another time, is not the same", async () => {
    others(20);
    put('I like tea with milk', { owner: eve.id });
    put('I like tea with milk.', { subject: null });
    put('I like tea with milk!', { subject: null, validFrom: home.clock.now() + day });
    await nights.run(never);
    expect(texts(eve)).toEqual(['I like tea with milk']);
    expect(texts()).toEqual(expect.arrayContaining(['I like tea with milk.', 'I like tea with milk!']));
  });

  test.each(['untrusted', 'system'] as const)('%s text is neither merged nor merged into', async (origin) => {
    others(20);
    const theirs = put('I like tea with milk', { origin });
    const own = put('I like tea with milk!');
    await nights.run(never);
    expect(home.table.get(bob.id, theirs)).toMatchObject({ origin, supersededAt: null });
    expect(home.table.get(bob.id, own)?.supersededAt).toBeNull();
  });
});

describe('a night that would lose too much', () => {
  test("changes nothing of that person's, and goes on with the others", async () => {
    for (let i = 0; i < 10; i += 1) {
      put(`I like tea number ${i} best`, { subject: null });
      put(`I like tea number ${i} best!`, { subject: null });
    }
    others(20, eve.id);
    put('I like tea with milk', { owner: eve.id });
    put('I like tea with milk!', { owner: eve.id });
    const before = texts();
    const accounts = await nights.run(never);
    expect(accounts).toMatchObject([
      { name: 'p2', outcome: 'refused', facts: 20, going: 10, merged: 0 },
      { name: 'p3', outcome: 'done', merged: 1 },
    ]);
    expect(texts()).toEqual(before);
  });
});

describe('a night is taken back', () => {
  test('exactly: duplicates, old history, and what a full memory had no room for', async () => {
    others(40);
    // Six values, one after the other, long ago.
    for (let i = 0; i < 6; i += 1) put(`The gate code is 55${i}0.`);
    home.db
      .prepare('UPDATE fact SET superseded_at = superseded_at - ? WHERE superseded_at IS NOT NULL')
      .run(200 * day);
    put('I like tea with milk', {
      sessionId: 'a',
      messageId: 1,
      importance: 0.9,
      uses: 1,
    } as Partial<FactDraft>);
    put('I like tea with milk!', { sessionId: 'b', messageId: 2 });
    home.table.limit(bob.id, { facts: 50, bytes: 1e6 });
    const before = everything();

    const [night] = await nights.run(never);
    expect(night).toMatchObject({ outcome: 'done', merged: 1 });
    expect(night?.compacted).toBeGreaterThan(0);
    expect(night?.evicted).toBeGreaterThan(0);
    expect(everything()).not.toEqual(before);

    const undone = await nights.undo(night?.night ?? 0, ['p2']);
    expect(undone).toBe((night?.merged ?? 0) + (night?.compacted ?? 0) + (night?.evicted ?? 0));
    expect(everything()).toEqual(before);
    expect(await nights.undo(night?.night ?? 0, ['p2'])).toBeUndefined();
    expect(await nights.undo(99)).toBeUndefined();
  });

  test('and is not done once more the next night', async () => {
    others(20);
    put('I like tea with milk');
    put('I like tea with milk!');
    const [night] = await nights.run(never);
    await nights.undo(night?.night ?? 0);
    const before = everything();
    await nights.run(never);
    expect(everything()).toEqual(before);
  });

  test('but what was forgotten since does not come back, nor is kept', async () => {
    others(20);
    put('I like tea with milk');
    const kept = put('I like tea with milk!');
    const [night] = await nights.run(never);
    home.table.forget([kept]);
    expect(home.db.prepare('SELECT count(*) FROM night_deed').pluck().get()).toBe(0);
    await nights.undo(night?.night ?? 0);
    expect(texts().filter((text) => /tea with/.test(text))).toEqual([]);
  });

  test('nothing is kept of one who had everything erased', async () => {
    others(20);
    put('I like tea with milk');
    put('I like tea with milk!');
    await nights.run(never);
    home.table.forgetOwn(bob.id);
    expect(home.db.prepare('SELECT count(*) FROM night_deed').pluck().get()).toBe(0);
  });

  test('for thirty days; then it is gone for good', async () => {
    others(20);
    put('I like tea with milk');
    put('I like tea with milk!');
    const [night] = await nights.run(never);
    const later = createConsolidation({
      facts: asRemote(home.table),
      clock: { now: () => home.clock.now() + 31 * day },
    });
    await later.run(never);
    expect(await nights.undo(night?.night ?? 0)).toBeUndefined();
  });
});

describe('a full memory', () => {
  const at = 1_000 * day;
  const weight = (id: number, more = {}) => ({
    ...{
      id,
      kind: 'fact' as const,
      pinned: false,
      importance: 0.5,
      uses: 0,
      saidAt: at - 10 * day,
      lastUsedAt: null,
    },
    ...{ bytes: 20, supersededAt: null, ...more },
  });
  const space = { name: 'p2' as const, facts: 8, current: 7, bytes: 0, maxFacts: 8, maxBytes: 1e6 };

  test('gives up history before facts, then what matters least, and nothing that is pinned', () => {
    const weights = [
      weight(1, { pinned: true, importance: 0 }),
      weight(2, { saidAt: at - 400 * day }),
      weight(3, { uses: 9 }),
      weight(4, { importance: 0.1 }),
      weight(5, { supersededAt: at - day }),
      weight(6, { kind: 'episode', saidAt: at - 300 * day }),
      weight(7),
      weight(8),
    ];
    expect(makeRoom(space, weights, at).map(({ fact }) => fact)).toEqual([5, 6]);
    expect(makeRoom({ ...space, maxFacts: 6, facts: 8 }, weights, at).map(({ fact }) => fact)).toEqual([
      5, 6, 4,
    ]);
  });

  test('one that has room loses nothing, however old', () => {
    expect(makeRoom({ ...space, facts: 7 }, [weight(1, { saidAt: 0, importance: 0 })], at)).toEqual([]);
  });
});

test('power lost at any write leaves each deed whole, and the next run ends as if nothing had been', async () => {
  const prepareDay = (): void => {
    others(30);
    for (let i = 0; i < 6; i += 1) put(`The gate code is 55${i}0.`);
    home.db
      .prepare('UPDATE fact SET superseded_at = superseded_at - ? WHERE superseded_at IS NOT NULL')
      .run(200 * day);
    put('I like tea with milk', { sessionId: 'a', messageId: 1 });
    put('I like tea with milk!', { sessionId: 'b', messageId: 2 });
  };
  prepareDay();
  const before = everything();
  await home.close({ keep: true });
  const clock = { now: () => 5_000 };

  let cuts = 0;
  for (let n = 0, cut = true; cut; n += 1) {
    const db = openDatabase(home.file, factsSchema);
    const writes = cutAtWrite(db, n);
    const consolidation = createConsolidation({ facts: asRemote(openFacts(db)), clock });
    try {
      await consolidation.run(never);
      cut = false;
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      cuts += 1;
    }
    writes.restore();
    db.close();

    const again = openDatabase(home.file, factsSchema);
    const resumed = createConsolidation({ facts: asRemote(openFacts(again)), clock });
    expect(again.prepare('SELECT count(*) FROM night_at_work').pluck().get(), `cut at write ${n}`).toBe(0);
    const [night] = await resumed.run(never);
    const done = await resumed.nights(['p2']);
    const work = done.find(({ merged }) => merged === 1);
    expect(work ?? night, `cut at write ${n}`).toMatchObject({ merged: 1, compacted: 2, outcome: 'done' });
    for (const { night: each } of done) await resumed.undo(each);
    expect(everything(again), `taken back after a cut at write ${n}`).toEqual(before);
    again.exec('DELETE FROM night; DELETE FROM night_through; DELETE FROM night_taken_back;');
    again.close();
  }
  expect(cuts).toBeGreaterThan(20);
  home = openMemory();
});

/** Every statement that writes counts; the nth and all later ones fail, and the transaction with them. */
function cutAtWrite(db: OpenMemory['db'], n: number): { restore(): void } {
  let writes = 0;
  let on = true;
  const prepare = db.prepare.bind(db);
  db.prepare = ((sql: string) => {
    const statement = prepare(sql);
    const run = statement.run.bind(statement);
    statement.run = (...args: unknown[]) => {
      if (on && writes++ >= n) throw new PowerCut(`power was cut at write ${n}`);
      return run(...(args as []));
    };
    return statement;
  }) as typeof db.prepare;
  return {
    restore: () => {
      on = false;
    },
  };
}
