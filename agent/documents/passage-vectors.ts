/** The vectors of passages: which embedder made them, who may see them, and how near they are to a question. */
import type { Database } from '../store/sqlite.ts';
import { vectorTables } from '../vectors/rows.ts';
import { type Filter, type Near, openVectors } from '../vectors/vectors.ts';

export type { Near } from '../vectors/vectors.ts';

/**
 * Vectors lay in a table of sqlite-vec, of 4 bytes a number. Whose embedder made them is forgotten with them: all
 * passages are embedded again, in the background; until then words find them.
 */
export const passageVectorsTable = `
  DROP TABLE IF EXISTS passage_vector;
  DELETE FROM embedder;
  UPDATE passage SET embedded = 0 WHERE embedded = 1;
  UPDATE document SET embedded = 0, status = CASE WHEN status = 'ready' THEN 'indexing' ELSE status END;
  ${vectorTables}
`;

export interface Embedder {
  /** Of the weights: vectors of two embedders never meet. */
  digest: string;
  dimensions: number;
}

export interface PassageVector {
  passageId: number;
  /** Of length one. */
  vector: Float32Array;
}

export type PassageVectors = ReturnType<typeof openPassageVectors>;

export function openPassageVectors(db: Database) {
  const vectors = openVectors(db);
  const embedder = db.prepare<[], Embedder>('SELECT digest, dimensions FROM embedder');
  const setEmbedder = db.prepare<[string, number]>('INSERT OR REPLACE INTO embedder VALUES (1, ?, ?)');
  const holder = db.prepare<[number], { id: number; visible: string; counts: number }>(`
    SELECT d.id, p.visible, p.generation = d.generation AS counts
    FROM passage p JOIN document d ON d.id = p.document_id
    WHERE p.id = ? AND p.embedded = 0 AND d.leaving = 0`);
  const mark = db.prepare<[number]>('UPDATE passage SET embedded = 1 WHERE id = ?');
  const count = db.prepare<[number]>(`
    UPDATE document SET embedded = embedded + 1,
      status = CASE WHEN status = 'indexing' AND embedded + 1 >= passages THEN 'ready' ELSE status END
    WHERE id = ?`);
  const someOf = db
    .prepare<[string, number], number>(
      'SELECT id FROM passage WHERE document_id IN (SELECT value FROM json_each(?)) LIMIT ?',
    )
    .pluck();
  const amongOf = db
    .prepare<[string, string], number>(`
      SELECT id FROM passage WHERE id IN (SELECT value FROM json_each(?))
        AND document_id IN (SELECT value FROM json_each(?))`)
    .pluck();

  const within = (documents: readonly number[]): Filter => {
    const chosen = JSON.stringify(documents);
    return {
      few(most) {
        const ids = someOf.all(chosen, most + 1);
        return ids.length > most ? undefined : ids;
      },
      passing: (ids) => amongOf.all(JSON.stringify(ids), chosen),
    };
  };

  return {
    current: (): Embedder | undefined => embedder.get(),

    use({ digest, dimensions }: Embedder): void {
      const current = embedder.get();
      if (current?.digest === digest && current.dimensions === dimensions) return;
      vectors.clear(dimensions);
      db.exec(`
        UPDATE passage SET embedded = 0 WHERE embedded = 1;
        UPDATE document SET embedded = 0, status = CASE WHEN status = 'ready' THEN 'indexing' ELSE status END;
      `);
      setEmbedder.run(digest, dimensions);
    },

    /** Vectors of another embedder, and of passages that were deleted meanwhile, are not kept. */
    set(digest: string, rows: readonly PassageVector[]): void {
      if (embedder.get()?.digest !== digest) return;
      for (const { passageId, vector } of rows) {
        const document = holder.get(passageId);
        if (!document) continue;
        vectors.put(passageId, document.visible, demandUnit(vector));
        mark.run(passageId);
        // Of an earlier reading: it counts once the one that is under way takes it over.
        if (document.counts) count.run(document.id);
      }
    },

    remove(passages: readonly number[]): void {
      for (const id of passages) vectors.remove(id);
    },

    /** Others see them from now on. */
    refile(passages: readonly number[], visible: string): void {
      for (const id of passages) vectors.move(id, visible);
    },

    /** The nearest of what is filed under one of `spaces`; that, and of which documents, is decided inside the search. */
    nearest(
      spaces: readonly string[],
      vector: Float32Array,
      limit: number,
      documents?: readonly number[],
    ): Near[] {
      return vectors.nearest(spaces, vector, limit, documents && within(documents));
    },

    cosine: (passageId: number, vector: Float32Array): number | null =>
      vectors.cosines([passageId], vector).get(passageId) ?? null,
  };
}

function demandUnit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  if (!(Math.abs(length - 1) < 0.01)) throw new Error(`a vector of length ${length} is no unit vector`);
  return vector;
}
