/** A message as it lies in the database, and what the rest of the room makes of it. */
import {
  Attachment,
  Citation,
  type Message,
  type Outcome,
  type Session,
  type Usage,
} from '@rockpool/protocol/chat';
import { Fact } from '@rockpool/protocol/memory';
import { z } from 'zod';
import type { Exchange, Heeded } from './prompt.ts';

export type { Heeded };

export type NewTurn =
  | { at: number; text: string; parentId?: number | null | undefined; attachments: readonly Attachment[] }
  | { at: number; regenerate: number };

export interface StoredExchange extends Exchange {
  /** The question's message. */
  id: number;
  answerId: number;
  /** The facts that it was made from or that were made from it. */
  facts: readonly number[];
}

/** A turn whose question is on disk and whose answer is awaited. */
export interface Begun {
  session: Session;
  question: Message;
  answerId: number;
  /** Null while memory has not heeded the question yet. */
  heeded: Heeded | null;
  /** The one memory that the answer before the question cited. */
  about: number | null;
  /** What was said on this branch before, oldest first, no older than the window. */
  history: StoredExchange[];
  /** The first question of the last prompt's window. */
  windowStart: number | null;
}

export interface Finished {
  at: number;
  text: string;
  outcome: Exclude<Outcome, 'pending'>;
  citations: readonly Citation[];
  remembered: readonly Fact[];
  heeded: Heeded | null;
  /** Null when the device itself answered. */
  model: string | null;
  usage: Usage | null;
  windowStart: number | null;
}

export interface MessageRow {
  id: number;
  session: string;
  parent: number | null;
  sender: 'person' | 'assistant';
  text: string;
  at: number;
  outcome: Outcome;
  citations: string;
  attachments: string;
  remembered: string;
  heeded: Heeded | null;
  model: string | null;
  siblings: string;
}

/** The memory that an answer cited; null when it cited none, or several. */
export function onlyMemory(answer: MessageRow): number | null {
  const [memory, ...others] = jsonArray(Citation, answer.citations).filter(({ kind }) => kind === 'memory');
  return memory && others.length === 0 ? memory.id : null;
}

/** What an exchange rests on: the facts its answer cited, and those its question told. */
export const factsOf = (citations: readonly Citation[], remembered: readonly Fact[]): number[] =>
  [...citations.filter(({ kind }) => kind === 'memory'), ...remembered].map(({ id }) => id);

/** Questions with their answers, in order. */
export function exchanges(rows: readonly MessageRow[]): StoredExchange[] {
  return rows.flatMap((question, i) => {
    const answer = rows[i + 1];
    if (question.sender !== 'person' || !answer) return [];
    const citations = jsonArray(Citation, answer.citations);
    const remembered = jsonArray(Fact, question.remembered);
    return [
      {
        ...{ id: question.id, answerId: answer.id, question: question.text, answer: answer.text },
        cited: citations.map(({ n }) => n),
        heeded: question.heeded ?? 'none',
        facts: factsOf(citations, remembered),
      },
    ];
  });
}

export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    parentId: row.parent,
    from: row.sender,
    text: row.text,
    at: row.at,
    outcome: row.outcome,
    citations: jsonArray(Citation, row.citations),
    attachments: jsonArray(Attachment, row.attachments),
    remembered: jsonArray(Fact, row.remembered),
    siblings: jsonArray(z.int(), row.siblings),
  };
}

export const jsonArray = <T>(item: z.ZodType<T>, json: string): T[] =>
  json === '[]' ? [] : z.array(item).parse(JSON.parse(json));
