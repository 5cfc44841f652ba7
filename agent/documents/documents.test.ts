import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Document } from '@rockpool/protocol/documents';
import type { Person } from '@rockpool/protocol/people';
import { PDFDocument } from 'pdf-lib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { fakeAbout } from '../test/fake-model.ts';
import { createDocuments, type Documents, type DocumentsParts, safeName } from './documents.ts';
import { documentsSchema, openDocuments } from './documents-table.ts';
import { fakeEmbedder } from './fake-embedder.ts';

const ada: Person = { id: 1, name: 'Ada', role: 'admin', createdAt: 0 };
const bob: Person = { id: 2, name: 'Bob', role: 'member', createdAt: 0 };
const handbook = '# Alarm\n\nThe alarm code is 4471.\n\n# Coffee\n\nBeans are ordered from Rossi.\n';

let home: string;
let db: Database;
let documents: Documents;
let failures: unknown[];
let powerIsOn: boolean;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-documents-'));
  failures = [];
});
afterEach(async () => {
  await stop();
  rmSync(home, { recursive: true });
  expect(failures).toEqual([]);
});

class PowerCut extends Error {}

/** The device, on what its disk holds; `calls`: the power is cut at that call of the store. */
async function start(parts: Partial<DocumentsParts> = {}, calls = Number.POSITIVE_INFINITY): Promise<void> {
  db = openDatabase(join(home, 'documents.db'), documentsSchema);
  documents = await createDocuments({
    store: acrossThreads(openDocuments(db), calls),
    model: fakeEmbedder(),
    folder: join(home, 'files'),
    clock: { now: () => 1_000 },
    report: (error) => {
      if (!(error instanceof PowerCut)) failures.push(error);
    },
    ...parts,
  });
}
async function stop(): Promise<void> {
  await documents.close();
  db.close();
}

/** As the store's thread would answer: copies, and later. */
function acrossThreads(table: ReturnType<typeof openDocuments>, calls: number): Store['documents'] {
  let left = calls;
  powerIsOn = true;
  return new Proxy(table, {
    get:
      (target, method) =>
      async (...args: unknown[]) => {
        left -= 1;
        powerIsOn = left >= 0;
        if (!powerIsOn) throw new PowerCut();
        const run = Reflect.get(target, method) as (...args: unknown[]) => unknown;
        return structuredClone(run(...structuredClone(args)));
      },
  }) as unknown as Store['documents'];
}

const stream = (content: string | Uint8Array): AsyncIterable<Uint8Array> =>
  new Blob([content as string]).stream();
const add = (person: Person, name: string, content: string | Uint8Array, scope: Document['scope'] = 'mine') =>
  documents.accept(person, name, stream(content), scope);

async function finished(person: Person, id: number): Promise<Document> {
  return await expect
    .poll(() => documents.get(person, id), { timeout: 20_000 })
    .toSatisfy((document: Document) => document.status === 'ready' || document.status === 'failed')
    .then(() => documents.get(person, id));
}
const textsOf = async (person: Person, question: string): Promise<string[]> =>
  (await documents.search(person, question)).map(({ passage }) => passage.text);
const files = (): string[] => readdirSync(join(home, 'files'));

