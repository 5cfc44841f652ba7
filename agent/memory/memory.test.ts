import type { Fact, MemoryExport } from '@rockpool/protocol/memory';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ada, asRemote, bob, eve, FakeEmbedder, type OpenMemory, openMemory } from './memory.fixture.ts';
import { createMemory } from './memory.ts';

let home: OpenMemory;
beforeEach(() => {
  home = openMemory();
});
afterEach(async () => home.close());

const texts = (facts: readonly Fact[]): string[] => facts.map(({ text }) => text);

describe('what was so before', () => {
  test('is told with the fact that put it right', async () => {
    const home = openMemory();
    await home.say(bob, 'Remember that the gate code is 4471.');
    await home.say(bob, 'Remember that the gate code is 9032.');
    const [found, ...others] = await home.memory.recall(bob, 'What is the gate code?');
    expect(others).toEqual([]);
    expect(found?.before).toEqual({ id: 1, text: 'The gate code is 4471.', until: found?.fact.saidAt });
    await home.close();
  });

  test('is told with the newer of two that contradict each other, one’s own and the office’s', async () => {
    const home = openMemory();
    await home.memory.add(ada, { text: 'The gate code is 4471.', scope: 'office' });
    await home.say(bob, 'Remember that the gate code is 9032.');
    const [found] = await home.memory.recall(bob, 'What is the gate code?');
    expect(found).toMatchObject({
      fact: { text: 'The gate code is 9032.' },
      before: { text: 'The gate code is 4471.' },
    });
    // Whoever does not know of the newer one hears no part of it.
    const [foreign] = await home.memory.recall(eve, 'What is the gate code?');
    expect(foreign).toMatchObject({ fact: { text: 'The gate code is 4471.' } });
    expect(foreign?.before).toBeUndefined();
    await home.close();
  });
});

describe('what is said is remembered', () => {
  test('with who said it, when, and where, and is recalled by a question', async () => {
    const { remembered, command } = await home.say(bob, 'Remember that the alarm code is 4471.', 'monday');
    expect(command).toBe('remember');
    expect(remembered).toEqual([
      {
        ...{ id: 1, text: 'The alarm code is 4471.', scope: 'mine', saidBy: 'bob', saidAt: 1001 },
        ...{ sessionId: 'monday', messageId: 1, supersededBy: null, supersededAt: null },
      },
    ]);
    const [first] = await home.memory.recall(bob, 'What is the alarm code?');
    expect(first).toMatchObject({ fact: { text: 'The alarm code is 4471.' }, words: 1 });
  });

  test('in Chinese too', async () => {
    await home.say(bob, '记住报警代码是4471');
    expect(await home.recalled(bob, '报警代码是多少?')).toEqual(['报警代码是4471。']);
  });

  test('once, however often it is said', async () => {
    const first = await home.say(bob, 'My name is Bob.');
    const second = await home.say(bob, 'My name is Bob.');
    const said = first.remembered.map(({ saidAt, ...fact }) => ({ ...fact, saidAt: saidAt + 1 }));
    expect(second.remembered).toEqual(said);
    expect(await home.memory.list(bob)).toHaveLength(1);
  });

  test('letters matter: two passwords that differ in one are two facts', async () => {
    await home.say(bob, 'The wifi password is hunter2');
    const { superseded } = await home.say(bob, 'The wifi password is Hunter2');
    expect(texts(superseded)).toEqual(['The wifi password is hunter2.']);
    expect(await home.recalled(bob, 'wifi password?')).toEqual(['The wifi password is Hunter2.']);
  });

  test('talking never makes office facts, not even an admin', async () => {
    await home.say(ada, 'Remember that our fax number is 5550192.');
    expect(await home.recalled(bob, 'fax number?')).toEqual([]);
  });
});

