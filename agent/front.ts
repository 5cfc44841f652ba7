/** An appliance's front: it listens and tells what is missing before there is an agent, and stays when there is one. */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Posture } from '@rockpool/protocol/posture';
import type { FastifyBaseLogger } from 'fastify';
import { createEarlyGuesses } from './auth/early-guesses.ts';
import type { SetupCodeHash } from './auth/setup-code.ts';
import type { Appliance, Settings, TlsFiles } from './config/settings.ts';
import type { Metrics } from './health/metrics.ts';
import { createPostureWatch, missingIn, type PostureWatch } from './health/posture-watch.ts';
import type { Clock } from './host/clock.ts';
import { type PosturePlace, readPosture } from './host/posture/posture.ts';
import { askTimedate } from './host/timedate.ts';
import { earlyRoutes } from './http/api/early.ts';
import { gatePosture, postureRoutes } from './http/api/posture.ts';
import { ephemeralPair } from './http/ephemeral-pair.ts';
import { createListener, type Listener, type ListenPlace, listenOn } from './http/listener.ts';
import { type Pair, PairError, readPair, watchPair } from './http/pair.ts';
import { challengeFolder, createRedirect } from './http/redirect.ts';
import { createDoor, refuseUnknownPaths } from './http/server.ts';

export interface FrontParts {
  clock: Clock;
  log: FastifyBaseLogger;
  metrics: Metrics;
  label: SetupCodeHash | undefined;
  /** Sockets that systemd opened, by their names: `https` or `proxied`, and `http`. */
  sockets: ReadonlyMap<string, readonly number[]>;
  /** Where to look instead of at this machine: in a recorded tree. */
  place?: Partial<PosturePlace>;
}

