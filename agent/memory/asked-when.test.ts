import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askedWhen } from './asked-when.ts';
import { bob, type OpenMemory, openMemory } from './memory.fixture.ts';

/** A Wednesday. */
const now = new Date(2026, 10, 25, 15).getTime();
const day = (month: number, date: number): number => new Date(2026, month - 1, date).getTime();

test.each<[string, number, number, boolean]>([
  ['What did I tell you yesterday?', day(11, 24), day(11, 25), true],
  ['What did Anna tell me last week?', day(11, 16), day(11, 23), false],
  ['What did Anna say about the gate last month?', day(10, 1), day(11, 1), false],
  ['What did I say last Monday?', day(11, 23), day(11, 24), true],
  ['what have we told you about the server last year', day(1, 1) - 365 * 86_400_000, day(1, 1), false],
  ['我昨天说了什么？', day(11, 24), day(11, 25), true],
  ['安娜上周告诉我什么？', day(11, 16), day(11, 23), false],
  ['上周五小王跟我说了什么？', day(11, 20), day(11, 21), false],
  ['我上个月告诉你关于大门的什么事？', day(10, 1), day(11, 1), false],
])('%s', (question, since, until, everything) => {
  expect(askedWhen(question, now)).toMatchObject({ since, until, everything });
});

test.each([
  'What did Anna say happened last week?',
  'What is due yesterday?',
  'What happened last week?',
  'What did Anna tell me about Monday?',
  'Who left last month?',
  'When did we say the fair is?',
  '上周谁休假？',
  '昨天的会议说什么时候开始？今天呢？',
])('no day of saying: %s', (question) => expect(askedWhen(question, now)).toBeUndefined());

describe('a memory of three weeks', () => {
  let home: OpenMemory;
  beforeEach(() => {
    home = openMemory();
  });
  afterEach(async () => home.close());
  async function tell(text: string, saidAt: number): Promise<void> {
    const draft = { owner: bob.id, saidBy: 'bob', scope: 'mine', text, subject: null, saidAt } as const;
    home.table.remember([{ ...draft, sessionId: null, messageId: null, origin: 'owner' }]);
  }
  const ask = async (question: string): Promise<string[]> => {
    home.clock.now = () => now;
    return (await home.memory.recall(bob, question)).map(({ fact }) => fact.text);
  };

  test('tells what was said then, and all of it where nothing else is asked', async () => {
    await tell('Anna says that the gate is stuck.', day(11, 3));
    await tell('Anna says that the delivery is late.', day(11, 18));
    await tell('The kettle is new.', day(11, 24));
    await home.memory.reembed(new AbortController().signal);
    expect(await ask('What did Anna tell me last week?')).toEqual(['Anna says that the delivery is late.']);
    expect(await ask('What did I tell you yesterday?')).toEqual(['The kettle is new.']);
    expect(await ask('What did I tell you last week?')).toEqual(['Anna says that the delivery is late.']);
  });

  test('tells what bears on it from other days where nothing was said then', async () => {
    await tell('Anna says that the gate is stuck.', day(11, 3));
    await home.memory.reembed(new AbortController().signal);
    expect(await ask('What did Anna say about the gate last week?')).toEqual([
      'Anna says that the gate is stuck.',
    ]);
    expect(await ask('What did I tell you last week?')).toEqual([]);
  });
});
