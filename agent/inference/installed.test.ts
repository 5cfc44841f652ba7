import { copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findInstalled, startingChoice } from './installed.ts';

const pebble = new URL('../../models/pebble/pebble-embed-q8_0.gguf', import.meta.url).pathname;
const sha256 = 'a'.repeat(64);
const adapter = 'b'.repeat(64);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-installed-'));
  mkdirSync(join(folder, 'store'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const stored = (hash: string): string => join(folder, 'store', hash);
const commit = (installed: object): void =>
  writeFileSync(join(folder, 'model.json'), JSON.stringify(installed));
const small = { v: 1, name: 'small', version: '2', sha256, adapter: null };

test('without an update the built-in model serves', () => {
  expect(findInstalled(folder)).toEqual({ is: 'none' });
  expect(findInstalled(join(folder, 'nowhere'))).toEqual({ is: 'none' });
});

test('what an update committed serves under its name, and has to be what was signed', () => {
  copyFileSync(pebble, stored(sha256));
  commit(small);
  const choice = { chatModel: stored(sha256), id: 'small', sha256 };
  expect(findInstalled(folder)).toEqual({ is: 'whole', choice });
  copyFileSync(pebble, stored(adapter));
  commit({ ...small, adapter: { name: 'tone', version: '1', sha256: adapter } });
  expect(findInstalled(folder)).toEqual({
    is: 'whole',
    choice: { ...choice, adapter: { file: stored(adapter), sha256: adapter } },
  });
});

test('a file that is gone, cut off or torn is told, and the built-in model serves', () => {
  const builtIn = { chatModel: '/built-in', builtIn: true };
  const told: string[] = [];
  const start = () => startingChoice({ ...builtIn, updateFolder: folder }, (why) => told.push(why));
  commit(small);
  expect(start()).toEqual(builtIn);
  copyFileSync(pebble, stored(sha256));
  truncateSync(stored(sha256), 1_000_000);
  expect(start()).toEqual(builtIn);
  copyFileSync(pebble, stored(sha256));
  commit({ ...small, adapter: { name: 'tone', version: '1', sha256: adapter } });
  expect(start()).toEqual(builtIn);
  for (const torn of ['', '{"v":1,', '[]', '{"v":2}', '\0'.repeat(100)]) {
    writeFileSync(join(folder, 'model.json'), torn);
    expect(start(), torn).toEqual(builtIn);
  }
  expect(told).toHaveLength(8);
  expect(told[0]).toMatch(/There is no model file/);
  expect(told[1]).toMatch(/cut off/);
  expect(told[4]).toMatch(/model\.json can not be read/);
});

test('a file that somebody named stays, whatever is installed', () => {
  copyFileSync(pebble, stored(sha256));
  commit(small);
  const told: string[] = [];
  const byHand = { chatModel: '/mine.gguf', builtIn: false, updateFolder: folder };
  expect(startingChoice(byHand, (why) => told.push(why))).toEqual({
    chatModel: '/mine.gguf',
    builtIn: false,
  });
  expect(told).toEqual([]);
});
