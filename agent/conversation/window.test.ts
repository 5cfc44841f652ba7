import { array, assert, constantFrom, integer, option, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstShown, fit, maxMessages, maxPairs, messageTokens, nextStart } from './window.ts';

const pairsOf = (tokens: readonly number[]) => tokens.map((count, i) => ({ id: 10 + 2 * i, tokens: count }));
const pairs = array(integer({ min: 2 * messageTokens, max: 900 }), { maxLength: 60 }).map(pairsOf);
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

const situation = record({
  contextTokens: integer({ min: 300, max: 9_000 }),
  systemTokens: integer({ min: 1, max: 120 }),
  pairs,
  start: option(integer({ min: 0, max: 140 })),
  questionTokens: integer({ min: 1, max: 4_000 }),
  entryTokens: array(integer({ min: 1, max: 700 }), { maxLength: 6 }),
});

test('whatever was said, the prompt and its answer fit the window, and the newest question is in it', () => {
  void assert(
    property(situation, (it) => {
      const fitting = fit(it);
      if (!fitting) {
        expect(it.questionTokens).toBeGreaterThan(it.contextTokens / 2 - it.systemTokens - 4 * messageTokens);
        return;
      }
      const shown = it.pairs.slice(fitting.from);
      const prompt =
        it.systemTokens +
        sum(shown.map(({ tokens }) => tokens)) +
        it.questionTokens +
        messageTokens +
        sum(fitting.entries.map((i) => it.entryTokens[i] ?? 0));
      expect(prompt + fitting.maxTokens).toBeLessThanOrEqual(it.contextTokens);
      expect(2 * shown.length + 1).toBeLessThanOrEqual(maxMessages);
      expect(fitting.maxTokens).toBeGreaterThanOrEqual(Math.min(1_024, Math.floor(it.contextTokens / 4)));
    }),
  );
});

test('entries are taken best first, and never push the question out', () => {
  const it = { contextTokens: 1_000, systemTokens: 50, pairs: [], start: null, questionTokens: 40 };
  expect(fit({ ...it, entryTokens: [100, 100] })?.entries).toEqual([0, 1]);
  expect(fit({ ...it, entryTokens: [200, 500, 60] })?.entries).toEqual([0, 2]);
  expect(fit({ ...it, questionTokens: 650, entryTokens: [200] })?.entries).toEqual([]);
  expect(fit({ ...it, questionTokens: 900, entryTokens: [] })).toBeNull();
});

describe('the window of a chat that goes on', () => {
  const contextTokens = constantFrom(1_000, 2_048, 8_192);

  test('starts where it started before until it overflows; then many turns fit before it does again', () => {
    void assert(
      property(contextTokens, array(integer({ min: 30, max: 200 }), { maxLength: 120 }), (context, sizes) => {
        const room = (context - 50 - Math.min(1_024, context / 4) - 2 * messageTokens) * 0.7;
        let shown = pairsOf([]);
        let added = { tokens: room, pairs: maxPairs };
        for (const [i, tokens] of sizes.entries()) {
          shown = [...shown, { id: 10 + 2 * i, tokens }];
          added = { tokens: added.tokens + tokens, pairs: added.pairs + 1 };
          const from = nextStart(shown, null, context, 50);
          if (from > 0) {
            expect(added.pairs >= maxPairs * 0.4 || added.tokens > room * 0.39).toBe(true);
            added = { tokens: 0, pairs: 0 };
          }
          shown = shown.slice(from);
        }
      }),
    );
  });

  test('what was settled in idle time is not moved again by an ordinary question', () => {
    void assert(
      property(contextTokens, pairs, integer({ min: 1, max: 100 }), (context, before, questionTokens) => {
        const settled = before.slice(nextStart(before, null, context, 50));
        const start = settled[0]?.id ?? null;
        const fitting = fit({
          ...{
            contextTokens: context,
            systemTokens: 50,
            pairs: settled,
            start,
            questionTokens,
            entryTokens: [],
          },
        });
        expect(fitting?.from).toBe(0);
      }),
    );
  });

  test('never splits a pair and never begins before its start', () => {
    void assert(
      property(
        pairs,
        option(integer({ min: 0, max: 140 })),
        integer({ min: 0, max: 9_000 }),
        (all, start, tokens) => {
          const from = firstShown(all, start, { tokens, pairs: maxPairs });
          expect(from).toBeLessThanOrEqual(all.length);
          if (start !== null && all.some(({ id }) => id >= start)) {
            for (const { id } of all.slice(from)) expect(id).toBeGreaterThanOrEqual(start);
          }
          expect(sum(all.slice(from).map((pair) => pair.tokens))).toBeLessThanOrEqual(tokens);
        },
      ),
    );
  });
});
