import { expect, test } from 'vitest';
import { askGolden } from './golden.ts';
import { type Behaviour, fakeServed } from './served.fixture.ts';

const golden = { prompt: 'What colour is the sky?', holds: ['Blue', 'azure sky'], withinMs: 60_000 };
const never = new AbortController().signal;
let at = 0;
const clock = { now: () => (at += 5) };
const ask = (behaviour: Behaviour, asked = golden, signal = never) =>
  askGolden(fakeServed({ chatModel: '/new' }, behaviour), asked, clock, signal);

test('one of the words is enough, in any case, and across its spaces and lines', async () => {
  expect(await ask({ says: 'It is blue, I think.' })).toEqual({ held: true, answerMs: 5 });
  expect(await ask({ says: 'An AZURE\n sky' })).toMatchObject({ held: true });
});

test('an answer without any of them does not hold, and is quoted', async () => {
  expect(await ask({ says: 'It is green.' })).toEqual({
    held: false,
    reason: 'golden-prompt',
    says: 'It said “It is green.”, and none of what it has to.',
  });
  expect(await ask({})).toMatchObject({ reason: 'golden-prompt', says: expect.stringContaining('nothing') });
});

test('one that says nothing is given up when its time is over, or nobody wants to know any more', async () => {
  expect(await ask({ silent: true }, { ...golden, withinMs: 1_000 })).toMatchObject({ reason: 'timeout' });
  expect(await ask({ silent: true }, golden, AbortSignal.abort(new Error('left')))).toMatchObject({
    reason: 'timeout',
  });
});

test('a process that ends in the middle has crashed, whatever it had said', async () => {
  expect(await ask({ says: 'It is', diesAnswering: true })).toMatchObject({ held: false, reason: 'crashed' });
});
