/** The process: opens the drivers, joins them into an agent, and lets the command line say what for. */
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { createAgent } from './agent.ts';
import { openAudit } from './audit/log.ts';
import { readSetupCode, type SetupCodeHash } from './auth/setup-code.ts';
import { runCommandLine } from './cli/main.ts';
import type { Life, OpenAgent } from './cli/parts.ts';
import type { Appliance, Settings } from './config/settings.ts';
import { type FrontParts, openFront, openTlsListener } from './front.ts';
import { createMetrics } from './health/metrics.ts';
import type { PostureWatch } from './health/posture-watch.ts';
import { databaseVital, modelVital, startWatchdog, type Vital } from './health/watchdog.ts';
import { systemClock as clock } from './host/clock.ts';
import { holdHome } from './host/lock.ts';
import { createLog, type Log } from './host/log.ts';
import { inheritedSockets, openServiceManager, type ServiceManager } from './host/systemd.ts';
import { version } from './host/version.ts';
import type { Listener } from './http/listener.ts';
import { openUpdateSocket, type UpdateSocketParts } from './http/update-socket.ts';
import { type ChangingModel, embedderOf, startModel } from './inference/engine.ts';
import { startingChoice } from './inference/installed.ts';
import type { Model } from './inference/model.ts';
import { onDemand } from './inference/on-demand.ts';
import type { ChatChoice } from './inference/plan.ts';
import { type Member, openMember } from './member.ts';
import { openSecrets } from './secrets/secrets.ts';
import { openStore } from './store/store.ts';

/** What is opened is put here, so that a failure midway closes all of it, last first. */
const openAgent: OpenAgent = async (settings, kind, life = untilTheEnd) => {
  await using opened = new AsyncDisposableStack();
  const log = createLog({ level: kind === 'agent' ? settings.logLevel : 'warn' });
  const metrics = createMetrics();
  opened.defer(() => metrics.close());
  const systemd = kind === 'agent' ? await openServiceManager() : undefined;
  opened.defer(() => systemd?.close());
  const label = settings.appliance && labelOf(settings.appliance);
  const door = kind === 'agent' ? await openDoor(settings, { clock, log, metrics, label }, life) : undefined;
  opened.defer(() => door?.close());
  const waiting = beat(systemd, [], log);
  opened.defer(() => waiting?.close());
  // Above what an appliance waits for: not even the lock is put on a disk that anybody can read.
  systemd?.ready('waiting for the encrypted volume');
  await door?.untilDataIsSafe(life.signal);
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
  const secrets = openSecrets({ home: settings.home, credentials: settings.appliance?.credentials });
  const agent = await createAgent(settings, {
    ...{ store, model, audit, metrics, clock, log, secrets },
    localCredential: hold.credential,
    ...(door ? { listener: door.listener } : {}),
    ...(door?.watch ? { posture: door.watch } : {}),
    ...(label ? { label } : {}),
  });
  opened.defer(() => agent.close());
  if (kind === 'agent') {
    const { people } = store;
    const member = await openMember(settings, {
      ...{ model, audit, metrics, clock, log, posture: door?.watch },
      needsSetup: () => people.isEmpty(),
    });
    opened.defer(() => member.close());
    const socket = await openSocket(settings, { model, people, posture: door?.watch, log, member });
    opened.defer(() => socket?.close());
  }
  waiting?.close();
  const beating = beat(systemd, [databaseVital(() => store.people.isEmpty()), modelVital(model)], log);
  opened.defer(() => beating?.close());
  opened.defer(() => systemd?.stopping());
  const stack = opened.move();
  return {
    app: agent.app,
    credential: hold.credential,
    setupCode: agent.setupCode,
    async listen() {
      const address = await agent.listen();
      hold.announce(address);
      systemd?.status(`answers on ${address}`);
      return address;
    },
    close: () => stack.disposeAsync(),
  };
};

/** A command's: it ends when it is done. */
const untilTheEnd: Life = { signal: new AbortController().signal, onHangUp: () => undefined };

const beat = (systemd: ServiceManager | undefined, vitals: readonly Vital[], log: Log) =>
  systemd?.watchdogMs === undefined
    ? undefined
    : startWatchdog({ watchdogMs: systemd.watchdogMs, vitals, feed: () => systemd.feed(), log });

interface OpenDoor {
  listener: Listener;
  watch?: PostureWatch;
  untilDataIsSafe(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What speaks TLS, and from now on heeds SIGHUP; undefined for plain HTTP on a desk. */
async function openDoor(
  settings: Settings,
  parts: Omit<FrontParts, 'sockets'>,
  life: Life,
): Promise<OpenDoor | undefined> {
  const { tls, appliance } = settings;
  if (!tls) return undefined;
  if (!appliance) {
    const door = openTlsListener(tls, parts.log);
    life.onHangUp(door.reload);
    return { ...door, untilDataIsSafe: async () => undefined };
  }
  const front = await openFront({ ...settings, tls, appliance }, { ...parts, sockets: inheritedSockets() });
  life.onHangUp(() => void front.reload().catch((err: unknown) => parts.log.error({ err }, 'SIGHUP failed')));
  return front;
}

/** An appliance takes the label's code and no other: one that it printed would stand in the journal. */
const labelOf = ({ credentials }: Appliance): SetupCodeHash =>
  readSetupCode(credentials) ?? { isOf: async () => false };

/** A home whose path is too long for a socket, or a folder that is another's: people are served, and not updated. */
async function openSocket(
  settings: Settings,
  {
    model,
    member,
    ...parts
  }: Pick<UpdateSocketParts, 'people' | 'posture' | 'log'> & {
    model: AnyModel;
    member: Member;
  },
): Promise<{ close(): Promise<void> } | undefined> {
  if (!('change' in model)) return undefined;
  try {
    return await openUpdateSocket({
      ...{ ...parts, model, version, path: settings.updateSocket, codeFolder: import.meta.dirname },
      committed: () => (settings.builtInModel ? startingWith(settings, parts.log) : undefined),
      uplink: () =>
        member.uplink ? (member.uplink.state().state === 'online' ? 'online' : 'offline') : 'none',
    });
  } catch (err) {
    parts.log.error({ err }, 'the updater can not ask the agent; people are served without updates');
    return undefined;
  }
}

/** Each time anew: an update may have committed another. */
const startingWith = (
  { chatModel, builtInModel: builtIn, updateFolder }: Settings,
  log: Pick<Log, 'error'>,
): ChatChoice =>
  startingChoice({ chatModel, builtIn, updateFolder }, (why) =>
    log.error({ why }, 'the installed model is not usable; the built-in one serves'),
  );

type AnyModel = Model | ChangingModel;

function openModel(settings: Settings, kind: 'agent' | 'command', log: Log): AnyModel {
  const { chatModel, builtInModel: builtIn } = settings;
  const start = (): ChangingModel =>
    startModel({
      ...{ ...startingWith(settings, log), embedModel: settings.embedder },
      ...(builtIn ? { otherwise: { chatModel, builtIn } } : {}),
      ...{ cacheFolder: join(settings.home, 'cache'), threads: settings.threads, log },
      ...(settings.modelSocket === undefined ? {} : { socket: settings.modelSocket }),
      ...(settings.modelCache === undefined ? {} : { sessionsIn: settings.modelCache }),
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
