import { appendFile, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Document, Folder } from '@rockpool/protocol/documents';
import type { Person } from '@rockpool/protocol/people';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../store/store.ts';
import { createDocuments, type Documents, type DocumentsParts } from './documents.ts';
import { fakeEmbedder } from './fake-embedder.ts';
import { Changing, isAway, lookInto, stillBytes } from './folder-look.ts';

const ada: Person = { id: 1, name: 'Ada', role: 'admin', createdAt: 0 };
const bob: Person = { id: 2, name: 'Bob', role: 'member', createdAt: 0 };

let top: string;
let share: string;
let store: Store;
let documents: Documents;
let model: ReturnType<typeof fakeEmbedder>;
let now: number;
let failures: unknown[];

beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'rockpool-folders-'));
  share = join(top, 'share');
  await mkdir(share);
  now = 1_000_000;
  failures = [];
  await start();
});
afterEach(async () => {
  await stop();
  await rm(top, { recursive: true });
  expect(failures).toEqual([]);
});

/** Nothing is looked at but when a test says so, and every file is still unless it says otherwise. */
async function start(parts: Partial<DocumentsParts> = {}): Promise<void> {
  store = await openStore(join(top, 'home'));
  model = fakeEmbedder();
  documents = await createDocuments({
    ...{ store: store.documents, model, folder: join(top, 'home', 'documents'), clock: { now: () => now } },
    report: (error) => failures.push(error),
    places: [top],
    times: { stillMs: 0, goneMs: 60_000, soonMs: 3_600_000, everyMs: 3_600_000 },
    ...parts,
  });
}
async function stop(): Promise<void> {
  await documents.close();
  await store.close();
}

const write = (path: string, text: string): Promise<void> => writeFile(join(share, path), text);
async function watched(sharing: Parameters<Documents['folders']['add']>[2] = { scope: 'office' }) {
  const folder = await documents.folders.add(ada, share, sharing, false);
  await documents.folders.settled();
  return folder;
}
async function look(): Promise<Folder> {
  const [folder] = await documents.folders.list();
  await documents.folders.look(folder!.id);
  await documents.folders.settled();
  return (await documents.folders.list())[0]!;
}
async function readAll(person = bob): Promise<Document[]> {
  await expect
    .poll(() => documents.list(person), { timeout: 20_000 })
    .toSatisfy((all: Document[]) => all.every(({ status }) => status === 'ready' || status === 'failed'));
  return (await documents.list(person)).sort((a, b) => (a.name < b.name ? -1 : 1));
}
const texts = async (question: string, person = bob): Promise<string[]> =>
  (await documents.search(person, question)).map(({ passage }) => passage.text);

