/** From files to what a client of TUF takes: made, published, withdrawn, refreshed, and cut off at every write. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Release } from '@rockpool/protocol/update/release';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { diff } from './diff.ts';
import { alone } from './lock.ts';
import { signAgain, withdraw } from './making.ts';
import { isDue, refresh } from './publish.ts';
import { dayMs, type Office, openFoundedOffice } from './repository.fixture.ts';
import {
  artifactFile,
  documentFile,
  loadNext,
  loadPublished,
  metadataFolder,
  targetFile,
} from './repository.ts';
import { listReleases } from './status.ts';
import { openClient } from './tuf-js.ts';
import { verify } from './verify.ts';

let office: Office;
beforeEach(() => {
  office = openFoundedOffice();
});
afterEach(() => office.close());

const firstRoot = () => readFileSync(documentFile(office.folder, 'root', 1));
const check = () => verify(office.folder, { bytes: true, partial: false, root: firstRoot() });
const manifest = (path: string): Release => {
  const role = path.split('/')[0] as 'models';
  const name = `${path}/release.json`;
  const target = loadPublished(office.folder)[role]?.signed.targets[name];
  if (!target) throw new Error(`${path} is not published`);
  return Release.parse(JSON.parse(readFileSync(targetFile(office.folder, name, target), 'utf8')));
};

test('a model of several pieces is published, and a client reads its manifest and its list', async () => {
  const bytes = Buffer.alloc(4 * 1024 * 1024 + 5, 3);
  const path = await office.release({ files: [office.file('m.gguf', bytes)] });
  expect(path).toBe('models/qwen3-8b/1');
  expect(listReleases(office.folder).releases).toEqual([]);
  office.publish();
  expect((await check()).releases).toEqual([{ path, bytes: bytes.length }]);
  const client = openClient(office.folder, firstRoot());
  await client.refresh();
  expect(await client.read(`${path}/model.gguf.pieces`)).toHaveLength(64);
  client.close();
  expect(manifest(path)).toMatchObject({
    kind: 'model',
    artifact: { name: 'model.gguf', bytes: bytes.length },
  });
});

test('every kind of release is made', async () => {
  const base = 'a'.repeat(64);
  await office.release({ files: [office.file('m', 'model')] });
  await office.release({ kind: 'adapter', name: 'leeds', base, files: [office.file('l', 'lora')] });
  await office.release({
    ...{ kind: 'patch', name: 'openssl', golden: undefined },
    files: [
      office.file('openssl_3.0.17-1_arm64.deb', 'one'),
      office.file('libssl3_1%3a3.0.17_arm64.deb', 'two'),
    ],
  });
  await office.release({
    ...{ kind: 'system', name: 'jetson', files: [office.file('r', 'root')], boot: office.file('b', 'boot') },
  });
  office.publish();
  expect((await check()).releases.map(({ path }) => path)).toEqual([
    ...['models/leeds/1', 'models/qwen3-8b/1', 'patches/jetson/1', 'patches/openssl/1'],
  ]);
  expect(manifest('patches/openssl/1')).toMatchObject({
    packages: [
      { package: 'openssl', version: '3.0.17-1' },
      { package: 'libssl3', version: '1:3.0.17' },
    ],
  });
});

describe('an agent', () => {
  const folderOf = (name: string, changed: string): string => {
    const folder = join(office.desk, name);
    mkdirSync(join(folder, 'bin'), { recursive: true });
    for (let at = 0; at < 40; at += 1)
      writeFileSync(
        join(folder, `file-${at}`),
        Buffer.from(Array.from({ length: 4_000 }, (_, n) => (n * n * (at + 7)) >>> 3)),
      );
    writeFileSync(join(folder, 'bin/node'), changed);
    symlinkSync('../file-1', join(folder, 'bin/link'));
    return folder;
  };
  const agent = (version: string, from: string) =>
    office.release({ kind: 'agent', name: 'rockpool', version, golden: undefined, files: [from] });

  test('of one folder is one tar, wherever and whenever it is packed', async () => {
    await agent('1', folderOf('here', 'node'));
    await agent('2', folderOf('there', 'node'));
    office.publish();
    const [one, two] = [manifest('agent/rockpool/1'), manifest('agent/rockpool/2')];
    if (one.kind !== 'agent' || two.kind !== 'agent') throw new Error('no agent');
    expect(two.tar).toEqual(one.tar);
    expect(one.entries).toBe(43);
  });

  test('with a link that leads out of it is not packed', async () => {
    const folder = folderOf('bad', 'node');
    symlinkSync('../../etc/passwd', join(folder, 'out'));
    await expect(agent('1', folder)).rejects.toThrow('leads out of the release');
  });

  test('that is no tar is refused', async () => {
    await expect(agent('1', office.file('text', 'no tar at all'))).rejects.toThrow('is no tar');
  });
});

describe('is refused', () => {
  test('a release of a path that was there already, also a withdrawn one', async () => {
    const files = [office.file('m', 'model')];
    const path = await office.release({ files });
    await expect(office.release({ files })).rejects.toThrow('was released already');
    office.publish();
    withdraw(office.folder, path, { key: office.key('models-1'), now: office.now });
    office.publish();
    await expect(office.release({ files })).rejects.toThrow('was released already');
  });

  test('case 19: a counter below an earlier one of the name, also of one that was withdrawn', async () => {
    const files = [office.file('m', 'model')];
    const path = await office.release({ files, counter: 5 });
    office.publish();
    withdraw(office.folder, path, { key: office.key('models-1'), now: office.now });
    office.publish();
    await expect(office.release({ files, version: '2', counter: 4 })).rejects.toThrow('has the counter 5');
    await office.release({ files, version: '2', counter: 5 });
    await office.release({ files, name: 'another', counter: 0 });
  });

  test('a model that has nothing to prove itself by, an adapter for no base, an empty file', async () => {
    const files = [office.file('m', 'model')];
    await expect(office.release({ files, golden: undefined })).rejects.toThrow('--golden-prompt');
    await expect(office.release({ files, kind: 'adapter' })).rejects.toThrow('--base');
    await expect(office.release({ files: [office.file('e', '')] })).rejects.toThrow('is empty');
    await expect(office.release({ files: [] })).rejects.toThrow('one --file');
    await expect(office.release({ files, name: '../x' })).rejects.toThrow('name');
    await expect(office.release({ files, name: 'constructor' })).rejects.toThrow('taken by the language');
  });

  test('case 11: a release that the wrong key signs', async () => {
    expect(() => signAgain(office.folder, 'agent', { key: office.key('models-1'), now: office.now })).toThrow(
      "made for models; it doesn't sign agent",
    );
  });

  test('a list for longer than targets', () => {
    expect(() =>
      signAgain(office.folder, 'agent', { key: office.key('agent-1'), now: office.now, days: 200 }),
    ).toThrow('may not outlive targets');
  });

  test('publishing nothing', () => {
    expect(() => office.publish()).toThrow('Nothing is staged');
  });
});

test('a withdrawn release is no longer signed, and still listed as what it was', async () => {
  const path = await office.release({ files: [office.file('m', 'model')] });
  office.publish();
  withdraw(office.folder, path, { key: office.key('models-1'), now: office.now });
  office.publish();
  expect((await check()).releases).toEqual([]);
  expect(listReleases(office.folder).releases).toMatchObject([{ path, withdrawn: true }]);
});

test('what is staged is told as a difference, and afterwards there is none', async () => {
  await office.release({ files: [office.file('m', 'model')] });
  const changes = diff(loadPublished(office.folder), loadNext(office.folder));
  expect(changes).toMatchObject([
    { role: 'models', what: 'document', before: '1', after: '2' },
    ...(changes.length === 4 ? [{ what: 'expiry' }] : []),
    { what: 'target', name: 'models/qwen3-8b/1/model.gguf.pieces', before: null },
    { what: 'release', name: 'models/qwen3-8b/1', before: null },
  ]);
  office.publish();
  expect(diff(loadPublished(office.folder), loadNext(office.folder))).toEqual([]);
  expect(diff(loadPublished(office.folder, 1), loadPublished(office.folder)).length).toBeGreaterThan(2);
});

describe('refreshing', () => {
  test('signs what ends soon, and nothing sooner', async () => {
    const keys = office.online();
    expect(isDue(office.folder, office.now, 3 * dayMs)).toBe(false);
    expect(refresh(office.folder, { keys, now: office.now, withinMs: 3 * dayMs })).toBeNull();
    const later = office.now + 5 * dayMs;
    expect(isDue(office.folder, later, 3 * dayMs)).toBe(true);
    expect(refresh(office.folder, { keys, now: later, withinMs: 3 * dayMs })).toMatchObject({
      snapshot: 2,
      timestamp: 2,
    });
    await check();
  });

  test('never outlives the root', () => {
    const keys = office.online();
    const late = office.now + 363 * dayMs;
    refresh(office.folder, { keys, now: late });
    const { root, timestamp } = loadPublished(office.folder);
    expect(timestamp?.signed.expires).toBe(root?.signed.expires);
  });

  test('without its keys says which are missing', () => {
    expect(() => refresh(office.folder, { keys: [], now: office.now })).toThrow('no key of snapshot');
    const other = [office.newKey('snapshot', 's'), office.newKey('timestamp', 't')];
    expect(() => refresh(office.folder, { keys: other, now: office.now })).toThrow('not those that it names');
  });
});

test('cut off at any write, publishing leaves a repository that clients take, and then ends', async () => {
  await office.release({ files: [office.file('m', 'model')] });
  const staged = join(office.folder, 'staging');
  const metadata = metadataFolder(office.folder);
  const keep = join(office.desk, 'before');
  const copy = (from: string, to: string): void => {
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
  };
  copy(metadata, join(keep, 'metadata'));
  copy(staged, join(keep, 'staging'));
  office.publish();
  const written = readdirSync(metadata).filter((name) => !existsSync(join(keep, 'metadata', name)));
  const order = [
    ...written.filter((name) => name.includes('models')),
    ...written.filter((name) => name.includes('snapshot')),
  ];
  expect(order).toHaveLength(2);
  for (let cut = 0; cut <= order.length; cut += 1) {
    const done = order.slice(0, cut).map((name) => [name, readFileSync(join(metadata, name))] as const);
    for (const folder of [metadata, staged]) rmSync(folder, { recursive: true });
    copy(join(keep, 'metadata'), metadata);
    copy(join(keep, 'staging'), staged);
    for (const [name, bytes] of done) writeFileSync(join(metadata, name), bytes);
    expect((await check()).releases, `cut after ${cut}`).toEqual([]);
    office.publish();
    expect((await check()).releases, `again after ${cut}`).toHaveLength(1);
  }
});

describe('verifying finds', () => {
  const published = async (): Promise<string> => {
    const path = await office.release({ files: [office.file('m', 'model')] });
    office.publish();
    return path;
  };
  const artifact = (path: string): string => {
    const release = manifest(path);
    if (release.kind !== 'model') throw new Error('no model');
    return artifactFile(office.folder, release.artifact.sha256);
  };

  test('case 14: a flipped bit, a lost tail and trailing garbage', async () => {
    const file = artifact(await published());
    writeFileSync(file, 'modem');
    await expect(check()).rejects.toThrow('is not what was signed');
    expect((await verify(office.folder, { bytes: false, partial: false })).releases).toHaveLength(1);
    writeFileSync(file, 'mode');
    await expect(check()).rejects.toThrow('has 4 bytes, and 5 were signed');
    writeFileSync(file, 'modelx');
    await expect(check()).rejects.toThrow('has 6 bytes');
    rmSync(file);
    await expect(check()).rejects.toThrow('is missing');
  });

  test('case 4: documents of two states mixed', async () => {
    await published();
    const now = documentFile(office.folder, 'snapshot', 2);
    writeFileSync(now, readFileSync(documentFile(office.folder, 'snapshot', 1)));
    await expect(check()).rejects.toThrow('A device would refuse this');
  });

  test('another root than the one that is trusted', async () => {
    const other = openFoundedOffice();
    try {
      const root = readFileSync(documentFile(other.folder, 'root', 1));
      await expect(verify(office.folder, { bytes: false, partial: false, root })).rejects.toThrow(
        'A device would refuse',
      );
    } finally {
      other.close();
    }
  });
});

test('what making a release was cut off at is gone with the next one', async () => {
  mkdirSync(join(office.folder, 'artifacts'), { recursive: true });
  mkdirSync(join(office.folder, 'staging/agent-x1'), { recursive: true });
  writeFileSync(join(office.folder, 'artifacts/incoming.1.partial'), 'half');
  await office.release({ files: [office.file('m', 'model')] });
  expect(readdirSync(join(office.folder, 'artifacts'))).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  expect(readdirSync(join(office.folder, 'staging'))).toEqual(['models.json']);
});

test('one command at a time writes; what was cut off holds nobody up', async () => {
  await alone(office.folder, async () => {
    await expect(alone(office.folder, () => 1)).rejects.toThrow(
      `Process ${process.pid} works on this repository`,
    );
  });
  writeFileSync(join(office.folder, 'staging', 'lock'), '999999999');
  expect(await alone(office.folder, () => 2)).toBe(2);
});
