/** The loops that a search spends its time in, as WebAssembly with vector instructions, put together here. */

export interface Kernel {
  /**
   * Counts the bits in which each of `n` ≥ 1 codes at `codes` differs from the one at `question`: 16 bits each to `out`,
   * one more in the 32-bit counter of that distance at `counts`. @returns the smallest
   */
  scan(codes: number, n: number, question: number, out: number, counts: number): number;
  /** Which of the `n` distances at `distances` are `from` to `to`: their places, 32 bits each, at `out`. @returns how many */
  collect(distances: number, n: number, from: number, to: number, out: number): number;
  /**
   * Of each of `n` ≥ 1 vectors of bytes at `vectors`, its product with the 16-bit one at `question` and its square, 32
   * bits each, to `out`. All are `registers` × 16 numbers long.
   */
  weigh(vectors: number, n: number, question: number, out: number, registers: number): number;
  /**
   * Of each of `n` ≥ 1 vectors of bytes, a code of the loaded width to `out`, which is zero: a bit for each number that is
   * above the 32-bit float at its place in `mean`, which is for a vector of length one.
   */
  cut(vectors: number, n: number, mean: number, out: number, registers: number): number;
}

/** Counts of 8 bits each are added up in bytes: 31 times at most. */
const maxRegisters = 31;

/** @param bytes of one code, a multiple of 16 */
export function loadKernel(memory: WebAssembly.Memory, bytes: number): Kernel {
  const registers = bytes / 16;
  if (!Number.isInteger(registers) || registers < 1 || registers > maxRegisters)
    throw new Error(`codes of ${bytes} bytes can't be scanned`);
  const compiled = new WebAssembly.Module(assemble(registers));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as Kernel;
}

// The binary format: https://webassembly.github.io/spec/core/binary/index.html
type Code = readonly number[];

const i32 = 0x7f;
const v128 = 0x7b;