describe('a document', () => {
  test('is accepted at once, read, indexed, and found with its headings', async () => {
    await start();
    const accepted = await add(ada, 'handbook.md', handbook);
    expect(accepted).toMatchObject({
      name: 'handbook.md',
      status: 'waiting',
      progress: 0,
      owner: 'Ada',
      kind: null,
    });
    expect(await finished(ada, accepted.id)).toMatchObject({
      kind: 'markdown',
      status: 'ready',
      progress: 1,
      passages: 2,
    });
    const [found] = await documents.search(ada, 'What is the alarm code?');
    expect(found).toMatchObject({
      documentName: 'handbook.md',
      passage: { documentId: accepted.id, index: 0, heading: 'Alarm', text: 'The alarm code is 4471.' },
    });
  });

  test('of several pages is found with the page', async () => {
    const pdf = await PDFDocument.create();
    for (const line of ['Visitors park behind the bakery.', 'The alarm code is 4471.'])
      pdf.addPage().drawText(line);
    await start();
    const { id } = await add(ada, 'house.pdf', await pdf.save());
    expect(await finished(ada, id)).toMatchObject({ kind: 'pdf', pages: 2 });
    const [found] = await documents.search(ada, 'What is the alarm code?');
    expect(found?.passage.page).toBe(2);
    const view = await documents.passageView(ada, found?.passage.id ?? 0);
    expect(view?.passages.map(({ page }) => page)).toEqual([1, 2]);
    expect(view).toMatchObject({ document: { id }, cited: found?.passage.id });
  });

  test('that can’t be read says what to do, and is not found', async () => {
    await start();
    const { id } = await add(ada, 'old.doc', Buffer.from('d0cf11e0a1b11ae1', 'hex'));
    expect(await finished(ada, id)).toMatchObject({
      status: 'failed',
      problem: expect.stringMatching(/^This is .* save it as /),
      problemCode: 'other-format',
    });
  });

  test('is found by its words before the model is there', async () => {
    await start({ model: fakeEmbedder({ loads: false }) });
    const { id } = await add(ada, 'handbook.md', handbook);
    await expect
      .poll(() => textsOf(ada, 'alarm code'), { timeout: 20_000 })
      .toEqual(['The alarm code is 4471.']);
    await expect
      .poll(() => documents.get(ada, id), { timeout: 20_000 })
      .toMatchObject({ status: 'indexing', progress: 0.2 });
  });

  test('that there is none of starts no model', async () => {
    const model = fakeEmbedder();
    await start({
      model: {
        ...model,
        get ready(): typeof model.ready {
          throw new Error('somebody asked for the model');
        },
      },
    });
    await stop();
    await start();
  });

  test('is embedded once the model is there', async () => {
    const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<typeof fakeEmbedder>['ready']>>();
    let model = fakeEmbedder({ loads: false });
    await start({
      model: {
        ready: promise,
        about: () => model.about(),
        embed: (texts) => model.embed(texts),
        embedding: model.embedding,
      },
    });
    const { id } = await add(ada, 'handbook.md', handbook);
    await expect
      .poll(() => documents.get(ada, id), { timeout: 20_000 })
      .toMatchObject({ status: 'indexing' });
    model = fakeEmbedder();
    resolve(fakeAbout);
    expect(await finished(ada, id)).toMatchObject({ status: 'ready' });
  });

  test('is embedded together with its headings', async () => {
    const model = fakeEmbedder();
    await start({ model });
    await finished(ada, (await add(ada, 'handbook.md', handbook)).id);
    expect(model.texts).toContain('Alarm\nThe alarm code is 4471.');
  });

  test('that is named is searched even when nothing in it resembles the question', async () => {
    await start();
    const { id } = await add(ada, 'handbook.md', handbook);
    await finished(ada, id);
    expect(await documents.search(ada, 'Please summarise this')).toEqual([]);
    expect(await documents.search(ada, 'Please summarise this', { documents: [id] })).toHaveLength(2);
    expect(await documents.search(bob, 'Please summarise this', { documents: [id] })).toEqual([]);
  });
});

test('stopping the device while it reads is not held against a document', async () => {
  await start();
  const { id } = await add(ada, 'handbook.md', handbook);
  for (let times = 0; times < 5; times += 1) {
    await stop();
    await start();
  }
  expect(await finished(ada, id)).toMatchObject({ status: 'ready', passages: 2 });
});

describe('of the same bytes', () => {
  test('one owner has one document', async () => {
    await start();
    const { id } = await add(ada, 'handbook.md', handbook);
    await finished(ada, id);
    expect(await add(ada, 'copy.md', handbook)).toMatchObject({ id, name: 'handbook.md', status: 'ready' });
    expect(files()).toHaveLength(1);
  });

  test('two owners have one file, until both have deleted it', async () => {
    await start();
    const hers = await add(ada, 'handbook.md', handbook);
    const his = await add(bob, 'handbook.md', handbook);
    await finished(bob, his.id);
    await documents.remove(ada, hers.id);
    expect(files()).toHaveLength(1);
    expect(await textsOf(bob, 'alarm code')).toEqual(['The alarm code is 4471.']);
    await documents.remove(bob, his.id);
    expect(files()).toEqual([]);
  });

  test('many uploads at once leave one document', async () => {
    await start();
    const added = await Promise.all(Array.from({ length: 8 }, () => add(ada, 'handbook.md', handbook)));
    expect(new Set(added.map(({ id }) => id)).size).toBe(1);
    await finished(ada, added[0]?.id ?? 0);
    expect(files()).toHaveLength(1);
  });
});

