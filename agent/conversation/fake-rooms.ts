/** For tests: the sessions on a real database, beside a small memory, a shelf of passages and an audit log. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attachment, Frame, TurnBody } from '@rockpool/protocol/chat';
import type { Fact } from '@rockpool/protocol/memory';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import { openDatabase } from '../store/sqlite.ts';
import { FakeModel } from '../test/fake-model.ts';
import { type Conversation, createConversation } from './conversation.ts';
import type { Found, Passages, Recall, Said, Sessions, TurnAudit } from './parts.ts';
import { openSessions, type SessionsTable, sessionsSchema } from './sessions.ts';

export const ada: Person = { id: 1, name: 'ada', role: 'admin', createdAt: 0 };
export const bob: Person = { id: 2, name: 'bob', role: 'member', createdAt: 0 };

export const march = Date.parse('2026-03-02T12:00:00Z');

/** Knows what it was told, outright, as "My … is …." or by "No, it's …", tells all of it to its owner, and forgets what it is asked to. */
export class FakeMemory implements Recall {
  readonly facts: { owner: number; fact: Fact }[] = [];
  failure: unknown;
  /** What the last message would put right. */
  about: number | undefined;
  #lastId = 0;

  add(person: Person, text: string): Fact {
    this.#lastId += 1;
    const fact: Fact = {
      ...{ id: this.#lastId, text, scope: 'mine', saidBy: person.name, saidAt: march, sessionId: null },
      ...{ messageId: null, supersededBy: null, supersededAt: null },
    };
    this.facts.push({ owner: person.id, fact });
    return fact;
  }

  async heed(person: Person, { text, about }: Said) {
    this.about = about;
    if (this.failure) throw this.failure;
    const [, verb, what] = text.match(/^(remember|forget) (?:that )?([^.?]+\.?)/i) ?? [];
    const none = { remembered: [], superseded: [], forgotten: [], command: null };
    const right = text.match(/^No, it's (.+)$/)?.[1];
    if (right && about !== undefined) return { ...none, ...this.putRight(person, about, right) };
    if (/^My .+ is .+\.$/.test(text)) return { ...none, remembered: [this.add(person, text)] };
    if (!verb || !what) return none;
    if (verb.toLowerCase() === 'remember') {
      return { ...none, remembered: [this.add(person, what)], command: 'remember' as const };
    }
    const gone = this.facts.filter(({ owner, fact }) => owner === person.id && fact.text.includes(what));
    for (const one of gone) this.facts.splice(this.facts.indexOf(one), 1);
    return { ...none, forgotten: gone.map(({ fact }) => fact), command: 'forget' as const };
  }

  private putRight(person: Person, about: number, value: string) {
    const at = this.facts.findIndex(({ fact }) => fact.id === about);
    const [old] = this.facts.splice(at, 1);
    if (!old) return {};
    return {
      remembered: [this.add(person, old.fact.text.replace(/\S+$/, `${value}.`))],
      superseded: [old.fact],
    };
  }

  async holding(person: Person, ids: readonly number[]): Promise<number[]> {
    return this.facts.flatMap(({ owner, fact }) =>
      owner === person.id && ids.includes(fact.id) ? [fact.id] : [],
    );
  }

  async recall(person: Person, _question: string, { limit }: { limit: number }) {
    return this.facts.filter(({ owner }) => owner === person.id).slice(-limit);
  }
}

export class FakePassages implements Passages {
  readonly shelf: Found[] = [];

  add(documentId: number, documentName: string, text: string, page: number | null = 1): void {
    const id = this.shelf.length + 1;
    this.shelf.push({ documentName, passage: { id, documentId, index: 0, page, heading: '', text } });
  }

  async search(
    _person: Person,
    _question: string,
    { limit, documents }: { limit: number; documents?: number[] },
  ) {
    return this.shelf
      .filter(({ passage }) => documents?.includes(passage.documentId) ?? true)
      .slice(0, limit);
  }

  async attachments(_person: Person, documents: readonly number[]): Promise<Attachment[]> {
    return documents.map((documentId) => {
      const name = this.shelf.find(({ passage }) => passage.documentId === documentId)?.documentName;
      if (!name) throw new Refusal('not-found', 'There is no such document; it may have been deleted.');
      return { documentId, name };
    });
  }
}

/** The same functions, answering later, as the store's thread does; arguments and answers are copies. */
export function asSessions(table: SessionsTable): Sessions {
  return new Proxy({} as Sessions, {
    get:
      (_, name: keyof SessionsTable) =>
      async (...args: unknown[]) => {
        const run = table[name] as (...args: unknown[]) => unknown;
        return structuredClone(run(...structuredClone(args)));
      },
  });
}

export class FakeRooms {
  readonly folder = mkdtempSync(join(tmpdir(), 'rockpool-sessions-'));
  readonly model: FakeModel;
  readonly memory = new FakeMemory();
  readonly documents = new FakePassages();
  readonly audited: TurnAudit[] = [];
  readonly failures: unknown[] = [];
  readonly clock = { at: march, now: () => this.clock.at };
  table: SessionsTable;
  sessions: Sessions;
  conversation: Conversation;
  #db;

  constructor(model = new FakeModel()) {
    this.model = model;
    this.#db = openDatabase(join(this.folder, 'sessions.db'), sessionsSchema);
    this.table = openSessions(this.#db);
    this.sessions = asSessions(this.table);
    this.conversation = this.#converse();
  }

  /** As after a power cut and a start: what was not on disk is gone. */
  restart(): void {
    this.#db.close();
    this.#db = openDatabase(join(this.folder, 'sessions.db'), sessionsSchema);
    this.table = openSessions(this.#db);
    this.sessions = asSessions(this.table);
    this.conversation = this.#converse();
  }

  #converse(): Conversation {
    const { sessions, memory, documents, model, clock } = this;
    const audit = { record: async (line: TurnAudit) => this.audited.push(line) };
    const failed = (error: unknown): void => void this.failures.push(error);
    return createConversation({ sessions, memory, documents, model, clock, audit, failed });
  }

  open(person = ada): string {
    return this.table.create(person.id, this.clock.now()).id;
  }

  turn(session: string, body: TurnBody, { person = ada, reader = new AbortController().signal } = {}) {
    this.clock.at += 1_000;
    return this.conversation.turn({ session, body, person, via: 'cookie', requestId: 'r1' }, reader);
  }

  /** A whole turn; its frames. */
  async say(session: string, said: string | TurnBody, person = ada): Promise<Frame[]> {
    const body = typeof said === 'string' ? { text: said, attachments: [] } : said;
    const frames = await Array.fromAsync(this.turn(session, body, { person }));
    // What is done after an answer is done before the next question.
    await new Promise((resolve) => setImmediate(resolve));
    return frames;
  }

  shown(session: string, person = ada) {
    return this.table.get(person.id, session).messages;
  }

  close(): void {
    this.#db.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const textOf = (frames: readonly Frame[]): string =>
  frames.flatMap((frame) => (frame.type === 'delta' ? [frame.text] : [])).join('');
