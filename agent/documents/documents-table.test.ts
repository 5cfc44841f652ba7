import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Document } from '@rockpool/protocol/documents';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { matchQuery } from '../host/words.ts';
import { type Database, openDatabase } from '../store/sqlite.ts';
import type { DocumentFilter } from './document-filter.ts';
import { documentsSchema, openDocuments } from './documents-table.ts';
import { wordVector } from './fake-embedder.ts';

const ada = 1;
const bob = 2;
const embedder = { digest: 'one', dimensions: 256 };
const floor = { withWords: 0.2, alone: 0.45 };

let folder: string;
let db: Database;
let table: ReturnType<typeof openDocuments>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-documents-'));
  open();
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});
function open(): void {
  db = openDatabase(join(folder, 'documents.db'), documentsSchema);
  table = openDocuments(db);
}
function reopen(): void {
  db.close();
  open();
}

let added = 0;
function add(
  ownerId: number,
  texts: readonly string[],
  {
    scope = 'mine' as Document['scope'],
    groupId = null as number | null,
    sha256 = `hash ${++added}`,
    addedAt = added,
  } = {},
) {
  const { id } = table.add({
    ownerId,
    owner: `person ${ownerId}`,
    ...{ scope, groupId },
    name: `${added}.txt`,
    bytes: 1,
    sha256,
    addedAt,
  });
  read(texts);
  return id;
}
/** The next document, as a reader would. */
function read(texts: readonly string[]): void {
  const reading = table.startParsing()!;
  table.setKind(reading, 'text');
  table.addPassages(
    reading,
    texts.map((text) => ({ page: null, heading: '', text })),
  );
  while (table.retireSome(reading, 2)) {}
  table.setRead(reading, null);
}
function embedAll(): void {
  table.useEmbedder(embedder);
  for (let rows = table.toEmbed(16); rows.length > 0; rows = table.toEmbed(16)) {
    table.setVectors(
      'one',
      rows.map(({ id, text }) => ({ passageId: id, vector: wordVector(text) })),
    );
  }
}
function find(
  personId: number,
  question: string,
  more: DocumentFilter & { limit?: number; byWordsOnly?: boolean } = {},
): string[] {
  const { limit = 4, byWordsOnly = false, ...filter } = more;
  return table
    .search({
      ...{ personId, limit, floor, words: matchQuery(question, { any: true }) },
      meaning: byWordsOnly ? null : { digest: 'one', vector: wordVector(question) },
      ...filter,
    })
    .map(({ passage }) => passage.text);
}

