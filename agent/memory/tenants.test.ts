import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { documentsSchema } from '../documents/documents-table.ts';
import { openDatabase } from '../store/sqlite.ts';
import { openStore } from '../store/store.ts';
import { ada, asRemote, bob, eve, FakeEmbedder, type OpenMemory, openMemory } from './memory.fixture.ts';
import { createMemory } from './memory.ts';
import { createRights } from './rights.ts';

const board = 1;
const works = 2;

let home: OpenMemory;
beforeEach(async () => {
  home = openMemory();
  home.groups.set(board, [ada, bob]).set(works, [eve]);
  await home.memory.recall(bob, 'Is there an embedder?');
});
afterEach(async () => home.close());

const toBoard = (text: string, person = bob) =>
  home.memory.add(person, { text, scope: 'group', group: board });
const listed = async (person = bob): Promise<string[]> =>
  (await home.memory.list(person)).map(({ text }) => text);

describe('people of a group', () => {
  test('share what is remembered there, and nobody else sees it by any way', async () => {
    const fact = await toBoard('The safe of the board opens with 9032.');
    expect(fact).toMatchObject({ scope: 'group', groupId: board, saidBy: 'bob' });
    for (const member of [ada, bob]) {
      expect(await home.recalled(member, 'How does the safe of the board open?')).toEqual([fact.text]);
      expect(await listed(member)).toEqual([fact.text]);
    }
    expect(await home.recalled(eve, 'How does the safe of the board open?')).toEqual([]);
    expect(await home.memory.list(eve, { q: 'safe', history: true })).toEqual([]);
    expect(await home.memory.holding(eve, [fact.id])).toEqual([]);
    await expect(home.memory.forget(eve, fact.id)).rejects.toMatchObject({ code: 'not-found' });
    // Not an administrator either, who is not in it.
    home.groups.set(board, [bob]);
    expect(await listed(ada)).toEqual([]);
    await expect(home.memory.correct(ada, fact.id, 'x')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('see it no longer from the moment they leave, and again when they come back', async () => {
    await toBoard('The safe opens with 9032.');
    home.groups.set(board, [bob]);
    expect(await home.recalled(ada, 'How does the safe open?')).toEqual([]);
    home.groups.set(board, [ada, bob]);
    expect(await home.recalled(ada, 'How does the safe open?')).toHaveLength(1);
  });

  test('may change what they said themselves; administrators among them, all of it', async () => {
    home.groups.set(board, [ada, bob, eve]);
    const fact = await toBoard('The safe opens with 9032.');
    await expect(home.memory.correct(eve, fact.id, 'The safe opens with 1.')).rejects.toMatchObject({
      code: 'forbidden',
      message: 'Only bob or an administrator may change what the group remembers.',
    });
    const newer = await home.memory.correct(ada, fact.id, 'The safe opens with 4471.');
    expect(newer).toMatchObject({ scope: 'group', groupId: board });
    expect(await listed(eve)).toEqual(['The safe opens with 4471.']);
    const [told] = await home.memory.recall(eve, 'How does the safe open?');
    expect(told?.before?.text).toBe('The safe opens with 9032.');
    await home.memory.forget(ada, newer.id);
    expect(await home.memory.list(bob, { history: true })).toEqual([]);
  });

  test('share into groups they are in, and take back what is theirs', async () => {
    await home.say(bob, 'Remember that the gate code is 4471.');
    const [fact] = await home.memory.list(bob);
    const id = fact?.id ?? 0;
    for (const group of [works, 77])
      await expect(home.memory.share(bob, id, 'group', group)).rejects.toMatchObject({ code: 'not-found' });
    await expect(home.memory.share(bob, id, 'group')).rejects.toMatchObject({ code: 'bad-request' });
    expect(await home.memory.share(bob, id, 'group', board)).toMatchObject({ groupId: board });
    expect(await listed(ada)).toHaveLength(1);
    await home.memory.share(bob, id, 'mine');
    expect(await listed(ada)).toEqual([]);
    expect(await home.recalled(bob, 'What is the gate code?')).toHaveLength(1);
  });

  test('each keep their own word on a matter: a group replaces nobody’s', async () => {
    await home.say(bob, 'Remember that the gate code is 1.');
    await toBoard('The gate code is 2.', ada);
    expect(home.table.space(bob.id)).toMatchObject({ facts: 1, current: 1 });
    expect(home.table.space({ group: board })).toMatchObject({ facts: 1, current: 1 });
  });
});

describe('a quota', () => {
  test('is the group’s own: refused by the database in one sentence, with nothing half stored', async () => {
    home.table.limit({ group: board }, { facts: 1, bytes: 1_000 });
    await toBoard('The safe opens with 9032.');
    await expect(toBoard('The window is open.')).rejects.toMatchObject({ code: 'quota-reached' });
    expect(home.table.space({ group: board })).toMatchObject({ facts: 1, maxFacts: 1 });
    await home.say(bob, 'Remember that the window is open.');
    expect(await listed(bob)).toHaveLength(2);
    const spaces = home.table.spaces().map(({ personId, groupId, facts }) => [personId, groupId, facts]);
    expect(spaces).toEqual([
      [null, board, 1],
      [bob.id, undefined, 1],
    ]);
  });

  test('is set by administrators, who see counts and no word', async () => {
    await toBoard('The safe opens with 9032.');
    home.groups.set(board, [bob]);
    const rights = createRights({
      ...{ facts: asRemote(home.table), clock: home.clock, erased: async () => undefined },
      store: {} as never,
      forgetAll: home.memory.forgetAll,
    });
    expect(await rights.limit(ada, { group: board }, { facts: 7 })).toMatchObject({
      groupId: board,
      maxFacts: 7,
    });
    expect(JSON.stringify(await rights.spaces(ada))).not.toContain('safe');
    await expect(rights.limit(bob, { group: board }, { facts: 9 })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

test('a group that is gone gives everything back to who said it, with history and vectors, whatever their quota', async () => {
  await toBoard('The safe code is 9032.');
  await toBoard('The safe code is 4471.');
  await toBoard('The lift is slow.', ada);
  home.table.limit(bob.id, { facts: 0, bytes: 0 });
  home.table.removePerson(ada.id);
  home.groups.delete(board);
  expect(home.table.disband()).toBe(2);
  expect(await listed(bob)).toEqual(['The safe code is 4471.']);
  expect(await home.memory.list(bob, { history: true })).toHaveLength(2);
  expect(home.table.unembedded(9)).toEqual([]);
  expect(await home.recalled(bob, 'What is the safe code?')).toEqual(['The safe code is 4471.']);
  expect(await listed(ada)).toEqual([]);
  expect(home.table.spaces().map(({ groupId }) => groupId)).toEqual([undefined]);
  expect(home.db.prepare("SELECT count(*) FROM fact WHERE text LIKE '%lift%'").pluck().get()).toBe(0);
  expect(home.table.disband()).toBe(0);
});

test('groups are those of the documents: whoever leaves one, or removes it, is answered so at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-tenants-'));
  let store = await openStore(folder);
  const open = () => createMemory({ facts: store.memory, model: new FakeEmbedder(), clock: home.clock });
  let memory = open();
  try {
    const { id } = await store.documents.addGroup('Board', [ada.id, bob.id]);
    await memory.add(bob, { text: 'The safe opens with 9032.', scope: 'group', group: id });
    const heard = async (person = ada): Promise<number> =>
      (await memory.recall(person, 'How does the safe open?')).length;
    expect([await heard(ada), await heard(eve)]).toEqual([1, 0]);
    await store.documents.changeGroup(id, { members: [bob.id, eve.id] });
    expect([await heard(ada), await heard(eve)]).toEqual([0, 1]);
    await store.documents.removeGroup(id);
    expect([await heard(eve), await heard(bob)]).toEqual([0, 1]);

    // Power cut between the two files: the next start goes on.
    const other = await store.documents.addGroup('Works', [bob.id]);
    await memory.add(bob, { text: 'The ladder is in the yard.', scope: 'group', group: other.id });
    await memory.close();
    await store.close();
    const documents = openDatabase(join(folder, 'documents.db'), documentsSchema);
    documents.exec('DELETE FROM group_member; DELETE FROM people_group');
    documents.close();
    store = await openStore(folder);
    memory = open();
    expect((await memory.list(bob)).map(({ scope }) => scope)).toEqual(['mine', 'mine']);
  } finally {
    await memory.close();
    await store.close();
    rmSync(folder, { recursive: true });
  }
});
