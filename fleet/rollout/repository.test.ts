/** Releases as the controller's own repository holds them. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReleasePath } from '@rockpool/protocol/update/release';
import { ReleaseList } from '@rockpool/protocol/update/rollout';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { publishUnsigned } from './repository.fixture.ts';
import { openReleases } from './repository.ts';
import { modelRelease } from './rollout.fixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-releases-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (text: string): ReleasePath => ReleasePath.parse(text);

test('what the signed metadata names is there, with what a device fetches of it; the rest isn’t', async () => {
  publishUnsigned(folder, [modelRelease('1'), modelRelease('2')]);
  const releases = openReleases(folder);
  expect(await releases.find(path('models/pebble/2'))).toMatchObject({
    release: { version: '2' },
    bytes: 1_000,
  });
  for (const other of ['models/pebble/3', 'agent/pebble/2', 'models/constructor1/2'])
    expect(await releases.find(path(other))).toBeUndefined();
  const list = ReleaseList.parse(await releases.list());
  expect(list.releases.map(({ path: one, withdrawn }) => [one, withdrawn])).toEqual([
    ['models/pebble/1', false],
    ['models/pebble/2', false],
  ]);
  expect(list.roles.map(({ role }) => role)).toEqual(['root', 'targets', 'snapshot', 'timestamp', 'models']);
});

test('one that is gone from the metadata is withdrawn, and still known by name', async () => {
  publishUnsigned(folder, [modelRelease('1'), modelRelease('2')]);
  const releases = openReleases(folder);
  expect(await releases.isWithdrawn(path('models/pebble/2'))).toBe(false);
  publishUnsigned(folder, [modelRelease('1')]);
  expect(await releases.isWithdrawn(path('models/pebble/2'))).toBe(true);
  expect(await releases.find(path('models/pebble/2'))).toBeUndefined();
  expect((await releases.list()).releases).toMatchObject([{ withdrawn: false }, { withdrawn: true }]);
});

test('a folder without a repository has none, and nothing of it was withdrawn', async () => {
  const releases = openReleases(join(folder, 'nowhere'));
  expect(await releases.find(path('models/pebble/2'))).toBeUndefined();
  expect(await releases.isWithdrawn(path('models/pebble/2'))).toBe(false);
  expect(await releases.list()).toEqual({ releases: [], roles: [] });
});

test('a manifest that is not what was signed, or that stands in another’s place, is refused', async () => {
  publishUnsigned(folder, [modelRelease('2')]);
  const of = join(folder, 'targets/models/pebble/2');
  const [file = ''] = readdirSync(of);
  writeFileSync(join(of, file), JSON.stringify(modelRelease('3')));
  const releases = openReleases(folder);
  await expect(releases.find(path('models/pebble/2'))).rejects.toMatchObject({ code: 'failed' });
  await expect(releases.isWithdrawn(path('models/pebble/2'))).resolves.toBe(false);
});
