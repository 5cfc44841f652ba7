/** Messages in the sessions' database: a tree in which every question has its answers below it. */
import type { Message, Outcome } from '@rockpool/protocol/chat';
import { Fact } from '@rockpool/protocol/memory';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Database } from '../store/sqlite.ts';
import {
  type Begun,
  exchanges,
  type Finished,
  type Heeded,
  jsonArray,
  type MessageRow,
  type NewTurn,
  onlyMemory,
  type StoredExchange,
  toMessage,
} from './message-row.ts';
import { type OwnedRow, type SessionRow, toSession } from './session-row.ts';
import type { SessionSearch } from './session-search.ts';
import { titleOf } from './title.ts';

/** More than any window holds, so that one that overflows is seen to overflow. */
const historyDepth = 120;
const allDepths = 1_000_000;

const columns = `m.*, (
  SELECT json_group_array(s.id) FROM (
    SELECT id FROM message WHERE session = m.session AND parent IS m.parent ORDER BY id
  ) AS s
) AS siblings`;

export function openMessages(db: Database, owned: OwnedRow, search: SessionSearch) {
  const one = db.prepare<[number, string], MessageRow>(
    `SELECT ${columns} FROM message m WHERE id = ? AND session = ?`,
  );
  const everything = db.prepare<[string], MessageRow>(
    `SELECT ${columns} FROM message m WHERE session = ? ORDER BY id`,
  );
  const branch = db.prepare<[number, string, number, number], MessageRow>(`
    WITH RECURSIVE branch (id, depth) AS (
      SELECT id, 0 FROM message WHERE id = ? AND session = ?
      UNION ALL
      SELECT child.parent, depth + 1 FROM branch JOIN message AS child USING (id)
      WHERE child.parent >= ? AND depth < ?
    )
    SELECT ${columns} FROM branch JOIN message m USING (id) ORDER BY m.id`);
  const newestBelow = db.prepare<[number, string], { id: number }>(`
    WITH RECURSIVE below (id) AS (
      SELECT ?
      UNION ALL
      SELECT (SELECT max(id) FROM message WHERE session = ? AND parent = below.id) FROM below WHERE id IS NOT NULL
    )
    SELECT max(id) AS id FROM below`);
  const insert = db.prepare<[string, number | null, MessageRow['sender'], string, number, Outcome, string]>(
    'INSERT INTO message (session, parent, sender, text, at, outcome, attachments) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const setShown = db.prepare<[string, number, number, number]>(
    'UPDATE session SET title = ?, leaf = ?, updated_at = ? WHERE number = ?',
  );
  const setWindow = db.prepare<[number | null, number, number]>(
    'UPDATE session SET window_start = ?, updated_at = ? WHERE number = ?',
  );
  const saveText = db.prepare<[string, number, string]>(
    "UPDATE message SET text = ? WHERE id = ? AND session = ? AND outcome = 'pending'",
  );
  const finishAnswer = db.prepare<
    [string, Outcome, number, string, string | null, string | null, number, string]
  >(
    'UPDATE message SET text = ?, outcome = ?, at = ?, citations = ?, model = ?, usage = ? WHERE id = ? AND session = ?',
  );
  const finishQuestion = db.prepare<[string, Heeded | null, number]>(
    'UPDATE message SET remembered = ?, heeded = ? WHERE id = ?',
  );
  const pending = db.prepare<[], { id: number; session: string; person: number; text: string }>(
    "SELECT m.id, m.session, m.text, s.person FROM message m JOIN session s ON s.id = m.session WHERE outcome = 'pending'",
  );
  const abort = db.prepare<[number]>("UPDATE message SET outcome = 'aborted' WHERE id = ?");

  const get = (session: SessionRow, id: number): MessageRow => {
    const row = one.get(id, session.id);
    if (!row) throw new Refusal('not-found', 'There is no such message in this chat; reload the page.');
    return row;
  };

  /** Answers that nobody finishes any more: the device went down, or their last line could not be written. */
  const abortPending = (session?: string): void => {
    for (const row of pending.all()) {
      if (session !== undefined && row.session !== session) continue;
      abort.run(row.id);
      search.addMessage(row.person, row.id, row.text);
    }
  };
  db.transaction(abortPending).immediate();

  const ask = (session: SessionRow, turn: Extract<NewTurn, { text: string }>): MessageRow => {
    const parent = turn.parentId === undefined ? session.leaf : turn.parentId;
    if (parent !== null && get(session, parent).sender !== 'assistant') {
      throw new Refusal('bad-request', 'A message follows an answer, not another question; reload the page.');
    }
    const attachments = JSON.stringify(turn.attachments);
    const { lastInsertRowid } = insert.run(
      session.id,
      parent,
      'person',
      turn.text,
      turn.at,
      'complete',
      attachments,
    );
    search.addMessage(session.person, Number(lastInsertRowid), turn.text);
    return get(session, Number(lastInsertRowid));
  };

  const askedBy = (session: SessionRow, answerId: number): MessageRow => {
    const answer = get(session, answerId);
    if (answer.sender !== 'assistant' || answer.parent === null) {
      throw new Refusal('bad-request', 'Only an answer can be given anew; choose one.');
    }
    if (answer.outcome === 'complete' && answer.model === null) {
      throw new Refusal(
        'bad-request',
        'The device itself gave this answer, not the model; there is no other one.',
      );
    }
    return get(session, answer.parent);
  };

  const historyOf = (session: SessionRow, question: MessageRow): StoredExchange[] => {
    if (question.parent === null) return [];
    const start = session.window_start ?? 0;
    // A branch that ends before the window's start was left before; its own window begins anew.
    const oldest = question.parent >= start ? start : 0;
    return exchanges(branch.all(question.parent, session.id, oldest, historyDepth));
  };

  return {
    shown: (session: SessionRow): Message[] =>
      session.leaf === null ? [] : branch.all(session.leaf, session.id, 0, allDepths).map(toMessage),

    all: (session: SessionRow): Message[] => everything.all(session.id).map(toMessage),

    /** The newest end of the branch that a message is on. */
    leafUnder: (session: SessionRow, messageId: number): number =>
      newestBelow.get(get(session, messageId).id, session.id)?.id ?? messageId,

    /** When it returns, the question is on disk, with a pending answer below it. */
    begin: db.transaction((personId: number, sessionId: string, turn: NewTurn): Begun => {
      const session = owned(personId, sessionId);
      abortPending(sessionId);
      const question = 'text' in turn ? ask(session, turn) : askedBy(session, turn.regenerate);
      const { lastInsertRowid } = insert.run(
        sessionId,
        question.id,
        'assistant',
        '',
        turn.at,
        'pending',
        '[]',
      );
      const untitled = session.title_by === 'first-words' && question.parent === null;
      setShown.run(
        untitled ? titleOf(question.text) : session.title,
        Number(lastInsertRowid),
        turn.at,
        session.number,
      );
      return {
        session: toSession(owned(personId, sessionId)),
        question: toMessage(question),
        answerId: Number(lastInsertRowid),
        heeded: question.heeded,
        about: question.parent === null ? null : onlyMemory(get(session, question.parent)),
        history: historyOf(session, question),
        windowStart: session.window_start,
      };
    }).immediate,

    /** What there is of an answer while it is being given. */
    save: db.transaction((personId: number, sessionId: string, answerId: number, text: string): void => {
      saveText.run(text, answerId, owned(personId, sessionId).id);
    }).immediate,

    finish: db.transaction((personId: number, sessionId: string, answerId: number, end: Finished) => {
      const session = owned(personId, sessionId);
      const { parent } = get(session, answerId);
      const usage = end.usage && JSON.stringify(end.usage);
      const citations = JSON.stringify(end.citations);
      finishAnswer.run(end.text, end.outcome, end.at, citations, end.model, usage, answerId, sessionId);
      if (parent !== null && end.heeded !== null) {
        const before = jsonArray(Fact, get(session, parent).remembered);
        finishQuestion.run(JSON.stringify([...before, ...end.remembered]), end.heeded, parent);
      }
      search.addMessage(personId, answerId, end.text);
      setWindow.run(end.windowStart, end.at, session.number);
      return { session: toSession(owned(personId, sessionId)), message: toMessage(get(session, answerId)) };
    }).immediate,
  };
}
