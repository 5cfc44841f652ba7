/** The words of facts: which of them a question shares, among what its asker may see. */
import { indexText, matchQuery } from '../host/words.ts';
import type { Database } from '../store/sqlite.ts';
import type { Within } from './fact-filter.ts';
import type { Visible } from './visible.ts';

/**
 * Words lay in one list for everybody, and were cut down to the asker's by a second list of whom each fact reaches.
 * They are written anew, in the way below, when the facts are next opened.
 */
export const factWordsTable = `
  DROP TABLE fact_words;
  CREATE VIRTUAL TABLE fact_words USING fts5(visible, text, tokenize = 'porter unicode61 remove_diacritics 2');
  -- Without it a deleted word stays in the index until its segment happens to be merged.
  INSERT INTO fact_words (fact_words, rank) VALUES ('secure-delete', 1);
`;

export interface Worded {
  id: number;
  /** Of the words that were asked for, how many it holds: 0 to 1. */
  share: number;
}

/** A longer question is told by its first words; each costs a look into the index. */
const maxTerms = 24;
/** More facts than anyone has: what a word is worth that only one of them holds. */
const all = 1_000_000;
/** A word that more facts hold tells little, and listing them takes long: it only counts for what other words found. */
const common = 500;

export function openFactWords(db: Database) {
  const insert = db.prepare<[number, string, string]>(
    'INSERT INTO fact_words (rowid, visible, text) VALUES (?, ?, ?)',
  );
  const remove = db.prepare<[number]>('DELETE FROM fact_words WHERE rowid = ?');
  const secureDelete = (isOn: boolean): void =>
    void db.exec(`INSERT INTO fact_words (fact_words, rank) VALUES ('secure-delete', ${isOn ? 1 : 0})`);
  const count = db.prepare<[], number>('SELECT sum(facts) FROM namespace').pluck();
  const matching = db
    .prepare<[string], number>('SELECT rowid FROM fact_words WHERE fact_words MATCH ?')
    .pluck();
  const newest = db
    .prepare<[string, number], number>(
      'SELECT rowid FROM fact_words WHERE fact_words MATCH ? ORDER BY rowid DESC LIMIT ?',
    )
    .pluck();
  /** A fact that doesn't pass counts neither as one that holds a word nor among the newest that do. */
  function lookups(within: Within | undefined) {
    if (!within)
      return {
        matching: (match: string): number[] => matching.all(match),
        newest: (match: string, limit: number): number[] => newest.all(match, limit),
      };
    const { condition, values } = within;
    const [from, to] = within.span() ?? [0, Number.MAX_SAFE_INTEGER];
    const passing = db
      .prepare<unknown[], number>(`
        SELECT rowid FROM fact_words WHERE fact_words MATCH ? AND rowid BETWEEN ? AND ?
          AND EXISTS (SELECT 1 FROM fact f WHERE f.id = fact_words.rowid AND ${condition})
        ORDER BY rowid DESC LIMIT ?`)
      .pluck();
    const look = (match: string, limit: number): number[] => passing.all(match, from, to, ...values, limit);
    return { matching: (match: string): number[] => look(match, -1), newest: look };
  }
  const first = db.prepare<[], number>('SELECT rowid FROM fact_words LIMIT 1').pluck();

  return {
    isEmpty: (): boolean => first.get() === undefined,

    add(id: number, visible: Visible, text: string): void {
      insert.run(id, visible, owned(visible, indexText(text)));
    },

    remove(id: number): void {
      remove.run(id);
    },

    /**
     * Of many of them no word is left either, however many there are: erased one by one each costs .12 ms; merging the
     * whole index once, which leaves out what was deleted, .002 ms for every fact there is.
     */
    removeMany(ids: readonly number[]): void {
      const isWorthMerging = ids.length * 50 > (count.get() ?? 0);
      try {
        if (isWorthMerging) secureDelete(false);
        for (const id of ids) remove.run(id);
        if (isWorthMerging) db.exec("INSERT INTO fact_words (fact_words) VALUES ('optimize')");
      } finally {
        if (isWorthMerging) secureDelete(true);
      }
    },

    /**
     * Best first, by any of the words that `asked` is about; rare ones count for more. Word by word and not by FTS5's
     * bm25(), which looks up the length of every fact it ranks: 4 ms where this takes 1.5, in 10,000 facts.
     */
    search(visible: readonly Visible[], asked: string, limit: number, within?: Within): Worded[] {
      const look = lookups(within);
      const terms = matchQuery(asked, { any: true })?.split(' OR ').slice(0, maxTerms) ?? [];
      const held: Held = new Map();
      const count = (ids: readonly number[], worth: number): void => {
        const more = oneTerm + Math.round(worth * worthUnit);
        for (const id of ids) held.set(id, (held.get(id) ?? 0) + more);
      };
      const rare: string[] = [];
      const frequent: { term: string; newest: number[] }[] = [];
      for (const term of terms) {
        const ids = look.newest(among(visible, term), common + 1);
        if (ids.length > common) frequent.push({ term, newest: ids });
        else {
          rare.push(term);
          count(ids, worthOf(ids.length));
        }
      }
      const worth = worthOf(common);
      const others = rare.length > 0 ? `(${rare.join(' OR ')})` : undefined;
      for (const { term, newest: ids } of frequent)
        count(others ? look.matching(among(visible, `${term} AND ${others}`)) : ids, worth);
      if (!others && frequent.length > 1) {
        const together = among(visible, frequent.map(({ term }) => term).join(' AND '));
        const whole = frequent.length * (oneTerm + Math.round(worth * worthUnit));
        for (const id of look.newest(together, common)) held.set(id, whole);
      }
      return best(held, limit).map((id) => ({
        id,
        share: Math.floor((held.get(id) ?? 0) / oneTerm) / terms.length,
      }));
    },

    /** All that hold every word that was typed. */
    holding(visible: readonly Visible[], typed: string): number[] {
      const match = matchQuery(typed);
      return match === null ? [] : matching.all(among(visible, match));
    },
  };
}

