/** A million vectors in one namespace: ours beside exact search by sqlite-vec, sqlite-vec over bytes, and usearch. */
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { openFactVectors } from '../agent/memory/fact-vectors.ts';
import { factsSchema } from '../agent/memory/facts.ts';
import { type Database, openDatabase } from '../agent/store/sqlite.ts';
import { openVectors, type Vectors } from '../agent/vectors/vectors.ts';
import { type Clustered, clustered } from './clustered.ts';
import { type Figure, quantile } from './figure.ts';

export const dimensions = 384;
export const digest = 'made for measuring';
const k = 10;
const batch = 2_000;
/** sqlite-vec takes a third of a second for each. */
const exactQuestions = 30;
const rounds = 4;
/** It takes a quarter of an hour of both cores and a gigabyte to put a million into it: only when it is asked for. */
const peerUpTo = process.argv.includes('--peers') ? 1_000_000 : 100_000;
const expansionFor = (size: number): number => (size > 100_000 ? 256 : 128);

/** What a search took: as people wait for it, and of the processor. */
interface Took {
  wallMs: number[];
  cpuMs: number;
  /** By question and round. */
  found: (readonly number[])[];
}

/** Someone who has nothing but these vectors: their facts don't matter to the search. */
export const collector = 1_000_000;
const namespace = `p${collector}`;
/** Above the ids of facts in the same file. */
const firstId = 1_000_000_000;

/** The largest lies in the memory of `home`, so that it can be asked through the store afterwards. */
export async function* vectorFigures(folder: string, home: string): AsyncGenerator<Figure> {
  const files = [10_000, 100_000].map((size) => [size, join(folder, `vectors-${size}.db`)] as const);
  for (const [size, file] of [...files, [1_000_000, join(home, 'memory.db')] as const])
    yield* searchFigures(file, size);
}

async function* searchFigures(file: string, size: number): AsyncGenerator<Figure> {
  const exactFile = `${file}.exact`;
  let db = openDatabase(file, factsSchema);
  const peer = openDatabase(exactFile, { versions: [exactTable] });
  const made = clustered(size, dimensions);
  const usearch = size > peerUpTo ? undefined : openUsearch(size);
  const filled = fill(size, made, db, peer, usearch);
  const questions = Array.from({ length: exactQuestions }, () => made.question());

  db.close();
  const from = performance.now();
  db = openDatabase(file, factsSchema);
  const vectors = openVectors(db);
  vectors.nearest([namespace], made.question(), k);
  const openedMs = performance.now() - from;

  const exact = took(questions, exactSearch(peer), 1);
  const truth = exact.found;
  const ours = took(questions, (asked) => vectors.nearest([namespace], asked, k).map(({ id }) => id), rounds);
  const hnsw = usearch && took(questions, usearch.search, rounds);
  peer.close();
  db.close();
  for (const end of ['', '-wal', '-shm']) rmSync(exactFile + end, { force: true });

  const of = `${name(size)} vectors`;
  const isLargest = size === 1_000_000;
  yield {
    name: `${of}: search, p50`,
    value: quantile(ours.wallMs, 0.5),
    unit: 'ms',
    ...(isLargest ? { reach: { atMost: 15 } } : {}),
    note: `p95 ${quantile(ours.wallMs, 0.95).toFixed(2)}, CPU ${ours.cpuMs.toFixed(2)}; ${exactQuestions} questions × ${rounds}`,
  };
  yield {
    name: `${of}: recall@10`,
    value: recall(ours, truth),
    unit: '',
    ...(isLargest ? { reach: { atLeast: 0.98 } } : {}),
  };
  yield {
    name: `${of}: memory of the index`,
    value: vectors.memoryBytes() / 1e6,
    unit: 'MB',
    ...(isLargest ? { reach: { atMost: 64 } } : {}),
  };
  yield {
    name: `${of}: exact search by sqlite-vec, p50`,
    value: quantile(exact.wallMs, 0.5),
    unit: 'ms',
    note: `vec0 float32, CPU ${exact.cpuMs.toFixed(1)}`,
  };
  yield {
    name: `${of}: times faster than that`,
    value: quantile(exact.wallMs, 0.5) / quantile(ours.wallMs, 0.5),
    unit: '',
    ...(isLargest ? { reach: { atLeast: 20 } } : {}),
    note: `by CPU ${(exact.cpuMs / ours.cpuMs).toFixed(1)}`,
  };
  yield {
    name: `${of}: opened and asked once`,
    value: openedMs / 1000,
    unit: 's',
    ...(isLargest ? { reach: { atMost: 2 } } : {}),
  };
  yield {
    name: `${of}: put, each`,
    value: filled.oursUs,
    unit: 'µs',
    note: `durable, ${batch} in a transaction`,
  };
  if (hnsw && usearch) {
    yield {
      name: `${of}: usearch, p50`,
      value: quantile(hnsw.wallMs, 0.5),
      unit: 'ms',
      note: `HNSW f16, ef ${expansionFor(size)}: recall@10 ${recall(hnsw, truth).toFixed(3)}, ${(usearch.bytes() / 1e6).toFixed(0)} MB, put ${filled.usearchUs.toFixed(0)} µs each by all cores; no namespaces, no filter, not durable`,
    };
  }
}

