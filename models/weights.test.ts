import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { fit, wouldFit } from './fit.ts';
import { NotGguf, readGguf } from './gguf.ts';
import { describeWeights, digestOf, fitChatModel, UnfitWeights } from './weights.ts';

const pebble = new URL('./pebble/pebble-chat-q8_0.gguf', import.meta.url).pathname;
const embedder = new URL('./pebble/pebble-embed-q8_0.gguf', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'rockpool-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A GGUF of one value and no tensor. */
function ggufWith(key: string, type: number, value: Buffer): string {
  const u64 = (n: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(n));
    return bytes;
  };
  const u32 = (n: number) => u64(n).subarray(0, 4);
  const path = join(folder, `${key}.gguf`);
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.from('GGUF'),
      u32(3),
      u64(0),
      u64(1),
      u64(key.length),
      Buffer.from(key),
      u32(type),
      value,
    ]),
  );
  return path;
}

test('the built-in model is described from its head alone', () => {
  expect(describeWeights(pebble)).toMatchObject({
    architecture: 'gemma3',
    name: 'Pebble Chat',
    dimensions: 384,
    trainedTokens: 4096,
    cacheBytesPerToken: 12 * 2 * 128 * 2,
    embeds: false,
  });
  expect(describeWeights(embedder).embeds).toBe(true);
  const head = readGguf(pebble);
  expect(head.neededBytes).toBe(head.fileBytes);
});

test('a file that is cut off is refused, wherever it is cut', () => {
  const { size } = { size: readFileSync(pebble).length };
  for (const bytes of [0, 3, 20, 1_000, 150_000, size - 1]) {
    const path = join(folder, 'cut.gguf');
    copyFileSync(pebble, path);
    truncateSync(path, bytes);
    expect(() => describeWeights(path), `cut at ${bytes}`).toThrow(UnfitWeights);
  }
});

test('what is missing, something else, or a part of several is refused with what to do', () => {
  expect(() => describeWeights(join(folder, 'none.gguf'))).toThrow(/check the name/);
  writeFileSync(join(folder, 'page.gguf'), '<!doctype html><title>404</title>');
  expect(() => describeWeights(join(folder, 'page.gguf'))).toThrow('page.gguf is not a GGUF model');
  const two = Buffer.alloc(2);
  two.writeUInt16LE(2);
  expect(() => describeWeights(ggufWith('split.count', 2, two))).toThrow(/one part of several/);
});

test('no damaged head makes the reader fail otherwise, or read for ever', () => {
  const whole = readFileSync(pebble).subarray(0, 4_000);
  fc.assert(
    fc.property(fc.nat(600), fc.uint8Array({ minLength: 1, maxLength: 12 }), (at, bytes) => {
      const broken = Buffer.from(whole);
      broken.set(bytes, at);
      const path = join(folder, 'broken.gguf');
      writeFileSync(path, broken);
      expect(() => readGguf(path)).toThrow(NotGguf);
    }),
    { numRuns: 200 },
  );
});

test('an embedder can not be the chat model', () => {
  expect(() => fitChatModel(describeWeights(embedder), 8e9, {})).toThrow(/choose a chat model/);
});

test('a model that is too big is refused with what would fit', () => {
  const big = { ...describeWeights(pebble), path: '/big.gguf', bytes: 4.4e9, cacheBytesPerToken: 57_344 };
  expect(() => fitChatModel(big, 2.6e9, {})).toThrow(
    'big.gguf needs 4.4 GB and room to work, and 2.6 GB are free: a 3B model at 4 bits (about 2.0 GB) would fit.',
  );
  expect(wouldFit(1e8)).toBe('the built-in model (20 MB)');
});

test('people at once are given up before the length of a context, and both only as far as needed', () => {
  const shape = { weightsBytes: 4.4e9, cacheBytesPerToken: 57_344, trainedTokens: 32_768 };
  expect(fit(shape, 16e9, {})).toEqual({ contextTokens: 8_192, sequences: 8 });
  expect(fit(shape, 6e9, {})).toEqual({ contextTokens: 8_192, sequences: 2 });
  expect(fit(shape, 4.85e9, {})).toEqual({ contextTokens: 2_048, sequences: 1 });
  expect(fit(shape, 4.7e9, {})).toBeUndefined();
  expect(fit(shape, 16e9, { contextTokens: 1_000_000, sequences: 1 })?.contextTokens).toBe(32_768);
});

test('a digest is made once per file, and again when the file changes', async () => {
  const path = join(folder, 'some.gguf');
  const cache = join(folder, 'cache');
  writeFileSync(path, 'weights');
  const first = await digestOf(path, cache);
  expect(first).toMatch(/^[0-9a-f]{64}$/);

  writeFileSync(
    join(cache, 'some.gguf.sha256'),
    readFileSync(join(cache, 'some.gguf.sha256'), 'utf8').replace(first, 'a'.repeat(64)),
  );
  expect(await digestOf(path, cache)).toBe('a'.repeat(64));

  utimesSync(path, 1, 1);
  expect(await digestOf(path, cache)).toBe(first);

  writeFileSync(join(cache, 'some.gguf.sha256'), 'torn');
  expect(await digestOf(path, cache)).toBe(first);
});