describe('recall', () => {
  test('brings nothing when nothing bears on the question', async () => {
    await home.say(bob, "I'm allergic to peanuts.");
    await home.say(bob, 'Our fax number is 5550192.');
    for (const question of ['Write a poem about autumn.', 'hello', '写一首诗', '???', '']) {
      expect(await home.recalled(bob, question), question).toEqual([]);
    }
  });

  test('finds by meaning what shares no whole word', async () => {
    await home.say(bob, "I'm allergic to peanuts.");
    expect(await home.recalled(bob, 'any allergies?')).toEqual(["I'm allergic to peanuts."]);
  });

  test('brings at most as many as asked for, best first', async () => {
    for (let i = 0; i < 12; i += 1) await home.say(bob, `Remember: locker number ${i} belongs to team ${i}`);
    expect(await home.memory.recall(bob, 'Who has locker number 7?', { limit: 3 })).toHaveLength(3);
    expect((await home.recalled(bob, 'Who has locker number 7?'))[0]).toContain('number 7');
  });

  test('of a person and an office that disagree, the newer is believed', async () => {
    await home.memory.add(ada, { text: 'The alarm code is 1111', scope: 'office' });
    await home.say(bob, 'The alarm code is 2222.');
    expect(await home.recalled(bob, 'alarm code?')).toEqual(['The alarm code is 2222.']);
    await home.memory.add(ada, { text: 'The alarm code is 3333', scope: 'office' });
    expect(await home.recalled(bob, 'alarm code?')).toEqual(['The alarm code is 3333.']);
  });

  test('is given up when the reader has gone', async () => {
    await expect(
      home.memory.recall(bob, 'code?', { signal: AbortSignal.abort(new Error('gone')) }),
    ).rejects.toThrow('gone');
  });
});

