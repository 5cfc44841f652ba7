/** Joins the rooms into the flow of a message, and closes them in reverse order. */

import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyBaseLogger } from 'fastify';
import type { AuditLog } from './audit/log.ts';
import { type Auth, createAuth } from './auth/auth.ts';
import type { SetupCodeHash } from './auth/setup-code.ts';
import type { Settings } from './config/settings.ts';
import { type Conversation, createConversation } from './conversation/conversation.ts';
import { createDocuments, type Documents } from './documents/documents.ts';
import { metered } from './health/metered.ts';
import type { Metrics } from './health/metrics.ts';
import type { PostureWatch } from './health/posture-watch.ts';
import type { Clock } from './host/clock.ts';
import { authorityRoutes } from './http/api/authority.ts';
import { deviceRoutes } from './http/api/device.ts';
import { documentRoutes } from './http/api/documents.ts';
import { comeIn, type EntranceRouteParts } from './http/api/entrance.ts';
import { libraryRoutes } from './http/api/library.ts';
import { memoryRoutes } from './http/api/memory.ts';
import { nightRoutes } from './http/api/nights.ts';
import { peopleRoutes } from './http/api/people.ts';
import { gatePosture, type PostureRouteParts, postureRoutes } from './http/api/posture.ts';
import { releaseRoutes } from './http/api/releases.ts';
import { secretRoutes } from './http/api/secrets.ts';
import { sessionRoutes } from './http/api/sessions.ts';
import type { App } from './http/app.ts';
import type { Listener } from './http/listener.ts';
import { openAiRoutes } from './http/openai/routes.ts';
import { createUnderWay, type UnderWay } from './http/openai/under-way.ts';
import { describeApi } from './http/openapi.ts';
import { pageRoutes } from './http/page.ts';
import { createDoor, refuseUnknownPaths } from './http/server.ts';
import { embedOnce } from './inference/embed-once.ts';
import type { Model } from './inference/model.ts';
import { createConsolidation } from './memory/consolidation/consolidation.ts';
import { startNightly } from './memory/consolidation/nightly.ts';
import { createNights } from './memory/consolidation/nights-seen.ts';
import { createExtraction, type Extraction } from './memory/extraction/extraction.ts';
import { overheard } from './memory/extraction/overheard.ts';
import { goesOnWithout } from './memory/going-on.ts';
import { createIdleTime } from './memory/idle-time.ts';
import { createMemory, type Memory } from './memory/memory.ts';
import { createRights } from './memory/rights.ts';
import type { Secrets } from './secrets/secrets.ts';
import type { Store } from './store/store.ts';
import { createUpkeep } from './store/upkeep.ts';
import { readSettings } from './update/settings.ts';

/** What `main.ts` opened; the agent closes none of it but what it made itself. */
export interface Drivers {
  store: Store;
  model: Model;
  audit: AuditLog;
  metrics: Metrics;
  clock: Clock;
  log: FastifyBaseLogger;
  /** The command line's own. */
  localCredential: string;
  secrets: Secrets;
  /** What speaks TLS; left out, the door listens by itself, in plain. */
  listener?: Listener;
  /** An appliance's: whom the door lets through. */
  posture?: PostureWatch;
  /** The code on an appliance's label, instead of one that is made and printed at every start. */
  label?: SetupCodeHash;
}

export interface Agent {
  readonly app: App;
  /** The one-time code for the first account, while there is none. */
  setupCode(): Promise<string | undefined>;
  /** @returns the address it answers under */
  listen(): Promise<string>;
  /** Ends turns under way (after a grace), background work and connections; what was said is on disk. */
  close(): Promise<void>;
}

/** Requests of one API key in a minute: more than a person can ask, less than a loop does. */
const requestsPerMinute = 600;
/** systemd's stop waits 90 s by default; people would rather see the device back. */
const graceMs = 5_000;
/** For telling those whose answer was ended that it was. */
const goodbyeMs = 500;

