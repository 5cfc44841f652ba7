/** One answer: the prompt read into a lane, then token after token until something ends it. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { GrammarState, Lane, Llama, Token } from './llama.ts';
import type { GenerateEvent } from './model.ts';
import { createSpeech } from './speech.ts';
import { createTokenText } from './token-text.ts';
import { type Calls, callGrammar } from './tool-calls.ts';

export interface Work {
  prompt: readonly Token[];
  maxTokens: number;
  temperature: number;
  topP: number;
  seed: number;
  stop: readonly string[];
  /** Of the whole answer. */
  grammar: string | undefined;
  calls: Calls | undefined;
}

type Emit = (event: GenerateEvent) => void;
type Parts = Pick<Llama, 'tokenize' | 'textOf' | 'isControl' | 'grammar' | 'contextTokens'>;

/** Fewer tokens than these are not worth starting an answer for. */
const leastAnswerTokens = 16;

/** Ends by emitting `end`. @throws the signal's reason within one step of the model */
export async function generate(
  work: Work,
  lane: Lane,
  llama: Parts,
  emit: Emit,
  signal: AbortSignal,
): Promise<void> {
  const room = llama.contextTokens - 1 - work.prompt.length;
  if (room < leastAnswerTokens) throw tooLong(work.prompt.length, llama.contextTokens);
  emit({ type: 'started' });
  const cachedTokens = await keepCommon(lane, work.prompt);
  const rest = await readPrompt(lane, work.prompt, emit, signal);
  const answer = await write(
    { ...work, maxTokens: Math.min(work.maxTokens, room) },
    lane,
    rest,
    llama,
    emit,
    signal,
  );
  const usage = { promptTokens: work.prompt.length, cachedTokens, completionTokens: answer.tokens };
  emit({ type: 'end', reason: answer.reason, usage });
}

/** Cuts the lane to what it has in common with the prompt; the last token has to be evaluated for there to be a next. */
async function keepCommon(lane: Lane, prompt: readonly Token[]): Promise<number> {
  const kept = Math.min(lane.common(prompt), prompt.length - 1);
  await lane.cut(kept);
  return kept;
}

/** How long a step of reading should take: someone who leaves is noticed between two. */
const stepMs = 60;
const [leastStep, firstStep, mostStep] = [32, 64, 512];

/** Reads all but the last step, in steps. @returns the tokens left to be read with the first token of the answer */
export async function readPrompt(
  lane: Lane,
  prompt: readonly Token[],
  emit: (event: Extract<GenerateEvent, { type: 'reading' }>) => void,
  signal: AbortSignal,
): Promise<Token[]> {
  const from = lane.length();
  const total = prompt.length - from;
  let step = firstStep;
  for (let at = from; ; at += step) {
    signal.throwIfAborted();
    emit({ type: 'reading', done: at - from, total });
    if (prompt.length - at <= step) return prompt.slice(at);
    const startedAt = performance.now();
    await lane.read(prompt.slice(at, at + step));
    const tookMs = performance.now() - startedAt;
    const read = step;
    step = Math.round(Math.min(mostStep, Math.max(leastStep, (step * stepMs) / tookMs)));
    at += read - step;
  }
}

interface Answer {
  reason: 'stop' | 'length' | 'tool-calls';
  tokens: number;
}

async function write(
  work: Work,
  lane: Lane,
  rest: Token[],
  llama: Parts,
  emit: Emit,
  signal: AbortSignal,
): Promise<Answer> {
  const { calls, maxTokens, stop, temperature, topP, seed } = work;
  let grammar = await firstGrammar(work, llama);
  const speech = createSpeech(stop, calls);
  const tokenText = createTokenText<Token>((tokens, before) => spell(tokens, before, calls, llama));
  const writing = lane.write(rest, { temperature, topP, seed, grammar: () => grammar });
  let instead: Token[] | undefined;
  let tokens = 0;
  const ended = (reason: 'stop' | 'length'): Answer => {
    const complete = speech.completeCalls();
    return { reason: complete > 0 && reason === 'stop' ? 'tool-calls' : reason, tokens };
  };
  try {
    for (;;) {
      const token = await writing.next(instead);
      instead = undefined;
      signal.throwIfAborted();
      if (token === undefined) {
        for (const event of [...speech.push(tokenText.end()).events, ...speech.end()]) emit(event);
        return ended('stop');
      }
      tokens += 1;
      const text = tokenText.push(token);
      const { events, stopped, called } = speech.push(text);
      for (const event of events) emit(event);
      if (stopped) return ended('stop');
      if (called !== undefined && calls) {
        const begun = await beginCall(calls, text, called, llama);
        for (const event of speech.push(begun.written).events) emit(event);
        ({ grammar, instead } = begun);
      }
      if (tokens >= maxTokens) {
        for (const event of [...speech.push(tokenText.end()).events, ...speech.end()]) emit(event);
        return ended('length');
      }
    }
  } finally {
    await writing.stop();
  }
}

async function firstGrammar({ calls, grammar }: Work, llama: Parts): Promise<GrammarState | undefined> {
  const gbnf = calls?.forced ? callGrammar(calls) : grammar;
  return gbnf === undefined ? undefined : llama.grammar(gbnf);
}

/**
 * From here on only a call is admitted. The token that completed the opening may have brought more: what can begin a
 * call is kept, otherwise the token is replaced by one that ends with the opening.
 */
async function beginCall(calls: Calls, lastText: string, behind: string, llama: Parts) {
  const continued = callGrammar(calls, behind);
  if (continued !== undefined)
    return { grammar: await llama.grammar(continued), written: behind, instead: undefined };
  const kept = lastText.slice(0, lastText.length - behind.length);
  const afresh = callGrammar(calls, '') ?? '';
  return { grammar: await llama.grammar(afresh), written: '', instead: llama.tokenize(kept, false) };
}

/** Control tokens are not shown, unless one is how this family opens a call. */
function spell(
  tokens: readonly Token[],
  before: readonly Token[],
  calls: Calls | undefined,
  llama: Parts,
): string {
  const [only] = tokens;
  if (tokens.length === 1 && only !== undefined && llama.isControl(only)) {
    const text = llama.textOf(tokens, [], true);
    return text === calls?.dialect.open ? text : '';
  }
  return llama.textOf(tokens, before, false);
}

function tooLong(promptTokens: number, contextTokens: number): Refusal {
  return new Refusal(
    'context-exceeded',
    `This conversation is ${promptTokens} tokens long and the model reads ${contextTokens} at most, its answer included; shorten it or begin a new one.`,
    { param: 'messages' },
  );
}
