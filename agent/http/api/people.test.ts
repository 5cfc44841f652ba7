import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cookieOf, type Door, local, openDoor, password } from '../door.fixture.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

const sentence = /^[A-Z].*\.$/;

describe('the first five minutes', () => {
  test('from the setup code over an invitation to a key', async () => {
    const code = await door.auth.openSetup();
    const setup = await door.ask('POST', '/api/setup', { payload: { code, name: 'Ada', password } });
    expect([setup.statusCode, setup.json()]).toEqual([
      200,
      { id: 1, name: 'Ada', role: 'admin', createdAt: door.clock.now() },
    ]);
    const ada = { cookie: cookieOf(setup) };

    const invite = await door.ask('POST', '/api/invites', { headers: ada, payload: {} });
    expect(invite.statusCode).toBe(201);
    expect(invite.json()).toMatchObject({
      kind: 'invite',
      role: 'member',
      path: `/join/${invite.json().code}`,
    });
    const seen = await door.ask('GET', `/api/invites/${invite.json().code}`);
    expect(seen.json()).toEqual({
      kind: 'invite',
      role: 'member',
      name: null,
      expiresAt: invite.json().expiresAt,
    });
    const join = await door.ask('POST', '/api/join', {
      payload: { code: invite.json().code, name: '李雷', password },
    });
    const ben = { cookie: cookieOf(join) };
    expect((await door.ask('GET', '/api/me', { headers: ben })).json()).toEqual(join.json());

    const key = await door.ask('POST', '/api/keys', { headers: ben, payload: { label: 'laptop' } });
    expect([key.statusCode, key.json()]).toEqual([
      201,
      expect.objectContaining({ owner: '李雷', scopes: ['all'] }),
    ]);
    expect((await door.ask('GET', '/api/keys', { headers: ada })).json().keys).toEqual([]);
    expect((await door.ask('GET', '/api/keys?all=true', { headers: ada })).json().keys).toMatchObject([
      { label: 'laptop' },
    ]);
    expect((await door.ask('DELETE', `/api/keys/${key.json().id}`, { headers: ada })).statusCode).toBe(204);

    const people = await door.ask('GET', '/api/people', { headers: ada });
    expect(people.json().people.map(({ name }: { name: string }) => name)).toEqual(['Ada', '李雷']);
    expect(
      (await door.ask('POST', '/api/setup', { payload: { code, name: 'Eve', password } })).statusCode,
    ).toBe(409);
  });

  test('what is wrong with a name or a password is said in one sentence', async () => {
    for (const [body, said] of [
      [{ password: 'short' }, 'Use at least 10 characters for the password.'],
      [{ password: 'x'.repeat(257) }, 'Use at most 256 characters for the password.'],
      [{ name: '' }, 'Choose a name to sign in with.'],
      [{ name: 'x'.repeat(65) }, 'Use at most 64 characters for the name.'],
      [{ name: 'a b' }, expect.stringMatching(/^Use letters, digits/)],
      [{ name: 7 }, expect.stringMatching(/^Check 'name': .*\.$/)],
      [{ surplus: 1 }, expect.stringMatching(sentence)],
    ] as const) {
      const payload = { code: 'ABCD-EFGH', name: 'Ada', password, ...body };
      const answer = await door.ask('POST', '/api/setup', { payload });
      expect([answer.statusCode, answer.json().error]).toEqual([
        400,
        expect.objectContaining({ code: 'bad-request', message: said }),
      ]);
    }
  });

  test.each(['李雷', 'प्रिया', 'Zoe\u0308', 'ada.lovelace-2_x'])('a person may be called %s', async (name) => {
    const answer = await door.ask('POST', '/api/local/people', {
      headers: local,
      payload: { name, password },
    });
    expect([answer.statusCode, answer.json().name]).toEqual([201, name.normalize('NFC')]);
  });
});

