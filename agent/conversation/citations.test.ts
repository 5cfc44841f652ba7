import { describe, expect, test } from 'vitest';
import { citedIn, withoutMarks } from './citations.ts';

const entry = (n: number) => ({
  ...{
    n,
    kind: 'memory' as const,
    id: n,
    documentId: null,
    label: 'memory, 2026-03-02',
    text: `Entry ${n}.`,
  },
});

describe('citations', () => {
  const offered = [entry(1), entry(2), entry(3)];
  test.each([
    ['Behind the bakery. [2]', [2]],
    ['In [3] and [1].', [1, 3]],
    ['Both say so [1, 3].', [1, 3]],
    ['在面包店后面【2】。', [2]],
    ['Entry [4], [0] and [99] are made up.', []],
    ['Use `rows[1]` and\n```\nlist[2]\n```\nas in [3]', [3]],
    ['[note] [a1] [] nothing', []],
    ['entry 2', [2]],
    ['', []],
  ])('%s', (answer, cited) => expect(citedIn(answer, offered).map(({ n }) => n)).toEqual(cited));

  test('their marks are not in later prompts; what is no citation stays', () => {
    expect(withoutMarks('Behind the bakery. [2]', [entry(2)])).toBe('Behind the bakery.');
    expect(withoutMarks('A [1], B [1, 2] and `x[1]`, see [7].', [entry(1), entry(2)])).toBe(
      'A, B and `x[1]`, see [7].',
    );
    expect(withoutMarks('Untouched [1]', [])).toBe('Untouched [1]');
  });
});
