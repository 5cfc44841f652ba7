import { expect, test } from 'vitest';
import { kept } from './kept.ts';

test('what was made is made once, and what was asked for last stays', () => {
  const made: string[] = [];
  const length = kept((text: string) => made.push(text) && text.length, 4);
  for (const text of ['a', 'bb', 'a', 'ccc', 'a', 'dddd', 'a', 'eeeee', 'a'])
    expect(length(text)).toBe(text.length);
  expect(made).toEqual(['a', 'bb', 'ccc', 'dddd', 'eeeee']);
  length('bb');
  expect(made).toHaveLength(6);
});