describe('signing in', () => {
  beforeEach(async () => void (await door.add('Ada', 'admin')));

  test('sets a cookie that scripts and other sites never see', async () => {
    const answer = await door.ask('POST', '/api/login', { payload: { name: 'ada', password } });
    expect(answer.headers['set-cookie']).toMatch(
      /^rockpool=[0-9A-Za-z]{43}; Max-Age=15552000; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('over TLS, the cookie travels over nothing else', async () => {
    const secure = await openDoor({ secure: true });
    try {
      await secure.add('Ada', 'admin');
      const answer = await secure.ask('POST', '/api/login', { payload: { name: 'ada', password } });
      expect(answer.headers['set-cookie']).toContain('; Secure');
    } finally {
      await secure.close();
    }
  });

  test('again ends the sign-in that the browser had, and signing out the last', async () => {
    const first = await door.signIn('ada');
    const again = await door.ask('POST', '/api/login', {
      headers: first,
      payload: { name: 'ada', password },
    });
    const second = { cookie: cookieOf(again) };
    expect((await door.ask('GET', '/api/me', { headers: first })).statusCode).toBe(401);
    const out = await door.ask('POST', '/api/logout', { headers: second });
    expect([out.statusCode, out.headers['set-cookie']]).toEqual([
      204,
      expect.stringMatching(/^rockpool=; .*Expires=Thu, 01 Jan 1970/),
    ]);
    expect((await door.ask('GET', '/api/me', { headers: second })).statusCode).toBe(401);
    expect((await door.ask('POST', '/api/logout')).statusCode).toBe(204);
  });

  test('with guessed passwords ends in 429 that says how long to wait', async () => {
    const guess = () => door.ask('POST', '/api/login', { payload: { name: 'ada', password: 'guess' } });
    for (let i = 0; i < 5; i += 1) expect((await guess()).statusCode).toBe(401);
    const answer = await guess();
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '1']);
    expect(answer.json().error).toEqual({
      code: 'too-many-requests',
      message: 'Too many attempts; wait 1 second and try again.',
      retryAfterS: 1,
    });
  });

  test('a new password is checked against the current one', async () => {
    const ada = await door.signIn('ada');
    const change = (current: string) =>
      door.ask('POST', '/api/me/password', { headers: ada, payload: { current, next: 'another password' } });
    expect((await change('a wrong password')).statusCode).toBe(401);
    expect((await change(password)).statusCode).toBe(204);
    expect((await door.ask('GET', '/api/me', { headers: ada })).statusCode).toBe(200);
  });
});

describe('administrators', () => {
  let ada: { cookie: string };
  beforeEach(async () => {
    await door.add('Ada', 'admin');
    await door.add('Ben');
    ada = await door.signIn('ada');
  });

  test('give roles, reset passwords, remove people; never the last administrator', async () => {
    expect(
      (await door.ask('PATCH', '/api/people/1', { headers: ada, payload: { role: 'member' } })).statusCode,
    ).toBe(409);
    expect((await door.ask('DELETE', '/api/people/1', { headers: ada })).json().error.message).toMatch(
      sentence,
    );
    const role = await door.ask('PATCH', '/api/people/2', { headers: ada, payload: { role: 'admin' } });
    expect(role.json()).toMatchObject({ name: 'Ben', role: 'admin' });
    const reset = await door.ask('POST', '/api/people/2/reset', { headers: ada });
    expect([reset.statusCode, reset.json()]).toEqual([
      201,
      expect.objectContaining({ kind: 'reset', name: 'Ben' }),
    ]);
    expect((await door.ask('GET', '/api/invites', { headers: ada })).json().invites).toHaveLength(1);
    expect((await door.ask('DELETE', `/api/invites/${reset.json().id}`, { headers: ada })).statusCode).toBe(
      204,
    );
    expect((await door.ask('DELETE', '/api/people/2', { headers: ada })).statusCode).toBe(204);
    expect((await door.ask('DELETE', '/api/people/2', { headers: ada })).statusCode).toBe(404);
  });

  test('lose their rights at once when they lose their role', async () => {
    await door.ask('PATCH', '/api/people/2', { headers: ada, payload: { role: 'admin' } });
    const ben = await door.signIn('ben');
    expect((await door.ask('GET', '/api/people', { headers: ben })).statusCode).toBe(200);
    await door.ask('PATCH', '/api/people/2', { headers: ada, payload: { role: 'member' } });
    expect((await door.ask('GET', '/api/people', { headers: ben })).statusCode).toBe(403);
  });

  test('ask for numbers that no row has, and are told so', async () => {
    for (const id of ['0', '-1', '1.5', 'one', '99999999999999999999', '%00']) {
      expect((await door.ask('DELETE', `/api/people/${id}`, { headers: ada })).statusCode, id).toBe(400);
    }
    expect((await door.ask('POST', '/api/people/77/reset', { headers: ada })).statusCode).toBe(404);
  });
});

describe('the command line', () => {
  test('makes accounts and keys without a browser, before anyone exists', async () => {
    const payload = { name: 'ada', role: 'admin', password };
    expect((await door.ask('POST', '/api/local/people', { headers: local, payload })).statusCode).toBe(201);
    expect((await door.ask('POST', '/api/local/people', { headers: local, payload })).statusCode).toBe(409);
    const as = { ...local, 'x-rockpool-as': 'ada' };
    const key = await door.ask('POST', '/api/keys', { headers: as, payload: { label: 'command line' } });
    expect(key.json().key).toMatch(/^rp-/);
  });

  test('sets a password, which ends the sign-ins and the waiting', async () => {
    await door.add('Ada', 'admin');
    const ada = await door.signIn('ada');
    for (let i = 0; i < 6; i += 1)
      await door.ask('POST', '/api/login', { payload: { name: 'ada', password: 'guess' } });
    const payload = { password: 'another password' };
    expect(
      (await door.ask('POST', '/api/local/people/1/password', { headers: local, payload })).statusCode,
    ).toBe(204);
    expect((await door.ask('GET', '/api/me', { headers: ada })).statusCode).toBe(401);
    expect((await door.ask('POST', '/api/login', { payload: { name: 'ada', ...payload } })).statusCode).toBe(
      200,
    );
    expect(
      (await door.ask('POST', '/api/local/people/9/password', { headers: local, payload })).statusCode,
    ).toBe(404);
  });
});

describe('what stays on the disk', () => {
  test('has each deed in the audit log, with who and how it ended', async () => {
    await door.add('Ada', 'admin');
    await door.ask('POST', '/api/login', { payload: { name: 'hunter2 hunter2', password: 'guess' } });
    const ada = await door.signIn('ada');
    await door.ask('PATCH', '/api/people/1', { headers: ada, payload: { role: 'member' } });
    const key = await door.ask('POST', '/api/keys', { headers: ada, payload: { label: 'laptop' } });
    await door.ask('DELETE', `/api/keys/${key.json().id}`, { headers: local });
    await door.ask('POST', '/api/logout', { headers: ada });
    expect(
      door
        .auditLines()
        .map(({ action, outcome, person, via, detail }) => [action, outcome, person, via, detail]),
    ).toEqual([
      ['login', 'wrong-password', null, 'none', { address: '127.0.0.1' }],
      ['login', 'done', 1, 'none', { address: '192.168.1.20' }],
      ['person.role', 'conflict', 1, 'cookie', { person: 1, role: 'member' }],
      ['key.create', 'done', 1, 'cookie', { key: 1, scopes: 'all' }],
      ['key.revoke', 'done', 1, 'local', { key: 1 }],
      ['logout', 'done', 1, 'cookie', undefined],
    ]);
    expect(new Set(door.auditLines().map(({ requestId }) => requestId)).size).toBe(6);
  });

  test('is no more audit lines than guesses that were free, however often somebody knocks', async () => {
    await door.add('Ada', 'admin');
    for (let i = 0; i < 50; i += 1)
      await door.ask('POST', '/api/login', { payload: { name: 'ada', password: 'guess' } });
    expect(door.auditLines()).toHaveLength(5);
  });

  test('holds no secret: no password, code, key, cookie, nor a name that was typed in vain', async () => {
    const code = (await door.auth.openSetup()) ?? '';
    const setup = await door.ask('POST', '/api/setup', { payload: { code, name: 'Ada', password } });
    const ada = { cookie: cookieOf(setup) };
    const invite = await door.ask('POST', '/api/invites', { headers: ada, payload: {} });
    const key = await door.ask('POST', '/api/keys', { headers: ada, payload: { label: 'laptop' } });
    await door.ask('POST', '/api/login', { payload: { name: 'typed-in-vain', password: 'guess-in-vain' } });
    const secrets = [
      code,
      password,
      invite.json().code,
      key.json().key,
      ada.cookie.split('=')[1] ?? '',
      'typed-in-vain',
      'guess-in-vain',
    ];
    const found = secrets.filter((secret) => secret === '' || door.everythingOnDisk().includes(secret));
    expect(found).toEqual([]);
    expect(door.everythingOnDisk()).toContain('$argon2id$');
  });
});
