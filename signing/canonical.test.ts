/** One value, one sequence of bytes: and everything that could be read in two ways is refused. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CanonicalError,
  canonical,
  canonicalBytes,
  type Domain,
  parseCanonical,
  signedBytes,
} from './canonical.ts';

interface Vectors {
  accepted: { name: string; value: unknown; canonical: string }[];
  refused: { name: string; text: string }[];
}
const vectors = JSON.parse(
  readFileSync(new URL('vectors/canonical.json', import.meta.url), 'utf8'),
) as Vectors;

test.each(vectors.accepted)('vector: $name', ({ value, canonical: text }) => {
  expect(canonical(value)).toBe(text);
  expect(parseCanonical(Buffer.from(text))).toEqual(value);
});

test.each(vectors.refused)('bytes with $name are not canonical', ({ text }) => {
  expect(() => parseCanonical(Buffer.from(text))).toThrow(CanonicalError);
});

/** What we sign: JSON without fractions, in any order of keys. */
const signable = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger().map((number) => number + 0),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

test('what was written is read back, and written to the same bytes again', () => {
  fc.assert(
    fc.property(signable, (value) => {
      const bytes = canonicalBytes(value);
      const back = parseCanonical(bytes);
      expect(back).toEqual(value);
      expect(canonicalBytes(back)).toEqual(bytes);
    }),
  );
});

test('the order in which keys were set does not show', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(canonical(turned)).toBe(canonical(value));
    }),
  );
});

test('two different values never have the same bytes', () => {
  fc.assert(
    fc.property(signable, signable, (a, b) => {
      const isSame = JSON.stringify(a) === JSON.stringify(b) || canonical(a) === canonical(b);
      if (isSame) expect(parseCanonical(canonicalBytes(a))).toEqual(parseCanonical(canonicalBytes(b)));
      else expect(canonicalBytes(a)).not.toEqual(canonicalBytes(b));
    }),
  );
});

describe('what is not JSON as two programs would write it is refused', () => {
  const holed = [1, 2, 3];
  delete holed[1];
  const computed = Object.defineProperty({}, 'a', { get: () => 1, enumerable: true });
  const hidden = Object.defineProperty({}, 'a', { value: 1, enumerable: false });
  test.each([
    ['a fraction', { a: { b: 0.5 } }],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['minus zero', -0],
    ['a number that a double can not tell from its neighbour', 2 ** 53],
    ['undefined', { a: undefined }],
    ['a hole', holed],
    ['a date', new Date(0)],
    ['bytes', new Uint8Array(2)],
    ['a map', new Map()],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a computed key', computed],
    ['a hidden key', hidden],
    ['a symbol', { [Symbol('a')]: 1 }],
    ['half of a character', ['\ud800']],
    ['half of a character in a key', { '\udc00': 1 }],
  ])('%s', (_, value) => {
    expect(() => canonical(value)).toThrow(CanonicalError);
  });

  test('and the error names the place', () => {
    expect(() => canonical({ steps: [{ at: 0.1 }] })).toThrow('steps.0.at is 0.1');
  });

  test('nesting that could exhaust the stack', () => {
    let deep: unknown = 0;
    for (let depth = 0; depth < 40; depth += 1) deep = [deep];
    expect(() => canonical(deep)).toThrow('too deep');
    expect(() => parseCanonical(Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)))).toThrow(
      CanonicalError,
    );
  });
});

test('bytes that are not UTF-8 are not canonical, though a lenient reader would make text of them', () => {
  expect(() => parseCanonical(Buffer.from([0x22, 0xff, 0x22]))).toThrow(CanonicalError);
});

test('a domain can not be continued by what is signed', () => {
  const bytes = signedBytes('rockpool/enrol/v1', 1);
  expect(Buffer.from(bytes).toString()).toBe('rockpool/enrol/v1\x001');
});

test.each([
  'rockpool/enrol',
  'enrol/v1',
  'rockpool/Enrol/v1',
  'rockpool/enrol/v0',
  'rockpool/a\0b/v1',
  'rockpool//v1',
])('%j is no domain', (domain) => {
  expect(() => signedBytes(domain as Domain, 1)).toThrow(CanonicalError);
});

test('whatever JSON comes, its bytes are taken exactly when they are those that would be signed', () => {
  const keys = fc.oneof(fc.string(), fc.constantFrom('10', '9', '__proto__', 'a', 'Z', 'é'));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 0, -0, 1, -7, 2 ** 53, 0.5, 1e21, '\ud800', 'ü'),
      fc.string(),
      fc.array(tie('value')),
      fc.dictionary(keys, tie('value'), { noNullPrototype: true }),
    ),
  }));
  const said = (made: () => string): string | undefined => {
    try {
      return made();
    } catch (error) {
      if (error instanceof CanonicalError) return undefined;
      throw error;
    }
  };
  fc.assert(
    fc.property(value, (made) => {
      for (const text of [JSON.stringify(made), said(() => canonical(made))]) {
        if (text === undefined) continue;
        const isCanonical = said(() => canonical(JSON.parse(text))) === text;
        const isTaken = said(() => JSON.stringify(parseCanonical(Buffer.from(text)))) !== undefined;
        expect(isTaken, text).toBe(isCanonical);
      }
    }),
    { numRuns: 2_000 },
  );
});
