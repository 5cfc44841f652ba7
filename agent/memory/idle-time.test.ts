import { describe, expect, test } from 'vitest';
import type { GenerateEvent } from '../inference/model.ts';
import { FakeModel } from '../test/fake-model.ts';
import { createIdleTime } from './idle-time.ts';

const request = { person: '1', messages: [{ role: 'user' as const, content: 'Hello?' }] };
const never = new AbortController().signal;

async function all(events: AsyncIterable<GenerateEvent>): Promise<GenerateEvent[]> {
  const seen: GenerateEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('in idle time', () => {
  test('work is done when nobody asks, and not until a while after somebody did', async () => {
    let now = 100_000;
    const idle = createIdleTime(new FakeModel(), () => now);
    expect(await idle.use(async () => undefined)).toBe(true);
    await all(idle.model.generate(request, never));
    expect(await idle.use(async () => undefined)).toBe(false);
    now += 5_000;
    expect(await idle.use(async () => undefined)).toBe(true);
  });

  test('whoever asks ends it at once, before the first event of the answer', async () => {
    const idle = createIdleTime(new FakeModel(), () => 0);
    let aborted = false;
    const work = idle.use(async (signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      await untilAborted(signal);
    });
    const answer = idle.model.generate(request, never)[Symbol.asyncIterator]();
    const first = answer.next();
    expect(aborted).toBe(true);
    expect((await first).value).toMatchObject({ type: 'started' });
    expect(await work).toBe(false);
  });

  test('only one thing is done at a time, and nothing after the end', async () => {
    const idle = createIdleTime(new FakeModel(), () => 0);
    const first = idle.use(untilAborted);
    expect(await idle.use(async () => undefined)).toBe(false);
    await idle.close();
    expect(await first).toBe(false);
    expect(await idle.use(async () => undefined)).toBe(false);
  });

  test('a failure of the work is told to whoever began it', async () => {
    const idle = createIdleTime(new FakeModel(), () => 0);
    await expect(
      idle.use(async () => {
        throw new Error('broken');
      }),
    ).rejects.toThrow('broken');
    expect(idle.isIdle()).toBe(true);
  });

  test('the model is otherwise the same', async () => {
    const model = new FakeModel();
    const { model: asked } = createIdleTime(model, () => 0);
    expect(asked.about()).toEqual(model.about());
    expect(asked.embedding).toBe(model.embedding);
    expect(await asked.count(['one two'])).toEqual([2]);
  });
});
