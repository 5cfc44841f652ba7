/** The tables of the sessions' database, and a row of the first of them. */
import type { Session } from '@rockpool/protocol/chat';

/**
 * Sessions have a number of their own because a copy of the file may renumber implicit rowids, and the title index
 * refers to them.
 */
const version1 = `
  CREATE TABLE session (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    person INTEGER NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    title_by TEXT NOT NULL DEFAULT 'first-words' CHECK (title_by IN ('first-words', 'person')),
    pinned INTEGER NOT NULL DEFAULT 0,
    archived INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    leaf INTEGER,
    window_start INTEGER
  ) STRICT;
  CREATE INDEX session_of ON session (person, archived, pinned DESC, updated_at DESC);
  CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    parent INTEGER,
    sender TEXT NOT NULL CHECK (sender IN ('person', 'assistant')),
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('pending', 'complete', 'length', 'aborted', 'failed')),
    citations TEXT NOT NULL DEFAULT '[]',
    attachments TEXT NOT NULL DEFAULT '[]',
    remembered TEXT NOT NULL DEFAULT '[]',
    heeded TEXT,
    model TEXT,
    usage TEXT
  ) STRICT;
  CREATE INDEX message_in ON message (session, parent);
  CREATE INDEX message_pending ON message (id) WHERE outcome = 'pending';
  CREATE VIRTUAL TABLE message_words USING fts5(owner, body, tokenize = 'porter unicode61 remove_diacritics 2');
  CREATE VIRTUAL TABLE title_words USING fts5(owner, body, tokenize = 'porter unicode61 remove_diacritics 2');
  INSERT INTO message_words (message_words, rank) VALUES ('secure-delete', 1), ('rank', 'bm25(0.0, 1.0)');
  INSERT INTO title_words (title_words, rank) VALUES ('secure-delete', 1), ('rank', 'bm25(0.0, 1.0)');
`;

export const sessionsSchema = { versions: [version1] };

export interface SessionRow {
  number: number;
  id: string;
  person: number;
  title: string;
  title_by: 'first-words' | 'person';
  pinned: number;
  archived: number;
  created_at: number;
  updated_at: number;
  leaf: number | null;
  window_start: number | null;
}

/** @throws Refusal when the person has no such session */
export type OwnedRow = (personId: number, id: string) => SessionRow;

export function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    title: row.title,
    pinned: row.pinned === 1,
    archived: row.archived === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
