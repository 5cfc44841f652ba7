import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lines } from './lines.ts';
import { Problem } from './problem.ts';
import { frame } from './shapes.ts';

async function read(bytes: Uint8Array, cuts: readonly number[]): Promise<string[]> {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      let from = 0;
      for (const cut of [...cuts, bytes.length].sort((one, other) => one - other)) {
        if (cut > from) controller.enqueue(bytes.slice(from, cut));
        from = Math.max(from, cut);
      }
      controller.close();
    },
  });
  const read: string[] = [];
  for await (const line of lines(stream)) read.push(line);
  return read;
}

test('lines arrive whole, wherever the network cuts them, also inside a Chinese character', async () => {
  const text = '{"a":"报警器"}\n\n{"b":"😀"}\n{"last":true}';
  const bytes = new TextEncoder().encode(text);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 9 }), async (cuts) => {
      expect(await read(bytes, cuts)).toEqual(['{"a":"报警器"}', '{"b":"😀"}', '{"last":true}']);
    }),
  );
});

test('a frame that this page does not know is refused, never guessed', () => {
  expect(frame({ type: 'delta', text: 'a' })).toEqual({ type: 'delta', text: 'a' });
  for (const strange of [
    null,
    'delta',
    {},
    { type: 'toString' },
    { type: 'delta' },
    { type: 'context', citations: [{}] },
  ]) {
    expect(() => frame(strange)).toThrow(Problem);
  }
});
