import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { excerpt } from './excerpt.ts';

describe('an excerpt', () => {
  const long = Array.from({ length: 40 }, (_, i) => `Sentence number ${i} is about nothing.`).join(' ');

  test('of a long passage is whole sentences around what was asked', () => {
    const text = `${long} Visitors park behind the bakery. They need a badge. ${long}`;
    const cut = excerpt(text, 'Where do the visitors park?', 200);
    expect(cut).toContain('Visitors park behind the bakery. They need a badge.');
    expect(cut.length).toBeLessThanOrEqual(200);
    expect(cut).toMatch(/^[A-Z][^…]*\.$/);
    expect(
      excerpt(
        `${'今天天气很好。'.repeat(60)}访客把车停在面包店后面。${'明天下雨。'.repeat(60)}`,
        '访客的车停在哪里?',
        80,
      ),
    ).toContain('访客把车停在面包店后面。');
  });

  test('is never longer than asked, and a short text stays as it is', () => {
    void assert(
      property(string({ unit: 'grapheme', maxLength: 500 }), string({ maxLength: 40 }), (text, question) => {
        const cut = excerpt(text, question, 60);
        expect(cut.length).toBeLessThanOrEqual(60);
        expect(cut.isWellFormed() || !text.isWellFormed()).toBe(true);
        if (text.length <= 60) expect(cut).toBe(text);
      }),
    );
  });
});
