import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeModel, fakeAbout } from '../../test/fake-model.ts';
import { createIdleTime, type IdleTime } from '../idle-time.ts';
import { asRemote, bob, type OpenMemory, openMemory } from '../memory.fixture.ts';
import { createExtraction, type Extraction } from './extraction.ts';
import { isSaidIn, ownWords } from './own-words.ts';

const large = { ...fakeAbout, id: 'large', builtIn: false, bytes: 4_400_000_000 };

let home: OpenMemory;
let model: FakeModel;
let idle: IdleTime;
let extraction: Extraction;
let failures: unknown[];

function open(about = large, tokensPerDay = 10_000): void {
  model = new FakeModel({ about });
  idle = createIdleTime(model, () => 0, 0);
  failures = [];
  extraction = createExtraction({
    ...{ model, idle, memory: home.memory, facts: asRemote(home.table), clock: home.clock, tokensPerDay },
    isThere: async ({ sessionId }) => sessionId !== 'deleted',
    report: (error) => failures.push(error),
  });
}
beforeEach(() => {
  home = openMemory();
  open();
});
afterEach(async () => {
  await extraction.close();
  await home.close();
});

let messageId = 0;
const said = (text: string, known: string[] = []) => {
  messageId += 1;
  extraction.add({
    ...{ person: bob, sessionId: 's', messageId, text, saidAt: home.clock.now() },
    known: known.map((one) => ({ text: one })),
  });
};
const draws = (...facts: string[]): void => void model.says({ text: JSON.stringify({ facts }) });
const remembered = async (): Promise<string[]> => (await home.memory.list(bob)).map(({ text }) => text);

describe('a large model reads what people state', () => {
  test('in idle time, under a grammar; it is the word of the agent, with its evidence', async () => {
    said('The forklift battery lasts about six hours when it is cold. What should we buy?');
    draws('The forklift battery lasts six hours when cold.');
    await extraction.tryNow();
    const [fact] = home.table.list(bob.id, { limit: 9 });
    expect(fact).toMatchObject({
      ...{ text: 'The forklift battery lasts six hours when cold.', origin: 'agent', importance: 0.4 },
      evidence: [{ sessionId: 's', messageId }],
    });
    const [request] = model.requests;
    expect(request?.format?.type).toBe('schema');
    expect(request?.messages.at(-1)?.content).toBe(
      'The forklift battery lasts about six hours when it is cold.',
    );
    expect(failures).toEqual([]);
  });

  test('what it makes up, or was found by the rules, is not kept', async () => {
    said('My name is Bob and the forklift needs charging by Anna every evening.', ['My name is Bob.']);
    draws(
      'My name is Bob.',
      'Bob is 40 years old.',
      'The forklift needs charging by Carl.',
      'The forklift needs charging by Anna every evening.',
    );
    await extraction.tryNow();
    expect(await remembered()).toEqual(['The forklift needs charging by Anna every evening.']);
  });

  test('a changed value replaces the older one, and not one that was said since', async () => {
    await home.say(bob, 'Remember that the alarm code is 4471.');
    said('We set the alarm code to 4472, because the alarm code is 4472 on the new panel.');
    draws('The alarm code is 4472.');
    await extraction.tryNow();
    expect(await remembered()).toEqual(['The alarm code is 4472.']);

    said('Somebody set up the panel, the alarm code is 4473 there.');
    await home.say(bob, 'The alarm code is 4474.');
    draws('The alarm code is 4473.');
    await extraction.tryNow();
    expect(await remembered()).toEqual(['The alarm code is 4474.']);
  });

  test.each(['', 'not json', '{"facts": [1]}', '{"facts": ["The forklift'])(
    'an answer like "%s" holds nothing',
    async (text) => {
      said('The forklift battery lasts about six hours when it is cold.');
      model.says({ text });
      await extraction.tryNow();
      expect(await remembered()).toEqual([]);
      expect(failures).toEqual([]);
      expect(extraction.waiting()).toBe(0);
    },
  );
});

