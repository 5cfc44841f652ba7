import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { matchQuery } from '../host/words.ts';
import { type Database, openDatabase } from '../store/sqlite.ts';
import { documentsSchema, openDocuments } from './documents-table.ts';
import { wordVector } from './fake-embedder.ts';

const ada = 1;
const bob = 2;
const cleo = 3;

let folder: string;
let db: Database;
let table: ReturnType<typeof openDocuments>;
let embedded: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-library-'));
  db = openDatabase(join(folder, 'documents.db'), documentsSchema);
  table = openDocuments(db);
  embedded = 0;
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

let hashes = 0;
function add(ownerId: number, texts: readonly string[], groupId: number | null = null): number {
  hashes += 1;
  const { id } = table.add({
    ...{ ownerId, owner: `person ${ownerId}`, scope: groupId === null ? 'mine' : 'group', groupId },
    ...{ name: 'a.txt', bytes: 10, sha256: `hash ${hashes}`, addedAt: 1 },
  });
  read(texts);
  return id;
}
function replace(id: number, texts: readonly string[]): void {
  hashes += 1;
  table.replace(id, { name: 'b.txt', bytes: 20, sha256: `hash ${hashes}`, by: 'person 1', at: 86_400_000 });
  read(texts);
}
function read(texts: readonly string[]): void {
  const reading = table.startParsing()!;
  for (const text of texts) table.addPassages(reading, [{ page: 1, heading: '', text }]);
  while (table.retireSome(reading, 2)) {}
  table.setRead(reading, 1);
  table.useEmbedder({ digest: 'one', dimensions: 256 });
  for (let rows = table.toEmbed(2); rows.length > 0; rows = table.toEmbed(2)) {
    embedded += rows.length;
    table.setVectors(
      'one',
      rows.map(({ id, text }) => ({ passageId: id, vector: wordVector(text) })),
    );
  }
}
function find(personId: number, question: string, byWordsOnly = false): string[] {
  return table
    .search({
      ...{ personId, limit: 4, floor: { withWords: 0.2, alone: 0.45 } },
      words: matchQuery(question, { any: true }),
      meaning: byWordsOnly ? null : { digest: 'one', vector: wordVector(question) },
    })
    .map(({ passage }) => passage.text);
}
const refile = (): void => {
  while (table.refileSome(2)) {}
};

describe('a group', () => {
  test('finds and sees what is shared with it, and nobody else does', () => {
    const { id: board } = table.addGroup('Board', [ada, bob]);
    const id = add(ada, ['The alarm code is 4471.'], board);
    for (const byWordsOnly of [true, false]) {
      expect(find(bob, 'alarm code', byWordsOnly)).toEqual(['The alarm code is 4471.']);
      expect(find(cleo, 'alarm code', byWordsOnly)).toEqual([]);
    }
    expect(table.get(bob, id)).toMatchObject({ scope: 'group', group: { id: board, name: 'Board' } });
    expect(table.get(cleo, id)).toBeNull();
    expect(table.beginnings(cleo, [id], 4)).toEqual([]);
  });

  test('that somebody leaves shows them nothing from then on; their own sharing as well', () => {
    const { id: board } = table.addGroup('Board', [ada, bob]);
    const id = add(ada, ['The alarm code is 4471.'], board);
    table.changeGroup(board, { members: [bob] });
    expect(find(ada, 'alarm code')).toEqual([]);
    expect(table.get(ada, id)).toBeNull();
    expect(find(bob, 'alarm code')).toHaveLength(1);
  });

  test('that is removed gives its documents back to those who added them', () => {
    const { id: board } = table.addGroup('Board', [ada, bob]);
    const id = add(ada, ['The alarm code is 4471.'], board);
    table.removeGroup(board);
    expect(find(bob, 'alarm code')).toEqual([]);
    refile();
    expect(find(ada, 'alarm code')).toHaveLength(1);
    expect(table.get(ada, id)).toMatchObject({ scope: 'mine', group: null });
  });

  test('has one name, whatever its case, and is not removed while it holds what nobody owns', () => {
    const { id: board } = table.addGroup('Board', [ada, bob]);
    expect(() => table.addGroup('BOARD', [])).toThrow('choose another name');
    add(ada, ['The alarm code is 4471.'], board);
    table.leaveGroups(ada);
    expect(table.listGroups()).toEqual([{ id: board, name: 'Board', members: [bob] }]);
    expect(find(bob, 'alarm code')).toHaveLength(1);
    expect(() => table.removeGroup(board)).toThrow('people who are gone');
  });
});