describe('who may', () => {
  test('add for everyone: administrators', async () => {
    await start();
    await expect(add(bob, 'handbook.md', handbook, 'office')).rejects.toMatchObject({ code: 'forbidden' });
    const { id } = await add(ada, 'handbook.md', handbook, 'office');
    await finished(ada, id);
    expect(await textsOf(bob, 'alarm code')).toEqual(['The alarm code is 4471.']);
    await expect(documents.remove(bob, id)).rejects.toThrow('Only Ada or an administrator may delete');
  });

  test('see: nobody else', async () => {
    await start();
    const { id } = await add(bob, 'secret.md', handbook);
    await finished(bob, id);
    const [found] = await documents.search(bob, 'alarm code');
    expect(await documents.list(ada)).toEqual([]);
    expect(await documents.passageView(ada, found?.passage.id ?? 0)).toBeNull();
    for (const attempt of [documents.get, documents.file, documents.remove]) {
      await expect(attempt(ada, id)).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  test('stay: what a removed person gave to the office', async () => {
    await start();
    await add(ada, 'mine.md', handbook);
    await add(ada, 'ours.md', `${handbook}\nFor all.`, 'office');
    await documents.removePerson(ada.id);
    expect((await documents.list(bob)).map(({ name }) => name)).toEqual(['ours.md']);
    expect(files()).toHaveLength(1);
  });
});

describe('an upload', () => {
  test('that is too large leaves nothing', async () => {
    await start({ maxBytes: 1024 * 1024 });
    await expect(add(ada, 'big.txt', new Uint8Array(1024 * 1024 + 1))).rejects.toThrow(
      '1 MB at most; split it',
    );
    expect([files(), await documents.list(ada)]).toEqual([[], []]);
  });

  test('that breaks off leaves nothing', async () => {
    await start();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('cable');
    }
    await expect(documents.accept(ada, 'a.txt', broken(), 'mine')).rejects.toThrow('cable');
    expect([files(), await documents.list(ada)]).toEqual([[], []]);
  });

  test('that power cut short, or that was never noted, is swept at the next start', async () => {
    await start();
    const { id } = await add(ada, 'handbook.md', handbook);
    await finished(ada, id);
    await stop();
    writeFileSync(join(home, 'files', 'x.partial'), 'half');
    writeFileSync(join(home, 'files', 'a'.repeat(64)), 'never noted');
    writeFileSync(join(home, 'files', 'README'), 'of somebody else');
    await start();
    expect(files().sort()).toHaveLength(2);
    expect(files()).toContain('README');
  });
});

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ada\\plan.docx', 'plan.docx'],
  ['invoice\u202efdp.exe', 'invoicefdp.exe'],
  ['a\0b\r\nc.txt', 'abc.txt'],
  ['报销.pdf', '报销.pdf'],
  ['\u202e', 'document'],
  ['x'.repeat(300), 'x'.repeat(200)],
])('a file named %j is shown as %j', (name, shown) => expect(safeName(name)).toBe(shown));

