/** What the agent itself takes of a turn: a real agent over HTTP, with a model that answers at once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createAgent } from '../agent/agent.ts';
import { openAudit } from '../agent/audit/log.ts';
import { loadSettings } from '../agent/config/settings.ts';
import { createMetrics } from '../agent/health/metrics.ts';
import { systemClock as clock } from '../agent/host/clock.ts';
import { createLog } from '../agent/host/log.ts';
import { openStore } from '../agent/store/store.ts';
import { Visitor } from '../agent/test/appliance.ts';
import { FakeModel } from '../agent/test/fake-model.ts';
import { type Figure, median, quantile } from './figure.ts';

const turns = 400;
const perSession = 20;

export async function* turnOverhead(): AsyncGenerator<Figure> {
  const home = mkdtempSync(join(tmpdir(), 'rockpool-overhead-'));
  const model = new FakeModel();
  model.otherwise = () => ({ text: 'The code is 4471. [1]' });
  const settings = loadSettings({ ROCKPOOL_HOME: home, ROCKPOOL_PORT: '0' });
  const log = createLog({ level: 'warn' });
  const store = await openStore(home);
  const audit = await openAudit(join(home, 'audit'), clock);
  const metrics = createMetrics();
  const agent = await createAgent(settings, {
    store,
    model,
    audit,
    metrics,
    clock,
    log,
    localCredential: 'of nobody',
  });
  try {
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
  } finally {
    await agent.close();
    metrics.close();
    await audit.close();
    await store.close();
    rmSync(home, { recursive: true });
  }
}
