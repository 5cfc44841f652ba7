/** A bundle on a stick: a mirror with a validity of its own, which never outlives what it rests on. */
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportBundle } from './bundle.ts';
import { refresh } from './publish.ts';
import { dayMs, type Office, openFoundedOffice } from './repository.fixture.ts';
import { documentFile, loadPublished } from './repository.ts';
import { openClient } from './tuf-js.ts';
import { verify } from './verify.ts';

let office: Office;
let out: string;
beforeEach(async () => {
  office = openFoundedOffice();
  out = join(office.desk, 'stick');
  await office.release({ files: [office.file('m', 'model')] });
  await office.release({ files: [office.file('n', 'other')], name: 'gemma' });
  office.publish();
});
afterEach(() => office.close());

const firstRoot = () => readFileSync(documentFile(office.folder, 'root', 1));
const bundle = (days = 30, releases = ['models/qwen3-8b/1']) =>
  exportBundle(office.folder, { out, releases, days, keys: office.online(), now: office.now });

test('case 32: holds what was asked for, is taken as it lies, and says what else is signed', async () => {
  const made = await bundle();
  expect(Date.parse(made.expires)).toBe(Math.floor((office.now + 30 * dayMs) / 1_000) * 1_000);
  expect(await verify(out, { bytes: true, partial: true, root: firstRoot() })).toEqual({
    releases: [{ path: 'models/qwen3-8b/1', bytes: 5 }],
    absent: ['models/gemma/1'],
  });
  await expect(verify(out, { bytes: true, partial: false })).rejects.toThrow();
  expect(readdirSync(out).sort()).toEqual(['artifacts', 'metadata', 'targets']);
});

test('case 32: outlives neither root nor targets nor any list', async () => {
  await expect(bundle(91)).rejects.toThrow(/targets ends at .*; sign targets again first/);
  expect(existsSync(out)).toBe(false);
});

test('case 32: is newer than what was online before it, and older than what is afterwards', async () => {
  const before = loadPublished(office.folder).timestamp?.signed.version ?? 0;
  await bundle();
  const stick = loadPublished(out).timestamp?.signed.version ?? 0;
  expect(stick).toBe(before + 1);
  expect(loadPublished(office.folder).timestamp?.signed.version).toBe(before);
  refresh(office.folder, { keys: office.online(), now: office.now });
  expect(loadPublished(office.folder).timestamp?.signed.version).toBe(stick + 1);
  expect(loadPublished(office.folder).snapshot?.signed.version).toBeGreaterThan(
    loadPublished(out).snapshot?.signed.version ?? 0,
  );
});

test('a device that was offline through every root follows them from the stick', async () => {
  office.hold('root', { add: [office.newKey('root', 'root-4')] }, ['root-1', 'root-2']);
  office.publish();
  await bundle();
  const client = openClient(out, firstRoot());
  await client.refresh();
  client.close();
  expect(existsSync(documentFile(out, 'root', 2))).toBe(true);
});

test('case 32: an artifact above 1 GiB lies in parts that a stick can hold, and is read back as one', async () => {
  const large = office.file('large', '');
  truncateSync(large, 2 ** 30 + 7);
  await office.release({ files: [large], name: 'large', link: true });
  office.publish();
  await bundle(30, ['models/large/1']);
  expect(readdirSync(join(out, 'artifacts')).map((name) => name.slice(-4))).toEqual(['.000', '.001']);
  expect((await verify(out, { bytes: true, partial: true })).releases).toMatchObject([
    { bytes: 2 ** 30 + 7 },
  ]);
});

test('is refused where there is something, for nothing, and for what is not published', async () => {
  await expect(bundle(30, [])).rejects.toThrow('A bundle holds a release');
  await expect(bundle(30, ['models/qwen3-8b/9'])).rejects.toThrow('is not published');
  await bundle();
  writeFileSync(join(out, 'holiday.jpg'), 'x');
  await expect(bundle()).rejects.toThrow('is not empty');
});