describe('sharing a document anew', () => {
  const many = Array.from({ length: 9 }, (_, i) => `The alarm code of door ${i} is 447${i}.`);

  test('hides it at once from those who may no longer see it, before it is filed anew', () => {
    const { id: board } = table.addGroup('Board', [ada, bob]);
    const id = add(ada, many, board);
    table.share(id, { scope: 'mine' });
    expect([find(bob, 'alarm code'), find(bob, 'alarm code', true)]).toEqual([[], []]);
    expect(table.passagesAround(bob, 1, 2)).toBeNull();
    refile();
    expect(find(ada, 'alarm code')).toHaveLength(4);
    expect(find(ada, 'alarm code', true)).toHaveLength(4);
    expect(find(bob, 'alarm code')).toEqual([]);
  });

  test('embeds nothing again, and goes on where power was cut', () => {
    const id = add(ada, many);
    table.share(id, { scope: 'office' });
    table.refileSome(2);
    db.close();
    db = openDatabase(join(folder, 'documents.db'), documentsSchema);
    table = openDocuments(db);
    refile();
    expect(find(bob, 'alarm code')).toHaveLength(4);
    expect(embedded).toBe(many.length);
    expect(db.prepare("SELECT count(*) FROM passage WHERE visible <> 'office'").pluck().get()).toBe(0);
  });
});

describe('a new version', () => {
  const before = ['The alarm code is 4471.', 'Beans come from Rossi.', 'Visitors park behind the bakery.'];

  test('embeds only what changed, and keeps the ids of what did not', () => {
    const id = add(ada, before);
    const [code] = table.search({
      ...{ personId: ada, limit: 1, floor: { withWords: 0, alone: 0 }, words: '"alarm"', meaning: null },
    });
    embedded = 0;
    replace(id, ['A new beginning.', 'The alarm code is 4471.', 'Visitors park behind the bakery.']);
    expect(embedded).toBe(1);
    expect(table.passagesAround(ada, code!.passage.id, 1)?.passages.map(({ text }) => text)).toEqual([
      'A new beginning.',
      'The alarm code is 4471.',
      'Visitors park behind the bakery.',
    ]);
    expect(find(ada, 'beans from Rossi')).toEqual([]);
    expect(table.get(ada, id)).toMatchObject({ status: 'ready', passages: 3, progress: 1, version: 2 });
  });

  test('says of a passage that it no longer has where it was, to those who may know', () => {
    const id = add(ada, before);
    const beans = db.prepare("SELECT id FROM passage WHERE text LIKE 'Beans%'").pluck().get() as number;
    replace(id, ['The alarm code is 4471.']);
    expect(table.passagesAround(ada, beans, 2)).toBeNull();
    expect(table.passageGone(ada, beans)).toEqual({ name: 'b.txt', version: 2, at: 86_400_000 });
    expect(table.passageGone(bob, beans)).toBeNull();
  });

  test('stands in the history, with the hash, and what was before is found until it is read', () => {
    const id = add(ada, before);
    table.replace(id, { name: 'b.txt', bytes: 20, sha256: 'new', by: 'person 1', at: 5 });
    expect(find(ada, 'alarm code')).toEqual(['The alarm code is 4471.']);
    expect(table.versions(id)).toMatchObject([
      { version: 2, name: 'b.txt', bytes: 20, sha256: 'new', by: 'person 1', at: 5 },
      { version: 1, name: 'a.txt', bytes: 10 },
    ]);
  });

  test('of the same content is none', () => {
    const id = add(ada, before);
    const { sha256 } = table.get(ada, id)!;
    const same = table.replace(id, { name: 'a.txt', bytes: 10, sha256, by: 'person 1', at: 5 });
    expect(same).toMatchObject({ document: { version: 1, status: 'ready' }, unneeded: null });
  });

  test('is not mixed with what a reader of the one before still says', () => {
    const id = add(ada, before);
    table.replace(id, { name: 'a.txt', bytes: 10, sha256: 'second', by: 'person 1', at: 5 });
    const late = table.startParsing()!;
    table.replace(id, { name: 'a.txt', bytes: 10, sha256: 'third', by: 'person 1', at: 6 });
    table.addPassages(late, [{ page: 1, heading: '', text: 'A late word.' }]);
    table.setRead(late, 1);
    table.setFailed(late, 'damaged', 'No.');
    expect(table.get(ada, id)).toMatchObject({ status: 'waiting', problem: null });
    read(['The third says this.']);
    expect(find(ada, 'late word')).toEqual([]);
    expect(find(ada, 'third says')).toEqual(['The third says this.']);
  });

  test('that can’t be read takes with it what the one before said', () => {
    const id = add(ada, before);
    table.replace(id, { name: 'a.txt', bytes: 10, sha256: 'second', by: 'person 1', at: 5 });
    table.setFailed(table.startParsing()!, 'damaged', 'No.');
    expect([find(ada, 'alarm code'), table.passagesAround(ada, 1, 2)]).toEqual([[], null]);
    while (table.retireUnreadable(2)) {}
    expect(db.prepare('SELECT count(*) FROM passage').pluck().get()).toBe(0);
  });
});

