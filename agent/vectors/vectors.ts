/** Which vectors are nearest to a question's: an index over the vectors of one database, by namespace. Runs in the store's thread. */
import type { Database } from '../store/sqlite.ts';
import { type BitList, type Bits, blockRows, openBits } from './bits.ts';
import { bytesOf, quantise, unit } from './code.ts';
import { firstPlace, namespaceOf, openVectorRows, type StoredVector } from './rows.ts';
import { openSegments, type Space } from './segments.ts';

export interface Near {
  id: number;
  cosine: number;
}

/** What may be found, decided inside the search: as many are found as if there were no others. */
export interface Filter {
  /** All that pass, or undefined when they are more than `most`. */
  few(most: number): readonly number[] | undefined;
  /** Of these, the ones that pass. */
  passing(ids: readonly number[]): readonly number[];
}

/** Smaller namespaces are weighed whole: that takes no longer than bits and candidates, and no memory. */
const scannedFrom = 2 * blockRows;
/** Of filtered ones, so many are weighed whole. */
export const fewest = 2_048;
/**
 * Of those that are near in bits, how many are weighed for `limit` answers. Clustered vectors of 384 numbers, against
 * exact search; what is missing at the end is lost by bytes instead of floats:
 *   weighed        recall@10 of 10,000 · of 1,000,000       recall@32 of 10,000 · of 1,000,000
 *        50                .977 · .958                                .888 · .850
 *       100                .990 · .988                                .988 · .953
 *       160                .992 · .992                                .998 · .982
 *       320                .992 · .992                                .999 · .995
 */
const weighedFor = (limit: number, rows: number): number =>
  rows < 100_000 ? Math.max(100, 3 * limit) : Math.max(160, 4 * limit);
/** What the bits of all namespaces may take: a million and more. Those that were not asked about for longest make room. */
const usualMemory = 64e6;
/** When so many changed since the last question, reading the segments again is faster. */
const manyChanges = 64 * blockRows;

interface Loaded {
  blocks: number[];
  rows: number;
  /** Rows that changed since, whether or not that change stays. */
  changed: Set<number>;
}

export type Vectors = ReturnType<typeof openVectors>;

