import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readVolume } from '../disk/luks.ts';
import { bootstrapSlot } from '../disk/luks-metadata.ts';
import { type Run, run } from '../exec.ts';
import { examineUnsigned, formattingMark } from '../facts/content.ts';
import type { BoardFacts, DiskFacts } from '../facts/facts.ts';
import { headerFacts } from '../facts/header.ts';
import { config } from '../world.fixture.ts';
import { diskVerbs } from './disk.ts';
import { type Memory, openMemory } from './memory.ts';

const bytes = 64 * 1024 * 1024;
const board = { aes: true } as BoardFacts;
const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A file as the data partition; the real cryptsetup formats it as it does a disk. */
function partition(cutAt: (program: string, args: readonly string[]) => boolean = () => false) {
  const folder = mkdtempSync(join(tmpdir(), 'partition-'));
  const memoryFolder = mkdtempSync('/dev/shm/provision-');
  made.push(folder, memoryFolder);
  const path = join(folder, 'data');
  writeFileSync(path, '');
  truncateSync(path, bytes);
  const memory = openMemory(memoryFolder);
  const cut: Run = (program, args, options) => {
    if (program === 'udevadm') return Promise.resolve({ code: 0, stdout: '', stderr: '' });
    if (cutAt(program, args)) return Promise.reject(new Error('power cut'));
    return run(program, args, options);
  };
  const verbs = diskVerbs({
    ...{ run: cut, memory, now: Date.now },
    state: () => Promise.resolve({ volume: null, mounted: null, hostKeyOnVolume: false }),
    agentOwner: () => ({ uid: 0, gid: 0 }),
  });
  const disk: DiskFacts = {
    ...{ path, kernelName: 'data', sizeBytes: bytes, readOnly: false, discards: false },
    ...{ usedAt: [], content: { kind: 'empty' } },
  };
  return { verbs, disk, memory, path };
}

const keyIn = (memory: Memory): string => memory.bootstrap()?.key ?? '';

test('a format leaves an unfinished header, its key in memory, and nothing readable', async () => {
  const { verbs, disk, memory, path } = partition();
  await verbs.format(disk, board);
  const volume = await readVolume(path);
  expect(volume && headerFacts(volume)).toMatchObject({
    ...{ mark: 'unfinished', whole: true, recoveryKept: false },
    slots: [{ id: bootstrapSlot, kind: 'bootstrap' }],
  });
  expect(memory.bootstrap()).toMatchObject({ uuid: volume?.uuid });
  const raw = readFileSync(path);
  expect(raw.includes(formattingMark.subarray(0, 16))).toBe(false);
  expect(raw.includes(keyIn(memory))).toBe(false);
});

test('power cut while the header is written: what is left is known for ours, and holds no key', async () => {
  const { verbs, disk, memory, path } = partition((_, args) => args[0] === 'luksFormat');
  await expect(verbs.format(disk, board)).rejects.toThrow('power cut');
  expect(memory.bootstrap()).toBeNull();
  expect(await examineUnsigned(path, bytes)).toBe('ours');
});

test('the key of the setup opens nothing once it was removed', async () => {
  const { verbs, disk, memory, path } = partition();
  await verbs.format(disk, board);
  const key = keyIn(memory);
  await verbs.removeBootstrap(disk);
  expect(memory.bootstrap()).toBeNull();
  expect((await readVolume(path))?.slots).toEqual([]);
  const opened = await run('cryptsetup', ['open', '--test-passphrase', '--key-file', '-', path], {
    input: key,
  });
  expect(opened.code).not.toBe(0);
});

test('a key is never kept on a disk', () => {
  const folder = mkdtempSync(join(process.cwd(), 'node_modules/.cache/on-disk-'));
  made.push(folder);
  const memory = openMemory(join(folder, 'keys'));
  expect(() => memory.keepBootstrap({ uuid: 'u', key: 'k' })).toThrow('not in memory');
});

test('a header that lost its recovery slot by somebody’s hand is never taken for an unfinished one', async () => {
  const { verbs, disk, path } = partition();
  await verbs.format(disk, board);
  const volume = await readVolume(path);
  if (!volume) throw new Error('it was formatted');
  expect(headerFacts(volume).mark).toBe('unfinished');
  const stripped = { ...volume, slots: volume.slots.map((slot) => ({ ...slot, kind: 'tpm2' as const })) };
  expect(headerFacts(stripped).mark).toBe('kept');
});

test('a board whose fuses nobody can read is not trusted to keep a key', async () => {
  const { verbs, disk } = partition();
  await verbs.format(disk, board);
  // No board that tests run on shows such a fuse.
  await expect(verbs.seal(disk, config('[disk]\nunlock = "jetson"'))).rejects.toMatchObject({
    code: 'conflict',
  });
});

test('a program that is killed while it keeps the key leaves none, or a whole one', () => {
  const memoryFolder = mkdtempSync('/dev/shm/provision-');
  made.push(memoryFolder);
  writeFileSync(join(memoryFolder, 'bootstrap.json.partial'), '{"uuid":', { mode: 0o600 });
  const memory = openMemory(memoryFolder);
  expect(memory.bootstrap()).toBeNull();
  memory.keepBootstrap({ uuid: 'u', key: 'k' });
  expect(readdirSync(memoryFolder)).toEqual(['bootstrap.json']);
  expect(statSync(join(memoryFolder, 'bootstrap.json')).mode & 0o777).toBe(0o600);
});
