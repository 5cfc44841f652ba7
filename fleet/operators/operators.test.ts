/** Operators: the first by a code that dies with its use, the others by name and password; nobody guesses, and an admin is always left. */
import { createPasswords } from '@rockpool/signing/passwords';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBreak } from '../audit/audit.ts';
import { openTestDatabase, type TestDatabase } from '../store/database.fixture.ts';
import type { Database } from '../store/tables.ts';
import { createClock } from '../test/fleet.fixture.ts';
import { type Action, actions, may } from './may.ts';
import { type Asker, createOperators, type Operators } from './operators.ts';
import { idleMs, longestMs } from './sessions.ts';

const minute = 60_000;
const hour = 60 * minute;
const clock = createClock(1_800_000_000_000);
/** Argon2id as it is, for less memory. */
const passwords = createPasswords({ memoryKiB: 64, passes: 1 });
const here = '192.0.2.7';
const password = 'correct horse battery';

let opened: TestDatabase;
let db: Database;
let operators: Operators;
beforeEach(async () => {
  clock.set(1_800_000_000_000);
  opened = await openTestDatabase();
  ({ db } = opened);
  operators = createOperators({ db, clock, passwords });
});
afterEach(() => opened[Symbol.asyncDispose]());

/** An admin, signed in; at the keyboard, for the code costs a fifth of a second each time. */
async function setUp(name = 'anna'): Promise<string> {
  await operators.add({ name, role: 'admin', password }, 'root@ctl-1');
  return (await login(name)).cookie;
}
async function asker(cookie: string): Promise<Asker> {
  const found = await operators.whoIs({ cookie });
  if (!found) throw new Error('nobody');
  return found;
}
const login = (name: string, given = password, address = here) =>
  operators.login({ name, password: given }, address);
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error: { code?: string }) => error.code ?? String(error),
  );
const deeds = async () =>
  (await db.selectFrom('audit').select(['who', 'action', 'subject']).orderBy('seq').execute()).map(
    ({ who, action, subject }) => `${who}: ${action} ${subject}`,
  );

describe('the first', () => {
  test('comes by the code of this start, as it is typed, and is admin', async () => {
    expect(await operators.needsSetup()).toBe(true);
    const code = (await operators.openSetup()) ?? '';
    const typed = ` ${code.toLowerCase().replace('-', ' ')} `;
    const made = await operators.setup({ code: typed, name: 'Anna', password }, here);
    expect(made).toMatchObject({ name: 'Anna', role: 'admin' });
    expect(await operators.needsSetup()).toBe(false);
    expect((await asker(made.cookie)).who).toBe('Anna');
    expect(await deeds()).toEqual(['Anna: operator-setup operator Anna']);
  });

  test('has no second: the code dies with its use', async () => {
    const code = (await operators.openSetup()) ?? '';
    await operators.setup({ code, name: 'anna', password }, here);
    expect(await codeOf(operators.setup({ code, name: 'ben', password }, here))).toBe('conflict');
    expect(await operators.openSetup()).toBeUndefined();
    expect(await db.selectFrom('setup_codes').selectAll().execute()).toEqual([]);
  });

  test('of two with the same code at once, one comes in', async () => {
    const code = (await operators.openSetup()) ?? '';
    const other = createOperators({ db, clock, passwords });
    const got = await Promise.all([
      codeOf(operators.setup({ code, name: 'anna', password }, here)),
      codeOf(other.setup({ code, name: 'ben', password }, '192.0.2.8')),
    ]);
    expect(got.sort()).toEqual(['conflict', 'ok']);
    expect(await operators.list()).toHaveLength(1);
  });

  test('may have the code of any of the last starts, for a day', async () => {
    const codes: string[] = [];
    for (let n = 0; n < 6; n += 1) codes.push((await operators.openSetup()) ?? '');
    const setup = (code = '', address = here) =>
      codeOf(operators.setup({ code, name: 'anna', password }, address));
    expect(await setup(codes[0])).toBe('wrong-code');
    clock.pass(25 * hour);
    expect(await setup(codes[5])).toBe('wrong-code');
    clock.pass(-2 * hour);
    expect(await setup(codes[2])).toBe('ok');
  }, 60_000);

  test('guesses slowly', async () => {
    await operators.openSetup();
    const guess = (n: number) =>
      codeOf(operators.setup({ code: `AAAA-222${n}`, name: 'eve', password }, here));
    expect(await guess(1)).toBe('wrong-code');
    const found = await db.selectFrom('guesses').select(['bucket', 'failures']).execute();
    expect(found).toEqual([{ bucket: `address:${here}`, failures: 1 }]);
    // Nineteen of those are free.
    await db.updateTable('guesses').set({ failures: 19 }).execute();
    expect(await guess(2)).toBe('wrong-code');
    expect(await guess(3)).toBe('too-many-requests');
  });

  test('made at the keyboard needs no code, and nobody needs one then', async () => {
    await operators.openSetup();
    await operators.add({ name: 'anna', role: 'admin', password }, 'root@ctl-1');
    expect(await db.selectFrom('setup_codes').selectAll().execute()).toEqual([]);
    expect((await login('anna')).role).toBe('admin');
  });
});

