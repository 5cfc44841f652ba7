/**
 * The updater's door: a Unix socket beside all others, where it asks how the agent is, and has another model tried. Whoever
 * may open the file may ask: there is no other credential, and nothing of what people said behind it.
 */
import { chmodSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import {
  type AgentState,
  ModelBack,
  type ModelTried,
  ModelTry,
} from '@rockpool/protocol/update/agent-socket';
import Fastify, { type FastifyBaseLogger, type FastifyReply, LogController } from 'fastify';
import type { z } from 'zod';
import { missingIn, type PostureWatch } from '../health/posture-watch.ts';
import type { ChangingModel } from '../inference/engine.ts';
import type { ChatChoice } from '../inference/plan.ts';
import type { Store } from '../store/store.ts';
import { whileRead } from './while-read.ts';

export interface UpdateSocketParts {
  path: string;
  version: string;
  /** Where this code lies. */
  codeFolder: string;
  model: Pick<ChangingModel, 'about' | 'load' | 'choice' | 'change' | 'freeBytes'>;
  /** What an agent that starts now begins with; undefined where somebody chose a model by hand, which then stays. */
  committed(): ChatChoice | undefined;
  people: Pick<Store['people'], 'isEmpty'>;
  /** An appliance's. */
  posture?: Pick<PostureWatch, 'last'> | undefined;
  uplink(): AgentState['uplink'];
  log: FastifyBaseLogger;
}

const bodyLimitBytes = 64 * 1024;
/** The updater's account is of the same group. */
const mode = 0o660;

/** Listens when it returns. */
export async function openUpdateSocket(parts: UpdateSocketParts): Promise<{ close(): Promise<void> }> {
  const { path, log } = parts;
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: true,
  });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof Refusal) return reply.status(error.status).send({ says: error.message });
    if (isUnreadable(error)) return reply.status(400).send({ says: 'This can not be read as JSON.' });
    log.error({ err: error }, 'the updater could not be answered');
    return reply.status(500).send({ says: 'The agent failed; its log says why.' });
  });
  app.get('/state', async () => await stateOf(parts));
  app.post('/model/try', async (request, reply) => {
    const asked = parsed(ModelTry, request.body);
    return await tryModel(asked, parts, whileAsked(reply));
  });
  app.post('/model/back', async (request, reply) => {
    parsed(ModelBack, request.body);
    await back(parts, whileAsked(reply));
    return {};
  });
  // Left behind by one that was killed; whoever holds the home is alone in it.
  rmSync(path, { force: true });
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  await app.listen({ path });
  chmodSync(path, mode);
  return { close: () => app.close() };
}

const isUnreadable = (error: unknown): boolean =>
  error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500;

const whileAsked = (reply: FastifyReply): AbortSignal =>
  whileRead(reply, () => new Refusal('aborted', 'The updater left before the end.'));

function parsed<T>(shape: z.ZodType<T>, body: unknown): T {
  const { data, error } = shape.safeParse(body);
  if (error) {
    const [issue] = error.issues;
    throw new Refusal('bad-request', `Check ${issue?.path.join('.') || 'the body'}: ${issue?.message}.`);
  }
  return data as T;
}

async function stateOf(parts: UpdateSocketParts): Promise<AgentState> {
  const { model, version, codeFolder } = parts;
  const about = model.about();
  const { sha256, adapter } = model.choice();
  const { running, waiting } = model.load();
  const why = await whyNotReady(parts);
  return {
    ...{ version, release: releaseOf(codeFolder), pid: process.pid },
    uptimeMs: Math.round(process.uptime() * 1_000),
    ...{ ready: why === null, why },
    model: {
      id: about?.id ?? null,
      sha256: (about && sha256) ?? null,
      adapter: (about && adapter?.sha256) ?? null,
      busy: running + waiting,
    },
    uplink: parts.uplink(),
    memoryAvailableMiB: Math.floor(model.freeBytes() / 2 ** 20),
  };
}

async function whyNotReady({ model, people, posture }: UpdateSocketParts): Promise<string | null> {
  if (!model.about()) return 'The model is not loaded.';
  const missing = missingIn(posture?.last());
  if (posture && posture.last()?.holds !== true)
    return `The posture does not hold: ${missing.join(', ') || 'it was not looked at yet'}.`;
  return await people.isEmpty().then(
    () => null,
    (error: unknown) =>
      `The database does not answer: ${error instanceof Error ? error.message : String(error)}`,
  );
}

/** A release runs from the folder that bears its hash; what a checkout or an image brought bears none. */
export function releaseOf(codeFolder: string): string | null {
  return /\/agent\/releases\/([0-9a-f]{64})(?:\/|$)/.exec(realpathSync(codeFolder))?.[1] ?? null;
}

async function tryModel(asked: ModelTry, parts: UpdateSocketParts, signal: AbortSignal): Promise<ModelTried> {
  if (parts.committed() === undefined) {
    const says = 'Somebody chose this model by hand (ROCKPOOL_MODEL), and no update takes its place.';
    return { held: false, reason: 'not-for-us', says };
  }
  const { file, sha256, name, adapter } = asked;
  const choice = { chatModel: file, sha256, ...(name === undefined ? {} : { id: name }) };
  return await parts.model.change(adapter ? { ...choice, adapter } : choice, asked.golden, signal);
}

/** @throws Refusal when the committed one can't be loaded any more: then the one that answers goes on */
async function back({ committed, model }: UpdateSocketParts, signal: AbortSignal): Promise<void> {
  const choice = committed();
  if (!choice) return;
  const tried = await model.change(choice, null, signal);
  if (!tried.held) throw new Refusal('model-failed', tried.says);
}
