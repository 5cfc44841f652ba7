/** The cases hold together: enough of each kind, and what is asked for can be read where it is said to stand. */
import { describe, expect, test } from 'vitest';
import { defused } from '../agent/conversation/citations.ts';
import { excerpt } from '../agent/conversation/excerpt.ts';
import { maxEntryChars } from '../agent/conversation/prompt.ts';
import { Case, type Group, groups, loadCases, loadTools } from './cases.ts';
import { says } from './matching.ts';

const cases = loadCases();
const tools = loadTools();

const atLeast: Record<Group, number> = {
  ...{ shared: 60, meaning: 50, passages: 45, two: 20, unanswerable: 45 },
  ...{ memory: 35, corrections: 25, copying: 35, tools: 40, edges: 50 },
};

test.each(groups)('there are enough of %s, all under a number of their own', (group) => {
  const ids = cases.filter((each) => each.group === group).map(({ id }) => id);
  expect(ids.length).toBeGreaterThanOrEqual(atLeast[group]);
  expect(new Set(ids).size).toBe(ids.length);
});

test('no question is asked twice of the same entries', () => {
  const asked = cases.map(({ entries, question, turns, tools: declared }) =>
    JSON.stringify([entries, question, turns, declared]),
  );
  expect(new Set(asked).size).toBe(asked.length);
});

describe('what is asked for', () => {
  const cited = cases.filter(({ cite }) => cite.length > 0);
  test.each(cited.map((each) => [each.id, each] as const))(
    'stands in the entries that %s cites, as they are shown',
    (_, each) => {
      const shown = each.entries.map(({ text }) =>
        defused(excerpt(text, each.question, each.uncut ? text.length : maxEntryChars(true, 2048))),
      );
      const there = each.cite.map((n) => shown[n - 1]).join('\n');
      for (const one of each.must)
        expect(says(there, one, each.exact), `${JSON.stringify(one)} in ${there}`).toBe(true);
    },
  );
});

test('what a text must not say is not what it must', () => {
  for (const { id, must, mustNot, exact } of cases) {
    for (const one of mustNot) {
      expect(
        must.every((other) => typeof other !== 'string' || !says(other, one, exact)),
        `${id}: ${one}`,
      ).toBe(true);
    }
  }
});

test('functions that are called are declared, with all the arguments that they need', () => {
  for (const { id, call, called, tools: declared } of cases) {
    for (const name of declared)
      expect(
        tools.map((tool) => tool.name),
        id,
      ).toContain(name);
    for (const { name, arguments: given } of [call, called].filter((each) => each !== undefined)) {
      expect(declared, id).toContain(name);
      const { properties, required } = tools.find((tool) => tool.name === name)?.parameters ?? {};
      expect(Object.keys(properties ?? {}), id).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(Object.keys(given), id).toEqual(
        expect.arrayContaining((required as string[] | undefined) ?? []),
      );
    }
  }
});

test('every declared function is offered by some case', () => {
  const offered = new Set(cases.flatMap((each) => each.tools));
  expect(tools.map(({ name }) => name).filter((name) => !offered.has(name))).toEqual([]);
});

test('a case that wants nothing, or cites what is not there, is none', () => {
  const base = { id: 'two-01', group: 'two', language: 'en', question: 'Who?' };
  expect(Case.safeParse(base).success).toBe(false);
  expect(Case.safeParse({ ...base, must: ['a'], cite: [1] }).success).toBe(false);
  expect(Case.safeParse({ ...base, id: 'tools-01', must: ['a'] }).success).toBe(false);
  expect(Case.safeParse({ ...base, must: ['a'], wants: 'b' }).success).toBe(false);
  expect(Case.safeParse({ ...base, must: ['a'] }).success).toBe(true);
});
