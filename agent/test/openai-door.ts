/** The OpenAI-compatible surface on a real port, with a model without weights and people made up for tests. */
import type { AddressInfo } from 'node:net';
import type { Principal, Scope } from '@rockpool/protocol/people';
import { pino } from 'pino';
import { expect } from 'vitest';
import type { AuditEntry } from '../audit/log.ts';
import type { Metrics } from '../health/metrics.ts';
import type { App } from '../http/app.ts';

import { type OpenAiOptions, openAiRoutes } from '../http/openai/routes.ts';
import { describeApi } from '../http/openapi.ts';
import { createDoor, type DoorOptions, refuseUnknownPaths } from '../http/server.ts';
import type { Model } from '../inference/model.ts';
import { FakeModel } from './fake-model.ts';

const principal = (id: number, name: string, scopes: readonly Scope[]): Principal => ({
  person: { id, name, role: 'member', createdAt: 0 },
  via: 'key',
  scopes,
  credentialId: id * 10,
});

/** Keys that open the door, and whose they are. */
export const keys: ReadonlyMap<string, Principal> = new Map([
  ['rp_ada', principal(1, 'ada', ['all'])],
  ['rp_bo', principal(2, 'bo', ['all'])],
  ['rp_lister', principal(3, 'lister', ['models'])],
]);

const credentials: DoorOptions['credentials'] = {
  byCookie: async () => undefined,
  byKey: async (value) => keys.get(value),
};

export interface Door<M extends Model = FakeModel> {
  app: App;
  model: M;
  /** The address, with /v1. */
  url: string;
  clock: { now(): number; ms: number };
  audited: AuditEntry[];
  /** From now on no line can be written. */
  breakAudit(): void;
  measured: string[];
  /** What was logged, a JSON line each. */
  logged: string[];
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

type Settings = Partial<Pick<OpenAiOptions, 'pingMs' | 'stalledMs' | 'limits'>>;

export const openDoor = (settings: Settings = {}): Promise<Door> => openDoorTo(new FakeModel(), settings);

export async function openDoorTo<M extends Model>(model: M, settings: Settings = {}): Promise<Door<M>> {
  const logged: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const app = await createDoor({ credentials, allowedHosts: new Set(['127.0.0.1', 'localhost']), logger });
  const clock = {
    ms: 1_800_000_000_000,
    now() {
      return this.ms;
    },
  };
  const audited: AuditEntry[] = [];
  const measured: string[] = [];
  await describeApi(app);
  const audit = { record: async (entry: AuditEntry) => void audited.push(entry) };
  const breakAudit = (): void => {
    audit.record = () => Promise.reject(new Error('the disk is gone'));
  };
  const metrics = metricsInto(measured);
  await openAiRoutes(app, { model, clock, audit, metrics, limits: { requestsPerMinute: 600 }, ...settings });
  refuseUnknownPaths(app);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    app.server.closeAllConnections();
    await app.close();
  };
  return {
    app,
    model,
    url: `http://127.0.0.1:${port}/v1`,
    clock,
    audited,
    breakAudit,
    measured,
    logged,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function metricsInto(measured: string[]): Pick<Metrics, 'turn' | 'firstToken' | 'waited' | 'error'> {
  return {
    turn: (outcome, usage) => void measured.push(`turn ${outcome} ${usage?.completionTokens ?? '-'}`),
    firstToken: () => void measured.push('first token'),
    waited: () => void measured.push('waited'),
    error: (code) => void measured.push(`error ${code}`),
  };
}

/** The least that can be asked. */
export const hello = { model: 'rockpool', messages: [{ role: 'user' as const, content: 'Hello there' }] };

/** A request as a program without any client library sends it. */
export async function ask(
  { url }: Pick<Door, 'url'>,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer rp_ada', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** The `data:` lines of an event stream. */
export const framesOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice('data: '.length));

/** Waits for what the other end does in its own time. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A function to call. */
export const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather in a town',
    parameters: { type: 'object', properties: { town: { type: 'string' } }, required: ['town'] },
  },
};

export const askChat = (door: Door, body: object, headers?: Record<string, string>) =>
  ask(door, '/chat/completions', { ...hello, ...body }, headers);

/** The error of an answer that has to be a "no" in OpenAI's shape, with one sentence. */
export async function refusalIn(answer: Response, status = 400) {
  expect(answer.status).toBe(status);
  const { error } = (await answer.json()) as { error: Record<string, string | null> };
  expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
  expect(error['message']).toMatch(/^[^\n]+\.$/);
  return error;
}