describe('signing in', () => {
  test('is by name, however it is written, and password', async () => {
    expect(await codeOf(login('anna'))).toBe('setup-needed');
    await setUp('Anna');
    expect((await login('ANNA')).name).toBe('Anna');
    expect(await codeOf(login('anna', 'another password'))).toBe('wrong-password');
    expect(await codeOf(login('nobody'))).toBe('wrong-password');
    expect((await deeds()).slice(2)).toEqual([
      'Anna: sign-in operator Anna',
      'someone unknown: sign-in-refused operator Anna',
    ]);
  });

  test('keeps nothing that opens a door', async () => {
    const cookie = await setUp();
    const rows = JSON.stringify([
      await db.selectFrom('operators').selectAll().execute(),
      await db.selectFrom('operator_sessions').selectAll().execute(),
    ]);
    expect(rows).not.toContain(cookie);
    expect(rows).not.toContain(password);
    expect(Buffer.from(cookie, 'base64url')).toHaveLength(32);
  });

  test('ends after half a day without use, and after a week whatever happens', async () => {
    const idle = await setUp();
    clock.pass(idleMs - 1);
    expect(await operators.whoIs({ cookie: idle })).toBeDefined();
    clock.pass(idleMs);
    expect(await operators.whoIs({ cookie: idle })).toBeUndefined();
    const { cookie: busy } = await login('anna');
    for (let passed = 0; passed < longestMs - hour; passed += hour) {
      expect(await operators.whoIs({ cookie: busy })).toBeDefined();
      clock.pass(hour);
    }
    clock.pass(hour);
    expect(await operators.whoIs({ cookie: busy })).toBeUndefined();
  });

  test('is over when one signs out', async () => {
    const cookie = await setUp();
    await operators.logout(cookie);
    expect(await operators.whoIs({ cookie })).toBeUndefined();
    expect(await operators.whoIs({ cookie: 'x' })).toBeUndefined();
    expect(await operators.whoIs({})).toBeUndefined();
  });

  test('of one name is slow to guess, from however many addresses and at all controllers together', async () => {
    await setUp();
    await operators.add({ name: 'ben', role: 'viewer', password }, 'anna');
    const other = createOperators({ db, clock, passwords });
    for (let n = 0; n < 5; n += 1)
      expect(
        await codeOf(
          [operators, other][n % 2]?.login({ name: 'anna', password: `guess number ${n}` }, `10.0.0.${n}`) ??
            Promise.reject(),
        ),
      ).toBe('wrong-password');
    expect(await codeOf(other.login({ name: 'anna', password }, '10.0.0.9'))).toBe('too-many-requests');
    // Nobody else is shut out by that.
    expect(await codeOf(login('ben'))).toBe('ok');
    clock.pass(minute);
    expect(await codeOf(login('anna'))).toBe('ok');
  });

  test('from one address is slow to guess, whatever the names; an IPv6 network is one address', async () => {
    await setUp();
    for (let n = 0; n < 20; n += 1)
      expect(await codeOf(login(`name-${n}`, 'some password', `2001:db8::${n + 1}`))).toBe('wrong-password');
    expect(await codeOf(login('anna', password, '2001:db8::ffff'))).toBe('too-many-requests');
    expect(await codeOf(login('anna', password, '2001:db8:0:1::1'))).toBe('ok');
  });

  test('with a clock that is set back waits no longer than it would have', async () => {
    await setUp();
    for (let n = 0; n < 8; n += 1) {
      await codeOf(login('anna', `guess number ${n}`, `10.0.0.${n}`));
      clock.pass(20 * 1_000);
    }
    clock.pass(-365 * 24 * hour);
    expect(['ok', 'too-many-requests']).toContain(await codeOf(login('anna', password, '10.0.1.1')));
    clock.pass(15 * minute);
    expect(await codeOf(login('anna', password, '10.0.1.2'))).toBe('ok');
  });

  test("gives an old hash today's cost", async () => {
    await setUp();
    const dearer = createOperators({ db, clock, passwords: createPasswords({ memoryKiB: 128, passes: 1 }) });
    const { cookie } = await dearer.login({ name: 'anna', password }, here);
    expect(await dearer.whoIs({ cookie })).toBeDefined();
    const { password: hash } = await db.selectFrom('operators').select('password').executeTakeFirstOrThrow();
    expect(hash).toContain('m=128');
  });
});

