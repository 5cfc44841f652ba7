/** What this side signs, the device's own updater takes: its metadata over the repository's folder, and over a bundle. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNodeDisk } from '../../agent/update/disk/node-disk.ts';
import { openMetadata } from '../../agent/update/metadata/metadata.ts';
import { exportBundle } from './bundle.ts';
import { type Office, openFoundedOffice } from './repository.fixture.ts';
import { documentFile } from './repository.ts';

let office: Office;
beforeEach(() => {
  office = openFoundedOffice();
});
afterEach(() => office.close());

const never = AbortSignal.any([]);
function device(...sources: string[]) {
  const said: string[] = [];
  const note = (...words: unknown[]): void => void said.push(JSON.stringify(words));
  const metadata = openMetadata({
    ...{
      folder: join(office.desk, 'device'),
      disk: createNodeDisk(),
      clock: { now: () => Date.now() },
      builtAt: 1,
    },
    ...{ root: readFileSync(documentFile(office.folder, 'root', 1)), sources: () => sources },
    get: () => Promise.reject(new Error('no network')),
    log: { info: note, warn: note },
  });
  return { metadata, said };
}

test('a repository with every kind of release is trusted, and each is resolved with its pieces', async () => {
  await office.release({ files: [office.file('m', Buffer.alloc(5 * 1024 * 1024, 1))] });
  await office.release({
    kind: 'adapter',
    name: 'leeds',
    base: 'a'.repeat(64),
    files: [office.file('l', 'lora')],
  });
  await office.release({
    kind: 'system',
    name: 'jetson',
    files: [office.file('r', 'root')],
    boot: office.file('b', 'boot'),
  });
  office.publish();
  const { metadata, said } = device(office.folder);
  await metadata.refresh(never);
  expect(said).toEqual([]);
  expect([...(await metadata.list(never))].sort()).toEqual([
    ...['models/leeds/1', 'models/qwen3-8b/1', 'patches/jetson/1'],
  ]);
  const resolved = await metadata.resolve('models/qwen3-8b/1', never);
  expect([...resolved.pieces.values()].map((list) => list.length)).toEqual([2]);
});

test('a rotation of every root key and a replaced timestamp key are followed', async () => {
  await office.release({ files: [office.file('m', 'model')] });
  office.publish();
  const { metadata } = device(office.folder);
  await metadata.refresh(never);
  for (const [gone, fresh] of [
    ['root-1', 'root-4'],
    ['root-2', 'root-5'],
  ] as const) {
    const signers = ['root-3', fresh, gone === 'root-1' ? 'root-2' : 'root-4'];
    office.hold('root', { add: [office.newKey('root', fresh)], remove: [office.key(gone).keyid] }, signers);
    office.publish();
  }
  const old = office.key('timestamp-1').keyid;
  office.keys.delete('timestamp-1');
  office.hold('root', { add: [office.newKey('timestamp', 'timestamp-2')], remove: [old] }, [
    'root-3',
    'root-4',
  ]);
  office.publish();
  await metadata.refresh(never);
  expect(await metadata.list(never)).toEqual(['models/qwen3-8b/1']);
});

test('case 32: a bundle is a source like any other, and an older one is as good as none', async () => {
  await office.release({ files: [office.file('m', 'model')] });
  office.publish();
  const out = join(office.desk, 'stick');
  const options = { releases: ['models/qwen3-8b/1'], days: 30, keys: office.online(), now: office.now };
  await exportBundle(office.folder, { ...options, out });
  await office.release({ files: [office.file('n', 'newer')], version: '2' });
  office.publish();
  const { metadata } = device(out);
  await metadata.refresh(never);
  expect(await metadata.list(never)).toEqual(['models/qwen3-8b/1']);
  const both = device(office.folder);
  await both.metadata.refresh(never);
  const stick = device(out);
  await stick.metadata.refresh(never);
  expect(await stick.metadata.list(never)).toHaveLength(2);
});
