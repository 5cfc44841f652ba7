/** What is asked here was never trained on: no sentence of an evaluation stands in the corpus or in what is made from it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCases, loadTools } from './cases.ts';
import { sequences, standingIn } from './overlap.ts';

const pebble = new URL('../models/pebble/', import.meta.url).pathname;
const cases = loadCases();
const told = cases.flatMap(({ entries, turns }) => [
  ...[...entries, ...turns.flatMap((turn) => turn.entries)].map(({ text }) => text),
  ...turns.map(({ say }) => say),
]);
const asked = cases.map(({ question }) => question);
const names = loadTools().map(({ name }) => name);

function corpusFiles(): string[] {
  return readdirSync(join(pebble, 'corpus'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:txt|tsv|csv|jsonl?|py)$/.test(file))
    .map((file) => readFileSync(join(pebble, 'corpus', file), 'utf8'));
}

const sample = `
import json, random, corpus
rng = random.Random(20260705)
for _ in range(4000):
    print(json.dumps([text for _, text in corpus.conversation(rng)]))
`;

/** Nothing where there is no Python: then the files that it would be made from are all there is to compare. */
function madeFromIt(): string[] {
  const { error, status, stdout, stderr } = spawnSync('python3', ['-c', sample], {
    cwd: pebble,
    encoding: 'utf8',
    // Sets of words are walked in the order of their hashes: the same sample at every run.
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONHASHSEED: '1' },
    maxBuffer: 256 * 1024 * 1024,
  });
  if (error && 'code' in error && error.code === 'ENOENT') return [];
  if (error ?? status !== 0)
    throw new Error(`The corpus makes no conversations: ${stderr}`, { cause: error });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).join('\n'));
}

describe('sequences', () => {
  test('are words in a row, whatever stands between them', () => {
    expect(sequences('One, two: THREE four “five” six; seven.')).toEqual([
      'one two three four five six',
      'two three four five six seven',
    ]);
    expect(sequences('too short for it')).toEqual([]);
  });

  test('are characters in a row in Chinese', () => {
    expect(sequences('一二三四五,六七八九十。零')).toEqual(['一二三四五六七八九十', '二三四五六七八九十零']);
    expect(sequences('一二三四五 Pebble 六七八九十')).toEqual([]);
  });
});

test('a text stands in another when half of it does, in the same order', () => {
  const corpus = ['Somebody asked: what is the name of the owl that lives there?'];
  const texts = ['What is the name of the owl?', 'What is the name of the guest who paid?', 'Short.'];
  expect([...standingIn(corpus, texts).keys()]).toEqual(['What is the name of the owl?']);
});

describe('no sentence of the evaluation', () => {
  test('stands in the corpus', () => {
    expect(Object.fromEntries(standingIn(corpusFiles(), [...told, ...asked]))).toEqual({});
  });

  // Short questions of millions that are made will agree with one here by chance; what answers them must not.
  test('that answers a question stands in what is made from it', () => {
    expect(Object.fromEntries(standingIn(madeFromIt(), told))).toEqual({});
  });
});

test('no function of the evaluation is one of the corpus', () => {
  const words = new Set(corpusFiles().flatMap((text) => text.match(/[a-z]+(?:_[a-z]+)+/g) ?? []));
  expect(names.filter((name) => words.has(name))).toEqual([]);
});
