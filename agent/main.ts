/** The process: opens the drivers, joins them into an agent, and lets the command line say what for. */
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { createAgent } from './agent.ts';
import { openAudit } from './audit/log.ts';
import { runCommandLine } from './cli/main.ts';
import type { OpenAgent } from './cli/parts.ts';
import type { Settings } from './config/settings.ts';
import { createMetrics } from './health/metrics.ts';
import { systemClock as clock } from './host/clock.ts';
import { holdHome } from './host/lock.ts';
import { createLog, type Log } from './host/log.ts';
import { embedderOf, startModel } from './inference/engine.ts';
import type { Model } from './inference/model.ts';
import { onDemand } from './inference/on-demand.ts';
import { openStore } from './store/store.ts';

/** What is opened is put here, so that a failure midway closes all of it, last first. */
const openAgent: OpenAgent = async (settings, kind) => {
  await using opened = new AsyncDisposableStack();
  const log = createLog({ level: kind === 'agent' ? settings.logLevel : 'warn' });
  const hold = holdHome(settings.home, clock, kind);
  opened.defer(() => hold.release());
  // First, for it takes longest and needs nothing of the others.
  const model = openModel(settings, kind, log);
  opened.defer(() => model.close());
  // People are served without it; whoever started the agent learns here why nothing is answered.
  if (kind === 'agent') model.ready.catch((error: unknown) => tellUnusable(error, log));
  const store = await openStore(settings.home);
  opened.defer(() => store.close());
  const audit = await openAudit(join(settings.home, 'audit'), clock);
  opened.defer(() => audit.close());
  const metrics = createMetrics();
  opened.defer(() => metrics.close());
  const agent = await createAgent(settings, {
    ...{ store, model, audit, metrics, clock, log },
    localCredential: hold.credential,
  });
  opened.defer(() => agent.close());
  const stack = opened.move();
  return {
    app: agent.app,
    credential: hold.credential,
    setupCode: agent.setupCode,
    async listen() {
      const address = await agent.listen();
      hold.announce(address);
      return address;
    },
    close: () => stack.disposeAsync(),
  };
};

function openModel(settings: Settings, kind: 'agent' | 'command', log: Log): Model {
  const start = (): Model =>
    startModel({
      ...{ chatModel: settings.chatModel, embedModel: settings.embedder, builtIn: settings.builtInModel },
      ...{ cacheFolder: join(settings.home, 'cache'), threads: settings.threads, log },
      ...(settings.sequences === undefined ? {} : { sequences: settings.sequences }),
      ...(settings.contextTokens === undefined ? {} : { contextTokens: settings.contextTokens }),
    });
  return kind === 'agent'
    ? start()
    : onDemand(start, embedderOf(settings.embedder, join(settings.home, 'cache')));
}

/** What is known of weights is a sentence; only what nobody foresaw needs a stack. */
function tellUnusable(error: unknown, log: Log): void {
  log.error(error instanceof Refusal ? { why: error.message } : { err: error }, 'the model is not usable');
}

process.exitCode = await runCommandLine(process.argv.slice(2), { openAgent });
