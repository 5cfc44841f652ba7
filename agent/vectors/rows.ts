/** Vectors on disk: a row each, and a row's place tells whose it is. */
import type { Database } from '../store/sqlite.ts';
import { numbersIn } from './code.ts';

/**
 * For a room's migrations; one room, one file, one of these. The places of a namespace with n vectors are 0 to n-1,
 * counted from `firstPlace`: its rows lie side by side, a place in memory is a place on disk, and a deletion leaves no
 * hole. vec0 with the namespace as its partition key keeps the room of what was deleted, and is asked beside this one
 * in `bench/memory.ts`.
 */
export const vectorTables = `
  CREATE TABLE vector_space (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    dimensions INTEGER NOT NULL,
    -- Another one with every mean: bits under two means never meet.
    version INTEGER NOT NULL,
    -- From how many vectors the mean was taken.
    measured INTEGER NOT NULL,
    mean BLOB NOT NULL
  ) STRICT;
  CREATE TABLE vector_namespace (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE vector (place INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, vector BLOB NOT NULL) STRICT;
  CREATE TABLE vector_segment (place INTEGER PRIMARY KEY, bits BLOB NOT NULL, sum INTEGER NOT NULL) STRICT;
`;

export interface StoredVector {
  id: number;
  place: number;
  numbers: Int8Array;
}

/** Namespaces lie this far apart. */
const span = 2 ** 32;
export const firstPlace = (namespace: number): number => namespace * span;
export const namespaceOf = (place: number): number => Math.floor(place / span);

type Row = [id: number, place: number, vector: Uint8Array];

export type VectorRows = ReturnType<typeof openVectorRows>;

export function openVectorRows(db: Database) {
  const numberOf = db.prepare<[string], number>('SELECT no FROM vector_namespace WHERE name = ?').pluck();
  const addName = db.prepare<[string]>('INSERT INTO vector_namespace (name) VALUES (?)');
  const last = db
    .prepare<[number, number], number | null>('SELECT max(place) FROM vector WHERE place BETWEEN ? AND ?')
    .pluck();
  const insert = db.prepare<[number, number, Uint8Array]>('INSERT INTO vector VALUES (?, ?, ?)');
  const remove = db.prepare<[number]>('DELETE FROM vector WHERE place = ?');
  const move = db.prepare<[number, number]>('UPDATE vector SET place = ? WHERE place = ?');
  const placeOf = db.prepare<[number], number>('SELECT place FROM vector WHERE id = ?').pluck();
  const select = <A extends unknown[]>(rest: string) =>
    db.prepare<A, Row>(`SELECT id, place, vector FROM vector ${rest}`).raw();
  const between = select<[number, number]>('WHERE place BETWEEN ? AND ?');
  // One statement for many rows: less than half of what as many statements take.
  const atPlaces = select<[string]>('WHERE place IN (SELECT value FROM json_each(?))');
  const withIds = select<[string]>('WHERE id IN (SELECT value FROM json_each(?))');
  const some = select<[number]>('LIMIT ?');
  const stored = ([id, place, vector]: Row): StoredVector => ({ id, place, numbers: numbersIn(vector) });

  const count = (namespace: number): number => {
    const first = firstPlace(namespace);
    return (last.get(first, first + span - 1) ?? first - 1) + 1 - first;
  };

  return {
    /** Undefined when nothing was ever put there. */
    numberOf: (name: string): number | undefined => numberOf.get(name),
    numberFor: (name: string): number => numberOf.get(name) ?? Number(addName.run(name).lastInsertRowid),
    count,

    /** @returns how many the namespace has now; the new one is the last */
    append(namespace: number, id: number, vector: Uint8Array): number {
      const n = count(namespace);
      insert.run(firstPlace(namespace) + n, id, vector);
      return n + 1;
    },

    /** The last of its namespace takes its place. */
    remove(id: number): { namespace: number; row: number; count: number } | undefined {
      const place = placeOf.get(id);
      if (place === undefined) return undefined;
      const namespace = namespaceOf(place);
      const lastRow = count(namespace) - 1;
      const lastPlace = firstPlace(namespace) + lastRow;
      remove.run(place);
      if (place !== lastPlace) move.run(place, lastPlace);
      return { namespace, row: place - firstPlace(namespace), count: lastRow };
    },

    /** At most `n`, in the order of their places. */
    from: (place: number, n: number): StoredVector[] => between.all(place, place + n - 1).map(stored),
    atPlaces: (places: readonly number[]): StoredVector[] => atPlaces.all(JSON.stringify(places)).map(stored),
    withIds: (ids: readonly number[]): StoredVector[] => withIds.all(JSON.stringify(ids)).map(stored),
    some: (n: number): StoredVector[] => some.all(n).map(stored),

    clear(): void {
      db.exec('DELETE FROM vector; DELETE FROM vector_namespace');
    },
  };
}