/** By fact: how many terms it holds, and behind that what they are worth together; as one number, of which it takes thousands. */
type Held = Map<number, number>;
const oneTerm = 65_536;
const worthUnit = 100;

/** Worth most first, of equals the newer. Of thousands only these are put in order. */
function best(held: Held, limit: number): number[] {
  const ids: number[] = [];
  const worths: number[] = [];
  for (const [id, counted] of held) {
    const worth = counted % oneTerm;
    let at = ids.length;
    while (at > 0 && isBetter(worth, id, worths[at - 1] ?? 0, ids[at - 1] ?? 0)) at -= 1;
    if (at >= limit) continue;
    ids.splice(at, 0, id);
    worths.splice(at, 0, worth);
    if (ids.length > limit) {
      ids.pop();
      worths.pop();
    }
  }
  return ids;
}

const isBetter = (worth: number, id: number, than: number, other: number): boolean =>
  worth > than || (worth === than && id > other);

const worthOf = (facts: number): number => Math.log(all / Math.max(1, facts));

/**
 * Who may see it stands in every word: `p7xgate` is "gate" in what person 7 has. So a search reads the list of a word
 * among the asker's facts, however many others there are, and can't come upon another's.
 */
export function among(visible: readonly Visible[], match: string): string {
  const each = visible.map((name) => `(${match.replace(/"[^"]*"/g, (words) => owned(name, words))})`);
  return `text : (${each.join(' OR ')})`;
}

const owned = (visible: Visible, text: string): string => {
  const mark = markOf(visible);
  return text.replace(word, (found) => mark + found);
};

/** What FTS5's tokenizer takes for a word. */
const word = /[\p{L}\p{N}\p{Co}](?:[\p{L}\p{N}\p{Co}]|[\u0300-\u036f])*/gu;

/** No vowels, or the stemmer would count them; ended by a letter, or person 1 would have the words of person 12. */
const markOf = (visible: Visible): string => `${visible.replace(/[aeiouy]/g, '')}x`;
