/** A small office told to the real memory with the embedder that comes with Rockpool: what recall must not lose again. */
import { expect, test } from 'vitest';
import { startPebble } from '../../agent/inference/start-pebble.ts';
import { measureMemory } from './memory-eval.ts';
import { makeOffice, smallOffice } from './office.ts';
import { failureText } from './report.ts';

test("memory answers from what the asker may see, as things are now, and from nobody else's", async () => {
  const pebble = await startPebble({ sequences: 1, contextTokens: 512 });
  try {
    const { scores, failures } = await measureMemory({
      model: pebble.model,
      office: makeOffice(smallOffice),
    });
    const text = failures
      .filter(({ way }) => way === 'fused')
      .map(failureText)
      .join('\n\n');
    for (const { wrongPerson } of Object.values(scores)) expect(wrongPerson).toBe(0);
    expect(scores.fused.all.recallAt5, text).toBeGreaterThanOrEqual(0.95);
    expect(scores.fused.stale, text).toBeLessThanOrEqual(0.15);
  } finally {
    await pebble.stop();
  }
});
