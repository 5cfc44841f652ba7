/** Another model takes Pebble's place while people are answered, and what can't leaves Pebble where it was. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGguf } from '@rockpool/models/gguf.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gguf } from './gguf.fixture.ts';
import type { GenerateEvent } from './model.ts';
import type { ChatChoice } from './plan.ts';
import { answer, type Pebble, pebbleFiles, startPebble, system } from './start-pebble.ts';

const golden = { prompt: 'Say: one two three', holds: ['one two three'], withinMs: 60_000 };
const never = new AbortController().signal;
const user = (content: string) => ({ role: 'user', content }) as const;
/** Less than two Pebbles take, and more than one does. */
const roomForOne = 430e6;

let folder: string;
let pebble: Pebble;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-swap-'));
});
afterEach(async () => {
  await pebble.stop();
  rmSync(folder, { recursive: true });
});

/** The same weights under another name, as another release would have: another hash. */
function newer(name = 'next'): ChatChoice & { sha256: string } {
  const bytes = readFileSync(pebbleFiles.chatModel);
  const at = bytes.indexOf('Pebble Chat');
  bytes.write('Pebble Next', at);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const chatModel = join(folder, name);
  writeFileSync(chatModel, bytes);
  return { chatModel, sha256, id: name };
}

/** Somebody who asks again and again until told to stop; every answer has to be whole. */
function asking(person: string) {
  let stop = false;
  const answers: string[] = [];
  const events: GenerateEvent[] = [];
  const line = `${person} has a red bicycle and a blue boat in the shed`;
  const done = (async () => {
    while (!stop) {
      const whole = await answer(pebble.model, { person, messages: [system, user(`Say: ${line}`)] });
      expect(whole.reason).toBe('stop');
      answers.push(whole.text.trim());
      events.push(...whole.events);
    }
  })();
  return {
    ...{ answers, events, line },
    async stop() {
      stop = true;
      await done;
    },
  };
}
const people = ['ada', 'bob', 'cy', 'dan', 'eve', 'fay', 'gus', 'hal'];

const childrenOf = (of = process.pid): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return (
          parent === String(of) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('llama-process')
        );
      } catch {
        return false; // no process, or gone meanwhile
      }
    });

test('eight people are answered to the end while another model takes over beside the old one', async () => {
  pebble = await startPebble();
  const next = newer();
  const asked = people.map(asking);
  await expect.poll(() => asked.every(({ answers }) => answers.length > 0), { timeout: 60_000 }).toBe(true);
  const tried = await pebble.model.change(next, golden, never);
  expect(tried).toMatchObject({ held: true, beside: true });
  expect(pebble.model.about()).toMatchObject({ id: 'next', label: 'Pebble Next', digest: next.sha256 });
  const counts = asked.map(({ answers }) => answers.length);
  await expect
    .poll(() => asked.every(({ answers }, i) => answers.length > counts[i]! + 1), { timeout: 60_000 })
    .toBe(true);
  for (const { stop, answers, line, events } of asked) {
    await stop();
    expect(new Set(answers)).toEqual(new Set([line]));
    expect(events.some((event) => event.type === 'queued' && event.updating)).toBe(false);
  }
  expect(pebble.model.load()).toMatchObject({ restarts: 0, swaps: 1, running: 0, waiting: 0 });
  await expect.poll(() => childrenOf().length, { timeout: 20_000 }).toBe(1);
});

