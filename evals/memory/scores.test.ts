/** What the measure of memory rests on: its scores, and whether the office it tells of is what it is said to be. */
import { expect, test } from 'vitest';
import { kinds, makeOffice, smallOffice } from './office.ts';
import { isAnswerable, isStale, type Outcome, scoresOf } from './scores.ts';

const outcome = (kind: Outcome['asked']['kind'], some: Partial<Outcome> = {}): Outcome => ({
  ...{ asked: { kind, language: 'en' }, right: undefined, outdated: undefined },
  ...{ outdatedTold: false, recalled: 0, foreign: 0 },
  ...some,
});

test('recall counts what answers as things are now, among the first one, five and ten', () => {
  const { all, kinds: by } = scoresOf([
    outcome('unchanged', { right: 0, recalled: 3 }),
    outcome('changed', { right: 4, recalled: 6 }),
    outcome('changed', { right: 9, recalled: 10 }),
    outcome('unchanged'),
    outcome('others', { recalled: 2 }),
  ]);
  expect(all).toEqual({
    ...{ questions: 4, recallAt1: 1 / 4, recallAt5: 2 / 4, recallAt10: 3 / 4 },
    meanReciprocalRank: (1 + 1 / 5 + 1 / 10) / 4,
  });
  expect(by.unchanged).toMatchObject({ questions: 2, recallAt5: 0.5 });
});

test('an answer is stale when an outdated fact stands before today’s, or alone', () => {
  expect(isStale(outcome('changed', { right: 1, outdated: 0 }))).toBe(true);
  expect(isStale(outcome('changed', { outdated: 3 }))).toBe(true);
  expect(isStale(outcome('changed', { right: 0, outdated: 1 }))).toBe(false);
  expect(isStale(outcome('changed'))).toBe(false);
});

test('what is left out of the prompt is recalled, and not told', () => {
  const { outdatedBeside, outdatedTold } = scoresOf([
    outcome('changed', { right: 0, outdated: 1, outdatedTold: true }),
    outcome('disagreeing', { right: 0, outdated: 1 }),
    outcome('changed', { right: 0 }),
    outcome('unchanged', { right: 0, outdatedTold: true }),
  ]);
  expect([outdatedBeside, outdatedTold]).toEqual([2 / 3, 1 / 3]);
});

test("another's fact counts against all questions, and what is told in vain against those that nothing answers", () => {
  const { wrongPerson, injected } = scoresOf([
    outcome('unchanged', { right: 0, recalled: 1 }),
    outcome('others', { recalled: 1, foreign: 1 }),
    outcome('nobodys'),
    outcome('unrelated'),
  ]);
  expect(wrongPerson).toBe(1 / 4);
  expect(injected).toEqual({ all: 1 / 3, others: 1, nobodys: 0, unrelated: 0 });
});

const office = makeOffice(smallOffice);

test('the office is the same in every run', () => {
  expect(makeOffice(smallOffice)).toEqual(office);
});

test('it is told in the order of time, and asked about afterwards, in every way', () => {
  const { told, asked, now } = office;
  expect(told.every(({ at }, i) => at >= (told[i - 1]?.at ?? 0) && at < now)).toBe(true);
  expect(new Set(asked.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)));
  expect(new Set(asked.map(({ language }) => language))).toEqual(new Set(['en', 'zh']));
});

test('what can be answered was told to the asker or by the office, and what only another knows was not', () => {
  for (const { asker, matter, kind, question } of office.asked) {
    const heard = office.told.some(
      (one) =>
        matter !== null && one.matter === matter && (one.scope === 'office' || one.teller.id === asker.id),
    );
    expect(heard, `${kind}: ${question}`).toBe(isAnswerable(kind));
  }
});

test('no question repeats what was told', () => {
  const told = new Set(office.told.map(({ said }) => said.toLowerCase()));
  for (const { question } of office.asked) expect(told.has(question.toLowerCase())).toBe(false);
});
