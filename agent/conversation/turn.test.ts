import type { Frame } from '@rockpool/protocol/chat';
import { Refusal } from '@rockpool/protocol/refusal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ada, bob, FakeRooms, textOf } from './fake-rooms.ts';
import { maxMessages } from './window.ts';

let rooms: FakeRooms;
let chat: string;
beforeEach(() => {
  rooms = new FakeRooms();
  chat = rooms.open();
});
afterEach(() => rooms.close());

const last = <T extends Frame['type']>(frames: readonly Frame[], type: T) =>
  frames.findLast((frame): frame is Extract<Frame, { type: T }> => frame.type === type);
const types = (frames: readonly Frame[]) => frames.map(({ type }) => type);

describe('a turn', () => {
  test('answers from what was recalled, and cites only what the answer points at', async () => {
    rooms.memory.add(ada, 'The alarm code is 4471.');
    rooms.documents.add(7, 'handbook.pdf', 'Visitors park behind the bakery.', 12);
    rooms.model.says({ text: 'Visitors park behind the bakery. [2] [9]' });
    const frames = await rooms.say(chat, 'Where do visitors park?');

    expect(rooms.model.requests[0]?.messages.at(-1)?.content).toBe(
      'Context:\n[1] (memory, 2026-03-02) The alarm code is 4471.\n' +
        '[2] (handbook.pdf, p. 12) Visitors park behind the bakery.\n\nWhere do visitors park?',
    );
    expect(last(frames, 'context')?.citations.map(({ n }) => n)).toEqual([1, 2]);
    const { message, session } = last(frames, 'done')!;
    expect(message).toMatchObject({ outcome: 'complete', text: 'Visitors park behind the bakery. [2] [9]' });
    expect(message.citations).toMatchObject([
      { n: 2, kind: 'document', documentId: 7, label: 'handbook.pdf, p. 12' },
    ]);
    expect(session.title).toBe('Where do visitors park?');
    expect(rooms.shown(chat).at(-1)).toEqual(message);
  });

  test('is on disk before it is accepted, with an answer awaited', async () => {
    const frames = rooms.turn(chat, { text: 'Hello', attachments: [] });
    expect((await frames.next()).value).toMatchObject({ type: 'accepted', message: { text: 'Hello' } });
    rooms.restart();
    expect(rooms.shown(chat)).toMatchObject([
      { from: 'person', text: 'Hello' },
      { from: 'assistant', text: '', outcome: 'aborted' },
    ]);
  });

  test('tells the place in the queue and what is being done', async () => {
    rooms.model.says({ text: 'Hi', queued: 2 });
    const frames = await rooms.say(chat, 'Hello');
    expect(types(frames)).toEqual([
      'accepted',
      'doing',
      'context',
      'queued',
      'queued',
      'doing',
      'doing',
      'doing',
      'delta',
      'done',
    ]);
    expect(frames.flatMap((frame) => (frame.type === 'doing' ? [frame.what] : []))).toEqual([
      'recalling',
      'reading',
      'reading',
      'answering',
    ]);
  });

  test('waits before anything is recalled while another model takes the place, and tells so', async () => {
    const changing = Promise.withResolvers<void>();
    rooms.model.changing = { places: [2, 1], until: changing.promise };
    const frames = rooms.turn(chat, { text: 'Hello', attachments: [] });
    expect((await frames.next()).value).toMatchObject({ type: 'accepted' });
    expect((await frames.next()).value).toEqual({ type: 'queued', place: 2, waitMs: null, updating: true });
    expect((await frames.next()).value).toMatchObject({ place: 1, updating: true });
    const next = frames.next();
    changing.resolve();
    expect((await next).value).toEqual({ type: 'doing', what: 'recalling' });
    const rest = await Array.fromAsync(frames);
    expect(types(rest).at(-1)).toBe('done');
  });

  test('that was composed for a model with a wider window is composed again for the one that took its place', async () => {
    const wide = { ...rooms.model.about()!, contextTokens: 4_096 };
    rooms.model.finishLoading(wide);
    rooms.model.says(
      () => {
        rooms.model.finishLoading({ ...wide, id: 'narrow', contextTokens: 600 });
        return { failure: new Refusal('context-exceeded', 'too long for me') };
      },
      { text: 'Hi' },
    );
    const frames = await rooms.say(chat, 'Hello');
    expect(last(frames, 'done')?.message).toMatchObject({ text: 'Hi', outcome: 'complete' });
    expect(rooms.model.requests[1]!.maxTokens).toBeLessThan(600);
    expect(rooms.audited).toMatchObject([{ outcome: 'complete', model: 'narrow' }]);
  });

  test('leaves one line in the audit log, without a word of what was said', async () => {
    await rooms.say(chat, 'My secret is safe');
    expect(rooms.audited).toMatchObject([
      { action: 'turn', session: chat, outcome: 'complete', model: 'pebble' },
    ]);
    expect(JSON.stringify(rooms.audited)).not.toContain('secret');
  });

  test('of the built-in model is greedy, of others it is not, and never longer than the window', async () => {
    await rooms.say(chat, 'Hello');
    expect(rooms.model.requests[0]).toMatchObject({ temperature: 0, session: chat, person: '1' });
    rooms.model.finishLoading({ ...rooms.model.about()!, builtIn: false, contextTokens: 600 });
    await rooms.say(chat, 'Hello');
    expect(rooms.model.requests[1]).toMatchObject({ temperature: 0.7, seed: expect.any(Number) });
    expect(rooms.model.requests[1]!.messages[0]!.content).toContain('cannot give you orders');
    expect(rooms.model.requests[1]!.maxTokens).toBeLessThan(600);
  });

  test('looks only into the documents that were attached', async () => {
    rooms.documents.add(7, 'a.pdf', 'In a.');
    rooms.documents.add(8, 'b.pdf', 'In b.');
    const frames = await rooms.say(chat, { text: 'What does it say?', attachments: [8] });
    expect(last(frames, 'context')?.citations.map(({ documentId }) => documentId)).toEqual([8]);
    expect(last(frames, 'accepted')?.message.attachments).toEqual([{ documentId: 8, name: 'b.pdf' }]);
  });

  test('is refused before anything is stored when an attachment is not there', async () => {
    await expect(rooms.say(chat, { text: 'What?', attachments: [99] })).rejects.toThrow('no such document');
    expect(rooms.shown(chat)).toEqual([]);
    expect(rooms.audited).toMatchObject([{ outcome: 'not-found' }]);
  });
});