describe('operators', () => {
  test('are added, changed and removed, each with who did it', async () => {
    await setUp();
    await operators.add({ name: 'ben', role: 'viewer', password }, 'anna');
    const { cookie } = await login('ben');
    await operators.change('ben', { role: 'operator' }, 'anna');
    // Without signing in again.
    expect((await asker(cookie)).role).toBe('operator');
    await operators.change('ben', { password: 'quite another one' }, 'anna');
    expect(await operators.whoIs({ cookie })).toBeUndefined();
    expect(await codeOf(login('ben'))).toBe('wrong-password');
    expect(await codeOf(login('ben', 'quite another one'))).toBe('ok');
    await operators.remove('Ben', 'anna');
    expect(await codeOf(login('ben', 'quite another one'))).toBe('wrong-password');
    expect((await deeds()).filter((deed) => deed.startsWith('anna: operator'))).toEqual(
      ['add operator ben', 'role operator ben', 'password operator ben', 'remove operator ben'].map(
        (deed) => `anna: operator-${deed}`,
      ),
    );
    expect(await findBreak(db)).toBeUndefined();
  });

  test('are never without an admin, also when two admins remove each other at once', async () => {
    await setUp();
    expect(await codeOf(operators.remove('anna', 'anna'))).toBe('conflict');
    expect(await codeOf(operators.change('anna', { role: 'operator' }, 'anna'))).toBe('conflict');
    await operators.add({ name: 'ben', role: 'admin', password }, 'anna');
    const got = await Promise.all([
      codeOf(operators.remove('anna', 'ben')),
      codeOf(operators.change('ben', { role: 'viewer' }, 'anna')),
    ]);
    expect(got.sort()).toEqual(['conflict', 'ok']);
    expect((await operators.list()).filter(({ role }) => role === 'admin')).toHaveLength(1);
  });

  test('have names that nobody takes for somebody else in the audit', async () => {
    await setUp();
    for (const name of [
      '',
      'ANNA',
      'controller',
      'Controller',
      'device leeds',
      'root@ctl-1',
      'a b',
      '../x',
      'x'.repeat(65),
    ])
      expect(['bad-request', 'conflict'], name).toContain(
        await codeOf(operators.add({ name, role: 'viewer', password }, 'anna')),
      );
    expect(await codeOf(operators.add({ name: '王芳', role: 'viewer', password }, 'anna'))).toBe('ok');
  });

  test('have passwords of ten characters that are not their names', async () => {
    await setUp();
    for (const bad of ['123456789', 'benedikt-stone', 'x'.repeat(201)])
      expect(
        await codeOf(operators.add({ name: 'benedikt-stone', role: 'viewer', password: bad }, 'anna')),
        bad,
      ).toBe('bad-request');
  });

  test('change their own password with the one before, and are signed out elsewhere', async () => {
    const here = await setUp();
    const { cookie: there } = await login('anna');
    const by = await asker(here);
    expect(
      await codeOf(operators.changePassword(by, { current: 'not this one', next: 'a new password' })),
    ).toBe('wrong-password');
    await operators.changePassword(by, { current: password, next: 'a new password' });
    expect(await operators.whoIs({ cookie: here })).toBeDefined();
    expect(await operators.whoIs({ cookie: there })).toBeUndefined();
    expect(await codeOf(login('anna', 'a new password'))).toBe('ok');
  });
});

