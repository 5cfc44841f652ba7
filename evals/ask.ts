/** Asks the built-in model what a case asks, by way of the agent's own composing: entries chosen, cut, numbered, and fitted to the window. */
import { Refusal } from '@rockpool/protocol/refusal';
import { citedIn, withoutMarks } from '../agent/conversation/citations.ts';
import { createComposer } from '../agent/conversation/compose.ts';
import { chooseEntries, type Entry } from '../agent/conversation/context.ts';
import type { Begun, StoredExchange } from '../agent/conversation/message-row.ts';
import { newest, history as past } from '../agent/conversation/prompt.ts';
import type { ChatMessage, GenerateRequest, Model, Tool } from '../agent/inference/model.ts';
import { answer } from '../agent/inference/start-pebble.ts';
import type { Case, CaseEntry } from './cases.ts';
import type { Said } from './score.ts';

export interface Asked extends Said {
  /** As it was written, marks included. */
  answer: string;
  /** Of the turns before, those that the window had no more room for. */
  dropped: number;
  /** What was answered to the turns before. */
  before: readonly { say: string; answer: string }[];
}

type Composed = Pick<GenerateRequest, 'messages' | 'maxTokens'> & { offered: Offered[]; dropped: number };
type Offered = Entry & { n: number };

export type Ask = (wanted: Case) => Promise<Asked>;

export function createAsk(model: Model, tools: readonly Tool[]): Ask {
  const composer = createComposer(model);
  const compose = async (
    text: string,
    entries: readonly Entry[],
    history: StoredExchange[],
  ): Promise<Composed> => {
    const composed = await composer.compose(begun(text, history), entries);
    return { ...composed, dropped: composed.from };
  };
  return async (wanted) => {
    const history: StoredExchange[] = [];
    try {
      for (const { say, entries } of wanted.turns) {
        const { offered, messages, maxTokens } = await compose(say, numbered(entries), history);
        const { text } = await answer(model, { messages, ...limit(maxTokens), temperature: 0 });
        history.push(exchange(history.length, say, text, offered));
      }
      const { offered, messages, maxTokens, dropped } = wanted.uncut
        ? uncut(wanted, history)
        : await compose(wanted.question, numbered(wanted.entries), history);
      const { text, calls, reason } = await answer(model, {
        ...{ messages: [...messages, ...afterCall(wanted)], ...limit(maxTokens), temperature: 0 },
        ...(wanted.tools.length > 0 ? { tools: wanted.tools.map((name) => toolOf(tools, name)) } : {}),
        ...(wanted.schema ? { format: { type: 'schema', schema: wanted.schema } } : {}),
      });
      return { ...read(text, offered), calls, cutOff: reason === 'length', dropped, before: told(history) };
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'context-exceeded') throw error;
      return {
        ...{ ...read('', []), calls: [], cutOff: false, dropped: 0, before: told(history) },
        refused: error.message,
      };
    }
  };
}

const limit = (maxTokens: number | undefined) => (maxTokens === undefined ? {} : { maxTokens });
const told = (history: readonly StoredExchange[]) =>
  history.map(({ question, answer: said }) => ({ say: question, answer: said }));

/** One by one, because recall would put them into its own order. */
const numbered = (entries: readonly CaseEntry[]): Entry[] =>
  entries.flatMap((entry, i) => asRecalled(entry, i + 1));

function asRecalled(entry: CaseEntry, id: number): Entry[] {
  const { text } = entry;
  if ('memory' in entry) {
    const saidAt = new Date(`${entry.memory}T12:00`).getTime();
    const said = { scope: 'office', saidBy: 'ada', sessionId: null, messageId: null } as const;
    return chooseEntries(
      [{ fact: { id, text, saidAt, ...said, supersededBy: null, supersededAt: null } }],
      [],
    );
  }
  const passage = { id, documentId: id, index: 0, page: entry.page ?? null, heading: '', text };
  return chooseEntries([], [{ passage, documentName: entry.document }]);
}

/** As a client of the API would lay a whole document before it. */
function uncut({ question, entries }: Case, history: readonly StoredExchange[]): Composed {
  const offered = numbered(entries).map((entry, i) => ({ ...entry, n: i + 1 }));
  const messages = [...past(true, history), newest(question, offered, Number.POSITIVE_INFINITY)];
  return { messages, maxTokens: 256, offered, dropped: 0 };
}

function afterCall({ called }: Case): ChatMessage[] {
  if (!called) return [];
  const call = { id: 'call_1', name: called.name, arguments: JSON.stringify(called.arguments) };
  return [
    { role: 'assistant', content: '', toolCalls: [call] },
    { role: 'tool', content: called.result, toolCallId: call.id, name: called.name },
  ];
}

function toolOf(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find((each) => each.name === name);
  if (!tool) throw new Error(`tools.json declares no ${name}`);
  return tool;
}

const everyNumber = Array.from({ length: 999 }, (_, i) => i + 1);

function read(text: string, offered: readonly Offered[]): Pick<Asked, 'answer' | 'text' | 'cited'> {
  const numbers = everyNumber.map((n) => ({ ...nowhere, n }));
  // An answer without a mark that says what an entry says is shown with that entry's citation.
  const marked = citedIn(text, numbers);
  const cited = (marked.length > 0 ? marked : citedIn(text, offered)).map(({ n }) => n);
  return { answer: text, text: withoutMarks(text, numbers).trim(), cited };
}

const nowhere = { kind: 'document', id: 0, documentId: null, label: '', text: '' } as const;

const exchange = (
  at: number,
  question: string,
  said: string,
  offered: readonly Offered[],
): StoredExchange => ({
  ...{ id: 2 * at, answerId: 2 * at + 1, question, answer: said, heeded: 'none', facts: [] },
  cited: citedIn(said, offered).map(({ n }) => n),
});

function begun(text: string, history: StoredExchange[]): Begun {
  const id = 2 * history.length;
  const session = { id: 'eval', title: '', pinned: false, archived: false, createdAt: 0, updatedAt: 0 };
  const question = {
    ...({ id, parentId: history.at(-1)?.answerId ?? null, from: 'person', text, at: 0 } as const),
    ...({ outcome: 'complete', citations: [], attachments: [], remembered: [], siblings: [id] } as const),
  };
  return {
    ...{ session, answerId: id + 1, heeded: 'none', about: null, history, windowStart: null },
    question: { ...question, citations: [], attachments: [], remembered: [], siblings: [id] },
  };
}