export async function createAgent(settings: Settings, drivers: Drivers): Promise<Agent> {
  const { store, model, audit, metrics, clock, log, secrets, listener, posture } = drivers;
  const embedder = embedOnce(model);
  const report = (error: unknown): void => log.error({ err: error }, 'background work failed');
  metrics.watchModel(() => model.load());

  const memory = createMemory({ facts: store.memory, model: embedder, clock });
  const idle = createIdleTime(model, () => performance.now());
  const extraction = createExtraction({
    ...{ model, idle, memory, facts: store.memory, clock, report },
    isThere: ({ person, sessionId }) => isOwn(store.sessions, person, sessionId),
  });
  const consolidation = createConsolidation({ facts: store.memory, clock });
  const nightly = startNightly({ consolidation, facts: store.memory, idle, clock, report });
  const upkeep = createUpkeep({ home: settings.home, store, clock, report });
  const rights = createRights({
    ...{ facts: store.memory, store: store.store, clock, erased: upkeep.erased },
    forgetAll: forgettingUnread(memory.forgetAll, extraction),
  });
  const documents = await createDocuments({
    ...{ store: store.documents, model: embedder, clock, report },
    folder: join(settings.home, 'documents'),
    places: settings.folders,
  });
  const conversation = meteredConversation(
    createConversation({
      ...{ sessions: store.sessions, model: idle.model, clock, failed: report },
      memory: goesOnWithout({ ...memory, recall: timedRecall(memory, metrics) }),
      documents: passagesOf(documents),
      audit: {
        record: ({ person, session, model: by, ...line }) =>
          audit.record({ ...line, person: person.id, session, detail: { model: by } }),
      },
    }),
    metrics,
    clock,
    extraction,
  );
  const underWay = createUnderWay();
  const auth = createAuth({
    ...{ people: store.people, clock, localCredential: drivers.localCredential, label: drivers.label },
    onRemoved: [
      conversation.stopPerson,
      async (person) => underWay.end(removed(), person),
      async (person) => {
        for (const session of await store.sessions.removePerson(person)) {
          conversation.afterwards(model.forget(session));
        }
      },
      extraction.removePerson,
      async (person) => {
        await memory.removePerson(person);
        await upkeep.erased();
      },
      documents.removePerson,
    ],
  });

  const app = await createDoor({
    ...{ credentials: auth.credentials, allowedHosts: settings.allowedHosts, logger: log },
    ...(listener ? { listener } : {}),
  });
  if (posture) gatePosture(app, posture);
  meterRequests(app, metrics);
  await describeApi(app);
  await pageRoutes(app, join(import.meta.dirname, '../web/dist'));
  deviceRoutes(app, { settings, store, model, auth, metrics, audit, clock, posture });
  const secure = settings.tls !== undefined;
  peopleRoutes(app, { auth, audit, secure });
  if (posture)
    await postureRoutes(app, { name: settings.name, watch: posture, ...detailsFor({ auth, audit, secure }) });
  authorityRoutes(app, { file: authorityFileOf(settings) });
  releaseRoutes(app, {
    store: join(settings.updateFolder, 'store'),
    serves: () => readSettings(settings.updateFolder).serve ?? false,
  });
  secretRoutes(app, { secrets, audit });
  sessionRoutes(app, { sessions: store.sessions, conversation, model, clock });
  memoryRoutes(app, {
    memory: { ...memory, forget: forgettingUnread(memory.forget, extraction) },
    rights,
    sessions: store.sessions,
    people: auth,
    audit,
  });
  nightRoutes(app, { nights: createNights(consolidation, memory.catchUp), audit });
  documentRoutes(app, { documents, audit });
  libraryRoutes(app, { documents, people: auth, audit });
  await openAiRoutes(app, {
    model: idle.model,
    audit,
    metrics,
    clock,
    underWay,
    limits: { requestsPerMinute },
  });
  refuseUnknownPaths(app);
  await app.ready();
  await finishRemovals(auth, report);

  return {
    app,
    setupCode: () => auth.openSetup(),
    async listen() {
      await listenBehind(app, settings, listener);
      // Another embedder than the last: its vectors are made while people are served. Without one, words find facts.
      model.ready.then(memory.catchUp, () => undefined);
      return addressOf(listener?.address() ?? (app.server.address() as AddressInfo), settings);
    },
    async close() {
      await Promise.all([conversation.drain(graceMs), closeDoor(app, underWay, listener)]);
      await idle.close();
      await Promise.all([extraction.close(), nightly.close()]);
      await documents.close();
      await memory.close();
      await upkeep.close();
    },
  };
}