test('another embedder than before makes all vectors anew', async () => {
  await start();
  const { id } = await add(ada, 'handbook.md', handbook);
  await finished(ada, id);
  await stop();
  const other = fakeEmbedder({ digest: 'two', dimensions: 64 });
  await start({ model: other });
  await expect.poll(() => other.texts.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
  expect(await finished(ada, id)).toMatchObject({ status: 'ready' });
  expect((await documents.search(ada, 'What is the alarm code?'))[0]?.cosine).toBeGreaterThan(0.2);
});

test('power lost at any call of the store leaves a document that is whole after the next start', {
  timeout: 120_000,
}, async () => {
  for (let n = 1, wasCut = true; wasCut; n += 1) {
    rmSync(home, { recursive: true });
    await start({}, n);
    const added = await add(ada, 'handbook.md', handbook).catch((error: unknown) => {
      if (!(error instanceof PowerCut)) throw error;
    });
    const isReady = () => db.prepare("SELECT 1 FROM document WHERE status = 'ready'").get() !== undefined;
    await expect.poll(() => !powerIsOn || isReady(), { timeout: 20_000 }).toBe(true);
    wasCut = !powerIsOn;
    await stop();

    await start();
    const { id } = added ?? (await add(ada, 'handbook.md', handbook));
    expect(await finished(ada, id), `cut at call ${n}`).toMatchObject({ status: 'ready', passages: 2 });
    expect(await textsOf(ada, 'What is the alarm code?'), `cut at call ${n}`).toEqual([
      'The alarm code is 4471.',
    ]);
    for (const name of ['passage', 'passage_words', 'vector']) {
      expect(db.prepare(`SELECT count(*) FROM ${name}`).pluck().get(), `${name}, cut at call ${n}`).toBe(2);
    }
    expect(files()).toHaveLength(1);
    if (wasCut) await stop();
  }
});

describe('power lost at any call of the store', { timeout: 240_000 }, () => {
  const newer = '# Alarm\n\nThe alarm code is 4471.\n\n# Coffee\n\nBeans are ordered from Illy.\n';
  const rows = (name: string): unknown => db.prepare(`SELECT count(*) FROM ${name}`).pluck().get();
  const tables = ['passage', 'passage_words', 'vector'];
  /** Until the power was cut, or there is nothing left to do. */
  const rest = async (isDone: () => boolean): Promise<void> =>
    await expect.poll(() => !powerIsOn || isDone(), { timeout: 20_000 }).toBe(true);
  const unlessCut = (error: unknown): void => {
    if (!(error instanceof PowerCut)) throw error;
  };
  async function before(n: number): Promise<number> {
    rmSync(home, { recursive: true });
    await start();
    const { id } = await add(ada, 'handbook.md', handbook);
    await finished(ada, id);
    await stop();
    await start({}, n);
    return id;
  }

  test('while a version takes the place of another leaves one of them, whole', async () => {
    for (let n = 2, wasCut = true; wasCut; n += 1) {
      const id = await before(n);
      await documents.replace(ada, id, 'handbook.md', stream(newer)).catch(unlessCut);
      await rest(
        () => db.prepare("SELECT 1 FROM document WHERE status = 'ready' AND version = 2").get() !== undefined,
      );
      wasCut = !powerIsOn;
      await stop();
      await start();
      const { version } = await finished(ada, id);
      const beans = version === 2 ? 'Beans are ordered from Illy.' : 'Beans are ordered from Rossi.';
      expect(await textsOf(ada, 'beans ordered from'), `cut at call ${n}`).toEqual([beans]);
      expect(await documents.versions(ada, id)).toHaveLength(version);
      for (const name of tables) expect(rows(name), `${name}, cut at call ${n}`).toBe(2);
      expect(files(), `cut at call ${n}`).toHaveLength(1);
      if (wasCut) await stop();
    }
  });

  test('while a document is deleted leaves it whole, or nothing of it', async () => {
    for (let n = 2, wasCut = true; wasCut; n += 1) {
      const id = await before(n);
      await documents.remove(ada, id).catch(unlessCut);
      await rest(() => rows('document') === 0);
      wasCut = !powerIsOn;
      await stop();
      await start();
      const isThere = (await documents.list(ada)).length > 0;
      await expect.poll(() => rows('passage'), { timeout: 20_000 }).toBe(isThere ? 2 : 0);
      await expect.poll(() => rows('document'), { timeout: 20_000 }).toBe(isThere ? 1 : 0);
      for (const name of tables) expect(rows(name), `${name}, cut at call ${n}`).toBe(isThere ? 2 : 0);
      await expect.poll(files, { timeout: 20_000 }).toHaveLength(isThere ? 1 : 0);
      if (wasCut) await stop();
    }
  });
});

test('a disk that fills up keeps what there is, and the rest is read when there is room', async () => {
  await start();
  db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 4}`);
  const long = Array.from({ length: 900 }, (_, i) => `Paragraph ${i} says something of its own.\n\n`).join(
    '',
  );
  const { id } = await add(ada, 'long.txt', long);
  await expect.poll(() => failures.length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(failures.splice(0)).toMatchObject([{ code: 'SQLITE_FULL' }]);
  expect((await documents.get(ada, id)).status).not.toBe('failed');
  db.pragma('max_page_count = 1000000');
  await add(ada, 'handbook.md', handbook);
  expect(await finished(ada, id)).toMatchObject({ status: 'ready' });
});
