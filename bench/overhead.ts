/** What the agent itself takes of a turn: a real agent over HTTP, with a model that answers at once. */
import { performance } from 'node:perf_hooks';
import { Visitor } from '../agent/test/appliance.ts';
import { openAgent } from '../agent/test/open-agent.ts';
import { type Figure, median, quantile } from './figure.ts';

const turns = 400;
const perSession = 20;

export async function* turnOverhead(): AsyncGenerator<Figure> {
  await using agent = await openAgent();
  agent.model.otherwise = () => ({ text: 'The code is 4471. [1]' });
  const ada = new Visitor(await agent.listen());
  await ada.setUp(await agent.setupCode());
  for (let i = 0; i < 200; i += 1) {
    await ada.json('POST', '/api/memory', { text: `The code of locker ${i} is ${4000 + i}.` });
  }
  const firstMs: number[] = [];
  const wholeMs: number[] = [];
  let session = '';
  for (let turn = 0; turn < turns; turn += 1) {
    if (turn % perSession === 0) session = await ada.newSession();
    const begin = performance.now();
    let first = Number.NaN;
    for await (const frame of ada.turn(session, { text: `What is the code of locker ${turn % 200}?` })) {
      if (frame.type === 'delta' && Number.isNaN(first)) first = performance.now() - begin;
    }
    firstMs.push(first);
    wholeMs.push(performance.now() - begin);
  }
  yield {
    name: 'turn without the model, p50',
    value: median(wholeMs),
    unit: 'ms',
    note: `${turns} turns over HTTP, durable writes included`,
  };
  yield {
    name: 'turn without the model, p95',
    value: quantile(wholeMs, 0.95),
    unit: 'ms',
    reach: { atMost: 15 },
  };
  yield { name: 'of it before the first word, p95', value: quantile(firstMs, 0.95), unit: 'ms' };
}
