/** Reading files that fail, lie or hang. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSysfs } from './sysfs.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rockpool-sysfs-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Whoever reads it waits, in the kernel, until somebody writes: what a driver that hangs does. */
const hang = (name: string): void => void execFileSync('mkfifo', [join(root, name)]);
const letGo = async (name: string): Promise<void> => {
  const file = await open(join(root, name), 'r+');
  await file.write('7\n');
  // Closed only now and with its reader behind: the reader has to meet the end of the file.
  await file.close();
};

test('what is absent, a folder, no number or larger than a number is null, and never 0', async () => {
  mkdirSync(join(root, 'folder'));
  for (const [name, content] of Object.entries({
    empty: '',
    word: 'N/A\n',
    much: '9'.repeat(40),
    exact: '-42\n',
  }))
    writeFileSync(join(root, name), content);
  const sysfs = openSysfs(root);
  const read = await Promise.all(['absent', 'folder', 'empty', 'word', 'much', 'exact'].map(sysfs.number));
  expect(read).toEqual([null, null, null, null, null, -42]);
});

test("the device tree's zero bytes are no part of its words", async () => {
  writeFileSync(join(root, 'model'), 'NVIDIA Jetson\0');
  expect(await openSysfs(root).text('model')).toBe('NVIDIA Jetson');
});

test('names are in the order of their numbers', async () => {
  for (const name of ['hwmon10', 'hwmon9', 'hwmon1']) mkdirSync(join(root, name));
  expect(await openSysfs(root).list('.')).toEqual(['hwmon1', 'hwmon9', 'hwmon10']);
});

test('a read that hangs is left behind, and the rest is read', async () => {
  hang('stuck');
  writeFileSync(join(root, 'well'), '1\n');
  const sysfs = openSysfs(root, { deadlineMs: 500 });
  expect(await Promise.all([sysfs.number('stuck'), sysfs.number('well')])).toEqual([null, 1]);
  expect(sysfs.hanging()).toBe(1);
  await letGo('stuck');
});

test('it is not asked again while it hangs, and is asked again once it has come back', async () => {
  hang('stuck');
  const sysfs = openSysfs(root, { deadlineMs: 20 });
  for (let i = 0; i < 10; i += 1) expect(await sysfs.number('stuck')).toBeNull();
  expect(sysfs.hanging()).toBe(1);
  await letGo('stuck');
  await expect.poll(() => sysfs.hanging()).toBe(0);
  rmSync(join(root, 'stuck'));
  writeFileSync(join(root, 'stuck'), '3\n');
  await expect.poll(() => sysfs.number('stuck')).toBe(3);
});

test('however much hangs, the threads that everybody reads files with are not used up', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  names.forEach(hang);
  const sysfs = openSysfs(root, { deadlineMs: 20 });
  expect(await Promise.all(names.map(sysfs.number))).toEqual(names.map(() => null));
  expect(sysfs.hanging()).toBe(2);
  // Somebody else's file: it would wait for ever if all threads were held.
  const own = join(root, 'own');
  writeFileSync(own, 'read');
  const file = await open(own);
  expect(await file.readFile('utf8')).toBe('read');
  await file.close();
  await letGo('a');
  await letGo('b');
});
