import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  AgentState,
  InstalledModel,
  ModelTried,
  ModelTry,
} from '@rockpool/protocol/update/agent-socket';
import { Release } from '@rockpool/protocol/update/release';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gguf, type Tensor, type Words } from '../../inference/gguf.fixture.ts';
import { MemoryDisk, PowerCut } from '../disk/memory-disk.fixture.ts';
import type { Applier } from '../parts.ts';
import { createModelApplier } from './model.ts';
import { AgentSilent, type RunningAgent } from './running-agent.ts';

const pebble = new URL('../../../models/pebble/pebble-chat-q8_0.gguf', import.meta.url).pathname;
const never = new AbortController().signal;
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const golden = { prompt: 'Who are you?', holds: ['pebble'], withinMs: 1_000 };
const common = {
  ...{ v: 1, version: '1', counter: 1, dataForm: 0, madeAt: 1, notes: '', compat: {}, golden },
};
const modelRelease = (name: string, bytes = 1_000) =>
  Release.parse({
    ...{ ...common, kind: 'model', name },
    artifact: { name: 'weights.gguf', sha256: hashOf(name), bytes },
  });
const adapterRelease = (name: string, base: string) =>
  Release.parse({
    ...{ ...common, kind: 'adapter', name, base: hashOf(base) },
    artifact: { name: 'adapter.gguf', sha256: hashOf(name), bytes: 1_000 },
  });

/** An agent that takes what it is told, starts with what is committed, and goes away when a test says so. */
class FakeAgent implements RunningAgent {
  model: { sha256: string | null; adapter: string | null } = { sha256: null, adapter: null };
  tries: ModelTry[] = [];
  outcome: ModelTried = { held: true, beside: true, loadMs: 1, answerMs: 1 };
  away = false;
  ready = true;
  memoryAvailableMiB = 4_096;
  private readonly committed: () => Promise<InstalledModel | undefined>;

  constructor(committed: () => Promise<InstalledModel | undefined>) {
    this.committed = committed;
  }

  async state(): Promise<AgentState> {
    this.there();
    const { ready, memoryAvailableMiB } = this;
    return {
      ...{
        version: '1',
        release: null,
        pid: 1,
        uptimeMs: 1,
        ready,
        why: ready ? null : 'The model is not loaded.',
      },
      model: { id: 'some', ...this.model, busy: 0 },
      ...{ uplink: 'none', memoryAvailableMiB },
    };
  }

  async tryModel(asked: ModelTry): Promise<ModelTried> {
    this.there();
    this.tries.push(asked);
    if (this.outcome.held) this.model = { sha256: asked.sha256, adapter: asked.adapter?.sha256 ?? null };
    return this.outcome;
  }

  async backToCommitted(): Promise<void> {
    this.there();
    await this.restart();
  }

  async restart(): Promise<void> {
    const now = await this.committed();
    this.model = { sha256: now?.sha256 ?? null, adapter: now?.adapter?.sha256 ?? null };
  }

  private there(): void {
    if (this.away) throw new AgentSilent('The agent does not answer.');
  }
}

let store: string;
let disk: MemoryDisk;
let agent: FakeAgent;
let applier: Applier;
const file = '/update/model.json';
const installed = async (on = disk): Promise<InstalledModel | undefined> => {
  const bytes = await on.read(file);
  return bytes && (JSON.parse(bytes.toString()) as InstalledModel);
};
const applierOn = (on: MemoryDisk, memoryMiB = 8_192): Applier =>
  createModelApplier({
    ...{ agent, disk: on, folder: '/update', memoryMiB },
    fileOf: ({ sha256 }) => join(store, sha256),
  });
beforeEach(async () => {
  store = mkdtempSync(join(tmpdir(), 'rockpool-model-applier-'));
  disk = new MemoryDisk();
  await disk.makeFolder('/update');
  await disk.syncFolder('/update');
  await disk.syncFolder('/');
  agent = new FakeAgent(() => installed());
  applier = applierOn(disk);
});
afterEach(() => rmSync(store, { recursive: true }));

/** As the machine does it. */
async function install(release: Release, by = applier): Promise<void> {
  await by.probe(release, never);
  await by.activate(release, never);
  await by.prove(release, never);
  await by.commit(release);
}

test('a model is tried, proven, and then what the agent starts with', async () => {
  const small = modelRelease('small');
  expect(await applier.activate(small, never)).toBe('here');
  expect(await installed(), 'nothing is committed by trying').toBeUndefined();
  expect(await applier.inForce(small, never)).toBe(true);
  await applier.prove(small, never);
  await applier.commit(small);
  await applier.commit(small);
  expect(await installed()).toEqual({
    v: 1,
    name: 'small',
    version: '1',
    sha256: hashOf('small'),
    adapter: null,
  });
  expect(agent.tries[0]).toEqual({
    ...{ file: join(store, hashOf('small')), sha256: hashOf('small'), name: 'small', adapter: null, golden },
  });
  await agent.restart();
  expect(await applier.inForce(small, never)).toBe(true);
});

