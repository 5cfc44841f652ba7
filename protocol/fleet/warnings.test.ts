/** The registry of warnings holds together. */
import { expect, test } from 'vitest';
import { type Registered, warnings } from './warnings.ts';

const rows = Object.entries(warnings) as [string, Registered][];

test.each(rows)('%s has a name for wires, a title and a cure for people', (code, { title, cure }) => {
  expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  expect(title.length).toBeGreaterThan(10);
  expect(title).not.toMatch(/\.$/);
  expect(cure).toMatch(/\.$/);
});

test.each(rows)('%s follows from what is registered', (_code, { follows }) => {
  for (const cause of follows) expect(Object.keys(warnings)).toContain(cause);
});

test('nothing follows from itself, by however many steps', () => {
  const reaches = (from: string, target: string, seen = new Set<string>()): boolean =>
    (Object.fromEntries(rows)[from]?.follows ?? []).some((cause) => {
      if (cause === target) return true;
      if (seen.has(cause)) return false;
      seen.add(cause);
      return reaches(cause, target, seen);
    });
  for (const [code] of rows) expect(reaches(code, code), code).toBe(false);
});

test('as many as can be raised at once fit into a report', () => {
  expect(rows.length).toBeLessThanOrEqual(32);
});
