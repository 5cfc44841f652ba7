import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../store/sqlite.ts';
import { openSessions, type SessionsTable, sessionsSchema } from './sessions.ts';

const ada = 1;
const bob = 2;
let folder: string;
let db: Database;
let sessions: SessionsTable;
let at = 1_000;

const open = (): void => {
  db = openDatabase(join(folder, 'sessions.db'), sessionsSchema);
  sessions = openSessions(db);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-sessions-'));
  open();
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const next = (): number => {
  at += 1_000;
  return at;
};
const create = (person = ada): string => sessions.create(person, next()).id;

function say(person: number, id: string, text: string, answer = 'Yes.') {
  const begun = sessions.begin(person, id, { at: next(), text, attachments: [] });
  const { message } = sessions.finish(person, id, begun.answerId, {
    ...{ at: next(), text: answer, outcome: 'complete', citations: [], remembered: [], heeded: 'none' },
    ...{ model: 'pebble', usage: null, windowStart: null },
  });
  return { question: begun.question, answer: message };
}

describe('the list', () => {
  test('has pinned chats first, then the newest, and archived ones apart', () => {
    const [first, second, third] = [create(), create(), create()];
    say(ada, second, 'news');
    sessions.patch(ada, first, { pinned: true });
    sessions.patch(ada, third, { archived: true });
    expect(sessions.list(ada, false).map(({ id }) => id)).toEqual([first, second]);
    expect(sessions.list(ada, true).map(({ id }) => id)).toEqual([third]);
  });

  test('takes its titles from first words until a person gives one', () => {
    const id = create();
    expect(sessions.list(ada, false)[0]?.title).toBe('');
    const { question } = say(ada, id, 'Remember that the alarm code is 4471');
    expect(sessions.get(ada, id).session.title).toBe('The alarm code is 4471');
    sessions.patch(ada, id, { title: 'Alarm' });
    sessions.begin(ada, id, {
      at: next(),
      text: 'Something else',
      parentId: question.parentId,
      attachments: [],
    });
    expect(sessions.get(ada, id).session.title).toBe('Alarm');
  });

  test('is tidied of chats that nobody said anything in', () => {
    const id = create();
    at += 25 * 60 * 60 * 1000;
    const fresh = create();
    expect(sessions.list(ada, false).map((one) => one.id)).toEqual([fresh]);
    expect(() => sessions.get(ada, id)).toThrow('no such chat');
  });
});

describe('nobody sees, changes or finds a chat of somebody else', () => {
  const uses: Record<string, (person: number, id: string, answerId: number) => unknown> = {
    own: (person, id) => sessions.own(person, id),
    get: (person, id) => sessions.get(person, id),
    getAll: (person, id) => sessions.getAll(person, id),
    patch: (person, id) => sessions.patch(person, id, { title: 'mine now' }),
    remove: (person, id) => sessions.remove(person, id),
    begin: (person, id) => sessions.begin(person, id, { at: 1, text: 'hello', attachments: [] }),
    'begin anew': (person, id, answerId) => sessions.begin(person, id, { at: 1, regenerate: answerId }),
    save: (person, id, answerId) => sessions.save(person, id, answerId, 'mine now'),
    finish: (person, id, answerId) =>
      sessions.finish(person, id, answerId, {
        ...{ at: 1, text: 'x', outcome: 'complete', citations: [], remembered: [], heeded: null },
        ...{ model: null, usage: null, windowStart: null },
      }),
  };

  test.each(Object.entries(uses))('%s', (_, use) => {
    const id = create();
    const { answer } = say(ada, id, 'The safe opens with 1234');
    const before = sessions.getAll(ada, id);
    const refusalFor = (chat: string) => {
      try {
        use(bob, chat, answer.id);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const stranger = refusalFor(id);
    expect(stranger).toMatchObject({ code: 'not-found' });
    expect(stranger).toEqual(refusalFor('ses_nothing'));
    expect(sessions.getAll(ada, id)).toEqual(before);
  });

  test('every function that names a chat is in the table above', () => {
    const others = ['create', 'list', 'search', 'removePerson'];
    expect(Object.keys(sessions).filter((name) => !others.includes(name))).toEqual(
      expect.arrayContaining(Object.keys(uses).filter((name) => name !== 'begin anew')),
    );
    expect(Object.keys(sessions)).toHaveLength(others.length + Object.keys(uses).length - 1);
  });

  test('not in the list, not by search, not through a message of another chat', () => {
    const id = create();
    const { answer } = say(ada, id, 'The safe opens with 1234');
    sessions.patch(ada, id, { title: 'Safe' });
    const own = create(bob);
    expect(sessions.list(bob, false)).toHaveLength(1);
    expect(sessions.search(bob, 'safe')).toEqual([]);
    expect(() => sessions.patch(bob, own, { leaf: answer.id })).toThrow('no such message');
    expect(() =>
      sessions.begin(bob, own, { at: 1, text: 'x', parentId: answer.id, attachments: [] }),
    ).toThrow('no such message');
    expect(() => sessions.begin(bob, own, { at: 1, regenerate: answer.id })).toThrow('no such message');
  });

  test('a thousand messages of others do not hide the one of mine', () => {
    say(ada, create(), 'The boiler is in the cellar, next to the wine');
    const theirs = create(bob);
    for (let i = 0; i < 1_000; i += 1) say(bob, theirs, 'boiler boiler');
    expect(sessions.search(ada, 'boiler')).toHaveLength(1);
  });
});

describe('search', () => {
  test.each(['部署', '部署方案', '用户身份', '报销', '财务审批', 'LDAP', 'db', 'TLS'])(
    'finds %s',
    (typed) => {
      say(ada, create(), '用户身份由 LDAP 验证,部署方案见下。', '报销须经财务审批; see the db over TLS.');
      say(ada, create(), '今天天气很好', 'Nothing of the kind.');
      const [hit, ...others] = sessions.search(ada, typed);
      expect(others).toEqual([]);
      expect(hit?.snippet.filter((part) => part.hit).map(({ text }) => text)).toContain(typed);
    },
  );

  test('finds answers, messages of other branches, and titles that a person gave', () => {
    const id = create();
    const { question, answer } = say(ada, id, 'Where is the boiler?', 'In the cellar.');
    const edited = { at: next(), text: 'Where is the oven?', parentId: null, attachments: [] };
    sessions.begin(ada, id, edited);
    sessions.patch(ada, id, { title: 'Heating' });
    expect(sessions.search(ada, 'boiler')[0]).toMatchObject({ messageId: question.id, from: 'person' });
    expect(sessions.search(ada, 'cellar')[0]).toMatchObject({ messageId: answer.id, from: 'assistant' });
    expect(sessions.search(ada, 'heating')[0]).toMatchObject({
      session: { id, title: 'Heating' },
      snippet: [{ text: 'Heating', hit: true }],
    });
    sessions.patch(ada, id, { title: 'Kitchen' });
    expect(sessions.search(ada, 'heating')).toEqual([]);
  });

  test.each(['', ' ', '?!', '"', 'AND', 'owner:person1', 'NEAR(a b)', '*', '(', "'; DROP TABLE message; --"])(
    'takes %j for words',
    (typed) => {
      say(ada, create(), 'Hello');
      expect(sessions.search(ada, typed)).toEqual([]);
    },
  );
});

describe('what is deleted', () => {
  test('is found no more, and its words are no longer in the file', () => {
    const id = create();
    say(ada, id, 'The word is xylophonist', 'A quartermasterly answer');
    sessions.patch(ada, id, { title: 'Glockenspielerin' });
    const other = create();
    say(ada, other, 'Stays here');
    sessions.remove(ada, id);
    expect(sessions.search(ada, 'xylophonist')).toEqual([]);
    expect(sessions.search(ada, 'stays')).toHaveLength(1);
    db.pragma('wal_checkpoint(TRUNCATE)');
    const left = db.serialize().toString('latin1').toLowerCase();
    for (const word of ['xylophon', 'quartermaster', 'glockenspiel']) expect(left).not.toContain(word);
    expect(left).toContain('stays');
  });

  test('with a person is all of theirs and nothing of others', () => {
    const mine = [create(), create()];
    say(ada, mine[0]!, 'mine');
    const theirs = create(bob);
    say(bob, theirs, 'theirs');
    expect(sessions.removePerson(ada).sort()).toEqual([...mine].sort());
    expect(sessions.list(ada, false)).toEqual([]);
    expect(sessions.search(bob, 'theirs')).toHaveLength(1);
    expect(db.prepare('SELECT count(*) AS n FROM message').get()).toEqual({ n: 2 });
  });
});

describe('after the power was cut', () => {
  test('an answer that was being given is there as far as it was saved, and its chat goes on', () => {
    const id = create();
    const { answerId } = sessions.begin(ada, id, { at: next(), text: 'Tell me', attachments: [] });
    sessions.save(ada, id, answerId, 'It began with periwinkles');
    db.close();
    open();
    expect(sessions.get(ada, id).messages.at(-1)).toMatchObject({
      text: 'It began with periwinkles',
      outcome: 'aborted',
    });
    expect(sessions.search(ada, 'periwinkles')).toHaveLength(1);
    say(ada, id, 'Go on');
    expect(sessions.get(ada, id).messages).toHaveLength(4);
  });

  test('an answer whose end could not be written does not hold its chat up', () => {
    const id = create();
    const { answerId } = sessions.begin(ada, id, { at: next(), text: 'Tell me', attachments: [] });
    sessions.save(ada, id, answerId, 'It began');
    say(ada, id, 'Go on');
    expect(sessions.get(ada, id).messages.map(({ outcome }) => outcome)).not.toContain('pending');
  });

  test('kill -9 at any moment loses no message that was acknowledged', async () => {
    const file = join(folder, 'child.db');
    const program = `
      import { openDatabase } from ${JSON.stringify(new URL('../store/sqlite.ts', import.meta.url).href)};
      import { openSessions, sessionsSchema } from ${JSON.stringify(new URL('./sessions.ts', import.meta.url).href)};
      import { writeSync } from 'node:fs';
      const sessions = openSessions(openDatabase(${JSON.stringify(file)}, sessionsSchema));
      const { id } = sessions.list(1, false)[0] ?? sessions.create(1, 1);
      for (let i = 0; ; i += 1) {
        const text = process.pid + '-' + i;
        sessions.begin(1, id, { at: i, text, attachments: [] });
        writeSync(1, text + '\\n');
      }`;
    const acknowledged: string[] = [];
    for (const killAfter of [1, 7, 40]) {
      const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      let seen = 0;
      for await (const text of createInterface({ input: child.stdout })) {
        acknowledged.push(text);
        seen += 1;
        if (seen === killAfter) child.kill('SIGKILL');
      }
      await exited;
    }
    const reopened = openDatabase(file, sessionsSchema);
    const after = openSessions(reopened);
    const { messages } = after.getAll(1, after.list(1, false)[0]!.id);
    const found = after.search(1, acknowledged.at(-1)!);
    reopened.close();
    expect(acknowledged.length).toBeGreaterThanOrEqual(48);
    expect(messages.map(({ text }) => text)).toEqual(expect.arrayContaining(acknowledged));
    expect(messages.filter(({ outcome }) => outcome === 'pending')).toEqual([]);
    expect(found).toHaveLength(1);
  });
});

describe('a branch', () => {
  test('holds a thousand turns', () => {
    const id = create();
    for (let i = 0; i < 1_000; i += 1) say(ada, id, `Question ${i}`);
    expect(sessions.get(ada, id).messages).toHaveLength(2_000);
    const { history } = sessions.begin(ada, id, { at: next(), text: 'One more', attachments: [] });
    expect(history.length).toBeGreaterThan(50);
    expect(history.at(-1)).toMatchObject({ question: 'Question 999' });
    expect(history.length).toBeLessThan(70);
  });

  test('a question follows an answer, never a question', () => {
    const id = create();
    const { question } = say(ada, id, 'One');
    const stray = { at: next(), text: 'Two', parentId: question.id, attachments: [] };
    expect(() => sessions.begin(ada, id, stray)).toThrow('follows an answer');
    expect(() => sessions.begin(ada, id, { at: next(), regenerate: question.id })).toThrow('Only an answer');
  });
});