describe('a key of a program', () => {
  test('acts in the name of its owner, with the role that it was given', async () => {
    const by = await asker(await setUp());
    const { key, hint } = await operators.createKey(by, { label: 'grafana', role: 'viewer' });
    expect(key).toMatch(/^rpf-/);
    expect(await operators.whoIs({ key })).toMatchObject({
      who: 'anna (key grafana)',
      role: 'viewer',
      via: 'key',
    });
    expect(await operators.whoIs({ key: `${key}x` })).toBeUndefined();
    expect(JSON.stringify(await db.selectFrom('api_keys').selectAll().execute())).not.toContain(key);
    expect(await operators.listKeys(by)).toMatchObject([
      { label: 'grafana', hint, owner: 'anna', role: 'viewer' },
    ]);
  });

  test('has no greater role than its owner has now', async () => {
    await setUp();
    await operators.add({ name: 'ben', role: 'operator', password }, 'anna');
    const ben = await asker((await login('ben')).cookie);
    expect(await codeOf(operators.createKey(ben, { label: 'x', role: 'admin' }))).toBe('forbidden');
    const { key } = await operators.createKey(ben, { label: 'x' });
    await operators.change('ben', { role: 'viewer' }, 'anna');
    expect((await operators.whoIs({ key }))?.role).toBe('viewer');
    await operators.remove('ben', 'anna');
    expect(await operators.whoIs({ key })).toBeUndefined();
  });

  test('makes no other key, ends when it should, and is taken back by its owner or an admin', async () => {
    const anna = await asker(await setUp());
    await operators.add({ name: 'ben', role: 'viewer', password }, 'anna');
    const ben = await asker((await login('ben')).cookie);
    const short = await operators.createKey(anna, { label: 'short', ttlMs: hour });
    const program = await operators.whoIs({ key: short.key });
    expect(await codeOf(operators.createKey(program as Asker, { label: 'more' }))).toBe('forbidden');
    clock.pass(hour);
    expect(await operators.whoIs({ key: short.key })).toBeUndefined();
    const mine = await operators.createKey(ben, { label: 'mine' });
    expect(await codeOf(operators.revokeKey(ben, short.id))).toBe('not-found');
    expect(await operators.listKeys(ben)).toHaveLength(1);
    expect(await operators.listKeys(anna)).toHaveLength(2);
    await operators.revokeKey(anna, mine.id);
    expect(await operators.whoIs({ key: mine.key })).toBeUndefined();
  });
});

test('each role may what the smaller ones may, and only an admin everything', () => {
  const all = Object.keys(actions) as Action[];
  const allowed = (['viewer', 'operator', 'admin'] as const).map((role) =>
    all.filter((action) => may(role, action)),
  );
  expect(allowed[0]).toEqual(['look', 'make-api-key']);
  expect(allowed[1]).toEqual(expect.arrayContaining(allowed[0] ?? []));
  expect(allowed[1]).not.toContain('revoke-device');
  expect(allowed[2]).toEqual(all);
});
