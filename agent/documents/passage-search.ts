/** Finds passages by words and by meaning among what a person may see, and fuses the two lists by rank. */
import type { Passage } from '@rockpool/protocol/documents';
import type { Database } from '../store/sqlite.ts';
import type { Access } from './access.ts';
import { type DocumentFilter, openDocumentFilter } from './document-filter.ts';
import type { Near, PassageVectors } from './passage-vectors.ts';

export interface PassageQuery extends DocumentFilter {
  personId: number;
  /** A MATCH expression as `matchQuery` makes it; null: nothing to look for by words. */
  words: string | null;
  /** The question's vector and the embedder that made it; null: by words only. */
  meaning: { digest: string; vector: Float32Array } | null;
  limit: number;
  /** A passage is found when its words match and its cosine is at least `withWords`, or it is at least `alone`. */
  floor: { withWords: number; alone: number };
}

export interface FoundPassage {
  passage: Passage;
  documentName: string;
  score: number;
  cosine: number | null;
  byWords: boolean;
}

/** How many of each list take part in the fusion. */
const candidates = 50;
/** So many documents are words of the expression; of more, each passage that has the words is looked up. */
const named = 64;
/** The usual constant of reciprocal rank fusion: how much the very first ranks count for. */
const rankOffset = 60;

export function openPassageSearch(db: Database, vectors: PassageVectors, access: Access) {
  const byWords = db.prepare<[string, number], { id: number }>(
    'SELECT rowid AS id FROM passage_words WHERE passage_words MATCH ? ORDER BY rank, rowid LIMIT ?',
  );
  const byWordsOf = db.prepare<[string, string, number], { id: number }>(`
    SELECT rowid AS id FROM passage_words
    WHERE passage_words MATCH ? AND EXISTS (
      SELECT 1 FROM passage p WHERE p.id = passage_words.rowid AND p.document_id IN (SELECT value FROM json_each(?)))
    ORDER BY rank, rowid LIMIT ?`);
  const meant = openDocumentFilter(db);
  const columns = `p.id, p.document_id AS documentId, p.place AS "index", p.page, p.heading, p.text, d.name AS documentName`;
  const readable = `d.leaving = 0 AND d.status <> 'failed' AND d.visible IN (SELECT value FROM json_each(?))`;
  // Asked once more, because a passage is still filed as before for a moment after its document was shared anew.
  const one = db.prepare<[number, string], LoadedPassage>(
    `SELECT ${columns} FROM passage p JOIN document d ON d.id = p.document_id WHERE p.id = ? AND ${readable}`,
  );
  const first = db.prepare<[string, string, number], LoadedPassage>(`
    SELECT ${columns} FROM passage p JOIN document d ON d.id = p.document_id
    WHERE d.id IN (SELECT value FROM json_each(?)) AND ${readable}
    ORDER BY p.place, d.id LIMIT ?`);

  function wordsOf(words: string, spaces: readonly string[], documents: readonly number[] | undefined) {
    if (documents && documents.length > named)
      return byWordsOf.all(visibleMatch(words, spaces, undefined), JSON.stringify(documents), candidates);
    return byWords.all(visibleMatch(words, spaces, documents), candidates);
  }

  return {
    search(query: PassageQuery): FoundPassage[] {
      const { personId, limit, floor } = query;
      const spaces = access.spacesOf(personId);
      const documents = meant(spaces, query);
      if (documents?.length === 0) return [];
      const allowed = JSON.stringify(spaces);
      const meaning = query.meaning?.digest === vectors.current()?.digest ? query.meaning?.vector : undefined;
      const near = meaning ? vectors.nearest(spaces, meaning, candidates, documents) : [];
      const worded = query.words === null ? [] : wordsOf(query.words, spaces, documents);

      const cosines = new Map(near.map(({ id, cosine }) => [id, cosine]));
      const withWords = new Set(worded.map(({ id }) => id));
      const cosineOf = (id: number): number | null =>
        cosines.get(id) ?? (meaning ? vectors.cosine(id, meaning) : null);
      return fuse(near, worded)
        .map(({ id, score }) => ({ id, score, cosine: cosineOf(id), byWords: withWords.has(id) }))
        .filter(({ cosine, byWords }) =>
          // A passage that has no vector yet is found by its words.
          byWords ? (cosine ?? 1) >= floor.withWords : (cosine ?? -1) >= floor.alone,
        )
        .flatMap(({ id, ...found }) => {
          const row = one.get(id, allowed);
          return row ? [{ ...split(row), ...found }] : [];
        })
        .slice(0, limit);
    },

    /** The first passages of documents that the person may see. */
    beginnings: (personId: number, documents: readonly number[], limit: number): FoundPassage[] =>
      first
        .all(JSON.stringify(documents), JSON.stringify(access.spacesOf(personId)), limit)
        .map((row) => ({ ...split(row), score: 0, cosine: null, byWords: false })),
  };
}

type LoadedPassage = Passage & { documentName: string };

const split = ({ documentName, ...passage }: LoadedPassage) => ({ passage, documentName });

/** Whose passages they are is part of the expression, so that those of others never take a place among the first. */
function visibleMatch(
  words: string,
  spaces: readonly string[],
  documents: readonly number[] | undefined,
): string {
  const owners = `visible : (${spaces.map((space) => `"${space}"`).join(' OR ')})`;
  const chosen = documents ? ` AND visible : (${documents.map((id) => `"d${id}"`).join(' OR ')})` : '';
  return `${owners}${chosen} AND {heading body} : (${words})`;
}

function fuse(near: readonly Near[], worded: readonly { id: number }[]): { id: number; score: number }[] {
  const scores = new Map<number, number>();
  for (const list of [near, worded]) {
    for (const [rank, { id }] of list.entries()) {
      scores.set(id, (scores.get(id) ?? 0) + 1 / (rankOffset + rank + 1));
    }
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score || a.id - b.id);
}
