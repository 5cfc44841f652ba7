/** How soon what was said can be found: from the message to the fact in a search, embedding and a durable write included. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Person } from '@rockpool/protocol/people';
import { startPebble } from '../agent/inference/start-pebble.ts';
import { createMemory } from '../agent/memory/memory.ts';
import { openStore } from '../agent/store/store.ts';
import { type Figure, quantile } from './figure.ts';

const known = 2_000;
const said = 100;
const warmingUp = 10;

const things = 'gate safe locker archive printer scanner projector van bicycle kettle heater cabinet'.split(
  ' ',
);
const textOf = (i: number): string =>
  `The code of the ${things[i % 12]} in room ${i} is ${(i * 7_919) % 100_003}.`;

/** One memory that is found ≤ 50 ms after it was said. */
export async function* rememberBench(): AsyncGenerator<Figure> {
  const home = mkdtempSync(join(tmpdir(), 'rockpool-remember-'));
  const store = await openStore(home);
  const pebble = await startPebble();
  const memory = createMemory({ facts: store.memory, model: pebble.model, clock: { now: () => Date.now() } });
  try {
    const asker: Person = { id: 1, name: 'ada', role: 'admin', createdAt: 0 };
    for (let i = 0; i < known; i += 1) await memory.heed(asker, message(i));
    const stored: number[] = [];
    const found: number[] = [];
    let missed = 0;
    for (let n = -warmingUp; n < said; n += 1) {
      const i = known + warmingUp + n;
      const from = performance.now();
      const { remembered } = await memory.heed(asker, message(i));
      const heeded = performance.now() - from;
      // Without the vector of the question: that is recall's own figure.
      const isThere = (await store.memory.worded(asker.id, textOf(i))).some(
        ({ id }) => id === remembered[0]?.id,
      );
      const searched = performance.now() - from;
      await wait(2);
      if (n < 0) continue;
      stored.push(heeded);
      found.push(searched);
      const [waiting] = await store.memory.unembedded(1);
      if (!isThere || waiting) missed += 1;
    }
    yield {
      ...{ name: 'said until found by words and vector, p50', value: quantile(found, 0.5), unit: 'ms' },
      note: `${said} messages among ${known} facts; ${missed} not found at once; to disk with full durability`,
    };
    yield {
      ...{ name: 'said until found by words and vector, p95', value: quantile(found, 0.95), unit: 'ms' },
      reach: { atMost: 50 },
      note: `of that until it is stored: p50 ${quantile(stored, 0.5).toFixed(1)} ms, p95 ${quantile(stored, 0.95).toFixed(1)} ms`,
    };
  } finally {
    await memory.close();
    await pebble.stop();
    await store.close();
    rmSync(home, { recursive: true });
  }
}

const message = (i: number) => ({ text: `Remember that ${textOf(i)}`, sessionId: 's', messageId: i + 1 });
