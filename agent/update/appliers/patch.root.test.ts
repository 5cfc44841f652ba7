import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Release } from '@rockpool/protocol/update/release';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNodeDisk } from '../disk/node-disk.ts';
import type { Applier } from '../parts.ts';
import { createDirectorySlots, startDirectory } from '../slots/directory.ts';
import { execHere } from '../slots/exec.ts';
import { createPatchApplier } from './patch.ts';

const calm = new AbortController().signal;
const failing = (reason: string, says: string) =>
  expect.objectContaining({ reason, message: expect.stringContaining(says) });
const disk = createNodeDisk();

let folder: string;
let boots = 1;
let asked = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-patch-'));
  [boots, asked] = [1, 0];
  const tree = join(folder, 'slots/a/tree');
  for (const path of ['info', 'updates', 'triggers'])
    mkdirSync(join(tree, 'var/lib/dpkg', path), { recursive: true });
  for (const path of ['status', 'available']) writeFileSync(join(tree, 'var/lib/dpkg', path), '');
  mkdirSync(join(tree, 'etc'));
  writeFileSync(join(tree, 'etc/hostname'), 'leeds\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Built {
  package: string;
  version: string;
  artifact: { name: string; sha256: string; bytes: number };
  file: string;
}
/** A package as Debian's own tools make it. */
function build(name: string, version: string, control = '', files: Record<string, string> = {}): Built {
  const root = join(folder, `build-${name}-${version}`);
  mkdirSync(join(root, 'DEBIAN'), { recursive: true });
  writeFileSync(
    join(root, 'DEBIAN/control'),
    `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: for a test\n${control}`,
  );
  for (const [path, content] of Object.entries({ [`usr/share/${name}`]: `${version}\n`, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const file = join(folder, `${name}_${version}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', root, file], { stdio: 'ignore' });
  const bytes = readFileSync(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { package: name, version, artifact: { name: `${name}.deb`, sha256, bytes: bytes.byteLength }, file };
}

const setOf = (...packages: Built[]): Release => ({
  ...{
    v: 1,
    kind: 'patch',
    name: 'fixes',
    version: '1',
    counter: 1,
    dataForm: 0,
    madeAt: 1,
    notes: '',
    compat: {},
  },
  packages: packages.map(({ package: name, version, artifact }) => ({ package: name, version, artifact })),
});

function applier(packages: readonly Built[], trees = true): Applier {
  const slots = createDirectorySlots({
    disk,
    folder: join(folder, 'slots'),
    ...(trees ? { exec: execHere() } : {}),
  });
  return createPatchApplier({
    ...{ disk, folder: join(folder, 'patch'), slots, bootId: `boot-${boots}`, exec: execHere() },
    fileOf: ({ sha256 }) => packages.find(({ artifact }) => artifact.sha256 === sha256)?.file ?? '',
    state: async () => ({
      ...{ version: '1.0.0', release: null, pid: 1, uptimeMs: 1, ready: true, why: null },
      model: { id: null, sha256: null, adapter: null, busy: 0 },
      ...{ uplink: 'none', memoryAvailableMiB: 4_000 },
    }),
    reboot: async () => {
      asked += 1;
    },
    pauses: { sleep: async () => undefined },
    holding: { times: 2, everyMs: 1, looks: 5 },
  });
}
const inSlot = (slot: string, path: string): string => join(folder, 'slots', slot, 'tree', path);
async function restart(): Promise<string> {
  boots += 1;
  return await startDirectory(disk, join(folder, 'slots'));
}

test('packages that need each other are installed in the copy, whatever their order, and the copy is what runs next', async () => {
  const library = build('liboffice', '1.2');
  const program = build('office', '2.0', 'Depends: liboffice (>= 1.0)\n', {
    'etc/office.conf': 'colour=blue\n',
  });
  const set = [program, library];
  const release = setOf(...set);
  await applier(set).probe(release, calm);
  await applier(set).stage(release, calm);
  // The running system knows nothing of it.
  expect(existsSync(inSlot('a', 'usr/share/office'))).toBe(false);
  expect(readFileSync(inSlot('a', 'var/lib/dpkg/status'), 'utf8')).toBe('');
  expect(readFileSync(inSlot('b', 'usr/share/office'), 'utf8')).toBe('2.0\n');
  expect(readFileSync(inSlot('b', 'etc/hostname'), 'utf8')).toBe('leeds\n');

  expect(await applier(set).activate(release, calm)).toBe('later');
  expect(asked).toBe(1);
  expect(await restart()).toBe('b');
  await applier(set).prove(release, calm);
  await applier(set).commit(release);
  expect(await restart()).toBe('b');
});

test('the same set may be staged again, and a later one goes to the other slot', async () => {
  const set = [build('office', '1')];
  const later = [build('office', '2')];
  for (const _ of [1, 2]) await applier(set).stage(setOf(...set), calm);
  await applier(set).activate(setOf(...set), calm);
  await restart();
  await applier(set).commit(setOf(...set));
  await applier(later).stage(setOf(...later), calm);
  expect(readFileSync(inSlot('b', 'usr/share/office'), 'utf8')).toBe('1\n');
  expect(readFileSync(inSlot('a', 'usr/share/office'), 'utf8')).toBe('2\n');
});

test.each([
  ['what it needs is missing', () => [build('office', '2', 'Depends: libabsent\n')], "don't install"],
  [
    'its file is no package',
    () => [{ ...build('office', '2'), file: join(folder, 'slots/a/tree/etc/hostname') }],
    'is no Debian package',
  ],
  ['its file is another version', () => [{ ...build('office', '2'), version: '3' }], 'holds office 2'],
])('a set is refused, and nothing can start from it, when %s', async (_, make, says) => {
  const set = make() as Built[];
  const release = setOf(...set);
  await expect(applier(set).stage(release, calm)).rejects.toThrow(failing('bad-content', says));
  await expect(applier(set).activate(release, calm)).rejects.toThrow(
    failing('slot-failed', 'Nothing can start'),
  );
  expect(await restart()).toBe('a');
});

test('a system that came up without them is not believed', async () => {
  const set = [build('office', '2')];
  await applier(set).stage(setOf(...set), calm);
  await applier(set).activate(setOf(...set), calm);
  await restart();
  writeFileSync(inSlot('b', 'var/lib/dpkg/status'), '');
  await expect(applier(set).prove(setOf(...set), calm)).rejects.toThrow(
    failing('not-that-version', 'office 2'),
  );
});

test('a device whose system is one image takes no packages', async () => {
  const set = [build('office', '2')];
  await expect(applier(set, false).probe(setOf(...set), calm)).rejects.toThrow(
    failing('no-slot', 'it takes whole systems'),
  );
});