test('an agent that starts again before the commit starts with the old one, and nobody calls that proven', async () => {
  await install(modelRelease('old'));
  const next = modelRelease('next');
  await applier.activate(next, never);
  await agent.restart();
  expect(await applier.inForce(next, never)).toBe(false);
  await expect(applier.prove(next, never)).rejects.toMatchObject({ reason: 'not-that-version' });
  expect(agent.tries.filter(({ name }) => name === 'next')).toHaveLength(1);
});

test('rolling back brings the committed one back, as often as it is asked', async () => {
  await install(modelRelease('old'));
  const next = modelRelease('next');
  await applier.activate(next, never);
  expect(await applier.rollBack(next, never)).toBe('here');
  expect(await applier.rollBack(next, never)).toBe('here');
  expect(agent.model.sha256).toBe(hashOf('old'));
  expect(await applier.inForce(next, never)).toBe(false);
});

test('one that does not hold ends with the agent’s own reason', async () => {
  for (const reason of [
    'no-memory',
    'golden-prompt',
    'crashed',
    'timeout',
    'bad-content',
    'not-for-us',
  ] as const) {
    agent.outcome = { held: false, reason, says: 'It does not.' };
    await expect(applier.activate(modelRelease('small'), never)).rejects.toMatchObject({ reason });
  }
});

test('health is more than an answer: people are served, and there is memory left', async () => {
  const small = modelRelease('small');
  await applier.activate(small, never);
  agent.ready = false;
  await expect(applier.prove(small, never)).rejects.toMatchObject({ reason: 'unhealthy' });
  Object.assign(agent, { ready: true, memoryAvailableMiB: 10 });
  await expect(applier.prove(small, never)).rejects.toMatchObject({ reason: 'unhealthy' });
  Object.assign(agent, {
    memoryAvailableMiB: 4_096,
    outcome: { held: false, reason: 'golden-prompt', says: 'No.' },
  });
  await expect(applier.prove(small, never)).rejects.toMatchObject({ reason: 'golden-prompt' });
});

test('a silent agent: nothing is begun, nobody can tell, and it is not taken for rolled back', async () => {
  agent.away = true;
  const small = modelRelease('small');
  await expect(applier.probe(small, never)).rejects.toMatchObject({ reason: 'no-slot' });
  expect(await applier.inForce(small, never)).toBeUndefined();
  await expect(applier.activate(small, never)).rejects.toMatchObject({ reason: 'crashed' });
  await expect(applier.prove(small, never)).rejects.toMatchObject({ reason: 'unhealthy' });
  await expect(applier.rollBack(small, never)).rejects.toMatchObject({ reason: 'slot-failed' });
});

test('weights that this device could never hold are refused before a byte is fetched', async () => {
  const large = modelRelease('large', 9e9);
  await expect(applier.probe(large, never)).rejects.toMatchObject({ reason: 'no-memory' });
  await applierOn(disk, 64_000).probe(large, never);
});

test('case 18: an adapter of other weights than the installed ones is refused, and a new base leaves its adapter behind', async () => {
  const tone = adapterRelease('tone', 'old');
  await expect(applier.probe(tone, never)).rejects.toMatchObject({ reason: 'not-for-us' });
  await install(modelRelease('old'));
  await install(tone);
  expect(await installed()).toMatchObject({ name: 'old', adapter: { name: 'tone', sha256: hashOf('tone') } });
  expect(agent.tries.at(-1)).toMatchObject({
    ...{ file: join(store, hashOf('old')), sha256: hashOf('old') },
    adapter: { file: join(store, hashOf('tone')), sha256: hashOf('tone') },
  });
  expect(await applier.inForce(tone, never)).toBe(true);
  expect(await applier.inForce(modelRelease('old'), never)).toBe(false);
  await install(modelRelease('next'));
  expect(await installed()).toMatchObject({ name: 'next', adapter: null });
  await expect(applier.activate(tone, never)).rejects.toMatchObject({ reason: 'not-for-us' });
});

test('a damaged model.json is none: an adapter finds no base, and a model replaces it', async () => {
  const torn = await disk.open(file, 'rw');
  await torn.write(Buffer.from('{"v":1,"na'), 0);
  await torn.close();
  await expect(applier.probe(adapterRelease('tone', 'old'), never)).rejects.toMatchObject({
    reason: 'not-for-us',
  });
  await applier.commit(modelRelease('old'));
  expect(await installed()).toMatchObject({ name: 'old' });
});

