import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandLine } from './spoken.fixture.ts';

let folder: string;
let rockpool: ReturnType<typeof commandLine>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-cli-'));
  rockpool = commandLine(join(folder, 'home'));
  await rockpool('user add ada --role admin --password-stdin', 'a long password');
  await rockpool('user add bo --password-stdin', 'another password');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a group is made, grows, shrinks and goes', async () => {
  expect((await rockpool('group list')).stdout).toContain('There are no groups');
  expect((await rockpool('group add Board ada')).stdout).toBe('In Board: ada.\n');
  expect((await rockpool('group add board bo')).stdout).toBe('In Board: ada, bo.\n');
  expect((await rockpool('group list')).stdout).toMatch(/^Board {2}ada, bo\n$/);
  expect((await rockpool('group remove Board ada')).stdout).toBe('In Board: bo.\n');
  expect(await rockpool('group add Board nobody')).toMatchObject({ code: 3 });
  expect(await rockpool('group remove Board')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--yes'),
  });
  expect((await rockpool('group remove Board --yes')).stdout).toBe('The group Board is removed.\n');
  expect(await rockpool('group remove Board --yes')).toMatchObject({ code: 3 });
});

test('a folder is watched for a person or a group, listed, and let go of', async () => {
  const share = join(folder, 'share');
  mkdirSync(share);
  writeFileSync(join(share, 'alarm.md'), 'The alarm code is 4471.');
  await rockpool('group add Board ada');
  expect(await rockpool(['docs', 'watch', share, '--with', 'Board', '--for', 'bo'])).toMatchObject({
    code: 2,
  });
  expect(await rockpool(['docs', 'watch', share, '--with', 'Nobody'])).toMatchObject({ code: 3 });
  expect((await rockpool(['docs', 'watch', share, '--with', 'Board'])).stdout).toContain(
    `${share} is watched`,
  );
  expect((await rockpool('docs folders')).stdout).toMatch(/^1 {2}Board {2}\d\/\d {2}/);
  expect(await rockpool(['docs', 'watch', join(folder, 'home')])).toMatchObject({ code: 4 });
  const { folders } = JSON.parse((await rockpool('docs folders --json')).stdout);
  expect(folders).toMatchObject([{ path: share, scope: 'group', group: { name: 'Board' } }]);
  expect((await rockpool('docs unwatch 1 --yes')).stdout).toBe('Folder 1 is watched no longer.\n');
  expect((await rockpool(['docs', 'watch', share, '--for', 'bo'])).code).toBe(0);
  expect(JSON.parse((await rockpool('docs folders --json')).stdout).folders).toMatchObject([
    { path: share, scope: 'mine', owner: 'bo' },
  ]);
});
