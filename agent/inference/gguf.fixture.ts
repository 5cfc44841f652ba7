/** Small GGUF files for tests: words, and tensors of 32-bit numbers, as true or as lying as a test wants them. */
export interface Tensor {
  name: string;
  dimensions: readonly (number | bigint)[];
  /** Left out: where its data really is. */
  offset?: bigint;
  data?: Float32Array;
}

export type Words = Record<string, string | number | { float: number }>;

const u32 = (n: number): Buffer => Buffer.from(Uint32Array.of(n).buffer);
const u64 = (n: number | bigint): Buffer => Buffer.from(BigUint64Array.of(BigInt(n)).buffer);
const f32 = (n: number): Buffer => Buffer.from(Float32Array.of(n).buffer);
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const padding = (length: number): Buffer => Buffer.alloc((32 - (length % 32)) % 32);

function value(of: Words[string]): Buffer {
  if (typeof of === 'string') return Buffer.concat([u32(8), text(of)]);
  return typeof of === 'number' ? Buffer.concat([u32(4), u32(of)]) : Buffer.concat([u32(6), f32(of.float)]);
}

/** @param claimed how many tensors it says that it has */
export function gguf(words: Words, tensors: readonly Tensor[], claimed = tensors.length): Buffer {
  const entries = Object.entries(words).map(([key, of]) => Buffer.concat([text(key), value(of)]));
  const data: Buffer[] = [];
  let at = 0;
  const heads = tensors.map(({ name, dimensions, offset, data: numbers = new Float32Array(8) }) => {
    const here = Buffer.from(numbers.buffer);
    const head = [text(name), u32(dimensions.length), ...dimensions.map(u64), u32(0), u64(offset ?? at)];
    data.push(here, padding(here.length));
    at += here.length + padding(here.length).length;
    return Buffer.concat(head);
  });
  const head = Buffer.concat([
    ...[Buffer.from('GGUF'), u32(3), u64(claimed), u64(entries.length), ...entries, ...heads],
  ]);
  return Buffer.concat([head, padding(head.length), ...data]);
}
