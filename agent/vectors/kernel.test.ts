import { array, assert, constant, float, integer, property, record, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import { loadKernel } from './kernel.ts';

/** The same without WebAssembly. */
function differing(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  for (let i = 0; i < a.length; i += 1) {
    for (let x = (a[i] ?? 0) ^ (b[i] ?? 0); x > 0; x >>= 1) bits += x & 1;
  }
  return bits;
}

const [questionAt, countsAt, collectedAt, distancesAt, codesAt] = [0, 1_024, 20_480, 24_576, 32_768];
const memory = new WebAssembly.Memory({ initial: 2 });
const view = <T>(Type: new (buffer: ArrayBuffer, at: number, n: number) => T, at: number, n: number): T =>
  new Type(memory.buffer, at, n);

test('the scan counts what a plain loop counts, in codes of any width', () => {
  const codesOf = (registers: number) => {
    const width = registers * 16;
    const code = uint8Array({ minLength: width, maxLength: width });
    return array(code, { minLength: 2, maxLength: 90 }).map((codes) => ({ width, codes }));
  };
  const cases = integer({ min: 1, max: 31 }).chain(codesOf);
  return assert(
    property(cases, ({ width, codes: [question, ...codes] }) => {
      if (!question) throw new Error('there is a question');
      const kernel = loadKernel(memory, width);
      view(Uint8Array, questionAt, width).set(question);
      for (const [i, code] of codes.entries()) view(Uint8Array, codesAt + i * width, width).set(code);
      const counts = view(Uint32Array, countsAt, width * 8 + 1).fill(0);
      const nearest = kernel.scan(codesAt, codes.length, questionAt, distancesAt, countsAt);

      const expected = codes.map((code) => differing(code, question));
      expect([...view(Uint16Array, distancesAt, codes.length)]).toEqual(expected);
      expect(nearest).toBe(Math.min(...expected));
      expect([...counts]).toEqual(
        Array.from(counts, (_, distance) => expected.filter((each) => each === distance).length),
      );
    }),
    { numRuns: 60 },
  );
});

test.each([
  ['of all sizes', 65_535],
  ['small and often the same', 9],
])('what is collected lies within both bounds, in order, and not behind the end: %s', (_, most) => {
  const kernel = loadKernel(memory, 16);
  const distance = integer({ min: 0, max: most });
  return assert(
    property(array(distance, { minLength: 1, maxLength: 256 }), distance, distance, (all, a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      view(Uint16Array, distancesAt, 264).fill(from).set(all);
      const found = kernel.collect(distancesAt, all.length, from, to, collectedAt);
      expect([...view(Uint32Array, collectedAt, found)]).toEqual(
        [...all.keys()].filter((i) => (all[i] ?? 0) >= from && (all[i] ?? 0) <= to),
      );
    }),
  );
});

test('products and squares are those of a plain loop', () => {
  const kernel = loadKernel(memory, 16);
  const numbers = (n: number, most: number) =>
    array(integer({ min: -most, max: most }), { minLength: n, maxLength: n });
  const cases = integer({ min: 1, max: 30 }).chain((registers) => {
    const vectors = array(numbers(registers * 16, 127), { minLength: 1, maxLength: 40 });
    return record({ registers: constant(registers), question: numbers(registers * 16, 16_384), vectors });
  });
  return assert(
    property(cases, ({ registers, question, vectors }) => {
      view(Int16Array, questionAt, question.length).set(question);
      for (const [i, vector] of vectors.entries())
        view(Int8Array, codesAt + i * vector.length, vector.length).set(vector);
      kernel.weigh(codesAt, vectors.length, questionAt, distancesAt, registers);
      const dot = (a: readonly number[], b: readonly number[]): number =>
        a.reduce((sum, number, i) => sum + number * (b[i] ?? 0), 0) | 0;
      expect([...view(Int32Array, distancesAt, vectors.length * 2)]).toEqual(
        vectors.flatMap((vector) => [dot(vector, question), dot(vector, vector)]),
      );
    }),
    { numRuns: 40 },
  );
});

test('bits say which numbers are above the mean, as long as the vector is', () => {
  const numbers = (n: number) => array(integer({ min: -127, max: 127 }), { minLength: n, maxLength: n });
  const cases = integer({ min: 1, max: 16 }).chain((registers) => {
    const n = registers * 16;
    const mean = array(float({ min: -1, max: 1, noNaN: true }), { minLength: n, maxLength: n });
    return record({ registers: constant(registers), mean, vectors: array(numbers(n), { minLength: 1 }) });
  });
  return assert(
    property(cases, ({ registers, mean, vectors }) => {
      const codeBytes = Math.ceil(registers / 8) * 16;
      view(Float32Array, questionAt, mean.length).set(mean);
      for (const [i, vector] of vectors.entries())
        view(Int8Array, codesAt + i * vector.length, vector.length).set(vector);
      view(Uint8Array, distancesAt, vectors.length * codeBytes).fill(0);
      loadKernel(memory, codeBytes).cut(codesAt, vectors.length, questionAt, distancesAt, registers);
      for (const [v, vector] of vectors.entries()) {
        const length = Math.fround(Math.sqrt(vector.reduce((sum, number) => sum + number * number, 0)));
        const code = view(Uint8Array, distancesAt + v * codeBytes, codeBytes);
        expect(vector.map((_, i) => ((code[i >> 3] ?? 0) >> (i & 7)) & 1)).toEqual(
          vector.map((number, i) => Number(number > Math.fround((mean[i] ?? 0) * length))),
        );
        expect(code.subarray(registers * 2).every((byte) => byte === 0)).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

test.each([0, 8, 17, 512])('codes of %i bytes are refused', (bytes) => {
  expect(() => loadKernel(memory, bytes)).toThrow(`codes of ${bytes} bytes`);
});
