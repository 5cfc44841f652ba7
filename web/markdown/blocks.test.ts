import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance, type Blocks, blocksOf, maxBlockChars, noBlocks, worthParsing } from './blocks.ts';

const tricky = [
  'A paragraph.\n\nAnother, with `code`.\n\n',
  '```js\nlet a = 1;\n\nlet b = 2;\n```\nafter\n\n',
  '1. one\n\n   still one\n2. two\n\n\n- other\n',
  '$$\na\n\nb\n$$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nend',
  '~~~\n```\n\nnot closed by the other fence\n~~~\n',
].join('');

/** The text arrives in these pieces; what is finished is watched. */
function stream(text: string, sizes: readonly number[]): Blocks {
  let blocks = noBlocks;
  let at = 0;
  for (let n = 0; at < text.length; n += 1) {
    at += sizes[n % sizes.length] ?? 1;
    const before = blocks.committed;
    blocks = advance(blocks, text.slice(0, at));
    expect(blocks.committed.slice(0, before.length)).toEqual(before);
    expect(blocks.committed.join('') + blocks.tail).toBe(text.slice(0, at));
  }
  return blocks;
}

describe('what is finished', () => {
  test('stays as it is, whatever pieces the text arrives in, and nothing is lost or doubled', () => {
    const marks = fc.constantFrom(
      '\n',
      '\n\n',
      '```',
      '~~~',
      '$$',
      '- ',
      '1. ',
      '  ',
      '#',
      '|',
      'word ',
      '好',
      '`',
    );
    const text = fc.oneof(
      fc.constant(tricky),
      fc.array(marks, { maxLength: 80 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(
        text,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 }),
        (all, sizes) => void stream(all, sizes),
      ),
    );
  });

  test('is a paragraph once the next one has begun', () => {
    expect(blocksOf('One.\n\nTwo is longer.\n')).toEqual(['One.\n\n', 'Two is longer.\n']);
    expect(advance(noBlocks, 'One.\n\n').committed).toEqual([]);
  });

  test('is a code block with its closing fence, blank lines inside and all', () => {
    expect(blocksOf('```py\na\n\nb\n```\nText after.\n')).toEqual(['```py\na\n\nb\n```\n', 'Text after.\n']);
  });

  test('is a list as a whole, so that its numbers go on', () => {
    expect(blocksOf('1. a\n\n   more\n\n2. b\n\nThen a paragraph.\n')).toEqual([
      '1. a\n\n   more\n\n2. b\n\n',
      'Then a paragraph.\n',
    ]);
  });

  test('is display maths as a whole', () => {
    expect(blocksOf('$$\nx\n\ny\n$$\n\nSo it follows.\n')).toEqual([
      '$$\nx\n\ny\n$$\n',
      '\nSo it follows.\n',
    ]);
  });
});

test('no block that a parser sees is longer than a bound, even without a line end', () => {
  for (const endless of [
    '['.repeat(200_000),
    'word '.repeat(40_000),
    'line\n'.repeat(40_000),
    '* a\n'.repeat(40_000),
  ]) {
    expect(Math.max(...blocksOf(endless).map((block) => block.length))).toBeLessThanOrEqual(
      2 * maxBlockChars,
    );
  }
});

test('parsing a tail that grows by a token at a time costs a small multiple of its length, not its square', () => {
  const tokens = 20_000;
  let parsed = 0;
  let work = 0;
  for (let length = 4; length <= 4 * tokens; length += 4) {
    if (!worthParsing(parsed, length)) continue;
    parsed = length;
    work += length > 2_000 ? length : 0;
  }
  expect(work).toBeLessThan(12 * 4 * tokens);
  expect(parsed).toBeGreaterThan(0.85 * 4 * tokens);
});
