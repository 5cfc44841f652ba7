/** Facts drawn from what people wrote, by a model that is large enough, in idle time: never before or beside an answer. */
import type { ModelAbout } from '@rockpool/protocol/device';
import type { Fact } from '@rockpool/protocol/memory';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../../host/clock.ts';
import type { Model } from '../../inference/model.ts';
import type { Store } from '../../store/store.ts';
import { saysTheSame } from '../consolidation/duplicates.ts';
import type { IdleTime } from '../idle-time.ts';
import type { Memory } from '../memory.ts';
import { standalone } from '../sentences.ts';
import { subjectOf } from '../subject.ts';
import { isSaidIn, ownWords } from './own-words.ts';
import { readFacts } from './reader.ts';

/** A finished exchange, as far as it is the person's own: no answer, no document, no tool is ever read here. */
export interface Exchange {
  person: Person;
  sessionId: string;
  messageId: number;
  text: string;
  saidAt: number;
  /** What the rules found in it already. */
  known: readonly Pick<Fact, 'text'>[];
}

export interface ExtractionParts {
  model: Pick<Model, 'generate' | 'about'>;
  idle: Pick<IdleTime, 'use'>;
  memory: Pick<Memory, 'draw'>;
  facts: Pick<Store['memory'], 'tokensSpent' | 'spendTokens'>;
  clock: Clock;
  /** The session is there, and the person's: what was deleted is read no more. */
  isThere(exchange: Exchange): Promise<boolean>;
  report(error: unknown): void;
  /** Left out: what a person hardly notices in a day. */
  tokensPerDay?: number;
}

const usualTokensPerDay = 200_000;
/** Weights of seven thousand million numbers in four bits take this much; what is smaller invents. */
const capableBytes = 3_000_000_000;
/** Messages that wait; beyond these the oldest is left unread. */
const mostWaiting = 200;
const tryEveryMs = 10_000;
const dayMs = 24 * 3_600_000;

export const isCapable = (about: ModelAbout | undefined): boolean =>
  about !== undefined && !about.builtIn && about.bytes >= capableBytes;

export type Extraction = ReturnType<typeof createExtraction>;

export function createExtraction(parts: ExtractionParts) {
  const { model, idle, memory, facts, clock, report, isThere, tokensPerDay = usualTokensPerDay } = parts;
  const waiting = new Map<string, Exchange & { sentences: string[] }>();
  let trying: Promise<void> | undefined;

  const today = (): number => Math.floor(clock.now() / dayMs);

  async function read(key: string, signal: AbortSignal): Promise<void> {
    const exchange = waiting.get(key);
    if (!exchange) return;
    const drawn = await readFacts(model, exchange.sentences, signal);
    await facts.spendTokens(today(), drawn.tokens);
    // Deleted meanwhile, or its person removed: then it is nobody's any more.
    if (!waiting.delete(key)) return;
    const kept = chosen(drawn.facts, exchange);
    if (kept.length > 0 && (await isThere(exchange))) await memory.draw(exchange.person, kept, exchange);
  }

  async function workOff(signal: AbortSignal): Promise<void> {
    for (const key of [...waiting.keys()]) {
      signal.throwIfAborted();
      if ((await facts.tokensSpent(today())) >= tokensPerDay) return;
      await read(key, signal);
    }
  }

  async function attempt(): Promise<void> {
    if (waiting.size === 0 || !isCapable(model.about())) return;
    try {
      await idle.use(workOff);
    } catch (error) {
      // Away, loading or busy: the message waits. Anything else is wrong with this message, which isn't read again.
      if (
        error instanceof Refusal &&
        ['busy', 'model-loading', 'model-failed', 'memory-away'].includes(error.code)
      )
        return;
      const [first] = waiting.keys();
      if (first !== undefined) waiting.delete(first);
      report(error);
    }
  }

  /** At most one attempt at a time. */
  function tryNow(): Promise<void> {
    trying ??= attempt().finally(() => {
      trying = undefined;
    });
    return trying;
  }
  const timer = setInterval(() => void tryNow(), tryEveryMs);
  timer.unref();

  return {
    /** An exchange is over: what its person stated is read when nobody asks anything. */
    add(exchange: Exchange): void {
      if (!isCapable(model.about())) return;
      const sentences = ownWords(exchange.text);
      if (sentences.length === 0) return;
      waiting.set(`${exchange.sessionId}/${exchange.messageId}`, { ...exchange, sentences });
      const oldest = waiting.keys().next().value;
      if (waiting.size > mostWaiting && oldest !== undefined) waiting.delete(oldest);
    },

    tryNow,
    waiting: (): number => waiting.size,

    /** Nothing of theirs is read any more: they were removed, or had something forgotten that a message may say again. */
    async removePerson(personId: number): Promise<void> {
      for (const [key, { person }] of waiting) if (person.id === personId) waiting.delete(key);
    },
    async close(): Promise<void> {
      clearInterval(timer);
      waiting.clear();
      await trying;
    },
  };
}

/** What stands in the message, once, and was not found by the rules. */
function chosen(
  candidates: readonly string[],
  { sentences, known }: Exchange & { sentences: string[] },
): string[] {
  const kept: string[] = [];
  for (const candidate of candidates) {
    const text = standalone(candidate);
    const isNew = ![...known.map((fact) => fact.text), ...kept].some(
      (other) => isSaidIn(text, [other]) || saysTheSame(asStatement(text), asStatement(other), undefined),
    );
    if (isNew && isSaidIn(text, sentences)) kept.push(text);
  }
  return kept;
}

const asStatement = (text: string) => ({
  ...{ id: 0, text, subject: subjectOf(text), origin: 'agent' as const, pinned: false, saidAt: 0 },
});