/** LEB128 of an unsigned number. */
function leb(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

/** Signed: its last byte needs a zero where the sign stands. */
const constant = (value: number): Code => {
  const bytes = [...leb(value)];
  const last = bytes.at(-1) ?? 0;
  return [0x41, ...(last < 64 ? bytes : [...bytes.slice(0, -1), last + 128, 0])];
};
const get = (local: number): Code => [0x20, ...leb(local)];
const set = (local: number): Code => [0x21, ...leb(local)];
const tee = (local: number): Code => [0x22, ...leb(local)];
const simd = (operation: number): Code => [0xfd, ...leb(operation)];

const add: Code = [0x6a];
const sub: Code = [0x6b];
const mul: Code = [0x6c];
const and: Code = [0x71];
const shl: Code = [0x74];
const lessThan: Code = [0x49];
const atMost: Code = [0x4d];
const select: Code = [0x1b];
const load: Code = [0x28, 2, 0];
const load16: Code = [0x2f, 1, 0];
const store: Code = [0x36, 2, 0];
const store16: Code = [0x3b, 1, 0];
const loop = (...body: Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0b];
const when = (...body: Code[]): Code => [0x04, 0x40, ...body.flat(), 0x0b];
/** From within `loop`, which is `depth` blocks out: once more. */
const again = (depth = 0): Code => [0x0d, depth];

const loadRegister = (offset: number): Code => [...simd(0x00), 0, ...leb(offset)];
const xor = simd(0x51);
const anyTrue = simd(0x53);
const bitsOfBytes = simd(0x62); // i8x16.popcnt
const addBytes = simd(0x6e);
const sumTo16 = simd(0x7d); // i16x8.extadd_pairwise_i8x16_u
const sumTo32 = simd(0x7f); // i32x4.extadd_pairwise_i16x8_u
const lane32 = (lane: number): Code => [...simd(0x1b), lane];
const splat16 = simd(0x10);
const sub16 = simd(0x91);
const atMost16 = simd(0x34);
const low16 = simd(0x87); // i16x8.extend_low_i8x16_s
const high16 = simd(0x88);
const product = simd(0xba); // i32x4.dot_i16x8_s
const add32 = simd(0xae);
const loadHalf16: Code = [...simd(0x01), 0, 0]; // v128.load8x8_s
const low32 = simd(0xa7); // i32x4.extend_low_i16x8_s
const high32 = simd(0xa8);
const float32 = simd(0xfa); // f32x4.convert_i32x4_s
const multiply = simd(0xe6);
const above = simd(0x44); // f32x4.gt
const bitsOf32 = simd(0xa4); // i32x4.bitmask
const splatFloat = simd(0x13);
const rootOfInteger: Code = [0xb2, 0x91]; // f32.convert_i32_s, f32.sqrt
const or: Code = [0x72];
const store8: Code = [0x3a, 0, 0];
const noneOfAll: Code = [...simd(0x0c), ...Array.from({ length: 16 }, () => 0)];

/** `place = place + by` */
const advance = (place: number, by: number): Code => [get(place), constant(by), add, set(place)].flat();

const sumOfLanes = (local: number): Code =>
  [0, 1, 2, 3].flatMap((lane) => [...get(local), ...lane32(lane), ...(lane > 0 ? add : [])]);

function scanCode(registers: number): Code {
  const [codes, n, question, out, counts] = [0, 1, 2, 3, 4];
  const [end, distance, counter, smallest, sum] = [5, 6, 7, 8, 9];
  const asked = (i: number): number => 10 + i; // the question, a register a local
  const differing = (i: number): Code =>
    [get(codes), loadRegister(16 * i), get(asked(i)), xor, bitsOfBytes].flat();
  const each = Array.from({ length: registers }, (_, i) => i);
  return [
    ...[...leb(2), ...leb(4), i32, ...leb(1 + registers), v128], // locals
    ...each.flatMap((i) => [get(question), loadRegister(16 * i), set(asked(i))].flat()),
    ...[get(codes), get(n), constant(16 * registers), mul, add, set(end)].flat(),
    ...[constant(0xffff), set(smallest)].flat(),
    ...loop(
      ...each.map((i) => [...differing(i), ...(i > 0 ? addBytes : [])]),
      ...[sumTo16, sumTo32, set(sum)],
      ...[sumOfLanes(sum), set(distance)],
      ...[get(out), get(distance), store16],
      ...[get(counts), get(distance), constant(2), shl, add, tee(counter)],
      ...[get(counter), load, constant(1), add, store],
      ...[get(distance), get(smallest), get(distance), get(smallest), lessThan, select, set(smallest)],
      ...[advance(out, 2), advance(codes, 16 * registers)],
      ...[get(codes), get(end), lessThan, again()],
    ),
    ...get(smallest),
    0x0b,
  ];
}

/** Eight at a time: of a block hardly any are near. `x - from ≤ to - from`, unsigned, is both bounds in one. */
function collectCode(): Code {
  const [distances, n, from, to, out] = [0, 1, 2, 3, 4];
  const [i, j, found, range] = [5, 6, 7, 8];
  const distanceAt = (place: number): Code => [get(distances), get(place), constant(1), shl, add].flat();
  return [
    ...[...leb(1), ...leb(4), i32], // locals
    ...[get(to), get(from), sub, set(range)].flat(),
    ...loop(
      ...[distanceAt(i), loadRegister(0), get(from), splat16, sub16, get(range), splat16, atMost16, anyTrue],
      when(
        ...[get(i), set(j)],
        loop(
          ...[distanceAt(j), load16, get(from), sub, get(range), atMost],
          ...[get(j), get(n), lessThan, and],
          when(...[get(out), get(found), constant(2), shl, add, get(j), store], advance(found, 1)),
          advance(j, 1),
          ...[get(j), constant(7), and, again()],
        ),
      ),
      advance(i, 8),
      ...[get(i), get(n), lessThan, again()],
    ),
    ...get(found),
    0x0b,
  ];
}

function weighCode(): Code {
  const [vectors, n, question, out, registers] = [0, 1, 2, 3, 4];
  const [i, j, asked, numbers, low, high, dot, square] = [5, 6, 7, 8, 9, 10, 11, 12];
  return [
    ...[...leb(2), ...leb(3), i32, ...leb(5), v128], // locals
    ...loop(
      ...[noneOfAll, set(dot), noneOfAll, set(square), constant(0), set(j), get(question), set(asked)],
      loop(
        ...[get(vectors), loadRegister(0), set(numbers)],
        ...[get(numbers), low16, set(low), get(numbers), high16, set(high)],
        ...[get(dot), get(low), get(asked), loadRegister(0), product, add32],
        ...[get(high), get(asked), loadRegister(16), product, add32, set(dot)],
        ...[get(square), get(low), get(low), product, add32],
        ...[get(high), get(high), product, add32, set(square)],
        ...[advance(vectors, 16), advance(asked, 32), advance(j, 1)],
        ...[get(j), get(registers), lessThan, again()],
      ),
      ...[get(out), sumOfLanes(dot), store],
      ...[get(out), constant(4), add, sumOfLanes(square), store],
      ...[advance(out, 8), advance(i, 1)],
      ...[get(i), get(n), lessThan, again()],
    ),
    ...get(n),
    0x0b,
  ];
}

/** Eight numbers a byte. The mean is stretched to the length of the vector, rather than the vector cut to that of one. */
function cutCode(width: number): Code {
  const [vectors, n, mean, out, registers] = [0, 1, 2, 3, 4];
  const [i, j, bits, at, to, numbers, low, high, square, length] = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
  const isAbove = (half: Code, offset: number): Code =>
    [
      get(numbers),
      half,
      float32,
      get(at),
      loadRegister(offset),
      get(length),
      multiply,
      above,
      bitsOf32,
    ].flat();
  return [
    ...[...leb(2), ...leb(5), i32, ...leb(5), v128], // locals
    ...loop(
      ...[noneOfAll, set(square), constant(0), set(j), get(vectors), set(at)],
      loop(
        ...[get(at), loadRegister(0), set(numbers)],
        ...[get(numbers), low16, set(low), get(numbers), high16, set(high)],
        ...[
          get(square),
          get(low),
          get(low),
          product,
          add32,
          get(high),
          get(high),
          product,
          add32,
          set(square),
        ],
        ...[advance(at, 16), advance(j, 1)],
        ...[get(j), get(registers), lessThan, again()],
      ),
      ...[sumOfLanes(square), rootOfInteger, splatFloat, set(length)],
      ...[constant(0), set(j), get(mean), set(at), get(out), set(to)],
      loop(
        ...[get(vectors), loadHalf16, set(numbers)],
        ...[isAbove(low32, 0), set(bits)],
        ...[get(to), isAbove(high32, 16), constant(4), shl, get(bits), or, store8],
        ...[advance(vectors, 8), advance(at, 32), advance(to, 1), advance(j, 1)],
        ...[get(j), get(registers), constant(1), shl, lessThan, again()],
      ),
      ...[advance(out, width), advance(i, 1)],
      ...[get(i), get(n), lessThan, again()],
    ),
    ...get(n),
    0x0b,
  ];
}

function assemble(registers: number): Uint8Array<ArrayBuffer> {
  const sized = (bytes: Code): Code => [...leb(bytes.length), ...bytes];
  const vector = (items: readonly Code[]): Code => [...leb(items.length), ...items.flat()];
  const section = (id: number, content: Code): Code => [id, ...sized(content)];
  const text = (value: string): Code => sized([...new TextEncoder().encode(value)]);
  const five = vector([[i32], [i32], [i32], [i32], [i32]]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, ...five, ...vector([[i32]])]])), // each takes five and gives one
    ...section(2, vector([[...text('env'), ...text('memory'), 0x02, 0x00, 1]])),
    ...section(3, vector([[0], [0], [0], [0]])),
    ...section(
      7,
      vector([
        [...text('scan'), 0x00, 0],
        [...text('collect'), 0x00, 1],
        [...text('weigh'), 0x00, 2],
        [...text('cut'), 0x00, 3],
      ]),
    ),
    ...section(
      10,
      vector([
        sized(scanCode(registers)),
        sized(collectCode()),
        sized(weighCode()),
        sized(cutCode(16 * registers)),
      ]),
    ),
  ]);
}