describe('search', () => {
  test('finds by words at once, and by meaning once there are vectors', () => {
    const id = add(ada, ['The alarm code is 4471.', 'Beans are ordered from Rossi.']);
    expect(find(ada, 'What is the alarm code?')).toEqual(['The alarm code is 4471.']);
    expect(table.get(ada, id)?.status).toBe('indexing');
    embedAll();
    expect(find(ada, 'What is the alarm code?')).toEqual(['The alarm code is 4471.']);
    expect(table.get(ada, id)).toMatchObject({ status: 'ready', progress: 1, passages: 2 });
  });

  test('finds two Chinese characters', () => {
    add(ada, ['报销须经财务审批。', '访客须在前台登记。']);
    expect(find(ada, '谁审批报销?')).toEqual(['报销须经财务审批。']);
  });

  test('never shows what another person added for themselves, and always what is for the office', () => {
    add(bob, ['The alarm code of Bob is 1111.']);
    add(bob, ['The alarm code of the office is 4471.'], { scope: 'office' });
    embedAll();
    expect(find(ada, 'alarm code')).toEqual(['The alarm code of the office is 4471.']);
    expect(find(bob, 'alarm code')).toHaveLength(2);
  });

  test('a hundred better passages of others do not push out one’s own', () => {
    add(
      bob,
      Array.from({ length: 100 }, () => 'alarm code'),
    );
    add(ada, ['The alarm code of our little house in the country is 4471.']);
    embedAll();
    expect(find(ada, 'alarm code')).toEqual(['The alarm code of our little house in the country is 4471.']);
    expect(find(ada, 'alarm code', { byWordsOnly: true })).toHaveLength(1);
  });

  test('looks only into the documents it is told', () => {
    add(
      ada,
      Array.from({ length: 100 }, () => 'alarm code'),
    );
    const id = add(ada, ['The alarm code is 4471.']);
    embedAll();
    expect(find(ada, 'alarm code', { documents: [id] })).toEqual(['The alarm code is 4471.']);
    expect(find(bob, 'alarm code', { documents: [id] })).toEqual([]);
    expect(find(ada, 'alarm code', { documents: [] })).toEqual([]);
  });

  test('looks only into what passes, as if there were no others: by kind, date, space and folder', () => {
    const now = Date.now();
    const ids = Array.from({ length: 90 }, (_, i) =>
      add(ada, [`The alarm code number ${i} is 4471.`], { addedAt: now + i }),
    );
    add(
      ada,
      Array.from({ length: 60 }, () => 'alarm code'),
      { addedAt: now - 1_000 },
    );
    embedAll();
    const shown = (filter: DocumentFilter & { byWordsOnly?: boolean }): string[] =>
      find(ada, 'alarm code', { limit: 40, ...filter });
    for (const byWordsOnly of [false, true]) {
      // More than are named in the expression, and fewer.
      expect(shown({ since: now, byWordsOnly })).toHaveLength(40);
      expect(shown({ since: now, byWordsOnly }).some((text) => text === 'alarm code')).toBe(false);
      expect(shown({ since: now + 80, byWordsOnly })).toHaveLength(10);
      expect(shown({ until: now, byWordsOnly }).every((text) => text === 'alarm code')).toBe(true);
      expect(shown({ documents: ids.slice(0, 3), since: now + 2, byWordsOnly })).toHaveLength(1);
      expect(shown({ kind: 'pdf', byWordsOnly })).toEqual([]);
      expect(shown({ kind: 'text', since: now + 88, byWordsOnly })).toHaveLength(2);
      expect(shown({ scope: 'office', byWordsOnly })).toEqual([]);
      expect(shown({ folder: 7, byWordsOnly })).toEqual([]);
    }
  });

  test('returns nothing when nothing bears on the question', () => {
    add(ada, ['The alarm code is 4471.']);
    embedAll();
    expect(find(ada, 'Who descales the coffee machine?')).toEqual([]);
    expect(find(ada, '?!')).toEqual([]);
  });
});

describe('vectors', () => {
  test('of another embedder are dropped and made anew; words still find the passage', () => {
    const id = add(ada, ['The alarm code is 4471.']);
    embedAll();
    table.useEmbedder({ digest: 'two', dimensions: 8 });
    expect(table.get(ada, id)?.status).toBe('indexing');
    expect(find(ada, 'alarm code')).toEqual(['The alarm code is 4471.']);
    const [passage] = table.toEmbed(16);
    table.setVectors('one', [{ passageId: passage!.id, vector: wordVector('late') }]);
    expect(table.toEmbed(16)).toHaveLength(1);
    table.setVectors('two', [{ passageId: passage!.id, vector: wordVector('alarm', 8) }]);
    expect(table.get(ada, id)?.status).toBe('ready');
  });

  test('stay after a restart with the same embedder', () => {
    const id = add(ada, ['The alarm code is 4471.']);
    embedAll();
    reopen();
    table.useEmbedder(embedder);
    expect(table.get(ada, id)?.status).toBe('ready');
    expect(find(ada, 'alarm code')).toHaveLength(1);
  });

  test('of a passage that was deleted meanwhile are not kept', () => {
    const id = add(ada, ['The alarm code is 4471.']);
    table.useEmbedder(embedder);
    const [passage] = table.toEmbed(16);
    table.remove(id);
    table.setVectors('one', [{ passageId: passage!.id, vector: wordVector('alarm') }]);
    expect(db.prepare('SELECT count(*) FROM vector').pluck().get()).toBe(0);
  });

  test.each([
    ['zero', new Float32Array(256)],
    ['not a number', new Float32Array(256).fill(Number.NaN)],
  ])('of %s are refused', (_, vector) => {
    add(ada, ['The alarm code is 4471.']);
    table.useEmbedder(embedder);
    const [passage] = table.toEmbed(16);
    expect(() => table.setVectors('one', [{ passageId: passage!.id, vector }])).toThrow('no unit vector');
  });
});

