/** What the measure of the embedder rests on: the scores, the ways to rank, and whether the pairs are what their tags say. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openFactWords } from '../agent/memory/fact-words.ts';
import { factsSchema } from '../agent/memory/facts.ts';
import { pieceVector } from '../agent/memory/memory.fixture.ts';
import { openDatabase } from '../agent/store/sqlite.ts';
import { loadPairs, type Pair } from '../models/pebble/eval/retrieval/pairs.ts';
import { byReciprocalRank, byVectors, openRankings } from './retrieval-rankings.ts';
import { scoreOf, scoresOf } from './retrieval-scores.ts';

test('a score counts what came first, what came among five, and the mean reciprocal rank', () => {
  expect(scoreOf([0, 0, 1, 4, 5, undefined, 0, 9])).toEqual({
    pairs: 8,
    recallAt1: 3 / 8,
    recallAt5: 5 / 8,
    meanReciprocalRank: (1 + 1 + 1 / 2 + 1 / 5 + 1 / 6 + 0 + 1 + 1 / 10) / 8,
  });
});

test('each kind of pair has a score of its own', () => {
  const pair = (language: Pair['language'], shared: Pair['shared']): Pair => ({
    ...{ id: '', question: '', sentence: '' },
    ...{ language, shared },
  });
  const { all, kinds } = scoresOf(
    [pair('en', 'some'), pair('en', 'none'), pair('zh', 'none')],
    [0, undefined, 3],
  );
  expect(all.recallAt1).toBeCloseTo(1 / 3);
  expect(kinds['English']).toMatchObject({ pairs: 2, recallAt1: 0.5 });
  expect(kinds['none shared']).toMatchObject({ pairs: 2, recallAt1: 0, recallAt5: 0.5 });
  expect(kinds['  none shared, Chinese']).toMatchObject({ pairs: 1, meanReciprocalRank: 0.25 });
  expect(Object.keys(kinds)).not.toContain('few shared');
});

test('two rankings fused put first what both put high', () => {
  const ranked = byReciprocalRank(
    () => [3, 1, 2],
    () => [0, 1],
  )('', new Float32Array());
  expect(ranked[0]).toBe(1);
  expect(new Set(ranked)).toEqual(new Set([0, 1, 2, 3]));
});

test('every way finds the sentence of a question that repeats it, in both languages', () => {
  const sentences = [
    'The barrel in the loft is green.',
    'Nobody rings at noon.',
    '井边的梯子是老黄的。',
    '周二不开会。',
  ];
  const vectors = sentences.map((sentence) => pieceVector(sentence, 256));
  const nothing = new Float32Array(256);
  const rankings = openRankings(
    sentences,
    vectors,
    { digest: 'pieces', dimensions: 256 },
    { means: [nothing], unit: 1 },
  );
  onTestFinished(() => rankings.close());
  const ways = [
    byVectors(vectors),
    rankings.byBm25,
    rankings.byAgentsWords,
    rankings.byAgent,
    rankings.byStrength,
  ];
  for (const [i, sentence] of sentences.entries()) {
    for (const way of ways) expect(way(sentence, pieceVector(sentence, 256))[0], sentence).toBe(i);
  }
  expect(rankings.byBm25('zebra', pieceVector('zebra', 256))).toEqual([]);
  expect(rankings.isBelowFloor('zebra', nothing, 0)).toBe(true);
  expect(rankings.isBelowFloor(sentences[0]!, vectors[0]!, 0)).toBe(false);
});

test('the pairs share as many words as their tags say, as the agent counts words', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-pairs-'));
  const db = openDatabase(join(folder, 'facts.db'), factsSchema);
  onTestFinished(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });
  const words = openFactWords(db);
  const pairs = loadPairs();
  for (const [i, { sentence }] of pairs.entries()) words.add(i + 1, 'office', sentence);
  const shares = pairs.map(
    ({ question }, i) =>
      words.search(['office'], question, pairs.length).find(({ id }) => id === i + 1)?.share ?? 0,
  );
  for (const [i, { id, shared, question }] of pairs.entries()) {
    const share = shares[i] ?? 0;
    if (shared === 'none') expect(share, `${id} ${question}`).toBe(0);
    else expect(share, `${id} ${question}`).toBeGreaterThan(shared === 'some' ? 0.3 : 0);
  }
  const mean = (shared: Pair['shared']): number => {
    const those = shares.filter((_, i) => pairs[i]?.shared === shared);
    return those.reduce((sum, share) => sum + share, 0) / those.length;
  };
  expect(mean('some')).toBeGreaterThan(0.6);
  expect(mean('few')).toBeLessThan(0.45);
});
