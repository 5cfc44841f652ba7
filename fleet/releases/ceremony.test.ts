/** The ceremony: what people sign apart from each other becomes a root that devices follow, and one thief is not enough. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { begin, type Change, finish, signPayload, describe as tell } from './ceremony.ts';
import { isMet } from './judge.ts';
import { signAgain } from './making.ts';
import { dayMs, type Office, openFoundedOffice, openOffice } from './repository.fixture.ts';
import { documentFile, loadPublished, loadStaged } from './repository.ts';
import type { Role } from './roles.ts';
import { endingOf, lineOf, statusOf } from './status.ts';
import { verify } from './verify.ts';

let office: Office;
beforeEach(() => {
  office = openFoundedOffice();
});
afterEach(() => office.close());

const change = (more: Partial<Change> = {}): Change => ({
  ...{
    add: [],
    remove: [],
    thresholds: new Map<Role, number>(),
    days: undefined,
    force: false,
    now: office.now,
  },
  ...more,
});
const lastRoot = (): number => loadPublished(office.folder).root?.signed.version ?? 0;
const check = () =>
  verify(office.folder, {
    bytes: true,
    partial: false,
    root: readFileSync(documentFile(office.folder, 'root', 1)),
  });

test('two of three are enough, one is not, and a client takes what comes of it', async () => {
  const payload = begin(office.folder, 'root', change({ days: 100 }));
  const once = finish(office.folder, [signPayload(payload, office.key('root-1'))]);
  expect(once.map(({ by, signers, threshold }) => [by, signers.length, threshold])).toEqual([
    ['root before', 1, 2],
    ['root', 1, 2],
  ]);
  expect(once.every(isMet)).toBe(false);
  expect(() => office.publish()).toThrow(/root has 1 of 2 signatures that the root before it asks for/);
  const twice = finish(office.folder, [signPayload(payload, office.key('root-2'))]);
  expect(twice.every(isMet)).toBe(true);
  office.publish();
  expect(lastRoot()).toBe(2);
  await check();
});

test('the same person twice counts once', () => {
  const payload = begin(office.folder, 'root', change());
  const partial = signPayload(payload, office.key('root-1'));
  expect(finish(office.folder, [partial, partial]).every(isMet)).toBe(false);
});

test('case 6: a root that only its own new keys signed is not published', () => {
  const thieves = ['x', 'y'].map((name) => office.newKey('root', name));
  const removed = ['root-1', 'root-2', 'root-3'].map((name) => office.key(name).keyid);
  const payload = begin(office.folder, 'root', change({ add: thieves, remove: removed }));
  const signatures = finish(
    office.folder,
    thieves.map((key) => signPayload(payload, key)),
  );
  expect(signatures.map((one) => [one.by, isMet(one)])).toEqual([
    ['root before', false],
    ['root', true],
  ]);
  expect(() => office.publish()).toThrow(/the root before it/);
});

test('keys of root are replaced one by one, each time by old and new together, and a first device follows all of it', async () => {
  for (const [gone, fresh, signers] of [
    ['root-1', 'root-4', ['root-2', 'root-3', 'root-4']],
    ['root-2', 'root-5', ['root-3', 'root-4', 'root-5']],
    ['root-3', 'root-6', ['root-4', 'root-5', 'root-6']],
  ] as const) {
    const added = office.newKey('root', fresh);
    office.hold('root', { add: [added], remove: [office.key(gone).keyid.slice(0, 8)] }, signers);
    office.publish();
  }
  expect(lastRoot()).toBe(4);
  await check();
});

test('a stolen timestamp key is put out: its signature is worth nothing from the next root on', async () => {
  const stolen = office.key('timestamp-1');
  office.keys.delete('timestamp-1');
  office.hold('root', { add: [office.newKey('timestamp', 'timestamp-2')], remove: [stolen.keyid] }, [
    'root-1',
    'root-2',
  ]);
  office.publish();
  await check();
  expect(loadPublished(office.folder).timestamp?.signatures.map(({ keyid }) => keyid)).toEqual([
    office.key('timestamp-2').keyid,
  ]);
});

test('a key of models is replaced: targets trusts the new one, and what the old one signed has to be signed again', async () => {
  const fresh = office.newKey('models', 'models-2');
  office.hold('targets', { add: [fresh], remove: [office.key('models-1').keyid] }, [
    'targets-1',
    'targets-3',
  ]);
  expect(() => office.publish()).toThrow(/models has 0 of 1 signatures that targets asks for/);
  signAgain(office.folder, 'models', { key: fresh, now: office.now });
  office.publish();
  await check();
});

test('the root itself is signed again before it ends, and says so in time', () => {
  const status = statusOf(office.folder);
  const soon = (days: number) =>
    endingOf(status, office.now + days * dayMs, 2 * dayMs).map(({ role }) => role);
  expect(soon(0)).toEqual([]);
  expect(soon(6)).toEqual(expect.arrayContaining(['snapshot', 'timestamp']));
  expect(soon(364)).toContain('root');
  expect(lineOf(status.roles[0] ?? raise(), office.now)).toEqual([
    ...['root', '1', '2 of 2 signatures, 3 keys', 'expires in 364 days', ''],
  ]);
  begin(office.folder, 'root', change());
  expect(lineOf(statusOf(office.folder).roles[0] ?? raise(), office.now)[4]).toBe(
    'version 2 waits with 0 of 2 signatures',
  );
});

describe('a signature is refused', () => {
  test('by a key of another role', () => {
    const payload = begin(office.folder, 'root', change());
    expect(() => signPayload(payload, office.key('targets-1'))).toThrow("doesn't sign root");
  });

  test('by a key that nobody trusts', () => {
    const payload = begin(office.folder, 'root', change());
    const stranger = office.newKey('root', 'stranger');
    expect(() => finish(office.folder, [signPayload(payload, stranger)])).toThrow('by no key of root');
  });

  test('for another payload than the one that waits', () => {
    const first = begin(office.folder, 'root', change({ days: 10 }));
    const partial = signPayload(first, office.key('root-1'));
    begin(office.folder, 'root', change({ days: 20 }));
    expect(() => finish(office.folder, [partial])).toThrow('for another root than the one that waits');
  });

  test('that was changed on its way', () => {
    const payload = begin(office.folder, 'root', change());
    const partial = signPayload(payload, office.key('root-1'));
    expect(() => finish(office.folder, [{ ...partial, sig: `00${partial.sig.slice(2)}` }])).toThrow(
      "doesn't hold",
    );
  });

  test('when nothing waits', () => {
    const payload = begin(office.folder, 'root', change());
    const partials = ['root-1', 'root-2'].map((name) => signPayload(payload, office.key(name)));
    finish(office.folder, partials);
    office.publish();
    expect(() => finish(office.folder, partials)).toThrow('No root waits for signatures');
  });
});

describe('a ceremony does not begin', () => {
  test('for fewer keys than signatures, nor for a weak threshold', () => {
    const gone = ['root-1', 'root-2'].map((name) => office.key(name).keyid);
    expect(() => begin(office.folder, 'root', change({ remove: gone }))).toThrow('nobody could ever sign it');
    const weak = change({ thresholds: new Map<Role, number>([['root', 1]]) });
    expect(() => begin(office.folder, 'root', weak)).toThrow('--force');
    expect(loadStaged(office.folder)).toEqual({});
    begin(office.folder, 'root', { ...weak, force: true });
    expect(() => office.publish()).toThrow('--force');
  });

  test('with a key where it does not belong, or without one that is named', () => {
    expect(() => begin(office.folder, 'root', change({ add: [office.key('models-1')] }))).toThrow(
      'A key of models stands in targets',
    );
    expect(() => begin(office.folder, 'root', change({ remove: ['ffffffff'] }))).toThrow(
      'is not the beginning',
    );
    expect(() =>
      begin(office.folder, 'root', change({ remove: [office.key('root-1').keyid.slice(0, 4)] })),
    ).toThrow('8 letters');
  });

  test('for longer than what it rests on holds', () => {
    expect(() => begin(office.folder, 'targets', change({ days: 400 }))).toThrow(
      'targets may not outlive root',
    );
  });

  test('for targets before there is a root', () => {
    const fresh = openOffice();
    try {
      expect(() => begin(fresh.folder, 'targets', change())).toThrow('A root comes first');
    } finally {
      fresh.close();
    }
  });
});

test('who signs reads what it is', () => {
  const payload = begin(office.folder, 'targets', change());
  const lines = tell(payload);
  expect(lines[0]).toMatch(/^targets version 2, until 2/);
  expect(lines).toContain(`models: 1 of ${office.key('models-1').keyid.slice(0, 12)}`);
});

test('a list that needs two signatures gets them by a ceremony, and keeps its releases', async () => {
  const second = office.newKey('models', 'models-2');
  const thresholds = new Map<Role, number>([['models', 2]]);
  office.hold('targets', { add: [second], thresholds }, ['targets-1', 'targets-2']);
  await office.release({ files: [office.file('a', 'weights')] });
  const payload = begin(office.folder, 'models', change());
  const signatures = finish(
    office.folder,
    ['models-1', 'models-2'].map((name) => signPayload(payload, office.key(name))),
  );
  expect(signatures.every(isMet)).toBe(true);
  office.publish();
  expect((await check()).releases).toMatchObject([{ path: 'models/qwen3-8b/1' }]);
});

function raise(): never {
  throw new Error('missing');
}
