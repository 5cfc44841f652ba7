/** The vectors of facts: which embedder made them, whom they reach, and how near they are to a question. */
import type { Database } from '../store/sqlite.ts';
import { vectorTables } from '../vectors/rows.ts';
import { type Filter, openVectors } from '../vectors/vectors.ts';
import { likenessFor, type Usual, usualBytes, usualIn } from './usual.ts';
import type { Visible } from './visible.ts';

/**
 * Vectors lay in a table of sqlite-vec, which took four times as long to search. Whose embedder made them is forgotten
 * with them: the next time that it is known, all facts are embedded again, in the background; until then words find them.
 */
export const factVectorsTable = `
  DROP TABLE IF EXISTS fact_vector;
  DELETE FROM embedder;
  UPDATE fact SET embedded = 0 WHERE embedded = 1;
  ${vectorTables}
`;

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
  /** Beyond what this question has in common with ordinary statements; see `usual.ts`. */
  likeness: number;
}

interface Space {
  embedder: Embedder;
  usual: Usual;
}

export function openFactVectors(db: Database) {
  const vectors = openVectors(db);
  const load = db.prepare<[], Embedder & { usual: Uint8Array }>(
    'SELECT digest, dimensions, usual FROM embedder',
  );
  const save = db.prepare<[string, number, Uint8Array]>(
    'INSERT OR REPLACE INTO embedder VALUES (1, ?, ?, ?)',
  );
  const forget = db.prepare<[]>('UPDATE fact SET embedded = 0 WHERE embedded = 1');
  const digestNow = db.prepare<[], string>('SELECT digest FROM embedder').pluck();
  let known: Space | undefined;

  /** What is on disk counts, also after a change of it was rolled back. */
  function space(): Space | undefined {
    if (known?.embedder.digest !== digestNow.get()) {
      const row = load.get();
      known = row && {
        embedder: { digest: row.digest, dimensions: row.dimensions },
        usual: usualIn(row.usual, row.dimensions),
      };
    }
    return known;
  }
  const spaceOf = (digest: string): Space | undefined => {
    const here = space();
    return here?.embedder.digest === digest ? here : undefined;
  };

  return {
    embedder: (): Embedder | undefined => space()?.embedder,

    /** From now on vectors are this embedder's; those of another go. */
    use({ digest, dimensions }: Embedder, usual: Usual): void {
      vectors.clear(dimensions);
      forget.run();
      save.run(digest, dimensions, usualBytes(usual));
      known = undefined;
    },

    /** False when the vector is another embedder's, and was not kept. */
    add(id: number, visible: Visible, { digest, vector }: Embedded): boolean {
      if (!spaceOf(digest)) return false;
      vectors.put(id, visible, vector);
      return true;
    },

    remove(id: number): void {
      vectors.remove(id);
    },

    /** To be put back as it is. */
    stored(id: number): Embedded | undefined {
      const digest = digestNow.get();
      const vector = vectors.stored(id);
      return digest === undefined || vector === undefined ? undefined : { digest, vector };
    },

    /** By the plain cosine: how alike two facts are, rather than a question and a fact. */
    alike: (visible: Visible, { vector }: Embedded, limit: number): { id: number; cosine: number }[] =>
      vectors.nearest([visible], vector, limit),

    /** Nearest first, among what is visible and passes. */
    nearest(
      visible: readonly Visible[],
      { digest, vector }: Embedded,
      limit: number,
      filter?: Filter,
    ): Near[] {
      const here = spaceOf(digest);
      if (!here) return [];
      const likeness = likenessFor(here.usual, vector);
      return vectors
        .nearest(visible, vector, limit, filter)
        .map(({ id, cosine }) => ({ id, likeness: likeness(cosine) }));
    },

    /** For those that have a vector. */
    likenesses(ids: readonly number[], { digest, vector }: Embedded): Map<number, number> {
      const here = spaceOf(digest);
      if (!here) return new Map();
      const likeness = likenessFor(here.usual, vector);
      return new Map([...vectors.cosines(ids, vector)].map(([id, cosine]) => [id, likeness(cosine)]));
    },
  };
}
