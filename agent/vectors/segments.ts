/** The packed bits of vectors on disk: a segment for every 256 of a namespace, made of the rows and never trusted blindly. */
import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Database } from '../store/sqlite.ts';
import { type Arithmetic, openArithmetic } from './arithmetic.ts';
import { blockRows } from './bits.ts';
import { bitBytes, bytesOf } from './code.ts';
import { firstPlace, type VectorRows } from './rows.ts';

export interface Space {
  readonly dimensions: number;
  readonly version: number;
  /** From how many vectors the mean was taken. */
  readonly measured: number;
  /** Of the corpus: a bit says on which side of it a vector lies. */
  readonly mean: Float32Array;
}

/** A mean of so many stays; before, it is taken anew whenever the vectors have become four times as many. */
const measuredAtMost = 16_384;

/** The checksum of bits tells also under which mean they were made. */
const seed = (version: number): number => version % 2 ** 32;

interface Loaded {
  bits: Uint8Array;
  mended: boolean;
}

export type Segments = ReturnType<typeof openSegments>;

export function openSegments(db: Database, rows: VectorRows) {
  const version = db.prepare<[], number>('SELECT version FROM vector_space').pluck();
  const load = db.prepare<[], Omit<Space, 'mean'> & { mean: Uint8Array }>('SELECT * FROM vector_space');
  const save = db.prepare<[number, number, number, Uint8Array]>(
    'INSERT OR REPLACE INTO vector_space VALUES (1, ?, ?, ?, ?)',
  );
  const put = db.prepare<[number, Uint8Array, number]>(
    'INSERT OR REPLACE INTO vector_segment VALUES (?, ?, ?)',
  );
  const drop = db.prepare<[number]>('DELETE FROM vector_segment WHERE place = ?');
  const all = db.prepare<[], number>('SELECT place FROM vector_segment').pluck();
  const count = db.prepare<[], number>('SELECT count(*) FROM vector_segment').pluck();
  const one = db.prepare<[number], { bits: Uint8Array; sum: number }>(
    'SELECT bits, sum FROM vector_segment WHERE place = ?',
  );
  let known: Space | undefined;
  let arithmetic: { dimensions: number; of: Arithmetic } | undefined;

  /** What is on disk counts, also after a change of it was rolled back. */
  function space(): Space | undefined {
    const now = version.get();
    if (now === undefined) known = undefined;
    else if (known?.version !== now) {
      const row = load.get();
      known = row && { ...row, mean: new Float32Array(new Uint8Array(row.mean).buffer) };
    }
    return known;
  }

  function mustSpace(): Space {
    const here = space();
    if (!here) throw new Error('vectors are put before it is known how many numbers they have');
    return here;
  }

  function arithmeticOf(dimensions: number): Arithmetic {
    if (arithmetic?.dimensions !== dimensions) arithmetic = { dimensions, of: openArithmetic(dimensions) };
    return arithmetic.of;
  }

  function bitsOf(numbers: readonly Int8Array[]): Uint8Array {
    const { dimensions, mean } = mustSpace();
    return arithmeticOf(dimensions).bits(numbers, mean);
  }

  function begin(dimensions: number, measured: number, mean: Float32Array): void {
    save.run(dimensions, randomInt(2 ** 40), measured, bytesOf(mean));
  }

  function measure(dimensions: number): void {
    const mean = new Float32Array(dimensions);
    const sample = rows.some(measuredAtMost);
    for (const { numbers } of sample) {
      let square = 0;
      for (const number of numbers) square += number * number;
      const part = 1 / (Math.sqrt(square) || 1) / sample.length;
      for (let i = 0; i < dimensions; i += 1) mean[i] = (mean[i] as number) + (numbers[i] as number) * part;
    }
    begin(dimensions, sample.length, mean);
    for (const place of all.all()) write(place, bitsAt(place));
  }

  const isMeasureDue = ({ measured }: Space): boolean =>
    measured === 0 || (measured < measuredAtMost && (count.get() ?? 0) * blockRows >= 4 * measured);

  /** From the rows themselves. */
  function bitsAt(place: number): Uint8Array {
    const stored = rows.from(place, blockRows);
    if (stored.length !== blockRows) throw new Error(`${stored.length} vectors are no segment`);
    return bitsOf(stored.map(({ numbers }) => numbers));
  }

  const write = (place: number, bits: Uint8Array): void =>
    void put.run(place, bits, crc32(bits, seed(mustSpace().version)));
  const placeOf = (namespace: number, segment: number): number => firstPlace(namespace) + segment * blockRows;

  return {
    space,
    mustSpace,
    bitsOf,
    cosines: (question: Float32Array, stored: readonly Int8Array[]): number[] =>
      arithmeticOf(question.length).cosines(question, stored),

    /** Nothing is known of the vectors to come, but how many numbers they have. */
    clear(dimensions: number): void {
      db.exec('DELETE FROM vector_segment');
      begin(dimensions, 0, new Float32Array(dimensions));
    },

    /** To be called when its last row was written. */
    seal(namespace: number, segment: number): void {
      if (isMeasureDue(mustSpace())) measure(mustSpace().dimensions);
      const place = placeOf(namespace, segment);
      write(place, bitsAt(place));
    },

    /** Nothing of a deleted vector stays, not even its bits. What is missing is made again when it is next loaded. */
    drop: (namespace: number, segment: number): void => void drop.run(placeOf(namespace, segment)),

    /** As stored; or made of the rows, and `mended`, where it is missing, damaged or was made under another mean. */
    load(namespace: number, segment: number, { dimensions, version }: Space): Loaded {
      const place = placeOf(namespace, segment);
      const stored = one.get(place);
      const isWhole =
        stored?.bits.length === blockRows * bitBytes(dimensions) &&
        stored.sum === crc32(stored.bits, seed(version));
      return isWhole ? { bits: stored.bits, mended: false } : { bits: bitsAt(place), mended: true };
    },

    save: (namespace: number, segment: number, bits: Uint8Array): void =>
      write(placeOf(namespace, segment), bits),
  };
}