test('a quota that is reached takes nothing in, and says so', () => {
  const file = {
    ownerId: ada,
    owner: 'ada',
    scope: 'mine',
    name: 'a',
    addedAt: 1,
    quotaBytes: 100e6,
  } as const;
  const { id } = table.add({ ...file, bytes: 60e6, sha256: 'a' });
  expect(() => table.add({ ...file, bytes: 60e6, sha256: 'b' })).toThrow('may take 100 MB together');
  const larger = { name: 'a', bytes: 101e6, sha256: 'c', by: 'ada', at: 2, quotaBytes: 100e6 };
  expect(() => table.replace(id, larger)).toThrow('delete some first');
  expect(table.list(ada)).toMatchObject([{ id, version: 1, bytes: 60e6 }]);
  expect(table.add({ ...file, ownerId: bob, bytes: 60e6, sha256: 'b' }).id).toBeGreaterThan(id);
});

test.each([
  ['a few of many', 700],
  ['most', 5],
])('deleted text is in no file afterwards: %s', (_, others) => {
  for (let i = 0; i < others; i += 1) add(bob, [`Ordinary words, and number ${i}.`]);
  const id = add(ada, ['The secret word is Xylophonzauber.', 'Zwetschgenkuchen as well.']);
  table.leave(id);
  expect(find(ada, 'Xylophonzauber')).toEqual([]);
  while (table.removeSome(id, 1)) {}
  table.remove(id);
  for (let begin = true; table.eraseSome(begin); begin = false) {}
  while (table.giveBackSome()) {}
  const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('latin1'));
  for (const word of ['Xylophonzauber', 'xylophonzaub', 'Zwetschgenkuchen', 'zwetschgenkuchen']) {
    expect(
      bytes.some((one) => one.includes(word)),
      word,
    ).toBe(false);
  }
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(find(bob, 'number 3')[0]).toBe('Ordinary words, and number 3.');
});

test('a database of the version before keeps its documents, its passages and their ids', () => {
  db.close();
  const file = join(folder, 'old.db');
  const old = openDatabase(file, { versions: documentsSchema.versions.slice(0, 2) });
  old.exec(`
    INSERT INTO document (owner, owner_name, scope, name, bytes, sha256, status, passages, added_at)
      VALUES (1, 'ada', 'mine', 'a.txt', 1, 'x', 'indexing', 1, 7), (1, 'ada', 'office', 'b.txt', 1, 'y', 'ready', 0, 8);
    DELETE FROM document WHERE id = 2;
    INSERT INTO passage (document_id, place, heading, text) VALUES (1, 0, '', 'The alarm code is 4471.');
    INSERT INTO passage_words (rowid, visible, heading, body) VALUES (1, 'p1 d1', '', 'The alarm code is 4471.');
  `);
  old.close();
  db = openDatabase(file, documentsSchema);
  table = openDocuments(db);
  expect(find(ada, 'alarm code', true)).toEqual(['The alarm code is 4471.']);
  expect(table.get(ada, 1)).toMatchObject({ version: 1, group: null, folder: null, addedAt: 7 });
  expect(table.versions(1)).toMatchObject([{ version: 1, sha256: 'x', by: 'ada' }]);
  expect(add(ada, ['more'])).toBe(3);
});
