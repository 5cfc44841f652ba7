import { expect, test } from 'vitest';
import { createIdleWork } from './idle-work.ts';

/** A model that settles one session at a time when told to. */
function bench() {
  const deeds: { session: string; finish(): void; aborted: boolean }[] = [];
  const state = { idle: true };
  const idle = createIdleWork(
    () => state.idle,
    (session) => {
      const done = Promise.withResolvers<void>();
      const deed = { session, finish: done.resolve, aborted: false };
      deeds.push(deed);
      const abort = () => {
        deed.aborted = true;
        done.reject(new Error('aborted'));
      };
      return { done: done.promise, abort };
    },
  );
  return { idle, deeds, state, begun: () => deeds.map(({ session }) => session) };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('one session after the other, and only while nobody is being answered', async () => {
  const { idle, deeds, state, begun } = bench();
  state.idle = false;
  const ada = idle.add('ada', []);
  const bob = idle.add('bob', []);
  expect(begun()).toEqual([]);
  state.idle = true;
  idle.resume();
  expect(begun()).toEqual(['ada']);
  deeds[0]!.finish();
  await ada;
  await settled();
  expect(begun()).toEqual(['ada', 'bob']);
  deeds[1]!.finish();
  await bob;
});

test('someone who asks interrupts it, and it is taken up again later', async () => {
  const { idle, deeds, state, begun } = bench();
  const ada = idle.add('ada', []);
  state.idle = false;
  expect(idle.interrupt('bob')).toBeUndefined();
  expect(deeds[0]!.aborted).toBe(true);
  await settled();
  state.idle = true;
  idle.resume();
  expect(begun()).toEqual(['ada', 'ada']);
  deeds[1]!.finish();
  await ada;
});

test('whoever goes on with the session itself waits for it to let go, and it is not wanted any more', async () => {
  const { idle, state, begun } = bench();
  const ada = idle.add('ada', []);
  state.idle = false;
  await idle.interrupt('ada');
  await ada;
  state.idle = true;
  idle.resume();
  expect(begun()).toEqual(['ada']);
});

test('a newer state of the same session replaces the one that still waits', async () => {
  const { idle, deeds, state, begun } = bench();
  state.idle = false;
  const older = idle.add('ada', []);
  const newer = idle.add('ada', []);
  await older;
  state.idle = true;
  idle.resume();
  deeds[0]!.finish();
  await newer;
  expect(begun()).toEqual(['ada']);
});
