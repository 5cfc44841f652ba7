import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asRemote, bob, FakeEmbedder, type OpenMemory, openMemory } from './memory.fixture.ts';
import { createMemory, type Memory } from './memory.ts';

/** A Wednesday. */
const wednesday = new Date(2026, 10, 25, 12).getTime();
const day = 24 * 3_600_000;
let now = wednesday;
let home: OpenMemory;
let memory: Memory;
let messageId = 0;
beforeEach(() => {
  now = wednesday;
  home = openMemory();
  memory = createMemory({
    ...{ facts: asRemote(home.table), model: new FakeEmbedder() },
    clock: { now: () => (now += 1) },
  });
});
afterEach(async () => {
  await memory.close();
  await home.close();
});

const say = (text: string) => {
  messageId += 1;
  return memory.heed(bob, { text, sessionId: 's', messageId });
};
const recalled = async (question: string): Promise<string[]> =>
  (await memory.recall(bob, question)).map(({ fact }) => fact.text);

describe('what holds from a day on, or until one', () => {
  test.each([
    ['The alarm code is 4471.', 'Starting Monday the alarm code is 4472.', 'What is the alarm code?'],
    ['报警代码是4471。', '从下周一起,报警代码是4472。', '报警代码是多少?'],
  ])('%s stays true until "%s" is', async (today, later, question) => {
    await say(today);
    await say(later);
    expect(await recalled(question)).toEqual([today]);
    now += 6 * day;
    expect(await recalled(question)).toEqual([later]);
  });

  test('what is over is remembered as history, and not told', async () => {
    await say("I'm on holiday until Friday.");
    expect(await recalled('Am I on holiday?')).toEqual(["I'm on holiday until Friday."]);
    now += 4 * day;
    expect(await recalled('Am I on holiday?')).toEqual([]);
    const listed = await memory.list(bob, { history: true });
    expect(listed.map(({ text }) => text)).toEqual(["I'm on holiday until Friday."]);
  });

  test('from now on is at once', async () => {
    await say('The alarm code is 4471.');
    const { superseded } = await say('From now on the alarm code is 4472.');
    expect(superseded.map(({ text }) => text)).toEqual(['The alarm code is 4471.']);
  });
});

test('what was asked to be remembered matters more, and each has its kind', async () => {
  const kinds = [];
  for (const text of [
    'Remember that the alarm code is 4471.',
    'I prefer short answers.',
    'Always answer me in German.',
    'I parked the van on level 3B.',
  ]) {
    const [fact] = (await say(text)).remembered;
    const kept = home.table.get(bob.id, fact?.id ?? 0);
    kinds.push([kept?.kind, kept?.importance]);
  }
  expect(kinds).toEqual([
    ['fact', 0.7],
    ['preference', 0.5],
    ['procedure', 0.5],
    ['episode', 0.5],
  ]);
});