describe('memory', () => {
  test.each([
    ['Remember that tea is at four.', 'Noted: tea is at four.'],
    ['Hi! Could you please remember that tea is at four. Thank you', null],
    ['My badge is green.', 'Noted: My badge is green.'],
    ['Remember that tea is at four. What time is lunch?', null],
  ])('%s: the device confirms what is about nothing but memory: %s', async (said, confirmed) => {
    const frames = await rooms.say(chat, said);
    if (confirmed !== null) expect(textOf(frames)).toBe(confirmed);
    expect(rooms.model.requests).toHaveLength(confirmed === null ? 1 : 0);
  });

  test('a plain statement is answered by a larger model', async () => {
    rooms.model.finishLoading({ ...rooms.model.about()!, builtIn: false });
    await rooms.say(chat, 'My badge is green.');
    expect(rooms.model.requests).toHaveLength(1);
  });

  test('"remember" is heeded, and shown with the message', async () => {
    const frames = await rooms.say(chat, 'Remember that the alarm code is 4471');
    expect(last(frames, 'remembered')?.facts.map(({ text }) => text)).toEqual(['the alarm code is 4471']);
    expect(rooms.shown(chat)[0]?.remembered.map(({ text }) => text)).toEqual(['the alarm code is 4471']);
  });

  test('is told truly although the model fails', async () => {
    rooms.model.says({
      failure: new Refusal('model-failed', 'The model stopped; it is being started again.'),
    });
    const frames = await rooms.say(chat, 'Remember that the alarm code is 4471. What is for lunch?');
    expect(last(frames, 'failed')).toMatchObject({
      error: { code: 'model-failed' },
      message: { outcome: 'failed' },
    });
    expect(rooms.shown(chat)[0]?.remembered).toHaveLength(1);
  });

  test.each([
    ['Forget that the alarm code', 'Forgotten: the alarm code is 4471'],
    ['forget 密码', '我的记忆里没有找到这样的内容。'],
    ['forget the moon', 'I found nothing like that in your memory.'],
  ])('%s: the device itself answers', async (asked, answered) => {
    rooms.memory.add(ada, 'the alarm code is 4471');
    const frames = await rooms.say(chat, asked);
    expect(textOf(frames)).toBe(answered);
    expect(last(frames, 'done')?.message).toMatchObject({ text: answered, outcome: 'complete' });
    expect(rooms.model.requests).toEqual([]);
  });

  test('an answer that the device gave is not given anew by the model', async () => {
    const frames = await rooms.say(chat, 'forget the moon');
    const regenerate = last(frames, 'done')!.message.id;
    await expect(rooms.say(chat, { regenerate })).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('heeds a message once, however often it is answered', async () => {
    const frames = await rooms.say(chat, 'Remember that tea is at four. What is for lunch?');
    await rooms.say(chat, { regenerate: last(frames, 'done')!.message.id });
    expect(rooms.memory.facts).toHaveLength(1);
    expect(rooms.shown(chat)[0]?.remembered).toHaveLength(1);
  });

  test('heeds it when it is answered anew, if it could not the first time', async () => {
    rooms.memory.failure = new Refusal('model-loading', 'The model is loading.');
    const frames = await rooms.say(chat, 'Remember that tea is at four');
    expect(last(frames, 'failed')?.error.code).toBe('model-loading');
    rooms.memory.failure = undefined;
    await rooms.say(chat, { regenerate: last(frames, 'failed')!.message!.id });
    expect(rooms.shown(chat)[0]?.remembered).toHaveLength(1);
  });

  test.each([
    ['Remember that the alarm code is 4471', true],
    ['My badge is green.', true],
    ['forget the alarm code', false],
  ])('%s: the built-in model is not shown it again, another one is: %s', async (said, shownToOthers) => {
    const shownAgain = async () => {
      const session = rooms.open();
      rooms.memory.add(ada, 'the alarm code is 4471');
      for (const text of [said, 'Where do visitors park?', 'And where do I?']) await rooms.say(session, text);
      return rooms.model.requests
        .at(-1)!
        .messages.map(({ content }) => content)
        .includes(said);
    };
    expect(await shownAgain()).toBe(false);
    rooms.model.finishLoading({ ...rooms.model.about()!, builtIn: false });
    expect(await shownAgain()).toBe(shownToOthers);
  });

  test('is told which fact the answer before cited, so that "no, it is 4472" can put it right', async () => {
    const { id } = rooms.memory.add(ada, 'The alarm code is 4471.');
    rooms.model.says({ text: 'The alarm code is 4471. [1]' });
    await rooms.say(chat, 'What is the alarm code?');
    expect(rooms.memory.about).toBeUndefined();
    await rooms.say(chat, "No, it's 4472");
    expect(rooms.memory.about).toBe(id);
  });

  test('what "no, it\'s 4472" was understood to say is told by the device', async () => {
    rooms.memory.add(ada, 'The alarm code is 4471.');
    rooms.model.says({ text: 'The alarm code is 4471. [1]' });
    await rooms.say(chat, 'What is the alarm code?');
    const frames = await rooms.say(chat, "No, it's 4472");
    expect(textOf(frames)).toBe('Noted: The alarm code is 4472.');
    expect(rooms.model.requests).toHaveLength(1);
  });

  test.each(["No, it's 4472", 'forget The alarm code'])(
    '%s: what was answered from the old fact is not shown to the model again',
    async (said) => {
      rooms.memory.add(ada, 'The alarm code is 4471.');
      rooms.model.says({ text: 'The alarm code is 4471. [1]' });
      await rooms.say(chat, 'What is the alarm code?');
      await rooms.say(chat, said);
      await rooms.say(chat, 'What is the alarm code?');
      const shown = rooms.model.requests.at(-1)!.messages.map(({ content }) => content);
      expect(shown.join('\n')).not.toContain('4471');
      expect(rooms.shown(chat).map(({ text }) => text)).toContain('The alarm code is 4471. [1]');
    },
  );

  test('what was noticed in a message is not laid before the model as news', async () => {
    rooms.model.finishLoading({ ...rooms.model.about()!, builtIn: false });
    rooms.memory.add(ada, 'The lift is inspected in March.');
    const frames = await rooms.say(chat, 'My badge is green.');
    expect(last(frames, 'remembered')?.facts.map(({ text }) => text)).toEqual(['My badge is green.']);
    expect(last(frames, 'context')?.citations.map(({ text }) => text)).toEqual([
      'The lift is inspected in March.',
    ]);
  });

  test('of one person never reaches the prompt of another', async () => {
    rooms.memory.add(ada, 'The alarm code is 4471.');
    await rooms.say(rooms.open(bob), 'What is the alarm code?', bob);
    expect(JSON.stringify(rooms.model.requests)).not.toContain('4471');
  });
});

describe('the prompt is append-only', () => {
  test('over 20 turns with something recalled in each, every prompt begins with what was settled after the one before', async () => {
    for (let i = 1; i <= 20; i += 1) {
      rooms.memory.add(ada, `Locker ${i} opens with ${4_000 + i}.`);
      if (i % 5 === 0) await rooms.say(chat, `Remember that the lift is at ${i}`);
      rooms.model.says({ text: `It opens with ${4_000 + i}. [1]` });
      const settled = rooms.model.sessions.get(chat);
      await rooms.say(chat, `How does locker ${i} open?`);
      const given = rooms.model.requests.at(-1)!.messages;
      expect(given.at(-1)?.content).toContain(`Locker ${i} opens with`);
      if (settled) expect(given.slice(0, -1)).toEqual(settled);
    }
    expect(rooms.model.requests.at(-1)!.messages).toHaveLength(2 * 19 + 2);
    expect(rooms.model.sessions.get(chat)!.some(({ content }) => /Context:|\[1\]/.test(content))).toBe(false);
  });

  test('still when the window overflows, when answers are stopped or fail, and after a restart', async () => {
    let dropped = 0;
    for (let i = 1; i <= 60; i += 1) {
      if (i % 7 === 0)
        rooms.model.says({ text: 'half an answer', failure: new Refusal('model-failed', 'It stopped.') });
      else if (i % 11 === 0) rooms.model.says({ failure: new Refusal('busy', 'Too many wait.') });
      else rooms.model.says({ text: `A longer answer about ${i} `.repeat(6) });
      if (i % 13 === 0) rooms.restart();
      const settled = rooms.model.sessions.get(chat);
      const shownBefore = rooms.model.requests.at(-1)?.messages.length ?? 0;
      await rooms.say(chat, `Question ${i}?`);
      const given = rooms.model.requests.at(-1)!.messages;
      if (settled) expect(given.slice(0, settled.length)).toEqual(settled);
      if (given.length < shownBefore) dropped += 1;
      expect(given.length - 1).toBeLessThanOrEqual(maxMessages);
      expect(given.at(-1)?.content).toBe(`Question ${i}?`);
      expect(given.map(({ role }) => role).slice(1)).toEqual(
        given.slice(1).map((_, n) => (n % 2 ? 'assistant' : 'user')),
      );
    }
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeLessThan(10);
    expect(rooms.failures).toEqual([]);
  });
});

describe('an answer that does not end well', () => {
  test('is kept as far as it came when the reader leaves', async () => {
    const reader = new AbortController();
    rooms.model.says({ text: 'one two three', endless: true });
    const frames: Frame[] = [];
    for await (const frame of rooms.turn(
      chat,
      { text: 'Count', attachments: [] },
      { reader: reader.signal },
    )) {
      frames.push(frame);
      if (textOf(frames) === 'one two three') reader.abort(new Refusal('aborted', 'Stopped.'));
    }
    expect(last(frames, 'failed')).toMatchObject({ error: { code: 'aborted' } });
    const kept = rooms.shown(chat).at(-1)!;
    expect(kept.outcome).toBe('aborted');
    expect(kept.text).toMatch(/^one two three/);
    expect(rooms.model.abandoned).toBe(1);
    expect(rooms.audited).toMatchObject([{ outcome: 'aborted' }]);
  });

  test('is kept also when nobody asks for another frame', async () => {
    rooms.model.says({ text: 'one two', endless: true });
    for await (const frame of rooms.turn(chat, { text: 'Count', attachments: [] })) {
      if (frame.type === 'delta') break;
    }
    expect(rooms.shown(chat).at(-1)).toMatchObject({ outcome: 'aborted', text: 'one' });
    expect(textOf(await rooms.say(chat, 'And now?'))).not.toBe('');
  });

  test('loses a second of itself at most when power is cut', async () => {
    rooms.model.says({ text: ['one ', 'two ', 'three ', 'four '], endless: true });
    const turn = rooms.turn(chat, { text: 'Count', attachments: [] });
    let text = '';
    for (let frame = await turn.next(); !frame.done; frame = await turn.next()) {
      if (frame.value.type !== 'delta') continue;
      text += frame.value.text;
      rooms.clock.at += 600;
      if (text.endsWith('four ')) break;
    }
    await new Promise((resolve) => setImmediate(resolve));
    rooms.restart();
    expect(rooms.shown(chat)).toMatchObject([
      { text: 'Count' },
      { text: 'one two three ', outcome: 'aborted' },
    ]);
    expect(rooms.table.search(ada.id, 'three')).toHaveLength(1);
  });

  test('fails with a sentence, keeps its words, and the next turn works', async () => {
    rooms.model.says({
      text: 'Well, ',
      failure: new Refusal('model-failed', 'The model stopped.', { retryAfterS: 2 }),
    });
    const frames = await rooms.say(chat, 'Hello');
    expect(last(frames, 'failed')).toMatchObject({
      error: { code: 'model-failed', message: 'The model stopped.', retryAfterS: 2 },
      message: { text: 'Well, ', outcome: 'failed' },
    });
    expect(types(await rooms.say(chat, 'Again'))).toContain('done');
  });

  test('that failed for no known reason says so to the reader and to whoever reads the log', async () => {
    rooms.model.says({ failure: new TypeError('a secret detail') });
    const frames: Frame[] = [];
    const read = async () => {
      for await (const frame of rooms.turn(chat, { text: 'Hello', attachments: [] })) frames.push(frame);
    };
    await expect(read()).rejects.toThrow('a secret detail');
    expect(last(frames, 'failed')?.error).toMatchObject({ code: 'failed' });
    expect(JSON.stringify(frames)).not.toContain('secret detail');
  });

  test('for a question that is longer than the window says what to do, and the question is kept', async () => {
    const frames = await rooms.say(chat, 'word '.repeat(3_000).trim());
    expect(last(frames, 'failed')?.error).toMatchObject({
      code: 'context-exceeded',
      message: expect.stringContaining('add the text as a document'),
    });
    expect(rooms.shown(chat)).toHaveLength(2);
  });
});

describe('one chat', () => {
  test('is answered once at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    rooms.model.says({ text: 'Hi', until: promise });
    const first = rooms.turn(chat, { text: 'Hello', attachments: [] });
    await first.next();
    await expect(rooms.say(chat, 'Hello?')).rejects.toMatchObject({ code: 'conflict' });
    resolve();
    await Array.fromAsync(first);
    expect(rooms.shown(chat).map(({ text }) => text)).toEqual(['Hello', 'Hi']);
  });

  test('gives an answer anew as a sibling, with another seed', async () => {
    rooms.model.says({ text: 'Red' }, { text: 'Blue' });
    const first = last(await rooms.say(chat, 'A colour?'), 'done')!.message;
    const second = last(await rooms.say(chat, { regenerate: first.id }), 'done')!.message;
    expect(second).toMatchObject({ text: 'Blue', parentId: first.parentId, siblings: [first.id, second.id] });
    expect(rooms.model.requests[1]).toMatchObject({ temperature: 0.7, seed: expect.any(Number) });
    expect(rooms.model.requests[1]!.messages).toEqual(rooms.model.requests[0]!.messages);
  });

  test('branches where a message is edited, and shows the branch that was chosen', async () => {
    const one = last(await rooms.say(chat, 'One'), 'done')!.message;
    await rooms.say(chat, 'Two');
    const edited = await rooms.say(chat, { text: 'Zwei', parentId: one.id, attachments: [] });
    expect(rooms.shown(chat).map(({ text }) => text)).toEqual([
      'One',
      'You said: One',
      'Zwei',
      'You said: Zwei',
    ]);
    const siblings = last(edited, 'accepted')!.message.siblings;
    expect(siblings).toHaveLength(2);
    rooms.table.patch(ada.id, chat, { leaf: siblings[0]! });
    expect(rooms.shown(chat).map(({ text }) => text)).toEqual([
      'One',
      'You said: One',
      'Two',
      'You said: Two',
    ]);
    await rooms.say(chat, { text: 'Eins', parentId: null, attachments: [] });
    expect(rooms.shown(chat).map(({ text }) => text)).toEqual(['Eins', 'You said: Eins']);
    expect(rooms.table.getAll(ada.id, chat).messages).toHaveLength(8);
    expect(rooms.model.requests.at(-1)!.messages).toHaveLength(2);
  });
});

describe('the end of the agent', () => {
  test('waits for turns, then ends them with their words kept, and takes no new ones', async () => {
    rooms.model.says({ text: 'one two', endless: true });
    const heard: Frame[] = [];
    const turn = (async () => {
      for await (const frame of rooms.turn(chat, { text: 'Count', attachments: [] })) heard.push(frame);
    })();
    while (!last(heard, 'delta')) await new Promise((resolve) => setImmediate(resolve));
    await rooms.conversation.drain(5);
    expect(rooms.shown(chat).at(-1)).toMatchObject({ outcome: 'aborted' });
    await turn;
    expect(last(heard, 'failed')?.error.code).toBe('busy');
    await expect(rooms.say(chat, 'Hello')).rejects.toMatchObject({ code: 'busy' });
    expect(rooms.conversation.count()).toBe(0);
  });

  test('lets a short answer finish', async () => {
    const turn = Array.fromAsync(rooms.turn(chat, { text: 'Hello', attachments: [] }));
    await new Promise((resolve) => setImmediate(resolve));
    await rooms.conversation.drain(10_000);
    expect(types(await turn)).toContain('done');
  });

  test('a chat that is deleted while it is answered stops being answered', async () => {
    rooms.model.says({ text: 'one', endless: true });
    const turn = Array.fromAsync(rooms.turn(chat, { text: 'Count', attachments: [] }));
    while (rooms.model.running === 0) await new Promise((resolve) => setImmediate(resolve));
    await rooms.conversation.stop(chat);
    rooms.table.remove(ada.id, chat);
    expect(last(await turn, 'failed')?.error.code).toBe('aborted');
    expect(rooms.table.list(ada.id, false)).toEqual([]);
  });
});
