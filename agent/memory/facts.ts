/** The facts on disk: every change of a row, its words and its vector is one transaction. Runs in the store's thread. */
import type { Fact } from '@rockpool/protocol/memory';
import type { Database } from '../store/sqlite.ts';
import { factChanges, type Move, type NewFact, type Remembered } from './fact-changes.ts';
import { type Arrived, factImport, type Imported, type Succession } from './fact-import.ts';
import { openFactIndex, type Question } from './fact-index.ts';
import { type FactRow, type Listing, openFactRows, toFact } from './fact-rows.ts';
import type { Embedded, Embedder } from './fact-vectors.ts';
import type { Worded } from './fact-words.ts';
import { type Candidate, rank, strengthOf } from './rank.ts';
import { ownOf, pastSeenBy, seenBy } from './visible.ts';

export const factsSchema = {
  versions: [
    `
    CREATE TABLE fact (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      owner INTEGER NOT NULL,
      said_by TEXT NOT NULL,
      scope TEXT NOT NULL CHECK (scope IN ('mine', 'office')),
      reaches TEXT NOT NULL AS (iif(scope = 'office', 'office', 'p' || owner)) VIRTUAL,
      text TEXT NOT NULL,
      hash TEXT NOT NULL,
      subject TEXT,
      said_at INTEGER NOT NULL,
      session_id TEXT,
      message_id INTEGER,
      origin TEXT NOT NULL CHECK (origin IN ('person', 'admin', 'import')),
      superseded_by INTEGER REFERENCES fact (id) ON DELETE SET NULL,
      superseded_at INTEGER,
      embedded INTEGER NOT NULL DEFAULT 0,
      CHECK (superseded_by IS NULL OR superseded_at IS NOT NULL)
    ) STRICT;
    CREATE INDEX fact_reaching ON fact (reaches, id);
    CREATE INDEX fact_by_text ON fact (reaches, hash);
    CREATE INDEX fact_by_subject ON fact (reaches, subject) WHERE superseded_at IS NULL AND subject IS NOT NULL;
    CREATE INDEX fact_by_successor ON fact (superseded_by) WHERE superseded_by IS NOT NULL;
    CREATE INDEX fact_unembedded ON fact (id) WHERE embedded = 0 AND superseded_at IS NULL;

    CREATE VIRTUAL TABLE fact_words USING fts5(visible, text, tokenize = 'porter unicode61 remove_diacritics 2');
    -- Without it a deleted word stays in the index until its segment happens to be merged.
    INSERT INTO fact_words (fact_words, rank) VALUES ('secure-delete', 1);

    CREATE TABLE embedder (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      digest TEXT NOT NULL,
      dimensions INTEGER NOT NULL,
      usual BLOB NOT NULL
    ) STRICT;
    `,
  ],
};

export interface Recalled {
  fact: Fact;
  /** How well it fits; comparable among the answers to one question. */
  score: number;
  /** Of the words asked for, the part it holds: 0 to 1. */
  words: number;
}

export function openFacts(db: Database) {
  const rows = openFactRows(db);
  const index = openFactIndex(db, rows);
  const changes = factChanges(rows, index);
  const imports = factImport(rows, changes);
  const together = <A extends unknown[], R>(change: (...args: A) => R) => {
    const transaction = db.transaction(change);
    return (...args: A): R => transaction.immediate(...args);
  };
  /** Deleted pages are overwritten, but the log still holds what they were. */
  const erasing = <A extends unknown[], R>(change: (...args: A) => R) => {
    const changed = together(change);
    return (...args: A): R => {
      const result = changed(...args);
      db.pragma('wal_checkpoint(TRUNCATE)');
      return result;
    };
  };
  const recalled = ({ id, share, ...candidate }: Candidate): Recalled[] => {
    const row = rows.get(id);
    return row ? [{ fact: toFact(row), score: strengthOf({ ...candidate, share }), words: share }] : [];
  };
  const current = (found: readonly FactRow[]): Fact[] =>
    found.filter(({ supersededAt }) => supersededAt === null).map(toFact);

  return {
    embedder: index.embedder,
    /** Drops the vectors of any other embedder; `unembedded` then tells whose are missing. */
    useEmbedder: together((embedder: Embedder, usual: readonly Float32Array[]): void =>
      index.useEmbedder(embedder, usual),
    ),
    /** Current facts that wait for a vector. */
    unembedded: (limit: number): Pick<Fact, 'id' | 'text'>[] =>
      rows.unembedded(limit).map(({ id, text }) => ({ id, text })),
    /** A fact's text never changes, so what was made of it still fits; unless it is gone, or history by now. */
    addVectors: together((made: readonly (Embedded & { id: number })[]): void => {
      for (const { id, ...embedded } of made) {
        const row = rows.get(id);
        if (row) index.addVector(row, embedded);
      }
    }),

    remember: together((facts: readonly NewFact[]): Remembered[] => facts.map(changes.add)),
    move: erasing((id: number, to: Move): Remembered | undefined => changes.move(id, to)),

    /** What shares words with a question; the first half of `recall` and of `alike`. */
    worded: (personId: number, asked: string): Worded[] => index.worded(seenBy(personId), asked),
    ownWorded: (personId: number, asked: string): Worded[] => index.worded([ownOf(personId)], asked),
    /** What the person may be answered from, best first; nothing below the floor. */
    recall: (personId: number, question: Question, limit: number): Recalled[] =>
      rank(index.candidates(seenBy(personId), question), limit).flatMap(recalled),
    /** The person's own facts by how well each fits, without a floor. */
    alike: (personId: number, question: Question): Recalled[] =>
      index
        .candidates([ownOf(personId)], question)
        .flatMap(recalled)
        .sort((a, b) => b.score - a.score || b.fact.id - a.fact.id),
    ownWithText: (personId: number, text: string): Fact[] => current(rows.sameText(ownOf(personId), text)),
    ownAbout: (personId: number, subject: string): Fact[] =>
      current(rows.sameSubject(ownOf(personId), subject)),
    ownWithWords: (personId: number, words: string): Fact[] =>
      current(index.holding([ownOf(personId)], words).flatMap((id) => rows.get(id) ?? [])),

    holding: (personId: number, ids: readonly number[]): number[] =>
      ids.filter((id) => rows.seen(personId, id)?.supersededAt === null),

    get(personId: number, id: number): Fact | undefined {
      const row = rows.seen(personId, id);
      return row && toFact(row);
    },
    /** Newest first; with `words`, those that hold all of them. */
    list(
      personId: number,
      { words, ...listing }: Omit<Listing, 'ids'> & { words?: string | undefined },
    ): Fact[] {
      const everSeen = [...seenBy(personId), ...pastSeenBy(personId)];
      const ids = words === undefined ? undefined : index.holding(everSeen, words);
      return rows.list(seenBy(personId), { ...listing, ids }).map(toFact);
    },

    /** Gone with what they replaced: rows, words and vectors. */
    forget: erasing((ids: readonly number[]): void => ids.forEach(changes.remove)),
    forgetOwn: erasing(changes.removeOwn),
    /** What they gave to the office stays the office's. */
    removePerson: erasing((personId: number): void => {
      changes.removeOwn(personId);
      rows.orphan(personId);
    }),

    arrive: together((facts: readonly Imported[]): Arrived[] => facts.map(imports.arrive)),
    link: together((successions: readonly Succession[]): void => successions.forEach(imports.link)),
  };
}
