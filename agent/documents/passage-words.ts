/** The word index of passages: what is written to it, and how words that were deleted leave its pages. */
import { indexText } from '../host/words.ts';
import type { Database } from '../store/sqlite.ts';

/** Of the word index, merged in one call. */
const pagesAtOnce = 64;
/**
 * FTS5's secure-delete rewrites every page a word of the passage stands on: 2 ms each. Merging rewrites the whole index:
 * 6 µs for every passage that there is, and as much writing to the disk. Measured with 60,000 passages of 70 words.
 */
const mergedAsFast = 300;

export type PassageWords = ReturnType<typeof openPassageWords>;

export function openPassageWords(db: Database) {
  const insert = db.prepare<[number | bigint, string, string, string]>(
    'INSERT INTO passage_words (rowid, visible, heading, body) VALUES (?, ?, ?, ?)',
  );
  const remove = db.prepare<[string]>(
    'DELETE FROM passage_words WHERE rowid IN (SELECT value FROM json_each(?))',
  );
  const refile = db.prepare<[string, number]>('UPDATE passage_words SET visible = ? WHERE rowid = ?');
  const setSecure = (on: 0 | 1) =>
    db.prepare(`INSERT INTO passage_words (passage_words, rank) VALUES ('secure-delete', ${on})`);
  // A number that is bound is no integer to FTS5.
  const secure = [setSecure(0), setSecure(1)] as const;
  const merge = db.prepare<[number]>("INSERT INTO passage_words (passage_words, rank) VALUES ('merge', ?)");
  const changes = db.prepare('SELECT total_changes()').pluck();
  const total = db.prepare<[], number>('SELECT ifnull(max(id), 0) FROM passage').pluck();
  const note = db.prepare('INSERT OR IGNORE INTO unmerged VALUES (1)');
  const noted = db.prepare('SELECT 1 FROM unmerged');
  const done = db.prepare('DELETE FROM unmerged');

  /** `of`: how many will be deleted in all, piece by piece. @returns whether words leave their pages at once */
  function prepareDeletion(of: number): boolean {
    const atOnce = of * mergedAsFast < (total.get() ?? 0) && noted.get() === undefined;
    secure[atOnce ? 1 : 0].run();
    if (!atOnce) note.run();
    return atOnce;
  }

  return {
    add(id: number | bigint, tokens: string, heading: string, text: string): void {
      insert.run(id, tokens, indexText(heading), indexText(text));
    },

    remove(ids: readonly number[], of: number): void {
      if (ids.length === 0) return;
      prepareDeletion(of);
      remove.run(JSON.stringify(ids));
    },

    refile(ids: readonly number[], tokens: string, of: number): void {
      if (ids.length === 0) return;
      prepareDeletion(of);
      for (const id of ids) refile.run(tokens, id);
    },

    /**
     * Merges a part of the index when words that were deleted may still stand in it; tells whether there is more to do.
     * @param begin more may have been deleted since the last call
     */
    eraseSome(begin: boolean): boolean {
      if (!noted.get()) return false;
      const before = Number(changes.get());
      merge.run(begin ? -pagesAtOnce : pagesAtOnce);
      // Fewer than two: FTS5 found nothing left to merge.
      if (Number(changes.get()) - before >= 2) return true;
      done.run();
      return false;
    },
  };
}
