/** The whole agent in this process, on a home of its own, with a model without weights. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Agent, createAgent } from '../agent.ts';
import { openAudit } from '../audit/log.ts';
import { loadSettings } from '../config/settings.ts';
import { createMetrics } from '../health/metrics.ts';
import { systemClock as clock } from '../host/clock.ts';
import { createLog } from '../host/log.ts';
import { openSecrets } from '../secrets/secrets.ts';
import { openStore, type Store } from '../store/store.ts';
import { FakeModel } from './fake-model.ts';

export interface OpenedAgent extends Agent {
  model: FakeModel;
  home: string;
  store: Store;
  /** What was logged as an error, a JSON line each. */
  errors: string[];
  /** Opens every route that the command line may use. */
  localCredential: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param before what happened to a home that an agent had used and left */
export async function openAgent({ before }: { before?(home: string): void } = {}): Promise<OpenedAgent> {
  const home = mkdtempSync(join(tmpdir(), 'rockpool-agent-'));
  if (before) {
    await (await openStore(home)).close();
    before(home);
  }
  const errors: string[] = [];
  const log = createLog({
    level: 'error',
    pretty: false,
    destination: { write: (line) => void errors.push(line) },
  });
  const model = new FakeModel();
  const store = await openStore(home);
  const audit = await openAudit(join(home, 'audit'), clock);
  const metrics = createMetrics();
  const localCredential = 'of-a-test';
  const settings = loadSettings({ ROCKPOOL_HOME: home, ROCKPOOL_PORT: '0' });
  const secrets = openSecrets({ home });
  const drivers = { store, model, audit, metrics, clock, log, secrets, localCredential };
  const agent = await createAgent(settings, drivers);
  const close = async (): Promise<void> => {
    await agent.close();
    metrics.close();
    await audit.close();
    await store.close();
    rmSync(home, { recursive: true });
  };
  return {
    ...agent,
    ...{ model, home, store, errors, localCredential, close },
    [Symbol.asyncDispose]: close,
  };
}
