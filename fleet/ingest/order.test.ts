/** Whatever the network does to them, reports are counted once and never acknowledged before they are here. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Arrival, forgetBelow, isHere, nothingYet, place, spansMost } from './order.ts';

test('reports in order leave no gap', () => {
  let arrival = nothingYet;
  for (let seq = 1; seq <= 5; seq += 1) arrival = place(arrival, seq - 1, seq) ?? arrival;
  expect(arrival).toEqual({ upto: 5, ahead: [] });
});

test('what comes beyond a gap is here, and is not acknowledged until the gap is filled', () => {
  const one = place(nothingYet, 0, 1) as Arrival;
  const three = place(one, 2, 3) as Arrival;
  expect(three).toEqual({ upto: 1, ahead: [[2, 3]] });
  expect([1, 2, 3, 4].map((seq) => isHere(three, seq))).toEqual([true, false, true, false]);
  expect(place(three, 1, 2)).toEqual({ upto: 3, ahead: [] });
});

test('a gap that the device explains is none', () => {
  expect(place({ upto: 4, ahead: [] }, 4, 9)).toEqual({ upto: 9, ahead: [] });
  expect(forgetBelow({ upto: 4, ahead: [[9, 12]] }, 10)).toEqual({ upto: 12, ahead: [] });
});

test('scattered numbers are not remembered without end', () => {
  let arrival = nothingYet;
  for (let n = 1; n <= spansMost; n += 1) arrival = place(arrival, n * 10, n * 10 + 1) as Arrival;
  expect(place(arrival, 9_000, 9_001)).toBeNull();
  expect(place(arrival, 10, 12)?.ahead).toHaveLength(spansMost);
});

/** A spool with gaps (some numbers dropped before they were ever sent), sent in pieces, in any order and more than once. */
const deliveries = fc
  .record({
    kept: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }),
    cuts: fc.array(fc.tuple(fc.nat(39), fc.integer({ min: 1, max: 8 })), { minLength: 1, maxLength: 120 }),
  })
  .map(({ kept, cuts }) => {
    const spool = [...kept].sort((a, b) => a - b);
    return {
      spool,
      pieces: cuts.map(([from, count]) => {
        const at = from % spool.length;
        return { after: spool[at - 1] ?? 0, seqs: spool.slice(at, at + count) };
      }),
    };
  });

test('in any order, with repeats and losses: acknowledged up to N means that all of the spool up to N is here', () => {
  fc.assert(
    fc.property(deliveries, ({ spool, pieces }) => {
      let arrival = nothingYet;
      const here = new Set<number>();
      for (const { after, seqs } of pieces) {
        const fresh = seqs.filter((seq) => !isHere(arrival, seq));
        expect(fresh.some((seq) => here.has(seq))).toBe(false); // nothing is counted twice
        arrival = place(arrival, after, seqs.at(-1) ?? 0) ?? arrival;
        for (const seq of seqs) here.add(seq);
        expect(spool.filter((seq) => seq <= arrival.upto).every((seq) => here.has(seq))).toBe(true);
        expect(seqs.every((seq) => isHere(arrival, seq))).toBe(true);
      }
      // Sent from its beginning once more, the spool is acknowledged to its end.
      arrival = place(arrival, 0, spool.at(-1) ?? 0) ?? arrival;
      expect(arrival).toEqual({ upto: spool.at(-1), ahead: [] });
    }),
    { numRuns: 500 },
  );
});