test('where there is room for one only, people are told that it is updated and their place, and nobody an error', async () => {
  pebble = await startPebble({ availableBytes: roomForOne });
  const asked = people.map(asking);
  await expect.poll(() => asked.every(({ answers }) => answers.length > 0), { timeout: 60_000 }).toBe(true);
  const changing = pebble.model.change(newer(), golden, never);
  const vectors = pebble.model.embed(['asked in the middle of it']);
  expect(await changing).toMatchObject({ held: true, beside: false });
  expect(await vectors).toHaveLength(1);
  const counts = asked.map(({ answers }) => answers.length);
  await expect
    .poll(() => asked.every(({ answers }, i) => answers.length > counts[i]!), { timeout: 60_000 })
    .toBe(true);
  for (const { stop, answers, line } of asked) {
    await stop();
    expect(new Set(answers)).toEqual(new Set([line]));
  }
  const told = asked
    .flatMap(({ events }) => events)
    .filter((event) => event.type === 'queued' && event.updating);
  expect(told.length).toBeGreaterThan(0);
  expect(pebble.model.load()).toMatchObject({ restarts: 0, swaps: 1 });
  expect(childrenOf()).toHaveLength(1);
});

test.each([
  ['beside it', undefined],
  ['after a drain', roomForOne],
])(
  'case 18: weights that are cut off, of another hash or zeroed leave the old one answering (%s)',
  async (_how, availableBytes) => {
    pebble = await startPebble(availableBytes === undefined ? {} : { availableBytes });
    const { model } = pebble;
    const cut = newer('cut');
    truncateSync(cut.chatModel, Math.floor(statSync(cut.chatModel).size * 0.9));
    expect(await model.change(cut, golden, never)).toMatchObject({ held: false, reason: 'bad-content' });

    const other = { ...newer('other'), sha256: 'f'.repeat(64) };
    expect(await model.change(other, golden, never)).toMatchObject({ held: false, reason: 'bad-content' });

    const zeroed = newer('zeroed');
    const { size } = statSync(zeroed.chatModel);
    const file = openSync(zeroed.chatModel, 'r+');
    writeSync(file, Buffer.alloc(Math.floor(size * 0.9)), 0, undefined, Math.floor(size * 0.1));
    closeSync(file);
    const { sha256: _signed, ...unsigned } = zeroed;
    expect(await model.change(unsigned, golden, never)).toMatchObject({ held: false });

    expect(model.about()).toMatchObject({ id: 'pebble', builtIn: true });
    const { text } = await answer(model, { messages: [system, user('Say: one two three')] });
    expect(text.trim()).toBe('one two three');
    expect(model.load()).toMatchObject({ swaps: 0, restarts: 0 });
    expect(childrenOf()).toHaveLength(1);
  },
);

test('the new one is killed while it is tried: the old one answers, and the next try holds', async () => {
  pebble = await startPebble();
  const [old] = childrenOf();
  const slow = { ...golden, holds: ['what nobody ever says'] };
  const changing = pebble.model.change(newer(), slow, never);
  await expect.poll(() => childrenOf().filter((pid) => pid !== old).length).toBe(1);
  process.kill(childrenOf().find((pid) => pid !== old) ?? 0, 'SIGKILL');
  expect(await changing).toMatchObject({ held: false, reason: 'crashed' });
  const { text } = await answer(pebble.model, { messages: [system, user('Say: one two three')] });
  expect(text.trim()).toBe('one two three');
  expect(pebble.model.load()).toMatchObject({ restarts: 0, swaps: 0 });
  expect(await pebble.model.change(newer(), golden, never)).toMatchObject({ held: true });
});

test('an agent that ends while another model is loaded leaves no process behind', async () => {
  pebble = await startPebble();
  const changing = pebble.model.change(newer(), golden, never);
  await expect.poll(() => childrenOf().length).toBe(2);
  await pebble.model.close();
  expect(await changing).toMatchObject({ held: false });
  expect(childrenOf()).toEqual([]);
});