/** Needs `vectorTables` in `db`. Changes belong to the transaction of whoever makes them. */
export function openVectors(db: Database, memoryBytes = usualMemory) {
  const rows = openVectorRows(db);
  const segments = openSegments(db, rows);
  /** By namespace; who was asked last stands last. What they hold is checked against the disk before each search. */
  const loaded = new Map<number, Loaded>();
  const dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck();
  let seen = dataVersion.get();
  let memory: { version: number; bits: Bits } | undefined;

  /** Bits of another mean, of other vectors altogether, or from before another connection's change are let go. */
  function bitsOf({ version, dimensions }: Space): Bits {
    const now = dataVersion.get();
    if (memory?.version !== version || seen !== now) {
      seen = now;
      loaded.clear();
      memory = { version, bits: openBits(dimensions) };
    }
    return memory.bits;
  }

  function cosinesOf(question: Float32Array, stored: readonly StoredVector[]): Near[] {
    const cosines = segments.cosines(
      question,
      stored.map(({ numbers }) => numbers),
    );
    return stored.map(({ id }, i) => ({ id, cosine: cosines[i] ?? 0 }));
  }

  function unload(namespace: number): void {
    for (const block of loaded.get(namespace)?.blocks ?? []) memory?.bits.give(block);
    loaded.delete(namespace);
  }

  function changed(namespace: number, row: number): void {
    const here = loaded.get(namespace);
    here?.changed.add(row);
    if (here && here.changed.size > manyChanges) unload(namespace);
  }

  function load(namespace: number, space: Space, bits: Bits): Loaded {
    const n = rows.count(namespace);
    const whole = Math.floor(n / blockRows);
    const here: Loaded = { blocks: [], rows: n, changed: new Set() };
    loaded.set(namespace, here);
    const mended: [number, Uint8Array][] = [];
    for (let segment = 0; segment < whole; segment += 1) {
      const found = segments.load(namespace, segment, space);
      const block = bits.take();
      here.blocks.push(block);
      bits.codes(block).set(found.bits);
      if (found.mended) mended.push([segment, found.bits]);
    }
    for (let row = whole * blockRows; row < n; row += 1) here.changed.add(row);
    if (mended.length > 0) keep(namespace, mended);
    return here;
  }

  const keepAll = db.transaction((namespace: number, mended: readonly [number, Uint8Array][]): void => {
    for (const [segment, bits] of mended) segments.save(namespace, segment, bits);
  });
  function keep(namespace: number, mended: readonly [number, Uint8Array][]): void {
    try {
      keepAll(namespace, mended);
    } catch (error) {
      // They only save time: a question is answered also while the disk is full.
      if (!(error instanceof Error && 'code' in error && error.code === 'SQLITE_FULL')) throw error;
    }
  }

  /** Brought in line with the rows as they are now. */
  function current(namespace: number, space: Space, bits: Bits): BitList {
    const here = loaded.get(namespace) ?? load(namespace, space, bits);
    loaded.delete(namespace);
    loaded.set(namespace, here); // asked last
    here.rows = rows.count(namespace);
    const blocks = Math.ceil(here.rows / blockRows);
    while (here.blocks.length > blocks) bits.give(here.blocks.pop() as number);
    while (here.blocks.length < blocks) here.blocks.push(bits.take());
    const first = firstPlace(namespace);
    const places = [...here.changed].filter((row) => row < here.rows).map((row) => first + row);
    const stored = places.length > 0 ? rows.atPlaces(places) : [];
    const codes = segments.bitsOf(stored.map(({ numbers }) => numbers));
    for (const [i, { place }] of stored.entries()) {
      const row = place - first;
      const block = here.blocks[Math.floor(row / blockRows)] as number;
      const code = codes.subarray(i * bits.codeBytes, (i + 1) * bits.codeBytes);
      bits.codes(block).set(code, (row % blockRows) * bits.codeBytes);
    }
    // Inside a transaction these rows may yet be rolled back: then they are read again.
    if (!db.inTransaction) here.changed.clear();
    return here;
  }

  function makeRoom(bits: Bits, needed: readonly number[]): void {
    const coming = needed.filter((namespace) => !loaded.has(namespace)).map(rows.count);
    const bytes = coming.reduce((sum, n) => sum + bits.bytesFor(n), 0);
    for (const namespace of [...loaded.keys()]) {
      if (bits.usedBytes() + bytes <= memoryBytes) return;
      if (!needed.includes(namespace)) unload(namespace);
    }
  }

  /** What was loaded within a transaction may hold what is rolled back. */
  function forgetUncertain(uncertain: readonly number[]): void {
    if (db.inTransaction) for (const namespace of uncertain) unload(namespace);
  }

  function scan(
    question: Float32Array,
    large: readonly number[],
    space: Space,
  ): (n: number) => StoredVector[] {
    const bits = bitsOf(space);
    const uncertain = large.filter((namespace) => !loaded.has(namespace));
    makeRoom(bits, large);
    const lists = large.map((namespace) => current(namespace, space, bits));
    const next = bits.scan(segments.bitsOf([quantise(question)]), lists);
    forgetUncertain(uncertain);
    return (n) => {
      const close = next(n);
      return close.length === 0
        ? []
        : rows.atPlaces(close.map(({ list, row }) => firstPlace(large[list] as number) + row));
    };
  }

  function remove(id: number): void {
    const removed = rows.remove(id);
    if (!removed) return;
    const { namespace, row, count } = removed;
    segments.drop(namespace, Math.floor(row / blockRows));
    segments.drop(namespace, Math.floor(count / blockRows)); // where the one stood that moved
    changed(namespace, row);
    changed(namespace, count);
  }

  function append(id: number, name: string, numbers: Int8Array): void {
    const namespace = rows.numberFor(name);
    const count = rows.append(namespace, id, bytesOf(numbers));
    changed(namespace, count - 1);
    if (count % blockRows === 0) segments.seal(namespace, count / blockRows - 1);
  }

  return {
    dimensions: (): number | undefined => segments.space()?.dimensions,

    /** All vectors go; from now on they have so many numbers. */
    clear(dimensions: number): void {
      rows.clear();
      segments.clear(dimensions);
    },

    /** A vector that it has already is replaced. */
    put(id: number, name: string, vector: Float32Array): void {
      const numbers = quantise(demand(vector, segments.mustSpace()));
      remove(id);
      append(id, name, numbers);
    },

    remove,

    /** The same vector under another name; nothing happens when there is none. */
    move(id: number, name: string): void {
      const [stored] = rows.withIds([id]);
      if (!stored) return;
      const numbers = new Int8Array(stored.numbers);
      remove(id);
      append(id, name, numbers);
    },

    /** Nearest first, of equals the newer; namespaces and filter decide inside the search. */
    nearest(names: readonly string[], asked: Float32Array, limit: number, filter?: Filter): Near[] {
      const space = segments.space();
      if (!space) return [];
      const question = demand(asked, space);
      const namespaces = [...new Set(names)].flatMap((name) => rows.numberOf(name) ?? []);
      const found: Near[] = [];
      const weigh = (stored: readonly StoredVector[]): void => {
        for (const near of cosinesOf(question, stored)) found.push(near);
      };
      const passing = (stored: readonly StoredVector[]): readonly StoredVector[] => {
        if (!filter) return stored;
        const ids = new Set(filter.passing(stored.map(({ id }) => id)));
        return stored.filter(({ id }) => ids.has(id));
      };

      const chosen = filter?.few(fewest);
      if (chosen) {
        weigh(rows.withIds(chosen).filter(({ place }) => namespaces.includes(namespaceOf(place))));
        return nearestOf(found, limit);
      }
      const large: number[] = [];
      for (const namespace of namespaces) {
        const n = rows.count(namespace);
        if (n >= scannedFrom) large.push(namespace);
        else if (n > 0) weigh(passing(rows.from(firstPlace(namespace), n)));
      }
      if (large.length > 0) {
        const next = scan(question, large, space);
        const weighed = weighedFor(
          limit,
          large.map(rows.count).reduce((sum, n) => sum + n, 0),
        );
        const enough = found.length + weighed;
        // Twice as many each time: when a filter lets few pass, the search goes on until it has them.
        for (let n = weighed; found.length < enough; n *= 2) {
          const close = next(n);
          if (close.length === 0) break;
          weigh(passing(close));
        }
      }
      return nearestOf(found, limit);
    },

    /** For those of them that have a vector. */
    cosines(ids: readonly number[], asked: Float32Array): Map<number, number> {
      const space = segments.space();
      if (!space) return new Map();
      const question = demand(asked, space);
      return new Map(cosinesOf(question, rows.withIds(ids)).map(({ id, cosine }) => [id, cosine]));
    },

    /** As it was stored: its direction, not its length. */
    stored(id: number): Float32Array | undefined {
      const [found] = rows.withIds([id]);
      return found && Float32Array.from(found.numbers);
    },

    /** What is held in memory to search the large namespaces. */
    memoryBytes: (): number => memory?.bits.usedBytes() ?? 0,
  };
}

/** Of length one; vectors of other dimensions are not compared. */
function demand(vector: Float32Array, { dimensions }: Space): Float32Array {
  if (vector.length === dimensions) return unit(vector);
  throw new Error(`a vector of ${vector.length} numbers among those of ${dimensions}`);
}

const nearestOf = (found: Near[], limit: number): Near[] =>
  found.sort((a, b) => b.cosine - a.cosine || b.id - a.id).slice(0, limit);
