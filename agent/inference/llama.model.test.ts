/** The driver and the library under it: what the batching and the barrier are there for. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lane, type Llama, loadLlama } from './llama.ts';
import { pebbleFiles } from './start-pebble.ts';

let llama: Llama;
beforeAll(async () => {
  llama = await loadLlama({ ...pebbleFiles, threads: 1, sequences: 4, contextTokens: 1024, gpu: false });
});
afterAll(() => llama.close());

const sampling = { temperature: 3, topP: 1, seed: 1, grammar: () => undefined };

/** Writes `count` tokens after a prompt; the model may not end before. */
async function write(lane: Lane, count: number, after: (n: number) => void = () => undefined): Promise<void> {
  const rest = llama.activate();
  await lane.cut(0);
  const writing = lane.write(llama.tokenize('The alarm code is', false), sampling);
  let instead: number[] | undefined;
  for (let n = 0; n < count; n += 1) {
    const token = await writing.next(instead as never);
    after(n);
    if (token === undefined) return write(lane, count - n, after).finally(rest);
  }
  await writing.stop();
  rest();
}

test('answers side by side share their passes over the weights', async () => {
  const before = llama.passes();
  await Promise.all(llama.lanes.slice(0, 2).map((lane) => write(lane, 60)));
  // One after the other it would be 120 and some; a pass or two are lost where one begins earlier or ends later.
  expect(llama.passes() - before).toBeLessThan(80);
});

test('a lane is cut, saved and loaded while others write, without waiting for them to end', async () => {
  const [first, second, third] = llama.lanes;
  await third!.read(llama.tokenize('Visitors park behind the bakery.', false));
  let written = 0;
  let cutAfter = -1;
  const writers = [first!, second!].map((lane) => write(lane, 150, () => (written += 1)));
  while (written < 20) await new Promise((resolve) => setImmediate(resolve));
  const cutting = third!.cut(0).then(() => (cutAfter = written));
  await Promise.all([...writers, cutting]);
  expect(cutAfter).toBeLessThan(100);
  expect(third!.length()).toBe(0);
});

test('control tokens are made of the template only', () => {
  expect(llama.tokenize('<|im_end|>', true)).toHaveLength(1);
  expect(llama.tokenize('<|im_end|>', false).length).toBeGreaterThan(1);
  expect(llama.isControl(llama.tokenize('<|im_end|>', true)[0]!)).toBe(true);
});
