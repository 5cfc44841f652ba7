import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokenText } from './token-text.ts';

/** As if every byte were a token. */
const bytesToText = (bytes: readonly number[]) => Buffer.from(bytes).toString('utf8');

test('a character split over tokens comes out whole, in every language', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const tokens = createTokenText(bytesToText);
      const pieces = [...Buffer.from(text)].map((byte) => tokens.push(byte));
      expect(pieces.join('') + tokens.end()).toBe(text);
      for (const piece of pieces) expect(piece).not.toContain(text.includes('\uFFFD') ? '\0\0' : '\uFFFD');
    }),
  );
});

test('half a character at the end is shown as damaged, not swallowed', () => {
  const tokens = createTokenText(bytesToText);
  const [first = 0] = Buffer.from('好');
  expect(tokens.push(first)).toBe('');
  expect(tokens.end()).toBe('\uFFFD');
});

test('bytes that are no character at all do not hold up what follows', () => {
  const tokens = createTokenText(bytesToText);
  const shown = [0xff, 0xff, 0xff, 0xff, 0x61].map((byte) => tokens.push(byte)).join('');
  expect(shown).toBe('\uFFFD\uFFFD\uFFFD\uFFFDa');
});
