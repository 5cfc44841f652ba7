/** Recall over 10,000 facts, the embedding of the question included. */
import type { Figure } from './figure.ts';
import { recallBench } from './recall.ts';

export async function* recallFigures(): AsyncGenerator<Figure> {
  const { p50Ms, p95Ms, rememberedP95Ms, facts, note } = await recallBench();
  yield { name: `recall over ${facts} facts, p50`, value: p50Ms, unit: 'ms', note };
  yield { name: `recall over ${facts} facts, p95`, value: p95Ms, unit: 'ms', reach: { atMost: 10 } };
  yield {
    name: `remembered among ${facts}, and found at once, p95`,
    value: rememberedP95Ms,
    unit: 'ms',
    reach: { atMost: 50 },
    note: 'from the message to the fact on disk, its words and vector indexed',
  };
}
