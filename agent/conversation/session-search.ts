/** Finds what was said, by words, among one person's own messages and titles. */
import type { SearchHit } from '@rockpool/protocol/chat';
import { indexText, matchQuery } from '../host/words.ts';
import type { Database } from '../store/sqlite.ts';
import { type SessionRow, toSession } from './session-row.ts';
import { snippet } from './snippet.ts';

const maxHits = 50;

interface HitRow extends SessionRow {
  messageId: number;
  sender: 'person' | 'assistant';
  at: number;
  text: string;
}

export function openSessionSearch(db: Database) {
  const addWords = db.prepare<[number, string, string]>(
    'INSERT INTO message_words (rowid, owner, body) VALUES (?, ?, ?)',
  );
  const removeWords = db.prepare<[string]>(
    'DELETE FROM message_words WHERE rowid IN (SELECT id FROM message WHERE session = ?)',
  );
  const addTitle = db.prepare<[number, string, string]>(
    'INSERT INTO title_words (rowid, owner, body) VALUES (?, ?, ?)',
  );
  const removeTitle = db.prepare<[number]>('DELETE FROM title_words WHERE rowid = ?');
  const inMessages = db.prepare<[string, number, number], HitRow>(`
    SELECT s.*, m.id AS messageId, m.sender, m.at, m.text
    FROM message_words w JOIN message m ON m.id = w.rowid JOIN session s ON s.id = m.session
    WHERE message_words MATCH ? AND s.person = ? ORDER BY w.rank, m.id DESC LIMIT ?`);
  const inTitles = db.prepare<[string, number, number], HitRow>(`
    SELECT s.*, m.id AS messageId, m.sender, m.at, s.title AS text
    FROM title_words w JOIN session s ON s.number = w.rowid
      JOIN message m ON m.id = (SELECT min(id) FROM message WHERE session = s.id)
    WHERE title_words MATCH ? AND s.person = ? ORDER BY w.rank, s.number DESC LIMIT ?`);

  return {
    addMessage(personId: number, id: number, text: string): void {
      if (text !== '') addWords.run(id, owner(personId), indexText(text));
    },

    /** Titles that a person gave; those made of first words are found by the words themselves. */
    setTitle(session: SessionRow, title: string): void {
      removeTitle.run(session.number);
      addTitle.run(session.number, owner(session.person), indexText(title));
    },

    removeSession(session: SessionRow): void {
      removeWords.run(session.id);
      removeTitle.run(session.number);
    },

    /** Best first, titles before messages; nothing when there is nothing in `typed` to look for. */
    find(personId: number, typed: string): SearchHit[] {
      const words = matchQuery(typed);
      if (words === null) return [];
      // Whose words they are is part of the expression: those of others never take a place among the first.
      const mine = `owner : "${owner(personId)}" AND body : (${words})`;
      const rows = [...inTitles.all(mine, personId, maxHits), ...inMessages.all(mine, personId, maxHits)];
      return rows.slice(0, maxHits).map((row) => toHit(row, typed));
    },
  };
}

export type SessionSearch = ReturnType<typeof openSessionSearch>;

/** As one word of the index. */
const owner = (personId: number): string => `person${personId}`;

function toHit({ messageId, sender, at, text, ...session }: HitRow, typed: string): SearchHit {
  return { session: toSession(session), messageId, from: sender, at, snippet: snippet(text, typed) };
}