test('power cut at any write of the commit: the agent starts with the old or the new one, and a second commit holds', async () => {
  const next = modelRelease('next');
  for (let n = 0, cut = true; cut; n += 1) {
    for (let seed = 0; seed < 8; seed += 1) {
      const before = new MemoryDisk();
      for (const path of ['/update', '/']) {
        await before.makeFolder('/update');
        await before.syncFolder(path);
      }
      await applierOn(before).commit(modelRelease('old'));
      before.cutPowerAtWrite(n);
      cut = await applierOn(before)
        .commit(next)
        .then(
          () => false,
          (error: unknown) => {
            if (!(error instanceof PowerCut)) throw error;
            return true;
          },
        );
      const after = before.afterPowerCut(seed);
      expect(cut ? ['old', 'next'] : ['next'], `cut at write ${n}`).toContain((await installed(after))?.name);
      await applierOn(after).commit(next);
      expect((await installed(after))?.name).toBe('next');
    }
  }
});

const stored = (name: string): string => join(store, hashOf(name));

/** These words, and one tensor that is as the test says. */
const weightsOf = (words: Words, tensor: Partial<Tensor> = {}): Buffer =>
  gguf(words, [{ name: 'blk.0.x', dimensions: [4], ...tensor }]);
const whole = {
  ...{ 'general.architecture': 'llama', 'llama.block_count': 1, 'llama.embedding_length': 4 },
  ...{ 'llama.context_length': 64, 'tokenizer.chat_template': '{{ messages }}' },
};

test('a model that could speak is staged: the real one, and a small one', async () => {
  copyFileSync(pebble, stored('small'));
  await applier.stage(modelRelease('small'), never);
  writeFileSync(stored('small'), weightsOf(whole));
  await applier.stage(modelRelease('small'), never);
});

test.each([
  ['cut off', readFileSync(pebble).subarray(0, 19_000_000)],
  ['no GGUF', Buffer.from('<html>')],
  ['of another version', Buffer.concat([Buffer.from('GGUF'), Buffer.from([9, 0, 0, 0]), Buffer.alloc(64)])],
  ['without a tensor', gguf(whole, [])],
  ['of more tensors than it has', gguf(whole, [{ name: 'blk.0.x', dimensions: [4] }], 900_000)],
  ['of an impossible number of tensors', gguf(whole, [], 2 ** 40)],
  ['with a tensor beyond its end', weightsOf(whole, { offset: 1_000_000n })],
  ['with an offset that wraps round', weightsOf(whole, { offset: 2n ** 64n - 32n })],
  ['with a size that wraps round', weightsOf(whole, { dimensions: [2n ** 63n] })],
  [
    'with a tensor of a thousand dimensions',
    weightsOf(whole, { dimensions: Array.from({ length: 1_000 }, () => 1) }),
  ],
  ['with an alignment of nothing', weightsOf({ ...whole, 'general.alignment': 0 })],
  ['of no architecture', weightsOf({ ...whole, 'general.architecture': '../../etc' })],
  ['without layers', weightsOf({ ...whole, 'llama.block_count': 0 })],
  ['without a voice', weightsOf({ ...whole, 'tokenizer.chat_template': ' ' })],
  ['that is one part of several', weightsOf({ ...whole, 'split.count': 3 })],
  ['that is an adapter', weightsOf({ ...whole, 'general.type': 'adapter' })],
])('case 18: a file %s is not staged as a model', async (_what, bytes) => {
  writeFileSync(stored('small'), bytes);
  await expect(applier.stage(modelRelease('small'), never)).rejects.toMatchObject({ reason: 'bad-content' });
});

test('case 18: an adapter is staged for a base of its own architecture only', async () => {
  const lora = { 'general.type': 'adapter', 'adapter.type': 'lora', 'general.architecture': 'llama' };
  writeFileSync(stored('old'), weightsOf(whole));
  writeFileSync(stored('tone'), weightsOf(lora));
  const tone = adapterRelease('tone', 'old');
  await applier.stage(tone, never);
  for (const other of [
    { ...lora, 'general.architecture': 'gemma3' },
    { ...lora, 'adapter.type': 'other' },
    whole,
  ]) {
    writeFileSync(stored('tone'), weightsOf(other));
    await expect(applier.stage(tone, never)).rejects.toMatchObject({ reason: 'bad-content' });
  }
  writeFileSync(stored('tone'), weightsOf(lora));
  truncateSync(stored('tone'), 100);
  await expect(applier.stage(tone, never)).rejects.toMatchObject({ reason: 'bad-content' });
});
