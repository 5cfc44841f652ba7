import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startPebble } from '../inference/start-pebble.ts';
import { readFacts } from '../memory/extraction/reader.ts';

// The built-in model is too small to be asked for this in earnest: here it shows that the grammar holds whatever a model is.
test('whatever a real model says under the grammar is a list of sentences, and its tokens are counted', async () => {
  const cacheFolder = mkdtempSync(join(tmpdir(), 'rockpool-extraction-'));
  const pebble = await startPebble({ cacheFolder });
  try {
    for (const sentence of ['The forklift battery lasts about six hours.', '货车五月要年检。']) {
      const drawn = await readFacts(pebble.model, [sentence], new AbortController().signal);
      expect(drawn.tokens).toBeGreaterThan(20);
      expect(drawn.facts.length).toBeLessThanOrEqual(5);
      for (const fact of drawn.facts) expect(fact.length).toBeLessThanOrEqual(200);
    }
    const stop = new AbortController();
    const reading = readFacts(pebble.model, ['The forklift battery lasts about six hours.'], stop.signal);
    stop.abort(new Error('somebody asks'));
    await expect(reading).rejects.toThrow('somebody asks');
  } finally {
    await pebble.stop();
    rmSync(cacheFolder, { recursive: true });
  }
});
