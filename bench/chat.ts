/** The figures of a chat: start, memory, first tokens, speed, recall, overhead, many at once. */
import { decodeRatio } from './decode-over-http.ts';
import type { Figure } from './figure.ts';
import { firstTokens } from './first-tokens.ts';
import { manyAtOnce } from './many-at-once.ts';
import { turnOverhead } from './overhead.ts';
import { recallFigures } from './recall-figures.ts';
import { startAndMemory } from './start.ts';

export async function* chatBench(): AsyncGenerator<Figure> {
  yield* startAndMemory();
  yield* firstTokens();
  yield* decodeRatio();
  yield* recallFigures();
  yield* turnOverhead();
  yield* manyAtOnce();
}
