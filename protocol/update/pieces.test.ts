import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatPieceList,
  parsePieceList,
  partBytes,
  partName,
  partOf,
  pieceCount,
  pieceRange,
  splitBytes,
} from './pieces.ts';
import { pieceBytes } from './release.ts';

const sizes = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 43 }),
  fc.constantFrom(1, pieceBytes - 1, pieceBytes, pieceBytes + 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 + 1, 2 ** 43),
);

test('pieces follow one another without a gap, and the last ends with the artifact', () => {
  fc.assert(
    fc.property(sizes, fc.nat({ max: 1_000_000 }), (bytes, some) => {
      const count = pieceCount(bytes);
      const piece = some % count;
      const { from, to } = pieceRange(bytes, piece);
      expect(from).toBe(piece === 0 ? 0 : pieceRange(bytes, piece - 1).to);
      expect(to - from).toBeGreaterThan(0);
      expect(to - from).toBeLessThanOrEqual(pieceBytes);
      expect(pieceRange(bytes, count - 1).to).toBe(bytes);
      if (piece < count - 1) expect(to - from).toBe(pieceBytes);
    }),
  );
});

test('there is no piece before the first, after the last, or between two', () => {
  for (const piece of [-1, 2, 0.5, Number.NaN])
    expect(() => pieceRange(pieceBytes + 1, piece)).toThrow(RangeError);
});

test('a piece of a split artifact lies in one part, and the parts are all of it', () => {
  fc.assert(
    fc.property(sizes, fc.nat({ max: 1_000_000 }), (bytes, some) => {
      const range = pieceRange(bytes, some % pieceCount(bytes));
      const { part, from, to } = partOf(range);
      expect(part * splitBytes + from).toBe(range.from);
      expect(to - from).toBe(range.to - range.from);
      expect(to).toBeLessThanOrEqual(partBytes(bytes, part));
    }),
  );
  expect(partName('ab', 7)).toBe('ab.007');
  expect(partBytes(splitBytes + 5, 1)).toBe(5);
  expect(partBytes(splitBytes + 5, 2)).toBe(0);
});

test('a list of pieces is what it was made from', () => {
  const hashes = [1, 2, 3].map((n) => new Uint8Array(32).fill(n));
  const list = formatPieceList(hashes);
  expect(parsePieceList(list, 2 * pieceBytes + 1).map((hash) => [...hash])).toEqual(
    hashes.map((hash) => [...hash]),
  );
});

test('case 14: a list for another size is refused: shorter, longer, cut within a hash', () => {
  const list = formatPieceList([new Uint8Array(32), new Uint8Array(32)]);
  for (const bytes of [pieceBytes, 2 * pieceBytes + 1])
    expect(() => parsePieceList(list, bytes)).toThrow(RangeError);
  expect(() => parsePieceList(list.subarray(1), 2 * pieceBytes)).toThrow(RangeError);
  expect(() => formatPieceList([new Uint8Array(31)])).toThrow(RangeError);
});
