import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

// The launcher's own code is plain JavaScript, for whatever Node starts it: it has no types to import.
const load = (name: string): Promise<Record<string, (...args: unknown[]) => unknown>> =>
  import(join(import.meta.dirname, name));
const { isFilledByNpm, isInstalled, markInstalled } = await load('installed.mjs');
const { isWebBuilt } = await load('web.mjs');
const { leftovers } = await load('leftovers.mjs');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rockpool-tree-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, content: unknown): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

const ownNode = `node_modules/node-${process.platform}-${process.arch}`;
const packages = {
  '': { name: 'workspace' },
  agent: { version: '0.1.0' },
  'node_modules/@rockpool/agent': { resolved: 'agent', link: true },
  'node_modules/zod': { version: '4.0.0' },
  [ownNode]: { version: '26.0.0', optional: true },
  'node_modules/node-elsewhere': { version: '26.0.0', optional: true, os: ['plan9'] },
};
const placed = { 'node_modules/zod': { version: '4.0.0' }, [ownNode]: { version: '26.0.0' } };

test('a tree is installed only with the stamp of this very lock file', () => {
  put('package-lock.json', { packages });
  expect(isInstalled?.(root)).toBe(false);
  put('node_modules/.package-lock.json', { packages: placed });
  markInstalled?.(root);
  expect(isInstalled?.(root)).toBe(true);
  put('package-lock.json', { packages: { ...packages, 'node_modules/zod': { version: '4.0.1' } } });
  expect(isInstalled?.(root)).toBe(false);
});

test("a tree that somebody's own npm filled counts, without the packages of other machines", () => {
  put('package-lock.json', { packages });
  expect(isFilledByNpm?.(root)).toBe(false);
  put('node_modules/.package-lock.json', { packages: placed });
  expect(isFilledByNpm?.(root)).toBe(true);
});

test.each([
  ['a package is missing', { [ownNode]: placed[ownNode] }],
  ['a package is of another version', { ...placed, 'node_modules/zod': { version: '3.9.9' } }],
  ['optional packages were left out', { 'node_modules/zod': placed['node_modules/zod'] }],
])('a tree does not count when %s', (_what, found) => {
  put('package-lock.json', { packages });
  put('node_modules/.package-lock.json', { packages: found });
  expect(isFilledByNpm?.(root)).toBe(false);
});

test('the command is linked when npm did not do it', () => {
  put('package-lock.json', { packages });
  put('node_modules/.bin/other', '');
  put('agent/rockpool.mjs', '');
  markInstalled?.(root);
  expect(existsSync(join(root, 'node_modules/.bin/rockpool'))).toBe(true);
});

test('the page counts as built while its sources have the content it was built from, whatever their dates', async () => {
  put('package-lock.json', '{}');
  put('web/index.html', '<main>');
  put('protocol/chat.ts', 'export {}');
  expect(isWebBuilt?.(root)).toBe(false);
  put('web/dist/index.html', '<main>');
  put('web/dist/.built-from', String((await load('web.mjs'))['sourcesDigest']?.(root)));
  expect(isWebBuilt?.(root)).toBe(true);
  put('web/index.html', '<main>');
  put('web/chat/line.test.ts', 'a test is no source');
  expect(isWebBuilt?.(root)).toBe(true);
  put('protocol/chat.ts', 'export const more = 1');
  expect(isWebBuilt?.(root)).toBe(false);
});

const workers: ChildProcess[] = [];
afterEach(() => {
  for (const worker of workers.splice(0)) worker.kill('SIGKILL');
});

/** Takes the lock, says so, and keeps it until a line comes. */
function worker(): ChildProcess {
  const program = `
    import { oneAtATime } from ${JSON.stringify(join(import.meta.dirname, 'one-at-a-time.mjs'))};
    await oneAtATime(${JSON.stringify(root)}, async () => {
      console.log('has it');
      await new Promise((resolve) => process.stdin.once('data', resolve));
    }, () => console.log('waits'));
    process.stdin.destroy();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  workers.push(child);
  return child;
}
const said = async (child: ChildProcess): Promise<string> =>
  String((await once(child.stdout!, 'data'))[0]).trim();

test('of two installs one waits, and goes on when the other is done', async () => {
  const first = worker();
  expect(await said(first)).toBe('has it');
  const second = worker();
  expect(await said(second)).toBe('waits');
  first.stdin!.write('done\n');
  expect(await said(second)).toBe('has it');
});

test('of two installs one waits, and goes on when the other is killed', async () => {
  const first = worker();
  expect(await said(first)).toBe('has it');
  const second = worker();
  expect(await said(second)).toBe('waits');
  first.kill('SIGKILL');
  expect(await said(second)).toBe('has it');
});

test('what a test run leaves behind is found by its mark, also in a session of its own', async () => {
  const child = spawn('sleep', ['60'], {
    env: { ...process.env, ROCKPOOL_TEST_RUN: root },
    detached: true,
    stdio: 'ignore',
  });
  workers.push(child);
  await once(child, 'spawn');
  expect(await leftovers?.(`ROCKPOOL_TEST_RUN=${root}`, 0)).toEqual([
    { pid: child.pid, command: 'sleep 60' },
  ]);
  expect(await leftovers?.('ROCKPOOL_TEST_RUN=another')).toEqual([]);
});
