/** The vectors of passages: which embedder made them, who may see them, and how near they are to a question. */
import type { Document } from '@rockpool/protocol/documents';
import type { Database } from '../store/sqlite.ts';

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

export interface Near {
  id: number;
  cosine: number;
}

/** A person's own partition; one word of the index, and one partition of the vectors. */
export const ownedBy = (personId: number): string => `p${personId}`;
export const office = 'office';

export const visibleTo = ({ owner, scope }: { owner: number; scope: Document['scope'] }): string =>
  scope === 'office' ? office : ownedBy(owner);

export type PassageVectors = ReturnType<typeof openPassageVectors>;

export function openPassageVectors(db: Database) {
  const embedder = db.prepare<[], Embedder>('SELECT digest, dimensions FROM embedder');
  const setEmbedder = db.prepare<[string, number]>('INSERT OR REPLACE INTO embedder VALUES (1, ?, ?)');
  const holder = db.prepare<[number], { id: number; owner: number; scope: Document['scope'] }>(
    'SELECT d.id, d.owner, d.scope FROM passage p JOIN document d ON d.id = p.document_id WHERE p.id = ? AND p.embedded = 0',
  );
  const mark = db.prepare<[number]>('UPDATE passage SET embedded = 1 WHERE id = ?');
  const count = db.prepare<[number]>(`
    UPDATE document SET embedded = embedded + 1,
      status = CASE WHEN status = 'indexing' AND embedded + 1 >= passages THEN 'ready' ELSE status END
    WHERE id = ?`);
  let current = embedder.get();

  return {
    current: (): Embedder | undefined => current,

    use({ digest, dimensions }: Embedder): void {
      if (current?.digest === digest && current.dimensions === dimensions) return;
      // Partitions are small and many: larger chunks would reserve room for a thousand vectors in each.
      db.exec(`
        DROP TABLE IF EXISTS passage_vector;
        CREATE VIRTUAL TABLE passage_vector USING vec0(
          visible TEXT partition key, document_id INTEGER, vector float[${Math.trunc(dimensions)}], chunk_size = 64
        );
        UPDATE passage SET embedded = 0 WHERE embedded = 1;
        UPDATE document SET embedded = 0, status = CASE WHEN status = 'ready' THEN 'indexing' ELSE status END;
      `);
      setEmbedder.run(digest, dimensions);
      current = { digest, dimensions };
    },

    /** Vectors of another embedder, and of passages that were deleted meanwhile, are not kept. */
    set(digest: string, rows: readonly PassageVector[]): void {
      if (current?.digest !== digest) return;
      const insert = db.prepare<[bigint, string, bigint, Uint8Array]>(
        'INSERT INTO passage_vector (rowid, visible, document_id, vector) VALUES (?, ?, ?, ?)',
      );
      for (const { passageId, vector } of rows) {
        const document = holder.get(passageId);
        if (!document) continue;
        insert.run(BigInt(passageId), visibleTo(document), BigInt(document.id), bytesOf(vector));
        mark.run(passageId);
        count.run(document.id);
      }
    },

    deleteOf(documentId: number): void {
      if (current) db.prepare('DELETE FROM passage_vector WHERE document_id = ?').run(BigInt(documentId));
    },

    /** The nearest of what the person may see; the partition is chosen before the search, so `limit` are found. */
    nearest(personId: number, vector: Float32Array, limit: number, documents?: readonly number[]): Near[] {
      if (!current) return [];
      const chosen = documents ? 'AND document_id IN (SELECT value FROM json_each(?))' : '';
      return (
        db
          .prepare<unknown[], { id: number; distance: number }>(`
          SELECT rowid AS id, distance FROM passage_vector
          WHERE vector MATCH ? AND k = ? AND visible IN (?, ?) ${chosen}`)
          .all(
            bytesOf(vector),
            limit,
            ownedBy(personId),
            office,
            ...(documents ? [JSON.stringify(documents)] : []),
          )
          // Each partition gave its own nearest.
          .sort((a, b) => a.distance - b.distance || a.id - b.id)
          .slice(0, limit)
          .map(({ id, distance }) => ({ id, cosine: cosineOf(distance) }))
      );
    },

    cosine(passageId: number, vector: Float32Array): number | null {
      if (!current) return null;
      const distance = db
        .prepare('SELECT vec_distance_l2(vector, ?) FROM passage_vector WHERE rowid = ?')
        .pluck()
        .get(bytesOf(vector), BigInt(passageId));
      return typeof distance === 'number' ? cosineOf(distance) : null;
    },
  };
}

/** Of unit vectors: |a − b|² = 2 − 2·cos. */
const cosineOf = (distance: number): number => 1 - distance ** 2 / 2;

function bytesOf(vector: Float32Array): Uint8Array {
  const length = Math.hypot(...vector);
  if (!(Math.abs(length - 1) < 0.01)) throw new Error(`a vector of length ${length} is no unit vector`);
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}
