/** A tenth of the evaluation on the weights that come with Rockpool, so that a change that makes them worse is seen before it lands. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Pebble, startPebble } from '../agent/inference/start-pebble.ts';
import { createAsk } from './ask.ts';
import { groups, loadCases, loadTools } from './cases.ts';
import { failure, type Result } from './figures.ts';
import { isRight, score } from './score.ts';

/** Of each group, spread over its languages and kinds. */
const ofEach = 3;
/** What the weights reach, less two: other processors round differently. */
const floor = 24;

let pebble: Pebble;
beforeAll(async () => {
  pebble = await startPebble({ sequences: 2 });
});
afterAll(() => pebble.stop());

test('the built-in model answers as many of these questions as it did', async () => {
  const ask = createAsk(pebble.model, loadTools());
  const results: Result[] = [];
  for (const group of groups) {
    const cases = loadCases([group]);
    for (let i = 0; i < ofEach; i += 1) {
      const wanted = cases[Math.floor(((i + 0.5) * cases.length) / ofEach)]!;
      const asked = await ask(wanted);
      results.push({ wanted, asked, verdict: score(wanted, asked) });
    }
  }
  const wrong = results.filter(({ verdict }) => !isRight(verdict));
  expect(results.length - wrong.length, wrong.map(failure).join('\n\n')).toBeGreaterThanOrEqual(floor);
});
