import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Disk } from '../disk.ts';
import { writeDurably } from './durable.ts';
import { MemoryDisk } from './memory-disk.fixture.ts';
import { createNodeDisk } from './node-disk.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-disk-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const code = (deed: Promise<unknown>): Promise<string> =>
  deed.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );

/** What both say of themselves: the one in memory is only worth something if it is like the real one. */
async function said(disk: Disk, at: string): Promise<unknown[]> {
  const answers: unknown[] = [];
  const path = (name: string): string => join(at, name);
  await disk.makeFolder(path('a/b'));
  await disk.makeFolder(path('a/b'));
  answers.push(
    await disk.read(path('none')),
    await disk.list(path('none')),
    await disk.readLink(path('none')),
  );
  answers.push(await code(disk.open(path('none'), 'r')), await code(disk.open(path('none/x'), 'rw')));
  await writeDurably(disk, path('a/x'), Buffer.from('hello'));
  answers.push(await code(disk.open(path('a/x'), 'new')), (await disk.read(path('a/x')))?.toString());
  const file = await disk.open(path('a/x'), 'rw');
  await file.write(Buffer.from('J'), 0);
  await file.write(Buffer.from('!'), 7);
  await file.truncate(9);
  const into = Buffer.alloc(20, '?');
  answers.push(await file.size(), await file.read(into, 1), into.toString('latin1'));
  await file.sync();
  await file.close();
  answers.push(await code(file.size()));
  await disk.link('x', path('a/l'));
  answers.push(await disk.readLink(path('a/l')), await code(disk.readLink(path('a/x'))));
  answers.push(await code(disk.link('x', path('a/l'))), await code(disk.open(path('a/l'), 'rw')));
  answers.push(
    await code(disk.rename(path('a/none'), path('a/y'))),
    await code(disk.rename(path('a/x'), path('a/b'))),
  );
  await disk.rename(path('a/x'), path('a/b/y'));
  answers.push((await disk.list(path('a'))).sort(), await disk.list(path('a/b')));
  answers.push(await code(disk.syncFolder(path('none'))), await code(disk.syncFolder(path('a'))));
  await disk.remove(path('a'));
  await disk.remove(path('a'));
  answers.push(await disk.list(at), (await disk.freeBytes(at)) > 0);
  return answers;
}

test('the disk in memory answers as the real one does', async () => {
  const memory = new MemoryDisk();
  await memory.makeFolder('/here');
  expect(await said(memory, '/here')).toEqual(await said(createNodeDisk(), folder));
});

test('a link at the end of a path is not followed: somebody else may have put it there', async () => {
  writeFileSync(join(folder, 'secret'), 'of others');
  symlinkSync('secret', join(folder, 'order'));
  expect(await code(createNodeDisk().read(join(folder, 'order')))).toBe('ELOOP');
  expect(await code(createNodeDisk().open(join(folder, 'order'), 'rw'))).toBe('ELOOP');
});

test('what is made is for its owner and its group', async () => {
  const disk = createNodeDisk();
  await disk.makeFolder(join(folder, 'a'));
  await (await disk.open(join(folder, 'a/x'), 'new')).close();
  await disk.setMode(join(folder, 'a/x'), 0o440);
  expect(statSync(join(folder, 'a/x')).mode & 0o777).toBe(0o440);
  expect(statSync(join(folder, 'a')).mode & 0o007).toBe(0);
});
