/** Reads the head of a GGUF file: what is in it and how long it has to be, without loading a weight. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface GgufHead {
  /** Scalars and strings by their key; lists are left out. */
  metadata: Map<string, string | number | boolean>;
  tensors: number;
  /** Where the last tensor ends; undefined when a tensor has a type that this program doesn't know. */
  neededBytes: number | undefined;
  fileBytes: number;
}

/** Expected: the file isn't one, or isn't whole. */
export class NotGguf extends Error {
  override readonly name = 'NotGguf';
}

/** Bytes per block and weights per block, by ggml's type number. */
// biome-ignore format: a table reads by its rows
const blocks: Readonly<Record<number, readonly [bytes: number, weights: number]>> = {
  0: [4, 1], 1: [2, 1], 2: [18, 32], 3: [20, 32], 6: [22, 32], 7: [24, 32], 8: [34, 32], 9: [36, 32],
  10: [84, 256], 11: [110, 256], 12: [144, 256], 13: [176, 256], 14: [210, 256], 15: [292, 256],
  16: [66, 256], 17: [74, 256], 18: [98, 256], 19: [50, 256], 20: [18, 32], 21: [110, 256], 22: [82, 256], 23: [136, 256],
  24: [1, 1], 25: [2, 1], 26: [4, 1], 27: [8, 1], 28: [8, 1], 29: [56, 256], 30: [2, 1],
  34: [54, 256], 35: [66, 256], 39: [17, 32],
};

// biome-ignore format: a table reads by its rows
const scalars: Readonly<Record<number, readonly [bytes: number, parse: (from: Buffer) => number | boolean]>> = {
  0: [1, (b) => b.readUInt8()], 1: [1, (b) => b.readInt8()],
  2: [2, (b) => b.readUInt16LE()], 3: [2, (b) => b.readInt16LE()],
  4: [4, (b) => b.readUInt32LE()], 5: [4, (b) => b.readInt32LE()], 6: [4, (b) => b.readFloatLE()],
  7: [1, (b) => b.readUInt8() !== 0],
  10: [8, (b) => Number(b.readBigUInt64LE())], 11: [8, (b) => Number(b.readBigInt64LE())], 12: [8, (b) => b.readDoubleLE()],
};
const stringType = 8;
const arrayType = 9;
/** More than any real file has; a damaged count must not keep us reading. */
const mostEntries = 1_000_000;
const mostDimensions = 8;

/** @throws NotGguf with what is wrong */
export function readGguf(path: string): GgufHead {
  const file = openSync(path, 'r');
  try {
    const fileBytes = fstatSync(file).size;
    const reader = createReader(file);
    if (reader.text(4) !== 'GGUF') throw new NotGguf('it does not begin as one');
    const version = reader.u32();
    if (version < 2 || version > 3) throw new NotGguf(`its version is ${version}`);
    const tensors = bounded(reader.u64());
    const entries = bounded(reader.u64());
    const metadata: GgufHead['metadata'] = new Map();
    for (let i = 0; i < entries; i += 1) {
      const key = reader.string();
      const value = readValue(reader, reader.u32());
      if (value !== undefined) metadata.set(key, value);
    }
    const extent = readTensors(reader, tensors);
    const alignment = alignmentIn(metadata);
    const start = Math.ceil(reader.position() / alignment) * alignment;
    return { metadata, tensors, neededBytes: extent && start + extent, fileBytes };
  } catch (cause) {
    if (cause instanceof NotGguf) throw cause;
    throw new NotGguf('its head is cut off or damaged', { cause });
  } finally {
    closeSync(file);
  }
}

/** One that is none would make every offset fit. */
function alignmentIn(metadata: GgufHead['metadata']): number {
  const alignment = Number(metadata.get('general.alignment') ?? 32);
  if (!(alignment >= 1 && alignment <= 2 ** 20)) throw new NotGguf(`it claims an alignment of ${alignment}`);
  return alignment;
}

/** How far the tensors reach beyond the head. */
function readTensors(reader: Reader, tensors: number): number | undefined {
  let extent: number | undefined = 0;
  for (let i = 0; i < tensors; i += 1) {
    reader.skip(reader.u64());
    let weights = 1;
    let dimensions = reader.u32();
    if (dimensions > mostDimensions) throw new NotGguf(`it claims a tensor of ${dimensions} dimensions`);
    for (; dimensions > 0; dimensions -= 1) weights *= reader.u64();
    const block = blocks[reader.u32()];
    const offset = reader.u64();
    if (!block) extent = undefined;
    else if (extent !== undefined) extent = Math.max(extent, offset + (weights / block[1]) * block[0]);
  }
  return extent;
}

function readValue(reader: Reader, type: number): string | number | boolean | undefined {
  if (type === stringType) return reader.string();
  if (type === arrayType) return skipArray(reader);
  const read = scalars[type];
  if (!read) throw new NotGguf(`it holds a value of the unknown type ${type}`);
  const [bytes, parse] = read;
  return parse(reader.bytes(bytes));
}

/** Vocabularies are arrays of a hundred thousand strings: passed over, not kept. */
function skipArray(reader: Reader): undefined {
  const type = reader.u32();
  const length = bounded(reader.u64());
  const size = scalars[type]?.[0];
  if (size !== undefined) reader.skip(size * length);
  else if (type === stringType) for (let i = 0; i < length; i += 1) reader.skip(reader.u64());
  else throw new NotGguf('it holds a list of lists');
}

function bounded(count: number): number {
  if (count > mostEntries) throw new NotGguf(`it claims ${count} entries`);
  return count;
}

type Reader = ReturnType<typeof createReader>;

function createReader(file: number) {
  const windowBytes = 1 << 18;
  let window = Buffer.alloc(0);
  let windowAt = 0;
  let at = 0;
  const bytes = (length: number): Buffer => {
    if (at < windowAt || at + length > windowAt + window.length) {
      const fresh = Buffer.alloc(Math.max(length, windowBytes));
      window = fresh.subarray(0, readSync(file, fresh, 0, fresh.length, at));
      windowAt = at;
      if (window.length < length) throw new NotGguf('it is cut off');
    }
    at += length;
    return window.subarray(at - length - windowAt, at - windowAt);
  };
  const u64 = (): number => Number(bytes(8).readBigUInt64LE());
  const text = (length: number): string => bytes(length).toString('utf8');
  return {
    bytes,
    u64,
    text,
    u32: (): number => bytes(4).readUInt32LE(),
    string: (): string => {
      const length = u64();
      if (length > mostEntries * 4) throw new NotGguf('it holds a text of impossible length');
      return text(length);
    },
    skip: (length: number): void => {
      at += length;
    },
    position: (): number => at,
  };
}