test('a conversation that the old one saved is not read by the new one, and is the old one’s again when it comes back', async () => {
  pebble = await startPebble({ sequences: 1 });
  const { model } = pebble;
  const old = model.choice();
  const chat = [system, user('The printer code is 8812.')];
  const first = await answer(model, { session: 'monday', messages: chat });
  expect(await model.change(newer(), golden, never)).toMatchObject({ held: true });
  await expect.poll(() => childrenOf().length, { timeout: 20_000 }).toBe(1);
  const second = await answer(model, { session: 'monday', messages: chat });
  expect(second.usage.cachedTokens).toBeLessThan(first.usage.promptTokens - 4);
  expect(await model.change(old, null, never)).toMatchObject({ held: true, answerMs: 0 });
  await expect.poll(() => childrenOf().length, { timeout: 20_000 }).toBe(1);
  const third = await answer(model, { session: 'monday', messages: chat });
  expect(third.usage.cachedTokens).toBeGreaterThanOrEqual(first.usage.promptTokens - 4);
  expect(model.about()).toMatchObject({ builtIn: true });
  expect(model.load().swaps).toBe(2);
  await model.forget('monday');
  expect(
    readdirSync(join(pebble.cacheFolder, 'sessions'), { recursive: true, withFileTypes: true }).filter(
      (one) => one.isFile(),
    ),
  ).toEqual([]);
});

/** A LoRA of rank 1 for one layer of Pebble, whose second half is all one number. */
function lora(
  number: number,
  rows = Number(head.metadata.get('gemma3.feed_forward_length')),
): ChatChoice['adapter'] & object {
  const columns = Number(head.metadata.get('gemma3.embedding_length'));
  const layer = 'blk.0.ffn_down.weight';
  const bytes = gguf(
    {
      ...{ 'general.type': 'adapter', 'general.architecture': 'gemma3', 'adapter.type': 'lora' },
      'adapter.lora.alpha': { float: 1 },
    },
    [
      { name: `${layer}.lora_a`, dimensions: [rows, 1], data: new Float32Array(rows).fill(1) },
      { name: `${layer}.lora_b`, dimensions: [1, columns], data: new Float32Array(columns).fill(number) },
    ],
  );
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = join(folder, `lora-${number}`);
  writeFileSync(file, bytes);
  return { file, sha256 };
}
const head = readGguf(pebbleFiles.chatModel);

test('an adapter answers with its base, is another model than the base alone, and must fit it', async () => {
  pebble = await startPebble();
  const { model } = pebble;
  const base = newer();
  expect(await model.change({ ...base, adapter: lora(0, 7) }, golden, never)).toMatchObject({
    ...{ held: false, reason: 'bad-content' },
  });
  expect(await model.change({ ...base, adapter: lora(50) }, golden, never)).toMatchObject({
    ...{ held: false, reason: 'golden-prompt' },
  });
  const neutral = lora(0);
  expect(await model.change({ ...base, adapter: neutral }, golden, never)).toMatchObject({ held: true });
  expect(model.choice().adapter).toEqual(neutral);
  expect(model.about()?.digest).toBe(base.sha256);
  const messages = [system, user('The printer code is 8812.')];
  await answer(model, { session: 'monday', messages });
  expect(await model.change(base, golden, never)).toMatchObject({ held: true });
  await expect.poll(() => childrenOf().length, { timeout: 20_000 }).toBe(1);
  const { usage } = await answer(model, { session: 'monday', messages });
  expect(usage.cachedTokens).toBeLessThan(usage.promptTokens - 4);
  expect(model.load()).toMatchObject({ swaps: 2, restarts: 0 });
});

test('installed weights that are not what was signed, or that can not be run, give way to the built-in ones', async () => {
  const otherwise = { chatModel: pebbleFiles.chatModel, builtIn: true };
  mkdirSync(join(folder, 'cache'));
  const start = { builtIn: false, cacheFolder: join(folder, 'cache'), otherwise };
  const wrong = { ...newer(), sha256: 'f'.repeat(64) };
  const noWeights = join(folder, 'page');
  copyFileSync(new URL(import.meta.url).pathname, noWeights);
  for (const choice of [wrong, { chatModel: noWeights }]) {
    pebble = await startPebble({ ...start, ...choice });
    expect(pebble.model.about()).toMatchObject({ builtIn: true, id: 'pebble' });
    const { text } = await answer(pebble.model, { messages: [system, user('Say: one two three')] });
    expect(text.trim()).toBe('one two three');
    expect(pebble.model.choice()).toEqual(otherwise);
    await pebble.stop();
  }
});
