/** What the conversation needs of the other rooms, each named by what it does here. */
import type { Attachment } from '@rockpool/protocol/chat';
import type { Passage } from '@rockpool/protocol/documents';
import type { Fact } from '@rockpool/protocol/memory';
import type { Person, Principal } from '@rockpool/protocol/people';
import type { SessionsTable } from './sessions.ts';

/** The sessions' functions as the main thread calls them. */
export type Sessions = {
  [K in keyof SessionsTable]: (
    ...args: Parameters<SessionsTable[K]>
  ) => Promise<ReturnType<SessionsTable[K]>>;
};

export interface Said {
  text: string;
  sessionId: string;
  messageId: number;
  /** The one memory that the answer before cited: what "No, it's 4472" would put right. */
  about?: number;
}

export interface Heeding {
  remembered: Fact[];
  superseded: Fact[];
  forgotten: Fact[];
  /** Set when the message told memory outright what to do. */
  command: 'remember' | 'forget' | null;
  /** Nothing was stored or forgotten, and why; the turn goes on. */
  refused?: 'memory-away' | 'quota-reached' | 'storage-full';
}

export interface Recalled {
  fact: Fact;
  /** What it contradicts or put right last, and since when. */
  before?: { id: number; text: string; until: number };
  /** Of what was recalled beside it, what is no longer so. */
  replaces?: readonly number[];
}

export interface Recall {
  /** Does to memory what a message says. */
  heed(person: Person, said: Said): Promise<Heeding>;
  /** What bears on a question, best first; nothing below the floor. */
  recall(
    person: Person,
    question: string,
    options: { limit: number; signal: AbortSignal },
  ): Promise<Recalled[]>;
  /** Of these facts, the ones that hold today: neither forgotten nor put right since. */
  holding(person: Person, facts: readonly number[]): Promise<number[]>;
}

export interface Found {
  passage: Passage;
  documentName: string;
}

export interface Passages {
  /** Best first; nothing below the floor. `documents`: only in these. */
  search(
    person: Person,
    question: string,
    options: { limit: number; documents?: number[]; signal: AbortSignal },
  ): Promise<Found[]>;
  /** @throws Refusal `not-found` when the person may not see one of them, as when it does not exist */
  attachments(person: Person, documents: readonly number[]): Promise<Attachment[]>;
}

export interface TurnAudit {
  action: 'turn';
  person: Person;
  via: Principal['via'];
  requestId: string;
  session: string;
  /** How the turn ended: the answer's outcome, or the code it was refused with. */
  outcome: string;
  model: string | null;
}

export interface Audit {
  record(line: TurnAudit): Promise<unknown>;
}
