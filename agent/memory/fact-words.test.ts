import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { indexText } from '../host/words.ts';
import { type Database, openDatabase } from '../store/sqlite.ts';
import { openFactWords } from './fact-words.ts';
import { factsSchema, openFacts } from './facts.ts';
import type { Visible } from './visible.ts';

let folder: string;
let db: Database;
let words: ReturnType<typeof openFactWords>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-words-'));
  db = openDatabase(join(folder, 'memory.db'), factsSchema);
  words = openFactWords(db);
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

const found = (visible: readonly Visible[], asked: string, limit = 9): number[] =>
  words.search(visible, asked, limit).map(({ id }) => id);

test('a word is found by whom it reaches, whatever stands beside it and however names begin', () => {
  const reaching: Visible[] = ['p1', 'p12', 'p1past', 'p1unsure', 'office', 'officepast', 'p11'];
  for (const [i, visible] of reaching.entries()) words.add(i + 1, visible, 'The gate code is 2x0.');
  for (const [i, visible] of reaching.entries()) {
    for (const asked of ['gate', 'gates', 'code 2x0', '2', '2x', 'x0', 'p1xgate', 'x'])
      expect([[], [i + 1]], `${visible}: ${asked}`).toContainEqual(found([visible], asked));
    expect(found([visible], 'gates')).toEqual([i + 1]);
    expect(words.holding([visible], 'gate-code 2x0')).toEqual([i + 1]);
    expect(words.holding([visible], 'code-gate')).toEqual([]);
  }
  expect(found(['p1', 'office'], 'gate')).toEqual([5, 1]);
});

test.each([
  ['endings', 'We are using the heaters.', 'Who used a heater?'],
  ['capitals and accents', 'MALMÖ is far.', 'malmo'],
  ['Chinese', '大门密码是4471。', '密码是什么?'],
  ['a single character', '猫在花园里。', '猫在哪里?'],
  ['Korean', '회의실은 3층에 있습니다.', '회의실'],
  ['joined words', 'Ask for the e-mail of o’Neil.', 'e-mail'],
])('are found in the office as ever: %s', (_, text, asked) => {
  words.add(1, 'office', text);
  words.add(2, 'office', 'Something else altogether.');
  expect(found(['p1', 'office'], asked)).toEqual([1]);
  words.remove(1);
  expect(found(['p1', 'office'], asked)).toEqual([]);
});

describe('words that very many facts hold', () => {
  beforeEach(() => {
    db.transaction(() => {
      for (let id = 1; id <= 1_200; id += 1)
        words.add(id, 'p1', `The ${id % 2 ? 'gate' : 'door'} code is ${id === 77 ? 'zebra' : id}.`);
    })();
  });

  test('count for what rarer words found', () => {
    const [first] = words.search(['p1'], 'zebra gate code', 5);
    expect(first).toEqual({ id: 77, share: 1 });
  });

  test('find those that hold all of them, newest first, when there are no others', () => {
    expect(words.search(['p1'], 'door code', 2)).toEqual([
      { id: 1_200, share: 1 },
      { id: 1_198, share: 1 },
    ]);
  });

  test('are found alone as well', () => {
    expect(found(['p1'], 'code', 2)).toEqual([1_200, 1_199]);
  });
});

test('are written anew after a migration, in the order that things then go', () => {
  db.close();
  const file = join(folder, 'old.db');
  const old = openDatabase(file, { versions: factsSchema.versions.slice(0, 1) });
  old.exec(`
    INSERT INTO fact (owner, said_by, scope, text, hash, said_at, origin, embedded)
      VALUES (1, 'ada', 'mine', 'The gate code is 4471.', 'h', 1, 'person', 1);
    INSERT INTO embedder VALUES (1, 'one', 4, zeroblob(0));
    CREATE VIRTUAL TABLE fact_vector USING vec0(
      visible TEXT PARTITION KEY, vector int8[4] distance_metric=L1, chunk_size=256
    );
  `);
  old
    .prepare<[string]>("INSERT INTO fact_words (rowid, visible, text) VALUES (1, 'p1', ?)")
    .run(indexText('The gate code is 4471.'));
  old.close();
  db = openDatabase(file, factsSchema);
  const facts = openFacts(db);
  const worded = facts.worded(1, 'Which code has the gate?');
  expect(facts.recall(1, { worded }, 5).map(({ fact }) => fact.text)).toEqual(['The gate code is 4471.']);
  expect(facts.worded(2, 'Which code has the gate?')).toEqual([]);
  expect(facts.embedder()).toBeUndefined();
  expect(facts.unembedded(5)).toHaveLength(1);
});
