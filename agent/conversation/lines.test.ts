import type { Frame } from '@rockpool/protocol/chat';
import { expect, test } from 'vitest';
import { lines } from './lines.ts';

const queued = (place: number): Frame => ({ type: 'queued', place, waitMs: null });
const delta = (text: string): Frame => ({ type: 'delta', text });
const framesIn = (written: readonly string[]): Frame[] => written.map((line) => JSON.parse(line));
const turnsOfTheLoop = async (count: number) => {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('every frame is a line, in order', async () => {
  async function* turn(): AsyncGenerator<Frame> {
    yield delta('a\nb');
    await turnsOfTheLoop(2);
    yield { type: 'context', citations: [] };
    await turnsOfTheLoop(2);
    yield delta('c');
  }
  const written = await Array.fromAsync(lines(queued(1), turn()));
  expect(written.every((line) => /^\{[^\n]*\}\n$/.test(line))).toBe(true);
  expect(framesIn(written)).toEqual([
    queued(1),
    delta('a\nb'),
    { type: 'context', citations: [] },
    delta('c'),
  ]);
});

test('a slow reader does not hold the turn up, and gets the same text in fewer lines', async () => {
  let ended = false;
  async function* turn(): AsyncGenerator<Frame> {
    for (let i = 0; i < 1_000; i += 1) yield delta(`${i} `);
    ended = true;
  }
  const reader = lines(queued(1), turn());
  await reader.next();
  await turnsOfTheLoop(5);
  expect(ended).toBe(true);
  const rest = framesIn(await Array.fromAsync(reader));
  expect(rest).toEqual([delta(Array.from({ length: 1_000 }, (_, i) => `${i} `).join(''))]);
});

test('while nothing comes, what is being waited for is told again', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  async function* turn(): AsyncGenerator<Frame> {
    yield queued(3);
    await promise;
    yield delta('at last');
  }
  const written: Frame[] = [];
  for await (const line of lines({ type: 'doing', what: 'recalling' }, turn(), 1)) {
    written.push(JSON.parse(line));
    if (written.length === 4) resolve();
  }
  expect(written.slice(1, 4)).toEqual([queued(3), queued(3), queued(3)]);
  expect(written.at(-1)).toEqual(delta('at last'));
});

test('the turn runs to its end although its reader never read a line, or left', async () => {
  for (const leaves of [false, true]) {
    let ended = false;
    async function* turn(): AsyncGenerator<Frame> {
      yield delta('a');
      await turnsOfTheLoop(3);
      yield delta('b');
      ended = true;
    }
    const reader = lines(queued(1), turn());
    if (leaves) {
      await reader.next();
      await reader.return(undefined);
    } else await turnsOfTheLoop(10);
    expect(ended).toBe(true);
  }
});

test('what the turn throws is thrown after its frames', async () => {
  async function* turn(): AsyncGenerator<Frame> {
    yield delta('so far');
    throw new TypeError('broken');
  }
  const written: string[] = [];
  const read = async () => {
    for await (const line of lines(queued(1), turn())) written.push(line);
  };
  await expect(read()).rejects.toThrow('broken');
  expect(framesIn(written)).toEqual([queued(1), delta('so far')]);
});