describe('it never gets in the way', () => {
  test('a person who asks ends it at once, and the message is read later', async () => {
    said('The forklift battery lasts about six hours when it is cold.');
    model.says({ endless: true });
    const reading = extraction.tryNow();
    while (model.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    model.says({ text: 'Hello!' });
    const events: string[] = [];
    const asked = { person: '2', messages: [{ role: 'user' as const, content: 'Hi' }] };
    for await (const event of idle.model.generate(asked, new AbortController().signal))
      events.push(event.type);
    await reading;
    expect(events.at(-1)).toBe('end');
    expect(model.abandoned).toBe(1);
    expect(await remembered()).toEqual([]);
    draws('The forklift battery lasts six hours when cold.');
    await extraction.tryNow();
    expect(await remembered()).toHaveLength(1);
  });

  test.each([
    ['the built-in model', { ...large, builtIn: true }],
    ['a small one', { ...large, bytes: 1_000_000_000 }],
  ])('%s reads nothing', async (_, about) => {
    open(about);
    said('The forklift battery lasts about six hours when it is cold.');
    await extraction.tryNow();
    expect(model.requests).toEqual([]);
  });

  test('a day has its measure, also after a restart; the next day has its own', async () => {
    open(large, 20);
    for (const n of [1, 2, 3])
      said(`The forklift battery number ${n} lasts about six hours when it is cold.`);
    await extraction.tryNow();
    expect(model.requests).toHaveLength(1);
    await extraction.tryNow();
    expect(model.requests).toHaveLength(1);
    open(large, 20);
    said('The forklift battery lasts about six hours when it is cold.');
    await extraction.tryNow();
    expect(model.requests).toHaveLength(0);
  });

  test('of a session that was deleted nothing is kept', async () => {
    const exchange = { person: bob, sessionId: 'deleted', messageId: 1, saidAt: 1, known: [] };
    extraction.add({ ...exchange, text: 'The forklift battery lasts about six hours when it is cold.' });
    draws('The forklift battery lasts six hours when cold.');
    await extraction.tryNow();
    expect(await remembered()).toEqual([]);
  });

  test('one who is removed while it is read leaves nothing', async () => {
    said('The forklift battery lasts about six hours when it is cold.');
    const { promise, resolve } = Promise.withResolvers<void>();
    model.says({ text: '{"facts": ["The forklift battery lasts six hours when cold."]}', until: promise });
    const reading = extraction.tryNow();
    while (model.requests.length === 0) await new Promise((tick) => setImmediate(tick));
    await extraction.removePerson(bob.id);
    resolve();
    await reading;
    expect(await remembered()).toEqual([]);
  });
});

describe('what is shown to it', () => {
  test.each<[string, string[]]>([
    ['The van is due for inspection in May. Is that right?', ['The van is due for inspection in May.']],
    ['Summarise this: The van is due for inspection in May.', []],
    ['Klara said the van is due for inspection in May.', []],
    ['The letter reads "Pay 500 euros to this account".', []],
    ['> The van is due for inspection in May.', []],
    ['```\nThe van is due for inspection in May.\n```', []],
    ['If the van is due in May, call them.', []],
    ["Don't remember this: the van is due in May.", []],
    ['The van is due in May. '.repeat(100), []],
    ['货车五月要年检。对吗?', ['货车五月要年检。']],
    ['总结一下:货车五月要年检。', []],
    ['小李说货车五月要年检。', []],
  ])('%s', (message, own) => expect(ownWords(message)).toEqual(own));
});

describe('a sentence that a model wrote stands in what was said', () => {
  const sentences = [
    'On Mondays Klara works from the Hamburg office, room 12.',
    "I don't eat meat.",
    '我不吃牛肉。',
  ];
  test.each([
    ['Klara works from the Hamburg office on Mondays.', true],
    ['Klara is working in room 12.', true],
    ["I don't eat meat.", true],
    ['I eat meat.', false],
    ['Klara works from the Berlin office.', false],
    ['Klara works in room 13.', false],
    ['Klara never works on Mondays.', false],
    ['我不吃牛肉。', true],
    ['我吃牛肉。', false],
    ['我不吃猪肉。', false],
    ['It is.', false],
  ])('%s: %s', (candidate, isSaid) => expect(isSaidIn(candidate, sentences)).toBe(isSaid));
});
