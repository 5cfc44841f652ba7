import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { snippet } from './snippet.ts';

describe('a snippet', () => {
  const marked = (text: string, typed: string) =>
    snippet(text, typed)
      .map(({ text: part, hit }) => (hit ? `<${part}>` : part))
      .join('');

  test.each([
    ['The invoice is due.', 'invoices', 'The <invoice> is due.'],
    ['报销须经财务审批', '财务 报销', '<报销>须经<财务>审批'],
    ['Un café crème', 'cafe', 'Un <café> crème'],
    ['LDAP配置', 'ldap', '<LDAP>配置'],
    ['nothing here', 'elsewhere', 'nothing here'],
  ])('of %s for %s', (text, typed, expected) => expect(marked(text, typed)).toBe(expected));

  test('of a long text shows the place of the hit', () => {
    const text = `${'word '.repeat(100)}the boiler room ${'word '.repeat(100)}`;
    expect(marked(text, 'boiler')).toMatch(/^…(?:word )+the <boiler> room (?:word ?)+…$/);
  });

  test('puts together what it took apart', () => {
    void assert(
      property(
        string({ unit: 'grapheme', maxLength: 150 }),
        string({ unit: 'grapheme', maxLength: 5 }),
        (text, typed) => {
          const whole = text.replace(/\s+/gu, ' ');
          if (text.length <= 160)
            expect(
              snippet(text, typed)
                .map((part) => part.text)
                .join('')
                .replace(/\s+/gu, ' '),
            ).toBe(whole);
        },
      ),
    );
  });
});
