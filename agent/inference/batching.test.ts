import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BatchItem, createBatching, share } from './batching.ts';

const item = (sequence: number, tokens: number): BatchItem => ({
  tokens: Array.from({ length: tokens }),
  evaluationPriority: sequence,
});

test('a pass waits for a sequence that is being sampled, but not for ever', () => {
  const batching = createBatching(() => 2);
  const offer = { items: [item(1, 1)], size: 512 };
  expect(batching.strategy(offer)).toEqual([]);
  expect(batching.passes()).toBe(0);

  expect(batching.strategy({ items: [item(1, 1), item(2, 1)], size: 512 })).toHaveLength(2);
  expect(batching.passes()).toBe(1);

  let offers = 0;
  while (batching.strategy(offer).length === 0) offers += 1;
  expect(offers).toBeLessThan(100);
});

test('sequences go in ascending order, because llama.cpp splits any other', () => {
  const order = share([item(3, 1), item(1, 1), item(2, 40)], 512).map(({ item }) => item.evaluationPriority);
  expect(order).toEqual([1, 2, 3]);
});

test('a long prompt takes a whole pass alone, and a small part of it beside people who are being answered', () => {
  expect(share([item(1, 2_000)], 512)[0]?.processAmount).toBe(512);
  expect(share([item(1, 2_000), item(2, 1)], 512).map((s) => s.processAmount)).toEqual([128, 1]);
  expect(share([item(1, 2_000), item(2, 1), item(3, 2_000)], 512).map((s) => s.processAmount)).toEqual([
    64, 1, 64,
  ]);
});

test('no pass is larger than its size, every answer is in it, and some prompt goes on', () => {
  const sequences = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 16 }),
      tokens: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 3000 })),
    }),
    { selector: (s) => s.id, minLength: 1 },
  );
  fc.assert(
    fc.property(sequences, fc.integer({ min: 32, max: 512 }), (wanted, size) => {
      const shares = share(
        wanted.map((s) => item(s.id, s.tokens)),
        size,
      );
      expect(shares.reduce((sum, s) => sum + s.processAmount, 0)).toBeLessThanOrEqual(size);
      const answers = wanted.filter((s) => s.tokens === 1);
      expect(shares.filter((s) => s.item.tokens.length === 1)).toHaveLength(answers.length);
      expect(shares.every((s) => s.processAmount > 0 && s.processAmount <= s.item.tokens.length)).toBe(true);
      if (answers.length < wanted.length) expect(shares.length).toBeGreaterThan(answers.length);
    }),
  );
});
