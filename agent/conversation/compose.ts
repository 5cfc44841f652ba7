/** Puts one prompt together from what was said before, what was recalled and what is asked, within the model's window. */
import type { Citation } from '@rockpool/protocol/chat';
import type { ModelAbout } from '@rockpool/protocol/device';
import { Refusal } from '@rockpool/protocol/refusal';
import type { ChatMessage, Model } from '../inference/model.ts';
import type { Entry } from './context.ts';
import type { Begun, StoredExchange } from './message-row.ts';
import { asShownTo, belongs, entryLine, history, maxEntryChars, newest, systemText } from './prompt.ts';
import { fit, messageTokens, nextStart, type Pair } from './window.ts';

export interface Composed {
  about: ModelAbout;
  messages: ChatMessage[];
  maxTokens: number;
  /** The entries that fit, numbered. */
  offered: Citation[];
  systemTokens: number;
  questionTokens: number;
  /** What was said before and belongs into prompts, and what each exchange costs. */
  before: readonly StoredExchange[];
  pairs: readonly Pair[];
  /** The first exchange that is shown. */
  from: number;
}

export interface Answered {
  exchange: StoredExchange;
  /** As the model counted its answer; left out when it didn't finish. */
  tokens: number | undefined;
}

export interface Composer {
  /** @throws Refusal `model-loading`, or `context-exceeded` when the question alone is too long */
  compose(begun: Begun, entries: readonly Entry[]): Promise<Composed>;
}

export function createComposer(model: Pick<Model, 'about' | 'count'>): Composer {
  const count = createCounter(model);
  return {
    async compose({ question, history: said, windowStart }, entries) {
      const about = model.about();
      if (!about) {
        throw new Refusal('model-loading', 'The model is being loaded; ask again in a moment.', {
          retryAfterS: 5,
        });
      }
      const { builtIn, contextTokens } = about;
      const before = said.filter((exchange) => belongs(exchange, builtIn));
      const maxChars = maxEntryChars(builtIn, contextTokens);
      const lines = entries.map((entry, i) =>
        entryLine(i + 1, asShownTo(builtIn, entry), question.text, maxChars),
      );
      const { pairs, others } = await count(about, before, [systemText(builtIn), question.text, ...lines]);
      const [system = 0, questionTokens = 0, ...entryTokens] = others;
      const systemTokens = system + messageTokens;
      const fitting = fit({
        contextTokens,
        systemTokens,
        pairs,
        start: windowStart,
        questionTokens,
        entryTokens,
      });
      if (!fitting) throw tooLong(questionTokens, about);
      const { from, maxTokens } = fitting;
      const offered = fitting.entries.flatMap((at, i) => (entries[at] ? [{ n: i + 1, ...entries[at] }] : []));
      const shown = offered.map((entry) => asShownTo(builtIn, entry));
      const messages = [...history(builtIn, before.slice(from)), newest(question.text, shown, maxChars)];
      return { about, messages, maxTokens, offered, systemTokens, questionTokens, before, pairs, from };
    },
  };
}

/** How the next prompt will begin, whatever is asked then, and the question that its window starts with. */
export function nextPrompt(composed: Composed, { exchange, tokens = exchange.answer.length }: Answered) {
  const { about, before, from, systemTokens, questionTokens } = composed;
  const pair = { id: exchange.id, tokens: questionTokens + tokens + 2 * messageTokens };
  const stays = belongs(exchange, about.builtIn);
  const pairs = [...composed.pairs.slice(from), ...(stays ? [pair] : [])];
  const exchanges = [...before.slice(from), ...(stays ? [exchange] : [])];
  const start = nextStart(pairs, null, about.contextTokens, systemTokens);
  return {
    windowStart: pairs[start]?.id ?? null,
    messages: history(about.builtIn, exchanges.slice(start)),
  };
}

/** Exchanges whose tokens are known; with more than these it begins anew. */
const maxKnown = 20_000;

/** Asks the model once for all that is not known yet. Stored answers never change, so their counts hold. */
function createCounter(model: Pick<Model, 'count'>) {
  let known = new Map<number, number>();
  let digest = '';
  return async (about: ModelAbout, exchanges: readonly StoredExchange[], others: readonly string[]) => {
    if (digest !== about.digest || known.size > maxKnown) known = new Map();
    digest = about.digest;
    const mine = known;
    const unknown = exchanges.filter(({ answerId }) => !mine.has(answerId));
    const texts = unknown.flatMap(({ question, answer }) => [question, answer]);
    const counts = await model.count([...others, ...texts]);
    const ofTexts = counts.slice(others.length);
    for (const [i, { answerId }] of unknown.entries()) {
      mine.set(answerId, (ofTexts[2 * i] ?? 0) + (ofTexts[2 * i + 1] ?? 0) + 2 * messageTokens);
    }
    const pairs = exchanges.map(({ id, answerId }): Pair => ({ id, tokens: mine.get(answerId) ?? 0 }));
    return { pairs, others: counts.slice(0, others.length) };
  };
}

function tooLong(tokens: number, { contextTokens }: ModelAbout): Refusal {
  return new Refusal(
    'context-exceeded',
    `This message is too long for the model (${tokens} tokens of a window of ${contextTokens}); shorten it, or add the text as a document and ask about that.`,
  );
}
