/** The words of facts: which of them a question shares, among what its asker may see. */
import { indexText, matchQuery } from '../host/words.ts';
import type { Database } from '../store/sqlite.ts';
import type { Visible } from './visible.ts';

export interface Worded {
  id: number;
  /** Of the words that were asked for, how many it holds: 0 to 1. */
  share: number;
}

/** Around each word that was found; nothing that people type. */
const open = '\u0001';
const close = '\u0002';
const marked = /\u0001([^\u0002]*)\u0002/g;

export type FactWords = ReturnType<typeof openFactWords>;

export function openFactWords(db: Database) {
  const insert = db.prepare<[number, string, string]>(
    'INSERT INTO fact_words (rowid, visible, text) VALUES (?, ?, ?)',
  );
  const remove = db.prepare<[number]>('DELETE FROM fact_words WHERE rowid = ?');
  // A weight of 0 for the first column: who may see a fact says nothing about how well it fits.
  const search = db.prepare<[string, number], { id: number; found: string }>(`
    SELECT rowid AS id, highlight(fact_words, 1, '${open}', '${close}') AS found
    FROM fact_words WHERE fact_words MATCH ? ORDER BY bm25(fact_words, 0, 1), rowid DESC LIMIT ?`);
  const ids = db.prepare<[string], number>('SELECT rowid FROM fact_words WHERE fact_words MATCH ?').pluck();

  return {
    add(id: number, visible: Visible, text: string): void {
      insert.run(id, visible, indexText(text));
    },

    remove(id: number): void {
      remove.run(id);
    },

    /** Best first, by any of the words that `asked` is about. */
    search(visible: readonly Visible[], asked: string, limit: number): Worded[] {
      const match = matchQuery(asked, { any: true });
      if (match === null) return [];
      const terms = match.split(' OR ').length;
      return search
        .all(among(visible, match), limit)
        .map(({ id, found }) => ({ id, share: Math.min(1, wordsFound(found) / terms) }));
    },

    /** All that hold every word that was typed. */
    holding(visible: readonly Visible[], typed: string): number[] {
      const match = matchQuery(typed);
      return match === null ? [] : ids.all(among(visible, match));
    },
  };
}

/** Who may see it stands inside the search: rows of others are neither ranked nor counted. */
const among = (visible: readonly Visible[], match: string): string =>
  `visible : (${visible.join(' OR ')}) AND text : (${match})`;

const wordsFound = (text: string): number =>
  new Set([...text.matchAll(marked)].map(([, word]) => word?.toLowerCase())).size;
