import { expect, test } from 'vitest';
import { createStream } from './stream.ts';

const read = async (stream: AsyncIterable<unknown>) => Array.fromAsync(stream);

test('a slow reader gets text joined together, and everything else in its place', async () => {
  const stream = createStream();
  stream.push({ type: 'started' });
  for (const text of ['a', 'b', 'c']) stream.push({ type: 'delta', text });
  stream.end();
  expect(await read(stream)).toEqual([{ type: 'started' }, { type: 'delta', text: 'abc' }]);
});

test('what came before a failure is still read, what comes after is not', async () => {
  const stream = createStream();
  stream.push({ type: 'delta', text: 'a' });
  stream.fail(new Error('gone'));
  stream.push({ type: 'delta', text: 'b' });
  stream.end();
  const seen: unknown[] = [];
  await expect(
    (async () => {
      for await (const event of stream) seen.push(event);
    })(),
  ).rejects.toThrow('gone');
  expect(seen).toEqual([{ type: 'delta', text: 'a' }]);
  expect(stream.isOpen()).toBe(false);
});

test('a reader who waits is woken', async () => {
  const stream = createStream();
  const reading = read(stream);
  await new Promise((resolve) => setImmediate(resolve));
  stream.push({ type: 'delta', text: 'a' });
  await new Promise((resolve) => setImmediate(resolve));
  stream.end();
  expect(await reading).toEqual([{ type: 'delta', text: 'a' }]);
});
