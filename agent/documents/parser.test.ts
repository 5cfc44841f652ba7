import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReadEvent } from './parse/messages.ts';
import { type ParserLimits, parserLimits, readPassages } from './parser.ts';
import * as sample from './sample-files.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-parser-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
function reading(
  bytes: Buffer | string,
  limits: Partial<ParserLimits> = {},
  signal = never,
): AsyncGenerator<ReadEvent> {
  const file = join(folder, 'file');
  writeFileSync(file, bytes);
  return readPassages({ file, name: 'file', passageLetters: 400 }, { ...parserLimits, ...limits }, signal);
}

test('a file is read in a process of its own: its kind, its passages, and that it is done', async () => {
  expect(await Array.fromAsync(reading('# Fire\n\nUse the stairs.\n'))).toEqual([
    { type: 'kind', kind: 'markdown', pages: null },
    { type: 'passages', passages: [{ page: null, heading: 'Fire', text: 'Use the stairs.' }] },
    { type: 'read' },
  ]);
});

test('hundreds of passages come in order', async () => {
  const lines = Array.from({ length: 450 }, (_, i) => `# Heading ${i}\n\nPassage ${i}.\n`);
  const events = await Array.fromAsync(reading(lines.join('\n')));
  const texts = events
    .flatMap((event) => (event.type === 'passages' ? event.passages : []))
    .map(({ text }) => text);
  expect(texts).toEqual(lines.map((_, i) => `Passage ${i}.`));
});

test('a bomb is told from its directory', async () => {
  const bomb = sample.docx('', { 'word/media/x.png': Buffer.alloc(100 * 1024 * 1024) });
  expect(await Array.fromAsync(reading(bomb))).toEqual([
    { type: 'problem', problem: 'unpacks-too-far', sentence: expect.stringContaining('unpacks to far more') },
  ]);
});

test('what takes too long is ended', async () => {
  expect(await Array.fromAsync(reading('text', { seconds: 0 }))).toEqual([
    { type: 'problem', problem: 'too-slow', sentence: expect.stringContaining('takes too long; split it') },
  ]);
});

test('what takes too much memory is ended, also outside of the heap', async () => {
  const far = sample.xlsx({ Sheet: { A1: 'first', XFD1048576: 'last' } });
  const problem = {
    ...{ type: 'problem', problem: 'too-much-memory' },
    sentence: expect.stringContaining('too much memory; split it'),
  };
  expect(await Array.fromAsync(reading(far, { memoryBytes: 200 * 1024 * 1024 }))).toEqual([problem]);
  expect(await Array.fromAsync(reading(far, { heapMegabytes: 40 }))).toEqual([problem]);
});

test('reading stops when it is no longer wanted', async () => {
  const stop = new AbortController();
  const events = reading('text', {}, stop.signal);
  expect((await events.next()).value).toMatchObject({ type: 'kind' });
  stop.abort(new Error('deleted'));
  await expect(events.next()).rejects.toThrow('deleted');
});
