/** What is reckoned of many stored vectors at once: their cosines with a question, and their bits. */
import { bitBytes } from './code.ts';
import { loadKernel } from './kernel.ts';

/** Vectors that are taken in one go. */
const batch = 128;
/** A question of length one in 16-bit numbers: finer by far than the bytes that it is held against. */
const scale = 16_384;

export type Arithmetic = ReturnType<typeof openArithmetic>;

export function openArithmetic(dimensions: number) {
  const registers = Math.ceil(dimensions / 16);
  const width = registers * 16;
  const codeBytes = bitBytes(dimensions);
  // The question or the mean, what comes out, and the vectors.
  const outAt = width * 4;
  const vectorsAt = outAt + batch * Math.max(8, codeBytes);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((vectorsAt + batch * width) / 65_536) });
  const kernel = loadKernel(memory, codeBytes);
  const question16 = new Int16Array(memory.buffer, 0, width);
  const mean32 = new Float32Array(memory.buffer, 0, width);
  const weighed = new Int32Array(memory.buffer, outAt, batch * 2);
  const codes = new Uint8Array(memory.buffer, outAt, batch * codeBytes);
  const vectors = new Int8Array(memory.buffer, vectorsAt, batch * width);

  function* batches(stored: readonly Int8Array[]): Generator<{ from: number; n: number }> {
    for (let from = 0; from < stored.length; from += batch) {
      const some = stored.slice(from, from + batch);
      for (const [i, numbers] of some.entries()) vectors.set(numbers, i * width);
      yield { from, n: some.length };
    }
  }

  return {
    /** Of each with `question`, which has the length one. */
    cosines(question: Float32Array, stored: readonly Int8Array[]): number[] {
      for (let i = 0; i < dimensions; i += 1) question16[i] = Math.round((question[i] ?? 0) * scale);
      question16.fill(0, dimensions);
      const cosines: number[] = [];
      for (const { n } of batches(stored)) {
        kernel.weigh(vectorsAt, n, 0, outAt, registers);
        for (let i = 0; i < n; i += 1)
          cosines.push((weighed[2 * i] ?? 0) / (scale * Math.sqrt(weighed[2 * i + 1] || 1)));
      }
      return cosines;
    },

    /** One bit for each number: is it above the mean of the corpus? A code after the other. */
    bits(stored: readonly Int8Array[], mean: Float32Array): Uint8Array {
      mean32.fill(0).set(mean);
      const bits = new Uint8Array(stored.length * codeBytes);
      for (const { from, n } of batches(stored)) {
        codes.fill(0);
        kernel.cut(vectorsAt, n, 0, outAt, registers);
        bits.set(codes.subarray(0, n * codeBytes), from * codeBytes);
      }
      return bits;
    },
  };
}
