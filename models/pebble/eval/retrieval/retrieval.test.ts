/** The set on which the embedder is measured: what may be relied on. */
import { expect, test } from 'vitest';
import { distractorCount, loadStock, makeDistractors } from './distractors.ts';
import { loadPairs } from './pairs.ts';

const pairs = loadPairs();
const distractors = makeDistractors();
const plain = (sentence: string): string =>
  sentence
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

test('there are 500 pairs, a third of them Chinese, each with an id of its own', () => {
  expect(pairs).toHaveLength(500);
  expect(new Set(pairs.map(({ id }) => id)).size).toBe(500);
  expect(pairs.filter(({ language }) => language === 'zh').length).toBeGreaterThanOrEqual(160);
  for (const { id, language, question, sentence } of pairs) {
    const han = /\p{Script=Han}/u;
    expect(id).toMatch(new RegExp(`^${language}-\\d{3}$`));
    expect([han.test(question), han.test(sentence)], id).toEqual([language === 'zh', language === 'zh']);
  }
});

test('half of the pairs share words, a third share few, a fifth none', () => {
  const share = (tag: string): number => pairs.filter(({ shared }) => shared === tag).length / pairs.length;
  expect(share('some')).toBeCloseTo(0.5, 1);
  expect(share('few')).toBeCloseTo(0.3, 1);
  expect(share('none')).toBeCloseTo(0.2, 1);
});

test('no question and no sentence stands twice', () => {
  expect(new Set(pairs.map(({ question }) => plain(question))).size).toBe(500);
  expect(new Set([...pairs, ...distractors].map(({ sentence }) => plain(sentence))).size).toBe(5_500);
});

test('there are 5,000 distractors of more than 250 frames, the same every time', () => {
  expect(distractors).toHaveLength(distractorCount);
  expect(makeDistractors()).toEqual(distractors);
  const frames = (['en', 'zh'] as const).flatMap((language) => loadStock(language).frames);
  expect(new Set(frames).size).toBe(frames.length);
  expect(frames.length).toBeGreaterThanOrEqual(250);
  expect(distractors.filter(({ sentence }) => /[[\]{}|]/.test(sentence))).toEqual([]);
});

test('no name of a person or project in a question is also one of the distractors', () => {
  const names = (['en', 'zh'] as const).flatMap((language) => {
    const { slots } = loadStock(language);
    return ['person', 'formal', 'boss', 'firm', 'project', 'room'].flatMap((slot) => slots[slot] ?? []);
  });
  for (const { id, question } of pairs) {
    const words = new Set(question.match(/[\p{L}\p{N}]+/gu) ?? []);
    const named = names.filter((name) =>
      /\p{Script=Han}/u.test(name) ? question.includes(name) : words.has(name),
    );
    expect(named, `${id} ${question}`).toEqual([]);
  }
});