describe('a newer fact replaces the older one, which stays in history', () => {
  test('and of several facts it is known which hold today, for whom', async () => {
    const old = (await home.say(bob, 'The alarm code is 4471.')).remembered[0]!.id;
    const newer = (await home.say(bob, 'The alarm code is 4472.')).remembered[0]!.id;
    const gone = (await home.say(bob, 'My badge number is 12.')).remembered[0]!.id;
    await home.memory.forget(bob, gone);
    expect(await home.memory.holding(bob, [old, newer, gone, 999])).toEqual([newer]);
    expect(await home.memory.holding(eve, [newer])).toEqual([]);
  });

  test('said as a statement', async () => {
    await home.say(bob, 'Remember that the alarm code is 4471.');
    const { remembered, superseded } = await home.say(bob, 'The alarm code is now 4472.');
    expect(texts(superseded)).toEqual(['The alarm code is 4471.']);
    expect(superseded[0]).toMatchObject({
      supersededBy: remembered[0]?.id,
      supersededAt: remembered[0]?.saidAt,
    });
    expect(await home.recalled(bob, 'What is the alarm code?')).toEqual(['The alarm code is now 4472.']);
    expect(texts(await home.memory.list(bob))).toEqual(['The alarm code is now 4472.']);
    expect(texts(await home.memory.list(bob, { history: true }))).toEqual([
      'The alarm code is now 4472.',
      'The alarm code is 4471.',
    ]);
  });

  test('said as a correction, right after', async () => {
    await home.say(bob, 'Remember that the alarm code is 4471.');
    const { remembered, superseded } = await home.say(bob, "No, it's 4472.");
    expect(texts(remembered)).toEqual(['The alarm code is 4472.']);
    expect(texts(superseded)).toEqual(['The alarm code is 4471.']);
  });

  test('two messages later "it" is something else', async () => {
    await home.say(bob, 'Remember that the alarm code is 4471.');
    await home.say(bob, 'What is the capital of France?');
    expect((await home.say(bob, "No, it's Paris.")).remembered).toEqual([]);
  });

  test('in another session "it" is something else', async () => {
    await home.say(bob, 'Remember that the alarm code is 4471.', 'one');
    expect((await home.say(bob, "No, it's 4472.", 'two')).remembered).toEqual([]);
  });

  test('a correction of what the answer cited', async () => {
    const { remembered } = await home.say(bob, 'Remember that the alarm code is 4471.', 'monday');
    const about = remembered[0]?.id ?? 0;
    const said = { text: "No, it's 4472.", sessionId: 'friday', messageId: 9, about };
    expect(texts((await home.memory.heed(bob, said)).superseded)).toEqual(['The alarm code is 4471.']);
  });

  test("another's fact can't be corrected by talking", async () => {
    const { remembered } = await home.say(bob, 'Remember that the alarm code is 4471.');
    const about = remembered[0]?.id ?? 0;
    const said = { text: "No, it's 4472.", sessionId: 's', messageId: 9, about };
    expect(await home.memory.heed(eve, said)).toMatchObject({ remembered: [], superseded: [] });
    expect(await home.recalled(bob, 'alarm code?')).toEqual(['The alarm code is 4471.']);
  });

  test('on the memory page', async () => {
    const { remembered } = await home.say(bob, "I'm allergic to peanuts.");
    const corrected = await home.memory.correct(bob, remembered[0]?.id ?? 0, "i'm allergic to hazelnuts");
    expect(corrected.text).toBe("I'm allergic to hazelnuts.");
    expect(texts(await home.memory.list(bob))).toEqual(["I'm allergic to hazelnuts."]);
    await expect(home.memory.correct(bob, remembered[0]?.id ?? 0, 'again')).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('and may return to what it was', async () => {
    for (const code of [1, 2, 1]) await home.say(bob, `The alarm code is ${code}.`);
    expect(await home.recalled(bob, 'alarm code?')).toEqual(['The alarm code is 1.']);
    expect(await home.memory.list(bob, { history: true })).toHaveLength(3);
  });

  test('several likings stay side by side', async () => {
    await home.say(bob, 'I like tea.');
    await home.say(bob, 'I like coffee.');
    expect(await home.memory.list(bob)).toHaveLength(2);
  });
});

describe('what is to be forgotten is gone', () => {
  test('by name, with its history, and nothing else', async () => {
    await home.say(bob, 'The alarm code is 4471.');
    await home.say(bob, 'The alarm code is 4472.');
    await home.say(bob, 'The door code is 12#45.');
    const { forgotten, command } = await home.say(bob, 'Please forget the alarm code.');
    expect(command).toBe('forget');
    expect(texts(forgotten)).toEqual(['The alarm code is 4472.']);
    expect(texts(await home.memory.list(bob, { history: true }))).toEqual(['The door code is 12#45.']);
    expect(await home.recalled(bob, 'What is the alarm code?')).not.toContain('The alarm code is 4472.');
  });

  test('by what it says, by likeness, and as what was just said', async () => {
    await home.say(bob, "I'm allergic to peanuts.");
    expect((await home.say(bob, 'Forget that I’m allergic to peanuts.')).forgotten).toHaveLength(1);
    await home.say(bob, 'I parked the delivery van on level 3B.');
    expect((await home.say(bob, 'Forget where I parked the delivery van')).forgotten).toHaveLength(1);
    await home.say(bob, 'My name is Bob.');
    expect(texts((await home.say(bob, 'Forget that.')).forgotten)).toEqual(['My name is Bob.']);
  });

  test('everything about something', async () => {
    await home.say(bob, 'Remember that Carla likes tulips.');
    await home.say(bob, 'Remember that Carla works in Lyon.');
    await home.say(bob, 'Remember that Dora works in Lyon.');
    expect((await home.say(bob, 'Forget everything about Carla.')).forgotten).toHaveLength(2);
    expect(texts(await home.memory.list(bob))).toEqual(['Dora works in Lyon.']);
  });

  test('nothing when nothing clearly matches', async () => {
    await home.say(bob, 'The alarm code is 4471.');
    expect(await home.say(bob, 'Forget the door code.')).toMatchObject({ command: 'forget', forgotten: [] });
    expect(await home.memory.list(bob)).toHaveLength(1);
  });

  test("only one's own: not another's, not the office's", async () => {
    await home.say(bob, 'The alarm code is 4471.');
    await home.memory.add(ada, { text: 'The alarm code is 9999', scope: 'office' });
    expect((await home.say(eve, 'Forget the alarm code.')).forgotten).toEqual([]);
    expect((await home.say(ada, 'Forget everything about the alarm code.')).forgotten).toEqual([]);
    expect(texts(await home.memory.list(bob))).toHaveLength(2);
  });

  test('in Chinese', async () => {
    await home.say(bob, '记住大门密码是12#45');
    expect(texts((await home.say(bob, '请忘掉大门密码')).forgotten)).toEqual(['大门密码是12#45。']);
  });

  test('a piece of history goes alone', async () => {
    const ids: number[] = [];
    for (const code of [1, 2, 3])
      ids.push((await home.say(bob, `The alarm code is ${code}.`)).remembered[0]?.id ?? 0);
    await home.memory.forget(bob, ids[1] ?? 0);
    const left = await home.memory.list(bob, { history: true });
    expect(left.map(({ id, supersededBy }) => [id, supersededBy])).toEqual([
      [ids[2], null],
      [ids[0], ids[2]],
    ]);
  });

  test("all of one's own, or all of a person who is removed; the office's stays", async () => {
    await home.say(bob, 'My name is Bob.');
    await home.say(eve, 'My name is Eve.');
    await home.memory.add(ada, { text: 'The rent is 900 euros', scope: 'office' });
    expect(await home.memory.forgetAll(bob)).toBe(1);
    await home.memory.removePerson(eve.id);
    await home.memory.removePerson(ada.id);
    for (const person of [bob, eve])
      expect(texts(await home.memory.list(person))).toEqual(['The rent is 900 euros.']);
  });
});

describe("the office's memory", () => {
  test('is made on purpose, by admins only, and reaches everyone', async () => {
    const text = 'Visitors park behind the bakery';
    await expect(home.memory.add(bob, { text, scope: 'office' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const { remembered } = await home.say(ada, `Remember that ${text}.`);
    const own = remembered[0]?.id ?? 0;
    expect(await home.recalled(bob, 'Where do visitors park?')).toEqual([]);
    expect(await home.memory.makeOffice(ada, own)).toMatchObject({ id: own, scope: 'office', saidBy: 'ada' });
    expect(await home.recalled(bob, 'Where do visitors park?')).toEqual([`${text}.`]);
    expect(await home.recalled(ada, 'Where do visitors park?')).toEqual([`${text}.`]);
  });

  test('is changed by admins only', async () => {
    const { id } = await home.memory.add(ada, { text: 'The rent is 900 euros', scope: 'office' });
    await expect(home.memory.correct(bob, id, 'x')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(home.memory.forget(bob, id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(home.memory.makeOffice(bob, id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(home.memory.share(bob, id, 'mine')).rejects.toMatchObject({ code: 'forbidden' });
    await home.memory.correct(ada, id, 'The rent is 950 euros');
    expect(texts(await home.memory.list(eve))).toEqual(['The rent is 950 euros.']);
  });

  test("an admin can't reach another person's", async () => {
    const { remembered } = await home.say(bob, 'My name is Bob.');
    const id = remembered[0]?.id ?? 0;
    const attempts = [
      () => home.memory.correct(ada, id, 'x'),
      () => home.memory.forget(ada, id),
      () => home.memory.makeOffice(ada, id),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'not-found' });
    expect(await home.memory.list(ada, { history: true })).toEqual([]);
    expect((await home.memory.export(ada)).facts).toEqual([]);
  });

  test('what was shared can be taken back', async () => {
    const { id } = await home.memory.add(ada, { text: 'The rent is 900 euros', scope: 'office' });
    await home.memory.share(ada, id, 'mine');
    expect(await home.memory.list(bob)).toEqual([]);
    await home.memory.reembed(new AbortController().signal);
    expect(await home.recalled(ada, 'How much is the rent?')).toEqual(['The rent is 900 euros.']);
  });
});

test('a list is searched by its words first, then by meaning, history too when it is asked for', async () => {
  await home.say(bob, 'The alarm code is 4471.');
  await home.say(bob, 'The alarm code is 4472.');
  await home.say(bob, "I'm allergic to peanuts.");
  await home.say(bob, '记住报销要财务审批');
  expect(texts(await home.memory.list(bob, { q: 'alarm code' }))).toEqual(['The alarm code is 4472.']);
  expect(texts(await home.memory.list(bob, { q: 'alarm code', history: true }))).toHaveLength(2);
  expect(texts(await home.memory.list(bob, { q: 'what allergies do I have' }))).toEqual([
    "I'm allergic to peanuts.",
  ]);
  expect(texts(await home.memory.list(bob, { q: '报销' }))).toEqual(['报销要财务审批。']);
  expect(await home.memory.list(bob, { q: '"*)(' })).toEqual([]);
});

describe('without an embedder', () => {
  test('facts are stored at once and recalled by their words; the vectors follow', async () => {
    home.model.goAway();
    await home.say(bob, "I'm allergic to peanuts.");
    expect(await home.recalled(bob, 'Am I allergic to peanuts?')).toEqual(["I'm allergic to peanuts."]);
    expect(await home.recalled(bob, 'any allergies?')).toEqual([]);
    expect(home.table.unembedded(10)).toHaveLength(1);

    home.model.refusal = undefined;
    expect(await home.memory.reembed(new AbortController().signal)).toBe(1);
    expect(await home.recalled(bob, 'any allergies?')).toEqual(["I'm allergic to peanuts."]);
  });

  test('one that comes back is noticed by the next question', async () => {
    home.model.goAway();
    await home.say(bob, "I'm allergic to peanuts.");
    home.model.refusal = undefined;
    await home.recalled(bob, 'hello');
    await expect.poll(() => home.table.unembedded(10)).toEqual([]);
  });

  test('one that breaks in another way fails the turn', async () => {
    home.model.embed = () => Promise.reject(new Error('no such thing'));
    await expect(home.recalled(bob, 'hello')).rejects.toThrow('no such thing');
  });
});

test('with another embedder all vectors are made anew, and never compared with the old ones', async () => {
  for (let i = 0; i < 40; i += 1) await home.say(bob, `Remember that locker number ${i} is taken.`);
  const other = new FakeEmbedder('two', 64);
  const memory = createMemory({ facts: asRemote(home.table), model: other, clock: home.clock });
  expect(home.table.embedder()).toEqual({ digest: 'one', dimensions: 512 });
  expect((await memory.recall(bob, 'Is locker number 7 taken?'))[0]?.fact.text).toBe(
    'Locker number 7 is taken.',
  );
  expect(home.table.embedder()).toEqual({ digest: 'two', dimensions: 64 });
  await memory.reembed(new AbortController().signal);
  expect(home.table.unembedded(10)).toEqual([]);
  expect(home.db.prepare('SELECT count(*) FROM vector').pluck().get()).toBe(40);
  await memory.close();

  const stale = { id: 1, digest: 'one', vector: new Float32Array(512).fill(Math.sqrt(1 / 512)) };
  home.table.addVectors([stale]);
  expect(home.table.recall(bob.id, { worded: [], embedded: stale }, 6)).toEqual([]);
});

describe('export and import', () => {
  const carry = async (from: OpenMemory, to: OpenMemory, as = bob) => {
    const file: MemoryExport = structuredClone(await from.memory.export(bob));
    return { file, counts: await to.memory.import(as, file) };
  };

  test('carry everything, history too, and twice is once', async () => {
    await home.say(bob, 'The alarm code is 1.');
    await home.say(bob, 'The alarm code is 2.');
    await home.say(bob, 'The alarm code is 1.');
    await home.say(bob, '我对花生过敏');
    const other = openMemory();
    await other.say(eve, 'Something else to shift the ids. My name is Eve.');
    const { file, counts } = await carry(home, other);
    expect(file).toMatchObject({ format: 'rockpool-memory', version: 2 });
    expect(counts).toEqual({ added: 4, skipped: 0 });
    expect((await carry(home, other)).counts).toEqual({ added: 0, skipped: 4 });
    expect(texts(await other.memory.list(bob))).toEqual(texts(await home.memory.list(bob)));
    const chain = (facts: Fact[]) =>
      facts.map(({ text, supersededBy }) => [text, facts.find(({ id }) => id === supersededBy)?.text]);
    expect(chain(await other.memory.list(bob, { history: true }))).toEqual(
      chain(await home.memory.list(bob, { history: true })),
    );
    expect(await other.recalled(bob, 'alarm code?')).toEqual(['The alarm code is 1.']);
    await other.close();
    expect((await carry(home, home)).counts).toEqual({ added: 0, skipped: 4 });
  });

  test('what is newer here stays current', async () => {
    await home.say(bob, 'The alarm code is 1.');
    const file = await home.memory.export(bob);
    await home.say(bob, 'The alarm code is 2.');
    await home.memory.forget(bob, 2);
    await home.say(bob, 'The alarm code is 3.');
    await home.memory.import(bob, file);
    expect(texts(await home.memory.list(bob))).toEqual(['The alarm code is 3.']);
    expect(texts(await home.memory.list(bob, { history: true }))).toEqual([
      'The alarm code is 1.',
      'The alarm code is 3.',
    ]);
  });

  test("a file can't speak for others, for the office, or from the future", async () => {
    const forged: Fact = {
      ...{ id: 1, text: 'The rent is 1', scope: 'office', saidBy: 'ada', saidAt: 9e15 },
      ...{ sessionId: 'x', messageId: 3, supersededBy: null, supersededAt: null },
    };
    await home.memory.import(eve, { format: 'rockpool-memory', version: 1, exportedAt: 0, facts: [forged] });
    const [fact] = await home.memory.list(eve);
    expect(fact).toMatchObject({ scope: 'mine', saidBy: 'eve', sessionId: null, messageId: null });
    expect(fact?.saidAt).toBeLessThan(10_000);
    expect(await home.memory.list(bob)).toEqual([]);
  });

  test('circles and dangling links in a file do no harm', async () => {
    const fact = (id: number, supersededBy: number): Fact => ({
      ...{ id, text: `Fact ${id}`, scope: 'mine', saidBy: 'x', saidAt: id },
      ...{ sessionId: null, messageId: null, supersededBy, supersededAt: 9 },
    });
    const facts = [fact(1, 2), fact(2, 3), fact(3, 1), fact(4, 4), fact(5, 77), { ...fact(6, 1), text: ' ' }];
    const counts = await home.memory.import(bob, {
      format: 'rockpool-memory',
      version: 1,
      exportedAt: 0,
      facts,
    });
    expect(counts).toEqual({ added: 5, skipped: 1 });
    expect(await home.memory.list(bob)).toEqual([]);
    for (const { id } of await home.memory.list(bob, { history: true })) await home.memory.forget(bob, id);
    expect(await home.memory.list(bob, { history: true })).toEqual([]);
  });
});