describe('a watched folder', () => {
  test('has its files read, below it as well, and nothing that is no document', async () => {
    await mkdir(join(share, 'rules'));
    await write('rules/alarm.md', '# Alarm\n\nThe alarm code is 4471.');
    await write('photo.jpg', 'no text');
    await write('.hidden.md', 'hidden');
    await write('~$alarm.docx', 'lock');
    await symlink('/etc/hostname', join(share, 'link.txt'));
    await watched();
    expect(await readAll()).toMatchObject([{ name: 'alarm.md', folder: share, scope: 'office', version: 1 }]);
    expect(await texts('alarm code')).toEqual(['The alarm code is 4471.']);
    expect(await documents.folders.list()).toMatchObject([{ files: 1, ready: 1, failed: 0, problem: null }]);
  });

  test('does not have read again what did not change, or was only touched, moved or copied', async () => {
    await write('alarm.md', 'The alarm code is 4471.');
    await watched();
    const [before] = await readAll();
    const embedded = model.texts.length;
    await utimes(join(share, 'alarm.md'), 5, 5);
    await look();
    await mkdir(join(share, 'deep'));
    await rename(join(share, 'alarm.md'), join(share, 'deep', 'codes.md'));
    await look();
    expect(await readAll()).toEqual([{ ...before, name: 'codes.md' }]);
    await write('copy.md', 'The alarm code is 4471.');
    expect(await look()).toMatchObject({ files: 2 });
    expect(await readAll()).toHaveLength(1);
    await rm(join(share, 'deep', 'codes.md'));
    await look();
    expect(await readAll()).toEqual([{ ...before, name: 'copy.md' }]);
    expect(model.texts).toHaveLength(embedded);
  });

  test('has a changed file read as a new version, and only what changed embedded', async () => {
    await write('house.md', '# Alarm\n\nThe alarm code is 4471.\n\n# Coffee\n\nBeans come from Rossi.\n');
    await watched();
    const [before] = await readAll();
    const [cited] = await documents.search(bob, 'What is the alarm code?');
    const embedded = model.texts.length;
    await write('house.md', '# Alarm\n\nThe alarm code is 4471.\n\n# Coffee\n\nBeans come from Illy.\n');
    await look();
    expect(await readAll()).toMatchObject([{ id: before!.id, version: 2, passages: 2 }]);
    expect(model.texts.slice(embedded).filter((text) => text.startsWith('Coffee'))).toEqual([
      'Coffee\nBeans come from Illy.',
    ]);
    expect(model.texts.slice(embedded).some((text) => text.startsWith('Alarm'))).toBe(false);
    expect(await documents.passageView(bob, cited!.passage.id)).toMatchObject({ cited: cited!.passage.id });
    expect(await texts('Beans from Rossi')).not.toContain('Beans come from Rossi.');
    expect(await documents.versions(bob, before!.id)).toMatchObject([
      { version: 2, by: share },
      { version: 1 },
    ]);
  });

  test('takes documents away with their files', async () => {
    await write('alarm.md', 'The alarm code is 4471.');
    await write('beans.md', 'Beans come from Rossi.');
    await watched();
    await readAll();
    await rm(join(share, 'alarm.md'));
    await look();
    expect(await texts('alarm code')).toEqual([]);
    expect(await readAll()).toMatchObject([{ name: 'beans.md' }]);
  });

  test('goes on after a restart, with what happened meanwhile', async () => {
    await write('alarm.md', 'The alarm code is 4471.');
    await watched();
    await readAll();
    await stop();
    await write('beans.md', 'Beans come from Rossi.');
    await rm(join(share, 'alarm.md'));
    await start();
    await look();
    expect(await readAll()).toMatchObject([{ name: 'beans.md' }]);
  });

  test('tells by itself what changed', async () => {
    await stop();
    await start({ times: { stillMs: 0, goneMs: 0, soonMs: 1, everyMs: 3_600_000 } });
    await watched();
    await write('alarm.md', 'The alarm code is 4471.');
    await expect.poll(() => texts('alarm code'), { timeout: 20_000 }).toEqual(['The alarm code is 4471.']);
  });
});

describe('a file', () => {
  test('that is still arriving waits until it is still', async () => {
    await stop();
    await start({ times: { stillMs: 2_000, goneMs: 60_000, soonMs: 3_600_000, everyMs: 3_600_000 } });
    await write('alarm.md', 'The alarm ');
    await watched();
    now += 1_500;
    await appendFile(join(share, 'alarm.md'), 'code is ');
    await look();
    now += 1_500;
    await look();
    expect(await documents.list(bob)).toEqual([]);
    await appendFile(join(share, 'alarm.md'), '4471.');
    await look();
    now += 2_000;
    await look();
    await readAll();
    expect(await texts('alarm code')).toEqual(['The alarm code is 4471.']);
  });

  test.each([
    ['is written to', (file: string) => appendFile(file, 'more')],
    [
      'gives its place to another',
      (file: string) => writeFile(`${file}.tmp`, 'other').then(() => rename(`${file}.tmp`, file)),
    ],
    ['is deleted', (file: string) => rm(file)],
  ])('that %s while it is read is not taken for what was read', async (_, change) => {
    await write('alarm.md', 'The alarm code is 4471. '.repeat(20_000));
    const { files } = await lookInto(share, { files: 9, depth: 9, bytes: 1e9 }, AbortSignal.timeout(9_999));
    const read = async (): Promise<void> => {
      let pieces = 0;
      for await (const _piece of stillBytes(share, files[0]!)) {
        pieces += 1;
        if (pieces === 2) await change(join(share, 'alarm.md'));
      }
    };
    await expect(read()).rejects.toSatisfy((error) => error instanceof Changing || isAway(error));
  });
});

