/** The model's process dies, and comes back; conversations outlive it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChatMessage } from './model.ts';
import { answer, type Pebble, startPebble, system } from './start-pebble.ts';

let cacheFolder: string;
let pebble: Pebble | undefined;
beforeEach(() => {
  cacheFolder = mkdtempSync(join(tmpdir(), 'rockpool-restart-'));
});
afterEach(async () => {
  await pebble?.stop();
  rmSync(cacheFolder, { recursive: true });
});

const user = (content: string): ChatMessage => ({ role: 'user', content });
const chat = [
  system,
  user('The printer code is 8812.'),
  { role: 'assistant', content: 'Noted: The printer code is 8812.' },
] as const;
const next = [...chat, user('What is the printer code?')];

/** The children of this process that run the model. */
function modelProcesses(of = process.pid): number[] {
  return readdirSync('/proc')
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
}

const start = async (choice: Parameters<typeof startPebble>[0] = {}) => {
  pebble = await startPebble({ cacheFolder, sequences: 2, ...choice });
  return pebble.model;
};
const parked = () =>
  readdirSync(join(cacheFolder, 'sessions'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test('killed in the middle of an answer, the turn fails in one sentence and the next one is answered', async () => {
  const model = await start();
  const [pid = 0] = modelProcesses();
  const reading = (async () => {
    for await (const event of model.generate(
      { person: 'ada', messages: [system, user('Say: one two three four five')] },
      AbortSignal.timeout(30_000),
    )) {
      if (event.type === 'started') process.kill(pid, 'SIGKILL');
    }
  })();
  await expect(reading).rejects.toMatchObject({
    code: 'model-failed',
    message: expect.stringMatching(/ask once more/),
  });
  const waiting = Promise.all([
    answer(model, { messages: next }),
    model.embed(['one']),
    model.count(['one two']),
  ]);
  expect((await waiting)[0].text).toContain('8812');
  expect(model.load()).toMatchObject({ running: 0, waiting: 0, restarts: 1 });
  expect(modelProcesses()).toHaveLength(1);
  expect(pebble?.logged.find(({ message }) => message === 'model process died')?.fields).toMatchObject({
    why: expect.stringContaining('SIGKILL'),
  });
});

test('a request that makes no sense is refused alone', async () => {
  const model = await start();
  const messages = [system, user('Say: hello')];
  const [sensible, senseless] = await Promise.allSettled([
    answer(model, { messages }),
    answer(model, { messages, temperature: Number.NaN }),
  ]);
  expect(sensible.status).toBe('fulfilled');
  expect(senseless).toMatchObject({
    reason: { code: 'bad-request', message: expect.stringContaining('temperature') },
  });
  expect(model.load().restarts).toBe(0);
});

test('when the agent is killed the model ends too', async () => {
  const script = join(cacheFolder, 'agent.mjs');
  const pebbleUrl = new URL('./start-pebble.ts', import.meta.url).href;
  writeFileSync(
    script,
    `import { startPebble } from ${JSON.stringify(pebbleUrl)};
    await startPebble({ cacheFolder: ${JSON.stringify(cacheFolder)}, sequences: 1 });
    process.stdout.write('ready');`,
  );
  const agent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(agent.stdout, 'data');
  const [pid = 0] = modelProcesses(agent.pid);
  expect(pid).toBeGreaterThan(0);
  agent.kill('SIGKILL');
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false);
});

test('after a restart a chat evaluates nothing but its new message', async () => {
  const first = await start();
  await answer(first, { session: 'kept', messages: chat.slice(0, 2) });
  await first.settle('kept', chat);
  await first.close();
  expect(modelProcesses()).toEqual([]);
  expect(parked()).toHaveLength(1);
  for (const file of parked()) expect(statSync(file).mode & 0o077).toBe(0);

  const second = await start();
  const { text, usage } = await answer(second, { session: 'kept', messages: next });
  expect(text).toContain('8812');
  const [newTokens = 0] = await second.count(['What is the printer code?']);
  expect(usage.promptTokens - usage.cachedTokens).toBeLessThanOrEqual(newTokens + 8);
});

test('more chats than lanes take turns in them without reading anything again', async () => {
  const model = await start();
  const codes = ['1111', '2222', '3333', '4444', '5555'];
  const told = (code: string) => [
    system,
    user(`The printer code is ${code}.`),
    { role: 'assistant', content: `Noted: The printer code is ${code}.` } as const,
  ];
  for (const code of codes) {
    await answer(model, { session: code, messages: told(code).slice(0, 2) });
    await model.settle(code, told(code));
  }
  for (const code of codes) {
    const { text, usage } = await answer(model, {
      session: code,
      messages: [...told(code), user('What is the printer code?')],
    });
    expect(text).toContain(code);
    expect(usage.promptTokens - usage.cachedTokens, code).toBeLessThan(20);
  }
});

test('a saved chat that is torn, or of other weights, is thrown away and read again', async () => {
  for (const damage of ['torn', 'empty', 'noise'] as const) {
    const first = await start();
    await answer(first, { session: 'kept', messages: chat.slice(0, 2) });
    await first.close();
    const [file = ''] = parked();
    if (damage === 'noise') writeFileSync(file, Buffer.alloc(50_000, 7));
    else truncateSync(file, damage === 'torn' ? statSync(file).size / 2 : 0);

    const second = await start();
    const { text } = await answer(second, { session: 'kept', messages: next });
    expect(text, damage).toContain('8812');
    expect(second.load().restarts, damage).toBe(0);
    await second.forget('kept');
    await second.close();
    expect(parked(), damage).toEqual([]);
  }
});

test('a forgotten chat is gone from memory and from disk', async () => {
  const first = await start();
  await answer(first, { session: 'kept', messages: chat.slice(0, 2) });
  await first.close();
  expect(parked()).toHaveLength(1);
  const second = await start();
  await second.forget('kept');
  expect(parked()).toEqual([]);
  await answer(second, { session: 'kept', messages: chat.slice(0, 2) });
  await second.forget('kept');
  const { usage } = await answer(second, { session: 'other', messages: next });
  expect(usage.cachedTokens).toBe(0);
  await second.close();
  expect(parked()).toHaveLength(1);
});

test('a file that is no model is refused in one sentence, and everything after it too', async () => {
  const chatModel = join(cacheFolder, 'page.gguf');
  writeFileSync(chatModel, '<html>');
  await expect(start({ chatModel })).rejects.toMatchObject({
    code: 'model-failed',
    message: expect.stringMatching(/page\.gguf is not a GGUF model/),
  });
});
