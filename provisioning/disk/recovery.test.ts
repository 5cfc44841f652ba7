/** What people do to a key that they copy by hand. */
import fc from 'fast-check';
import decodeQR from 'qr/decode.js';
import { describe, expect, test } from 'vitest';
import { parseRecoveryKey, toQr, toWords } from './recovery.ts';

/** By systemd-cryptenroll 257 of Debian 13; the words by hand from its bytes. */
const key = parseRecoveryKey('fhitdrtb-hcdvnlbl-ikeirrdj-hgddgflh-lvncrnbd-vhtfhfnl-fdbkhtbc-fefnekuu');
const words = toWords(key);

const letters = fc.string({ unit: fc.constantFrom(...'cbdefghijklnrtuv'), minLength: 64, maxLength: 64 });

/** As a camera sees it, four points a module. */
function photograph(modules: readonly (readonly boolean[])[]): {
  width: number;
  height: number;
  data: Uint8Array;
} {
  const size = modules.length * 4;
  const dark = (at: number): boolean =>
    modules[Math.floor(Math.floor(at / size) / 4)]?.[Math.floor((at % size) / 4)] ?? false;
  return {
    ...{ width: size, height: size },
    data: Uint8Array.from({ length: size * size * 4 }, (_, i) =>
      i % 4 === 3 || !dark(Math.floor(i / 4)) ? 255 : 0,
    ),
  };
}

const refusalOf = (typed: string): string => {
  try {
    parseRecoveryKey(typed);
  } catch (error) {
    return (error as Error).message;
  }
  return 'taken';
};

test('every key is the same by letters, by words and by its picture', () => {
  fc.assert(
    fc.property(letters, (all) => {
      const parsed = parseRecoveryKey(all);
      expect(parseRecoveryKey(toWords(parsed).join(' '))).toBe(parsed);
      expect(decodeQR(photograph(toQr(parsed)))).toBe(parsed);
    }),
    { numRuns: 50 },
  );
});

test('the words are those of BIP-39 for the same bytes', () => {
  // The list's own vectors: all zeros, and all ones, which are the first and the last letter here.
  expect(toWords(parseRecoveryKey('c'.repeat(64))).join(' ')).toBe(`${'abandon '.repeat(23)}art`);
  expect(toWords(parseRecoveryKey('v'.repeat(64))).join(' ')).toBe(`${'zoo '.repeat(23)}vote`);
});

test.each([
  ['letters without dashes', key.replaceAll('-', '')],
  ['letters in capitals', key.toUpperCase()],
  [
    'letters in groups of four, over two lines',
    key
      .replaceAll('-', '')
      .replace(/.{4}/g, '$& ')
      .replace(/^(.{40})/, '$1\n'),
  ],
  ['letters with typographic dashes', ` ${key.replaceAll('-', '–')}\n`],
  ['words in capitals', words.join(' ').toUpperCase()],
  ['words with their numbers', words.map((word, i) => `${i + 1}. ${word}`).join('\n')],
  ['words with commas', words.join(', ')],
  [
    'full-width letters of a Chinese keyboard',
    [...words.join(' ')]
      .map((c) => (c === ' ' ? '　' : String.fromCharCode(c.charCodeAt(0) + 0xfee0)))
      .join(''),
  ],
])('takes %s', (_, typed) => {
  expect(parseRecoveryKey(typed)).toBe(key);
});

describe('says in one sentence what is wrong with', () => {
  const withWord = (at: number, word: string): string => words.toSpliced(at, 1, word).join(' ');

  test.each([
    [
      'a missing letter',
      withWord(4, 'abandn'),
      'Word 5, “abandn”, is not one of the list; it may be “abandon”.',
    ],
    [
      'two swapped letters',
      withWord(0, 'abotu'),
      'Word 1, “abotu”, is not one of the list; it may be “about”.',
    ],
    [
      'a wrong end',
      withWord(23, 'elephants'),
      'Word 24, “elephants”, is not one of the list; it may be “elephant”.',
    ],
    [
      'a word of no list',
      withWord(2, 'rockpool'),
      'Word 3, “rockpool”, is not one of the list; it may be “rocket”.',
    ],
  ])('%s', (_, typed, sentence) => {
    expect(refusalOf(typed)).toBe(sentence);
  });

  test('a missing word', () => {
    expect(refusalOf(words.slice(1).join(' '))).toContain('has 24 words; these are 23');
  });
  test('swapped words', () => {
    expect(refusalOf([words[1], words[0], ...words.slice(2)].join(' '))).toContain('two are swapped');
  });
  test('a foreign letter', () => {
    expect(refusalOf(key.replace('drtb', 'drta'))).toContain('“a”, letter 8 of group 1');
  });
  test('a group that is too short', () => {
    expect(refusalOf(key.replace('ikeirrdj', 'ikeirrd'))).toContain('Group 3 has 7 instead of 8');
  });
  test('nothing at all', () => {
    expect(refusalOf(' ')).toContain('64 letters, or 24 words');
  });
});

test('a slip in the words is found, whichever word it is in', () => {
  // One in 256 keys with one wrong word of the list checks; a word outside of it never.
  for (const at of words.keys())
    expect(refusalOf(words.toSpliced(at, 1, 'rockpool').join(' '))).toContain(`Word ${at + 1},`);
});
