/** The vectors of facts: which embedder made them, whom they reach, and how near they are to a question. */
import type { Database } from '../store/sqlite.ts';
import type { Visible } from './visible.ts';

export interface Embedder {
  /** Of the weights: vectors of two embedders never meet. */
  digest: string;
  dimensions: number;
}

/** A text's vector, of length one, and whose it is. */
export interface Embedded {
  digest: string;
  vector: Float32Array;
}

export interface Near {
  id: number;
  /** The cosine, less what this question has with ordinary statements; see `usual.ts`. */
  likeness: number;
}

/**
 * How many of each partition are weighed again by cosine after the scan by L1.
 * 10,000 facts × 384 dimensions through Pebble's embedder, 300 questions, this library's build without SIMD:
 *   float32 cosine      7.0 ms   recall@10 1.000   15.8 MB
 *   float32 L2          6.6 ms             1.000
 *   int8 cosine         7.7 ms             .984     4.2 MB
 *   int8 L2             4.5 ms             .986
 *   int8 L1, 32 again   2.4 ms             .966     4.2 MB
 *   bits, 100 again     2.9 ms             .585
 * Compilers make vector instructions of L1 over bytes by themselves. The fact that a question was made from is among
 * the first 6 as often (.883) as by exact cosine.
 */
const weighedAgain = 32;

/** One scale for all: 4 standard deviations of a unit vector's numbers fill a byte; 1 number in 10,000 is cut. */
const scaleOf = (dimensions: number): number => (127 * Math.sqrt(dimensions)) / 4;

export function openFactVectors(db: Database) {
  let space = loadSpace(db);

  return {
    embedder: (): Embedder | undefined => space?.embedder,

    /**
     * From now on vectors are this embedder's; those of another go.
     * `usual`: the mean vectors of ordinary statements, one for each language.
     */
    use(embedder: Embedder, usual: readonly Float32Array[]): void {
      createSpace(db, embedder, usual);
      space = loadSpace(db);
    },

    /** False when the vector is another embedder's, and was not kept. */
    add(id: number, visible: Visible, { digest, vector }: Embedded): boolean {
      if (space?.embedder.digest !== digest) return false;
      space.insert.run(BigInt(id), visible, bytesOf(quantise(vector)));
      return true;
    },

    remove(id: number): void {
      space?.remove.run(BigInt(id));
    },

    /** Nearest first; the partitions are chosen before the search. */
    nearest(visible: readonly Visible[], { digest, vector }: Embedded, limit: number): Near[] {
      const here = space;
      if (here?.embedder.digest !== digest) return [];
      const asked = quantise(vector);
      const usual = usualCosine(here.usual, vector);
      return visible
        .flatMap((partition) => here.nearest.all(bytesOf(asked), BigInt(weighedAgain), partition))
        .map(([id, stored]) => ({ id, likeness: cosine(asked, stored) - usual }))
        .sort((a, b) => b.likeness - a.likeness || b.id - a.id)
        .slice(0, limit);
    },

    /** For those that have a vector. */
    likenesses(ids: readonly number[], { digest, vector }: Embedded): Map<number, number> {
      const here = space;
      if (here?.embedder.digest !== digest) return new Map();
      const asked = quantise(vector);
      const usual = usualCosine(here.usual, vector);
      return new Map(
        ids.flatMap((id) => {
          const stored = here.one.get(BigInt(id));
          return stored ? [[id, cosine(asked, stored) - usual]] : [];
        }),
      );
    },
  };
}

function createSpace(db: Database, { digest, dimensions }: Embedder, usual: readonly Float32Array[]): void {
  // Partitions are many and small: chunks of the usual 1,024 would reserve room for as many vectors in each.
  db.exec(`
    DROP TABLE IF EXISTS fact_vector;
    CREATE VIRTUAL TABLE fact_vector USING vec0(
      visible TEXT PARTITION KEY, vector int8[${Math.trunc(dimensions)}] distance_metric=L1, chunk_size=256
    );
    UPDATE fact SET embedded = 0 WHERE embedded = 1;
  `);
  const numbers = Float32Array.from(usual.flatMap((vector) => [...vector]));
  db.prepare<[string, number, Uint8Array]>('INSERT OR REPLACE INTO embedder VALUES (1, ?, ?, ?)').run(
    digest,
    dimensions,
    bytesOf(numbers),
  );
}

function loadSpace(db: Database) {
  const embedder = db
    .prepare<[], Embedder & { usual: Uint8Array }>('SELECT digest, dimensions, usual FROM embedder')
    .get();
  if (!embedder) return undefined;
  const { digest, dimensions } = embedder;
  return {
    embedder: { digest, dimensions },
    usual: vectorsIn(embedder.usual, dimensions),
    insert: db.prepare<[bigint, string, Uint8Array]>(
      'INSERT INTO fact_vector (rowid, visible, vector) VALUES (?, ?, vec_int8(?))',
    ),
    remove: db.prepare<[bigint]>('DELETE FROM fact_vector WHERE rowid = ?'),
    nearest: db
      .prepare<[Uint8Array, bigint, string], [number, Uint8Array]>(
        'SELECT rowid, vector FROM fact_vector WHERE vector MATCH vec_int8(?) AND k = ? AND visible = ?',
      )
      .raw(),
    one: db.prepare<[bigint], Uint8Array>('SELECT vector FROM fact_vector WHERE rowid = ?').pluck(),
  };
}

function vectorsIn(stored: Uint8Array, dimensions: number): Float32Array[] {
  const numbers = new Float32Array(new Uint8Array(stored).buffer);
  return Array.from({ length: numbers.length / dimensions }, (_, i) =>
    numbers.subarray(i * dimensions, (i + 1) * dimensions),
  );
}

function quantise(vector: Float32Array): Int8Array {
  const scale = scaleOf(vector.length);
  return Int8Array.from(vector, (number) => Math.max(-127, Math.min(127, Math.round(number * scale))));
}

function cosine(a: Int8Array, stored: Uint8Array): number {
  const b = new Int8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i += 1) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / (Math.sqrt(aa * bb) || 1);
}

/** In the language that it resembles most. */
const usualCosine = (usual: readonly Float32Array[], vector: Float32Array): number =>
  Math.max(0, ...usual.map((mean) => mean.reduce((sum, number, i) => sum + number * (vector[i] ?? 0), 0)));

const bytesOf = (numbers: Int8Array | Float32Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