/** Whoever is removed while memory is away is removed from it once it is back: at the latest at the next start. */
async function finishRemovals(
  auth: Pick<Auth, 'finishRemovals'>,
  report: (error: unknown) => void,
): Promise<void> {
  try {
    await auth.finishRemovals();
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'memory-away') throw error;
    report(error);
  }
}

/** An appliance's front listens already, and hands over. */
async function listenBehind(
  app: App,
  { host, port }: Settings,
  listener: Listener | undefined,
): Promise<void> {
  if (!listener) {
    await app.listen({ host, port });
    return;
  }
  listener.answer(app.server);
  if (!listener.address()) await listener.listen({ host, port });
}

/** Listens no more and lets answers end; a connection that falls idle meanwhile would be kept for its next request. */
async function closeDoor(app: App, underWay: UnderWay, listener: Listener | undefined): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), 50);
  const late = setTimeout(() => underWay.end(stopping()), graceMs);
  const last = setTimeout(() => {
    app.server.closeAllConnections();
    listener?.closeAllConnections();
  }, graceMs + goodbyeMs);
  try {
    await Promise.all([app.close(), listener?.close()]);
  } finally {
    clearInterval(idle);
    clearTimeout(late);
    clearTimeout(last);
  }
}

const stopping = (): Refusal =>
  new Refusal('busy', 'Rockpool is being stopped; ask again in a moment.', { retryAfterS: 10 });

const removed = (): Refusal =>
  new Refusal('not-signed-in', 'This account was removed; ask your administrator.');

/** All addresses at once have no name of their own but the device's. */
function addressOf({ port }: AddressInfo, { tls, host, name }: Settings): string {
  const shown = host === '0.0.0.0' || host === '::' ? `${name}.local` : host;
  return `${tls ? 'https' : 'http'}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}

/** An appliance's may be the office's own; a desk's certificate is the business of whoever set it. */
const authorityFileOf = ({ appliance }: Settings): string | undefined =>
  appliance && join(appliance.deviceFolder, 'lan-ca.crt');

/** Who may see in detail what is missing: whoever sets it up, and administrators, who can sign in there. */
const detailsFor = (parts: EntranceRouteParts): Pick<PostureRouteParts, 'code' | 'signIn'> => ({
  code: { isOpen: parts.auth.needsSetup, isRight: parts.auth.holdsSetupCode },
  signIn: (asked, request, reply) =>
    comeIn(parts, request, reply, 'login', () => parts.auth.login(asked, request.ip)),
});

const meteredConversation = (
  conversation: Conversation,
  metrics: Metrics,
  clock: Clock,
  extraction: Extraction,
): Conversation => ({
  ...conversation,
  turn: (request, reader) =>
    overheard(metered(conversation.turn(request, reader), metrics, clock.now), request, extraction),
});

/** What is still to be read may say again what somebody has just had forgotten. */
const forgettingUnread =
  <A extends unknown[], R>(forget: (person: Person, ...rest: A) => Promise<R>, extraction: Extraction) =>
  async (person: Person, ...rest: A): Promise<R> => {
    await extraction.removePerson(person.id);
    return await forget(person, ...rest);
  };

/** Whether a session is there, and theirs. */
async function isOwn(sessions: Store['sessions'], person: Person, session: string): Promise<boolean> {
  try {
    await sessions.own(person.id, session);
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not-found') return false;
    throw error;
  }
}

const timedRecall =
  (memory: Memory, metrics: Metrics): Memory['recall'] =>
  async (...asked) => {
    const since = performance.now();
    const found = await memory.recall(...asked);
    metrics.recall(performance.now() - since);
    return found;
  };

const passagesOf = (documents: Documents) => ({
  search: async (person: Person, question: string, options: { limit: number; documents?: number[] }) =>
    await documents.search(person, question, options),
  attachments: async (person: Person, ids: readonly number[]) =>
    await Promise.all(
      ids.map(async (id) => ({ documentId: id, name: (await documents.get(person, id)).name })),
    ),
});

/** By the route's pattern, never by the address: that may hold what somebody searched for. */
function meterRequests(app: App, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.request(request.method, route, reply.statusCode, reply.elapsedTime);
  });
}
