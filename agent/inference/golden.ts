/** Whether a model that was just loaded does its work: one question with a known answer, asked before anybody else asks. */

import type { ModelTried } from '@rockpool/protocol/update/agent-socket';
import type { GoldenPrompt } from '@rockpool/protocol/update/release';
import type { Clock } from '../host/clock.ts';
import type { Served } from './served.ts';
import { createStream } from './stream.ts';

export type NotHeld = Extract<ModelTried, { held: false }>;
export type Asked = { held: true; answerMs: number } | NotHeld;

/** Longer than any answer that holds one of its words; a model that only rambles ends here. */
const mostTokens = 512;

/** Greedy, so that the same weights say the same again. */
export async function askGolden(
  served: Pick<Served, 'answer'>,
  { prompt, holds, withinMs }: GoldenPrompt,
  clock: Pick<Clock, 'now'>,
  signal: AbortSignal,
): Promise<Asked> {
  const since = clock.now();
  const stream = createStream();
  const request = {
    ...{ person: 'golden prompt', messages: [{ role: 'user', content: prompt }] as const },
    ...{ temperature: 0, seed: 0, maxTokens: mostTokens },
  };
  const deed = served.answer(request, stream);
  deed.done.then(stream.end, stream.fail);
  const late = setTimeout(() => stream.fail(new TooLate()), withinMs);
  const left = (): void => stream.fail(new TooLate());
  signal.addEventListener('abort', left, { once: true });
  let said = '';
  try {
    signal.throwIfAborted();
    for await (const event of stream) {
      if (event.type === 'delta') said += event.text;
      if (isHeld(said, holds)) return { held: true, answerMs: clock.now() - since };
    }
  } catch (error) {
    if (error instanceof TooLate || signal.aborted)
      return notHeld('timeout', `It had said ${quoted(said)} when its time was over.`);
    return notHeld('crashed', error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', left);
    deed.abort();
  }
  return notHeld('golden-prompt', `It said ${quoted(said)}, and none of what it has to.`);
}

class TooLate extends Error {
  override readonly name = 'TooLate';
}

/** In any case, and however the words are spaced. */
const isHeld = (said: string, holds: readonly string[]): boolean =>
  holds.some((words) => plain(said).includes(plain(words)));

const plain = (text: string): string => text.toLowerCase().replaceAll(/\s+/g, ' ');

const mostQuoted = 120;
const quoted = (said: string): string => {
  const words = said.trim().replaceAll(/\s+/g, ' ');
  if (words === '') return 'nothing';
  return `“${words.length > mostQuoted ? `${words.slice(0, mostQuoted)}…` : words}”`;
};

const mostSaid = 400;
export const notHeld = (reason: NotHeld['reason'], says: string): NotHeld => ({
  held: false,
  reason,
  says: says.slice(0, mostSaid),
});