describe('a document', () => {
  test('that is deleted leaves no row, no word, no vector, and not its text in the file', () => {
    add(
      ada,
      Array.from({ length: 300 }, (_, i) => `Another word, and ${i}.`),
    );
    const id = add(ada, ['The word is Xylophonzauber.']);
    add(ada, ['The last word.']);
    embedAll();
    expect(table.remove(id).unneeded).toMatch(/^hash /);
    for (const name of ['passage', 'passage_words', 'vector']) {
      expect(db.prepare(`SELECT count(*) FROM ${name}`).pluck().get(), name).toBe(301);
    }
    for (let left = table.eraseSome(true); left; left = table.eraseSome(false)) {}
    db.pragma('wal_checkpoint(TRUNCATE)');
    const bytes = readFileSync(join(folder, 'documents.db'));
    expect(bytes.includes('Xylophonzauber')).toBe(false);
    expect(bytes.includes('xylophonzaub')).toBe(false);
  });

  test('of the same bytes and owner is the same; its file has as many holders as owners', () => {
    const id = add(ada, ['text'], { sha256: 'same' });
    const again = {
      ownerId: ada,
      owner: 'ada',
      scope: 'mine',
      name: 'copy.txt',
      bytes: 1,
      sha256: 'same',
      addedAt: 9,
    } as const;
    expect(table.add(again).id).toBe(id);
    const other = add(bob, ['text'], { sha256: 'same' });
    expect(table.remove(id)).toEqual({ unneeded: null });
    expect(table.remove(other)).toEqual({ unneeded: 'same' });
  });

  test('that failed is tried again when it is added again', () => {
    const id = add(ada, ['text'], { sha256: 'same' });
    table.setFailed(table.get(ada, id)!, 'damaged', 'No.');
    expect(table.get(ada, id)).toMatchObject({
      ...{ status: 'failed', problem: 'No.', problemCode: 'damaged', passages: 0 },
    });
    const again = {
      ownerId: ada,
      owner: 'ada',
      scope: 'mine',
      name: 'copy.txt',
      bytes: 1,
      sha256: 'same',
      addedAt: 9,
    } as const;
    expect(table.add(again)).toMatchObject({ id, status: 'waiting', problem: null, problemCode: null });
  });

  test('that stops the device while it is read is given up after three times', () => {
    const { id } = table.add({
      ownerId: ada,
      owner: 'ada',
      scope: 'mine',
      name: 'a',
      bytes: 1,
      sha256: 'x',
      addedAt: 1,
    });
    for (let times = 0; times < 3; times += 1) {
      const reading = table.startParsing()!;
      expect(reading.id).toBe(id);
      table.addPassages(reading, [{ page: 1, heading: '', text: 'half' }]);
      reopen();
    }
    expect(table.startParsing()).toBeNull();
    expect(table.get(ada, id)).toMatchObject({ status: 'failed', passages: 0 });
  });

  test('is read anew from its beginning after an interruption', () => {
    table.add({
      ownerId: ada,
      owner: 'ada',
      scope: 'mine',
      name: 'a',
      bytes: 1,
      sha256: 'x',
      addedAt: 1,
    });
    table.addPassages(table.startParsing()!, [{ page: 1, heading: '', text: 'half' }]);
    reopen();
    const again = table.startParsing()!;
    table.addPassages(again, [{ page: 1, heading: '', text: 'whole' }]);
    while (table.retireSome(again, 2)) {}
    table.setRead(again, 1);
    expect(find(ada, 'half')).toEqual([]);
    expect(find(ada, 'whole')).toEqual(['whole']);
  });

  test('that is small is embedded before a large one that came first', () => {
    add(
      ada,
      Array.from({ length: 50 }, (_, i) => `large ${i}`),
    );
    const small = add(ada, ['small']);
    table.useEmbedder(embedder);
    expect(table.toEmbed(16).map(({ text }) => text)).toEqual(['small']);
    expect(table.passagesAround(ada, table.toEmbed(1)[0]!.id, 2)?.document.id).toBe(small);
  });
});

test('a passage is shown with its neighbours, to those who may see it', () => {
  const id = add(ada, ['one', 'two', 'three', 'four', 'five', 'six']);
  const [, , , four] = table.toEmbed(16);
  const around = table.passagesAround(ada, four!.id, 2);
  expect(around?.passages.map(({ text }) => text)).toEqual(['two', 'three', 'four', 'five', 'six']);
  expect(around?.document.id).toBe(id);
  expect(table.passagesAround(bob, four!.id, 2)).toBeNull();
  expect(table.passagesAround(ada, 999, 2)).toBeNull();
});