const exactTable = `CREATE VIRTUAL TABLE exact USING vec0(vector float[${dimensions}])`;

function fill(size: number, made: Clustered, db: Database, peer: Database, usearch: Usearch | undefined) {
  const vectors: Vectors = openVectors(db);
  db.transaction(() => openFactVectors(db).use({ digest, dimensions }, { means: [], unit: 1 })).immediate();
  const insert = peer.prepare<[bigint, Uint8Array]>('INSERT INTO exact (rowid, vector) VALUES (?, ?)');
  let oursMs = 0;
  let usearchMs = 0;
  for (let from = firstId; from < firstId + size; from += batch) {
    const some = Array.from({ length: batch }, () => made.next().slice());
    let began = performance.now();
    db.transaction(() => {
      for (const [i, vector] of some.entries()) vectors.put(from + i, namespace, vector);
    }).immediate();
    oursMs += performance.now() - began;
    peer
      .transaction(() => {
        for (const [i, vector] of some.entries())
          insert.run(BigInt(from + i), new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
      })
      .immediate();
    began = performance.now();
    usearch?.add(from, some);
    usearchMs += performance.now() - began;
  }
  return { oursUs: (oursMs * 1000) / size, usearchUs: (usearchMs * 1000) / size };
}

function exactSearch(db: Database): (asked: Float32Array) => number[] {
  const nearest = db
    .prepare<[Uint8Array, number], number>('SELECT rowid FROM exact WHERE vector MATCH ? AND k = ?')
    .pluck();
  return (asked) => nearest.all(new Uint8Array(asked.buffer), k);
}

function took(
  questions: readonly Float32Array[],
  search: (asked: Float32Array) => readonly number[],
  times: number,
): Took {
  const wallMs: number[] = [];
  const found: (readonly number[])[] = [];
  const before = process.cpuUsage();
  for (let round = 0; round < times; round += 1) {
    for (const asked of questions) {
      const from = performance.now();
      found.push(search(asked));
      wallMs.push(performance.now() - from);
    }
  }
  const { user, system } = process.cpuUsage(before);
  return { wallMs, cpuMs: (user + system) / 1000 / wallMs.length, found };
}

/** Of the nearest ten, those that were found. */
function recall({ found }: Took, truth: Took['found']): number {
  const right = found.map((ids, i) => ids.filter((id) => truth[i % truth.length]?.includes(id)).length);
  return right.reduce((sum, n) => sum + n, 0) / (found.length * k);
}

interface Usearch {
  /** The first of them is `firstId`. By all cores, and not durable. */
  add(firstId: number, vectors: readonly Float32Array[]): void;
  search(asked: Float32Array): number[];
  bytes(): number;
}

/** A peer, when it is installed. */
function openUsearch(size: number): Usearch | undefined {
  const require = createRequire(import.meta.url);
  let library: { Index: new (options: object) => UsearchIndex };
  try {
    library = require('usearch');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
  const before = process.memoryUsage().rss;
  const index = new library.Index({
    ...{ metric: 'cos', dimensions, quantization: 'f16', connectivity: 16, capacity: size },
    ...{ expansion_add: 64, expansion_search: expansionFor(size) },
  });
  let bytes = 0;
  return {
    add(first, vectors) {
      const numbers = new Float32Array(vectors.length * dimensions);
      for (const [i, vector] of vectors.entries()) numbers.set(vector, i * dimensions);
      index.add(
        BigUint64Array.from(vectors, (_, i) => BigInt(first + i)),
        numbers,
        0,
      );
      bytes = process.memoryUsage().rss - before;
    },
    search: (asked) => [...index.search(asked, k, 1).keys].map(Number),
    bytes: () => bytes,
  };
}

interface UsearchIndex {
  add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
  search(vector: Float32Array, k: number, threads: number): { keys: BigUint64Array };
}

export const name = (size: number): string => (size >= 1e6 ? `${size / 1e6}M` : `${size / 1e3}k`);
