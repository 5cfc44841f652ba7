/** Weights on disk: whether a file can be run here, in one sentence if not, and its digest without hashing twice. */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Fit, fit, gigabytes, type Shape, type Wish, wouldFit } from './fit.ts';
import { type GgufHead, NotGguf, readGguf } from './gguf.ts';

export interface Weights {
  path: string;
  bytes: number;
  /** Seconds since 1970: when the file was written. */
  writtenAt: number;
  architecture: string;
  name: string | undefined;
  dimensions: number;
  trainedTokens: number;
  cacheBytesPerToken: number;
  /** Makes vectors instead of text. */
  embeds: boolean;
}

/** One sentence, for a person, that says what to do. */
export class UnfitWeights extends Error {
  override readonly name = 'UnfitWeights';
}

/** They could be run with more memory. */
export class TooBig extends UnfitWeights {}

/** @throws UnfitWeights when the file is missing, not a GGUF, cut off, or one part of several */
export function describeWeights(path: string): Weights {
  const file = basename(path);
  if (!existsSync(path)) throw new UnfitWeights(`There is no model file ${path}; check the name.`);
  const head = readHead(path, file);
  if (number(head, 'split.count', 1) > 1) {
    throw new UnfitWeights(
      `${file} is one part of several; join them into one file with llama-gguf-split --merge first.`,
    );
  }
  if (head.neededBytes !== undefined && head.neededBytes > head.fileBytes) {
    const missing = gigabytes(head.neededBytes - head.fileBytes);
    throw new UnfitWeights(`${file} is cut off (${missing} of its weights are missing); download it again.`);
  }
  const architecture = String(head.metadata.get('general.architecture') ?? '');
  const of = (key: string, otherwise: number): number => number(head, `${architecture}.${key}`, otherwise);
  const dimensions = of('embedding_length', 0);
  const heads = of('attention.head_count', 1);
  const headWidth = Math.ceil(dimensions / heads);
  const width = of('attention.key_length', headWidth) + of('attention.value_length', headWidth);
  return {
    path,
    bytes: head.fileBytes,
    writtenAt: Math.floor(statSync(path).mtimeMs / 1000),
    architecture,
    name: text(head, 'general.name'),
    dimensions,
    trainedTokens: of('context_length', 4096),
    cacheBytesPerToken: of('block_count', 1) * of('attention.head_count_kv', heads) * width * 2,
    embeds: of('pooling_type', 0) > 0 || head.metadata.get(`${architecture}.attention.causal`) === false,
  };
}

function readHead(path: string, file: string): GgufHead {
  try {
    return readGguf(path);
  } catch (cause) {
    if (!(cause instanceof NotGguf)) throw cause;
    throw new UnfitWeights(
      `${file} is not a GGUF model (${cause.message}); download one that ends in .gguf.`,
      { cause },
    );
  }
}

/**
 * How a chat model is laid out in `freeBytes`.
 * @throws UnfitWeights when it is an embedder
 * @throws TooBig with what would fit
 */
export function fitChatModel(weights: Weights, freeBytes: number, wish: Wish): Fit {
  const file = basename(weights.path);
  if (weights.embeds) {
    throw new UnfitWeights(`${file} makes vectors, not answers; choose a chat model.`);
  }
  const shape: Shape = { ...weights, weightsBytes: weights.bytes };
  const found = fit(shape, freeBytes, wish);
  if (found) return found;
  throw new TooBig(
    `${file} needs ${gigabytes(weights.bytes)} and room to work, and ${gigabytes(freeBytes)} are free: ${wouldFit(freeBytes)} would fit.`,
  );
}

/**
 * sha256 in hex. Remembered in `cacheFolder` by size and time, because hashing 4 GB takes seconds that a start hasn't.
 */
export async function digestOf(path: string, cacheFolder: string): Promise<string> {
  const note = noteFor(path, cacheFolder);
  const known = readNote(note);
  if (known) return known;
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(part);
  return writeNote(note, hash.digest('hex'));
}

/** The same at once, for weights of some megabytes. */
export function digestOfSmall(path: string, cacheFolder: string): string {
  const note = noteFor(path, cacheFolder);
  return readNote(note) ?? writeNote(note, createHash('sha256').update(readFileSync(path)).digest('hex'));
}

interface Note {
  file: string;
  /** Of the weights that it is about. */
  stamp: string;
}

function noteFor(path: string, cacheFolder: string): Note {
  const { size, mtimeMs } = statSync(path);
  return { file: join(cacheFolder, `${basename(path)}.sha256`), stamp: `${size} ${mtimeMs}` };
}

function readNote({ file, stamp }: Note): string | undefined {
  if (!existsSync(file)) return undefined;
  const [, digest, of] = /^([0-9a-f]{64}) (.+)\n$/.exec(readFileSync(file, 'utf8')) ?? [];
  return of === stamp ? digest : undefined;
}

/** Torn by a power cut it doesn't match the pattern and is made again. */
function writeNote({ file, stamp }: Note, digest: string): string {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.partial`, `${digest} ${stamp}\n`);
  renameSync(`${file}.partial`, file);
  return digest;
}

function number(head: GgufHead, key: string, otherwise: number): number {
  const value = head.metadata.get(key);
  return typeof value === 'number' && value > 0 ? value : otherwise;
}

function text(head: GgufHead, key: string): string | undefined {
  const value = head.metadata.get(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
