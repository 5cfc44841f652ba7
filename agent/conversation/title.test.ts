import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { titleOf } from './title.ts';

describe('a title', () => {
  test.each([
    ['Where do visitors park?', 'Where do visitors park?'],
    ['remember that the alarm code is 4471.', 'The alarm code is 4471'],
    ['Please remember: the van is on level 3B', 'The van is on level 3B'],
    ['请记住:报警密码是4471。', '报警密码是4471'],
    ['Remember', 'Remember'],
    ['  two\n\nlines\tof text  ', 'Two lines of text'],
    ['# Heading **bold** `code`', 'Heading bold code'],
    [
      'Explain the difference between the two heating circuits in the cellar',
      'Explain the difference between the two heating…',
    ],
    [
      '请把第三季度所有分公司的财务报销单据按照部门重新整理并汇总',
      '请把第三季度所有分公司的财务报销单据按照部门重新…',
    ],
    ['a'.repeat(100), `A${'a'.repeat(47)}…`],
    ['?', '?'],
    ['🦊', '🦊'],
  ])('%s → %s', (text, title) => expect(titleOf(text)).toBe(title));

  test('is short, one line, and never empty for something that can be read', () => {
    void assert(
      property(string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), (text) => {
        const title = titleOf(text);
        expect([...title].length).toBeLessThanOrEqual(50);
        expect(title).not.toMatch(/[\n\r]/);
        if (/[\p{L}\p{N}]/u.test(text)) expect(title).not.toBe('');
      }),
    );
  });
});