describe('a folder that is away', () => {
  test('keeps its documents, and says what to do', async () => {
    await write('alarm.md', 'The alarm code is 4471.');
    await watched();
    await readAll();
    await rename(share, join(top, 'unplugged'));
    expect(await look()).toMatchObject({
      problem: 'away',
      files: 1,
    });
    await mkdir(share);
    expect(await look()).toMatchObject({
      problem: 'emptied',
      files: 1,
    });
    expect(await texts('alarm code')).toEqual(['The alarm code is 4471.']);
    await rm(share, { recursive: true });
    await rename(join(top, 'unplugged'), share);
    expect(await look()).toMatchObject({ problem: null, files: 1, ready: 1 });
  });
});

describe('sharing', () => {
  test('is the folder’s: with a person, a group, the office; and can be changed', async () => {
    await write('alarm.md', 'The alarm code is 4471.');
    const { id } = await watched({ scope: 'mine', person: bob });
    await readAll(bob);
    expect([await texts('alarm code', ada), await texts('alarm code', bob)]).toEqual([
      [],
      ['The alarm code is 4471.'],
    ]);
    const { id: group } = await documents.addGroup('Board', [ada.id]);
    await documents.folders.share(id, { scope: 'group', group });
    expect(await texts('alarm code', bob)).toEqual([]);
    await expect.poll(() => texts('alarm code', ada), { timeout: 20_000 }).toHaveLength(1);
    await expect(documents.removeGroup(group)).rejects.toThrow('is shared with this group');
  });

  test('and deletion of one document is the folder’s too', async () => {
    await write('alarm.md', 'The alarm code is 4471.');
    await watched();
    const [document] = await readAll();
    for (const attempt of [
      () => documents.remove(ada, document!.id),
      () => documents.share(ada, document!.id, 'mine'),
    ]) {
      await expect(attempt()).rejects.toThrow(`kept in step with ${share}`);
    }
  });
});

describe('naming a folder', () => {
  test.each([
    ['relative/path', 'the whole path'],
    ['/', 'the system itself'],
    ['/proc', 'the system itself'],
    ['/nowhere/at/all', 'There is no folder'],
    ['/usr', "named on the device itself, with 'npx rockpool docs watch'"],
  ])('%s is refused', async (path, why) => {
    await expect(documents.folders.add(ada, path, { scope: 'office' }, false)).rejects.toThrow(why);
  });

  test('the device’s own is refused, also on the device, also through a link', async () => {
    await symlink(join(top, 'home'), join(top, 'link'));
    for (const path of [join(top, 'home'), top, join(top, 'link')]) {
      await expect(documents.folders.add(ada, path, { scope: 'office' }, true)).rejects.toThrow(
        'its own files there',
      );
    }
  });

  test('one within another, or twice, is refused', async () => {
    await mkdir(join(share, 'below'));
    await watched();
    await expect(watched()).rejects.toThrow('watched already');
    await expect(
      documents.folders.add(ada, join(share, 'below'), { scope: 'office' }, false),
    ).rejects.toThrow('one lies within the other');
  });
});

test('a folder that is removed takes its documents along, and leaves its files', async () => {
  await write('alarm.md', 'The alarm code is 4471.');
  const { id } = await watched();
  await readAll();
  await documents.folders.remove(id);
  expect([await documents.list(bob), await documents.folders.list(), await texts('alarm code')]).toEqual([
    [],
    [],
    [],
  ]);
  await watched();
  expect(await readAll()).toHaveLength(1);
});

test('a quota that is reached leaves the rest out, and says so', async () => {
  await stop();
  await start({ quotaBytes: { mine: 100, group: 100, office: 100 } });
  await write('a.md', 'The alarm code is 4471.'.padEnd(80));
  await write('b.md', 'Beans come from Rossi.'.padEnd(80));
  await watched();
  expect(await readAll()).toHaveLength(1);
  expect(await documents.folders.list()).toMatchObject([{ files: 1, skipped: 1, problem: 'quota' }]);
});
