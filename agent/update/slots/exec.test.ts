import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createNodeDisk } from '../disk/node-disk.ts';
import { asksIn } from './asks.ts';
import { execHere } from './exec.ts';

test('a program says how it ended, and what it wrote', async () => {
  const exec = execHere();
  expect(await exec('sh', ['-c', 'echo out; echo err >&2; exit 3'])).toEqual({
    code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  });
  expect(await exec('true', [])).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('no shell reads its arguments, and it speaks English', async () => {
  expect((await execHere()('echo', ['$(id)', ';', 'x'])).stdout).toBe('$(id) ; x\n');
  expect((await execHere()('sh', ['-c', 'echo $LC_ALL'])).stdout).toBe('C\n');
});

test('one that is missing, hangs or is no longer wanted has no exit code', async () => {
  expect(await execHere()('rockpool-absent', [])).toMatchObject({
    code: null,
    stderr: expect.stringContaining('ENOENT'),
  });
  expect((await execHere(50)('sleep', ['60'])).code).toBeNull();
  expect((await execHere()('sleep', ['60'], AbortSignal.abort())).code).toBeNull();
});

test('an ask is a file in the folder that a unit looks at; asked twice it is one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-asks-'));
  const asks = asksIn(createNodeDisk(), folder);
  await asks.restart();
  await asks.restart();
  await asks.reboot();
  expect(readdirSync(folder).sort()).toEqual(['reboot', 'restart']);
  rmSync(folder, { recursive: true });
});