export interface Front {
  readonly listener: Listener;
  readonly watch: PostureWatch;
  /** Of plain HTTP. */
  redirectPort(): number;
  /** Resolves once what people say may be opened: it lies on LUKS2. @throws the signal's reason */
  untilDataIsSafe(signal: AbortSignal): Promise<void>;
  /** Takes another certificate if there is one, and looks at the posture: what SIGHUP asks for. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Listens when it returns. */
export async function openFront(
  settings: Settings & { appliance: Appliance; tls: TlsFiles },
  parts: FrontParts,
): Promise<Front> {
  const { clock, log, metrics, sockets } = parts;
  const report = (error: unknown): void => log.error({ err: error }, 'the posture could not be looked at');
  await using opened = new AsyncDisposableStack();
  const shown = pairOrNone(settings.tls, log);
  const listener = createListener(shown ?? (await ephemeralPair(settings.name, clock.now())));
  opened.defer(() => listener.close());
  const watch = createPostureWatch({
    read: async () => {
      // A renewal whose folder could not be watched is taken here at the latest.
      pair.look();
      return await readPosture(placeOf(settings, listener, parts));
    },
    changed: (posture, state) => tellPosture(posture, state, log),
    report,
  });
  const pair = watchPair(settings.tls, shown, {
    taken(next) {
      listener.show(next);
      log.info('the certificate was renewed; new connections are shown it');
      void watch.look().catch(report);
    },
    refused: (error) =>
      log.warn({ why: error.message }, 'the certificate on disk is not taken; the old one is shown'),
  });
  opened.defer(() => pair.close());
  opened.defer(() => watch.close());
  metrics.watchPosture(() => watch.last());
  const early = await createEarlyDoor(settings, { ...parts, listener, watch });
  opened.defer(() => early.close());
  listener.answer(early.server);
  const [proxied] = sockets.get('proxied') ?? [];
  if (proxied === undefined)
    await listener.listen(placeFor(sockets.get('https'), settings.host, settings.port));
  else await listener.listenBehindProxy({ fd: proxied }, settings.port);
  const redirect = await openRedirect(settings, parts, listener);
  opened.defer(() => redirect.close());
  const stack = opened.move();
  return {
    listener,
    watch,
    redirectPort: () => (redirect.server.address() as AddressInfo).port,
    untilDataIsSafe: (signal) => watch.until(isDataSafe, signal),
    async reload() {
      pair.look();
      await watch.look();
    },
    close: () => stack.disposeAsync(),
  };
}

const isDataSafe = ({ findings }: Posture): boolean =>
  findings.some(({ code, state }) => code === 'disk-encrypted' && state === 'good');

function pairOrNone(files: TlsFiles, log: FastifyBaseLogger): Pair | undefined {
  try {
    return readPair(files);
  } catch (error) {
    if (!(error instanceof PairError)) throw error;
    log.warn(
      { why: error.message },
      'there is no certificate to show; one that nobody trusts takes its place',
    );
    return undefined;
  }
}

const placeOf = (
  { appliance, home, name, host, tls }: Settings & { appliance: Appliance; tls: TlsFiles },
  listener: Listener,
  { clock, place }: Pick<FrontParts, 'clock' | 'place'>,
) => ({
  ...{ home, name, names: appliance.names, deviceFolder: appliance.deviceFolder },
  ...{ dataMount: appliance.dataMount, credentials: appliance.credentials, certificate: tls.certFile },
  listener: { host: reachable(host), port: listener.address()?.port ?? 0 },
  askTimedate,
  now: clock.now,
  ...place,
});

/** All addresses include loopback, and one that was named has to be asked by it. */
const reachable = (host: string): string => (host === '::' || host === '0.0.0.0' ? '127.0.0.1' : host);

function placeFor(fds: readonly number[] | undefined, host: string, port: number): ListenPlace {
  const [fd] = fds ?? [];
  return fd === undefined ? { host, port } : { fd };
}

function tellPosture(posture: Posture, state: string, log: FastifyBaseLogger): void {
  const missing = missingIn(posture);
  if (missing.length === 0) log.info({ state }, 'the posture holds');
  else log.warn({ state, missing }, 'the posture does not hold');
}

/** What stands there while people's database may not be opened. */
async function createEarlyDoor(
  settings: Settings,
  { log, watch, listener, metrics, label, clock }: FrontParts & { listener: Listener; watch: PostureWatch },
) {
  const nobody = { byCookie: async () => undefined, byKey: async () => undefined };
  const app = await createDoor({
    ...{ credentials: nobody, allowedHosts: settings.allowedHosts, logger: log, listener },
  });
  const guesses = label && createEarlyGuesses(label, clock);
  gatePosture(app, { ...watch, state: () => 'closed' });
  await postureRoutes(app, {
    ...{ name: settings.name, watch },
    ...(guesses ? { code: { isOpen: async () => true, isRight: guesses.isRight } } : {}),
  });
  earlyRoutes(app, { watch, metrics });
  refuseUnknownPaths(app);
  await app.ready();
  return app;
}

async function openRedirect(
  { appliance, name, host, allowedHosts }: Settings & { appliance: Appliance },
  parts: FrontParts,
  listener: Listener,
) {
  const { log, sockets, place } = parts;
  const server = createRedirect({
    ...{ allowedHosts, ownName: `${name}.local`, port: () => listener.address()?.port },
    challengeFolder: join(place?.root ?? '/', challengeFolder),
    report: (error) => log.error({ err: error }, 'a challenge could not be shown'),
  });
  await listenOn(server, placeFor(sockets.get('http'), host, appliance.redirectPort));
  return {
    server,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** For a desk with TLS: the same listener, and nothing to wait for. */
export function openTlsListener(
  tls: TlsFiles,
  log: FastifyBaseLogger,
): { listener: Listener; reload(): void; close(): Promise<void> } {
  const shown = readPair(tls);
  const listener = createListener(shown);
  const pair = watchPair(tls, shown, {
    taken(next) {
      listener.show(next);
      log.info('the certificate was renewed; new connections are shown it');
    },
    refused: (error) =>
      log.warn({ why: error.message }, 'the certificate on disk is not taken; the old one is shown'),
  });
  return {
    listener,
    reload: () => void pair.look(),
    async close() {
      pair.close();
      await listener.close();
    },
  };
}
