import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Posture } from '@rockpool/protocol/posture';
import type { ModelTried } from '@rockpool/protocol/update/agent-socket';
import type { GoldenPrompt } from '@rockpool/protocol/update/release';
import Fastify from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChatChoice } from '../inference/plan.ts';
import { FakeModel } from '../test/fake-model.ts';
import { AgentSilent, runningAgent } from '../update/appliers/running-agent.ts';
import { openUpdateSocket, releaseOf, type UpdateSocketParts } from './update-socket.ts';

const builtIn: ChatChoice = { chatModel: '/built-in', builtIn: true };
const never = new AbortController().signal;
const sha256 = 'a'.repeat(64);
const golden = { prompt: 'Who are you?', holds: ['pebble'], withinMs: 1_000 };
const tried = { file: '/store/aa', sha256, name: 'small', adapter: null, golden };

/** A model that takes whatever it is told to, as a test says. */
class ChangingFake extends FakeModel {
  chosen: ChatChoice = builtIn;
  outcome: ModelTried = { held: true, beside: true, loadMs: 1, answerMs: 1 };
  asked: (GoldenPrompt | null)[] = [];
  /** Waits until the one who asked leaves. */
  hangs = false;
  left = Promise.withResolvers<void>();

  choice = (): ChatChoice => this.chosen;
  freeBytes = (): number => 3 * 2 ** 30;
  change = async (
    choice: ChatChoice,
    prompt: GoldenPrompt | null,
    signal: AbortSignal,
  ): Promise<ModelTried> => {
    this.asked.push(prompt);
    signal.addEventListener('abort', () => this.left.resolve());
    if (this.hangs) await this.left.promise;
    if (this.outcome.held) this.chosen = choice;
    return this.outcome;
  };
}

let folder: string;
let model: ChangingFake;
let parts: UpdateSocketParts;
let socket: { close(): Promise<void> };
const agent = () => runningAgent(parts.path);
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-socket-'));
  model = new ChangingFake();
  parts = {
    ...{ path: join(folder, 'run/update.sock'), version: '1.2.3', codeFolder: folder, model },
    committed: () => builtIn,
    people: { isEmpty: async () => true },
    uplink: () => 'online',
    log: Fastify({ logger: false }).log,
  };
  socket = await openUpdateSocket(parts);
});
afterEach(async () => {
  await socket.close();
  rmSync(folder, { recursive: true });
});

function raw(method: string, path: string, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const asked = request({ socketPath: parts.path, method, path, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

test('it tells how the agent is, to whoever may open the file', async () => {
  expect(statSync(parts.path).mode & 0o777).toBe(0o660);
  expect(await agent().state(never)).toMatchObject({
    ...{ version: '1.2.3', release: null, pid: process.pid, ready: true, why: null },
    model: { id: 'pebble', sha256: null, adapter: null, busy: 0 },
    ...{ uplink: 'online', memoryAvailableMiB: 3_072 },
  });
});

test('it takes the place of a socket that a killed agent left behind', async () => {
  await socket.close();
  writeFileSync(parts.path, 'left behind');
  socket = await openUpdateSocket(parts);
  expect((await agent().state(never)).version).toBe('1.2.3');
});

test('it is not ready without a model, without its database, or without its posture, and says which', async () => {
  const state = () => agent().state(never);
  parts.people.isEmpty = () => Promise.reject(new Error('locked'));
  expect(await state()).toMatchObject({ ready: false, why: 'The database does not answer: locked' });
  const posture = {
    holds: false,
    findings: [{ code: 'disk-encrypted', state: 'bad' }],
  } as unknown as Posture;
  parts.posture = { last: () => posture };
  expect(await state()).toMatchObject({ ready: false, why: expect.stringContaining('disk-encrypted') });
  model.about = () => undefined;
  expect(await state()).toMatchObject({ ready: false, why: 'The model is not loaded.', model: { id: null } });
});

test('a model that holds is the one that answers, and the committed one comes back without being asked anything', async () => {
  expect(await agent().tryModel(tried, never)).toMatchObject({ held: true });
  expect(model.chosen).toEqual({ chatModel: '/store/aa', sha256, id: 'small' });
  expect((await agent().state(never)).model).toMatchObject({ sha256, adapter: null });
  await agent().backToCommitted(never);
  await agent().backToCommitted(never);
  expect(model.chosen).toEqual(builtIn);
  expect(model.asked).toEqual([golden, null, null]);
});

test('an adapter is told beside its base', async () => {
  const adapter = { file: '/store/bb', sha256: 'b'.repeat(64) };
  await agent().tryModel({ ...tried, adapter }, never);
  expect((await agent().state(never)).model).toMatchObject({ sha256, adapter: adapter.sha256 });
});

test('one that does not hold says why, and one that can not come back is told as such', async () => {
  model.outcome = { held: false, reason: 'golden-prompt', says: 'It said “no”.' };
  expect(await agent().tryModel(tried, never)).toEqual(model.outcome);
  await expect(agent().backToCommitted(never)).rejects.toThrow('It said “no”.');
});

test('a model that somebody chose by hand stays', async () => {
  parts.committed = () => undefined;
  expect(await agent().tryModel(tried, never)).toMatchObject({ held: false, reason: 'not-for-us' });
  await agent().backToCommitted(never);
  expect(model.chosen).toEqual(builtIn);
});

test('an updater that leaves ends what it asked for', async () => {
  model.hangs = true;
  const leaving = new AbortController();
  const asked = agent().tryModel(tried, leaving.signal);
  await expect.poll(() => model.asked.length).toBe(1);
  leaving.abort(new Error('killed'));
  await expect(asked).rejects.toThrow('killed');
  await model.left.promise;
});

test('what is asked in other words is refused, and nothing else is served', async () => {
  expect(await raw('POST', '/model/try', '{"file":"relative"}')).toBe(400);
  expect(await raw('POST', '/model/try', JSON.stringify({ ...tried, more: 1 }))).toBe(400);
  expect(await raw('POST', '/model/try', '{')).toBe(400);
  expect(await raw('POST', '/model/back', '[]')).toBe(400);
  expect(await raw('GET', '/api/status')).toBe(404);
  expect(await raw('GET', '/model/try')).toBe(404);
  expect(model.asked).toEqual([]);
});

test('nobody there, or somebody who says other things, is a silent agent', async () => {
  await socket.close();
  await expect(agent().state(never)).rejects.toThrow(AgentSilent);
  const other = Fastify({ logger: false });
  other.get('/state', async () => ({ version: 7 }));
  await other.listen({ path: parts.path });
  await expect(agent().state(never)).rejects.toThrow('words that this updater does not know');
  await other.close();
});

test('a release is known by the folder that it runs from', () => {
  const release = join(folder, 'agent/releases', sha256);
  mkdirSync(join(release, 'agent'), { recursive: true });
  symlinkSync(release, join(folder, 'current'));
  expect(releaseOf(join(release, 'agent'))).toBe(sha256);
  expect(releaseOf(join(folder, 'current/agent'))).toBe(sha256);
  expect(releaseOf(folder)).toBeNull();
});
