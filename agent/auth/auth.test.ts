import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Person, Principal } from '@rockpool/protocol/people';
import type { Passwords } from '@rockpool/signing/passwords';
import { createPasswords } from '@rockpool/signing/passwords';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Auth, createAuth } from './auth.ts';
import { addressBucket } from './guesses.ts';
import {
  createClock,
  day,
  hour,
  minute,
  type OpenedPeople,
  openPeopleIn,
  quickPasswords,
  second,
} from './people.fixture.ts';

const right = 'correct horse battery';
const wrong = 'a guessed password';
const here = '192.168.1.20';

let folder: string;
let opened: OpenedPeople;
let auth: Auth;
let clock: ReturnType<typeof createClock>;
let removed: number[];
let hashings: number;

/** Counts what takes time, since time itself can't be asserted. */
const counted: Passwords = {
  ...quickPasswords,
  hash: (password) => {
    hashings += 1;
    return quickPasswords.hash(password);
  },
  isRight: (password, stored) => {
    hashings += 1;
    return quickPasswords.isRight(password, stored);
  },
};

function start(passwords = counted, onRemoved = async (id: number) => void removed.push(id)): void {
  opened = openPeopleIn(folder);
  auth = createAuth({
    people: opened.people,
    clock,
    localCredential: 'local',
    onRemoved: [onRemoved],
    passwords,
  });
}

/** As after a power cut: another process, the same files. */
function restart(...parts: Parameters<typeof start>): void {
  opened.close();
  start(...parts);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-auth-'));
  clock = createClock();
  removed = [];
  hashings = 0;
  start();
});
afterEach(() => {
  opened.close();
  rmSync(folder, { recursive: true });
});

const add = (name: string, role: 'admin' | 'member' = 'member'): Promise<Person> =>
  auth.addPerson({ name, role, password: right });
const login = (name: string, password = right, address = here) => auth.login({ name, password }, address);
const as = (person: Person): Principal => ({ person, via: 'cookie', scopes: ['all'], credentialId: 0 });
const refusal = (code: string) => expect.objectContaining({ name: 'Refusal', code });

describe('the setup code', () => {
  test('makes the first administrator, once', async () => {
    const code = (await auth.openSetup())!;
    const { person, cookie } = await auth.setup(
      { code: code.toLowerCase(), name: 'Ada', password: right },
      here,
    );
    expect(person).toMatchObject({ name: 'Ada', role: 'admin' });
    expect(await auth.credentials.byCookie(cookie)).toMatchObject({ via: 'cookie', person });
    await expect(auth.setup({ code, name: 'Eve', password: right }, here)).rejects.toEqual(
      refusal('conflict'),
    );
    restart();
    expect(await auth.openSetup()).toBeUndefined();
  });

  test('is made anew at each start, and can be guessed slowly only', async () => {
    const old = (await auth.openSetup())!;
    restart();
    const code = (await auth.openSetup())!;
    const body = { name: 'Eve', password: right };
    await expect(auth.setup({ ...body, code: old }, here)).rejects.toEqual(refusal('wrong-code'));
    const guesses = Array.from({ length: 30 }, () => auth.setup({ ...body, code: 'AAAA-AAAA' }, here));
    const outcomes = await Promise.allSettled(guesses);
    expect(
      outcomes.filter((outcome) => outcome.status === 'rejected' && outcome.reason.code === 'wrong-code'),
    ).toHaveLength(19);
    await expect(auth.setup({ ...body, code }, here)).rejects.toEqual(refusal('too-many-requests'));
    expect(await auth.setup({ ...body, code }, '192.168.1.21')).toMatchObject({ person: { role: 'admin' } });
  });

  test('used by two at once makes one account', async () => {
    const code = (await auth.openSetup())!;
    const both = await Promise.allSettled(
      ['Ada', 'Eve'].map((name) => auth.setup({ code, name, password: right }, here)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await auth.listPeople()).toHaveLength(1);
  });

  test('is asked for before anyone can sign in', async () => {
    await expect(login('ada')).rejects.toEqual(refusal('setup-needed'));
  });
});

describe('signing in', () => {
  beforeEach(async () => void (await add('Ada', 'admin')));

  test('takes the name in any case and width', async () => {
    await add('李雷');
    for (const name of ['ada', 'ADA', ' Ada ', 'ＡＤＡ', '李雷']) {
      expect(await login(name)).toMatchObject({ person: { id: expect.any(Number) } });
    }
    await expect(add('ａｄａ')).rejects.toEqual(refusal('conflict'));
  });

  test('costs an unknown name as many hashes as a wrong password, and tells it the same', async () => {
    const reasons = [];
    for (const name of ['ada', 'nobody']) {
      hashings = 0;
      reasons.push(await login(name, wrong).catch(({ code, message }) => ({ code, message, hashings })));
    }
    expect(reasons[0]).toEqual(reasons[1]);
    expect(reasons[0]).toMatchObject({ code: 'wrong-password', hashings: 1 });
  });

  test('raises the cost of an old hash, with the same password', async () => {
    const dearer = createPasswords({ memoryKiB: 16, passes: 2 });
    restart(dearer);
    const { person } = await login('ada');
    expect(await opened.people.passwordHashOf(person.id)).toContain('$m=16,t=2,p=1$');
    expect(await login('ada')).toMatchObject({ person });
  });

  test('ends after 30 days unseen', async () => {
    const { cookie } = await login('ada');
    clock.pass(29 * day);
    expect(await auth.credentials.byCookie(cookie)).toBeDefined();
    clock.pass(29 * day);
    expect(await auth.credentials.byCookie(cookie)).toBeDefined();
    clock.pass(30 * day);
    expect(await auth.credentials.byCookie(cookie)).toBeUndefined();
  });

  test('ends after 180 days, seen or not', async () => {
    const { cookie } = await login('ada');
    for (let i = 0; i < 17; i += 1) {
      clock.pass(10 * day);
      expect(await auth.credentials.byCookie(cookie), `day ${(i + 1) * 10}`).toBeDefined();
    }
    clock.pass(10 * day);
    expect(await auth.credentials.byCookie(cookie)).toBeUndefined();
  });

  test('ends by signing out, there and nowhere else', async () => {
    const [one, other] = [await login('ada'), await login('ada')];
    await auth.logout(one.cookie);
    expect(await auth.credentials.byCookie(one.cookie)).toBeUndefined();
    expect(await auth.credentials.byCookie(other.cookie)).toBeDefined();
  });

  test('twenty people of one office at the same moment all come in, and memory is taken by one at a time', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `person-${i}`);
    let [hashing, most] = [0, 0];
    restart({
      ...counted,
      isRight: async (typed, stored) => {
        hashing += 1;
        most = Math.max(most, hashing);
        const isRight = await counted.isRight(typed, stored);
        hashing -= 1;
        return isRight;
      },
    });
    await Promise.all(names.map((name) => add(name)));
    const all = await Promise.all(names.map((name) => login(name)));
    expect(all.map(({ person }) => person.name)).toEqual(names);
    expect(most).toBe(1);
  });

  test('a new password ends the other sign-ins, and needs the current one', async () => {
    const [one, other] = [await login('ada'), await login('ada')];
    const by = (await auth.credentials.byCookie(one.cookie))!;
    await expect(auth.changePassword(by, { current: wrong, next: 'another password' })).rejects.toEqual(
      refusal('wrong-password'),
    );
    await auth.changePassword(by, { current: right, next: 'another password' });
    expect(await auth.credentials.byCookie(one.cookie)).toBeDefined();
    expect(await auth.credentials.byCookie(other.cookie)).toBeUndefined();
    await expect(login('ada')).rejects.toEqual(refusal('wrong-password'));
    expect(await login('ada', 'another password')).toBeDefined();
  });
});

describe('guessing', () => {
  beforeEach(async () => void (await add('Ada', 'admin')));

  /** Guesses from ever new addresses, and waits as long as it is told: how long was that each time? */
  async function guess(
    times: number,
    name = 'ada',
    address = (i: number) => `10.0.${i >> 8}.${i & 255}`,
  ): Promise<number[]> {
    const waits: number[] = [];
    for (let i = 0; i < times; ) {
      const reason = await login(name, wrong, address(i)).catch((error) => error);
      if (reason.code === 'too-many-requests') {
        waits.push(reason.detail.retryAfterS);
        clock.pass(reason.detail.retryAfterS * second);
      } else {
        expect(reason.code).toBe('wrong-password');
        i += 1;
      }
    }
    return waits;
  }

  test('a name is free five times, then costs ever longer, 15 minutes at most', async () => {
    expect(await guess(18)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  });

  test('a name costs as much when nobody has it', async () => {
    expect(await guess(8, 'nobody')).toEqual([1, 2, 4]);
  });

  test('is still slow after a restart', async () => {
    await guess(10);
    restart();
    await expect(login('ada', right, '10.9.9.9')).rejects.toEqual(refusal('too-many-requests'));
    clock.pass(32 * second);
    expect(await login('ada', right, '10.9.9.9')).toBeDefined();
  });

  test('is counted before the password is hashed: a power cut gives no guess back', async () => {
    for (let i = 0; i < 5; i += 1) {
      const hashing = Promise.withResolvers<void>();
      const isRight = (): Promise<boolean> => {
        hashing.resolve();
        return new Promise(() => undefined); // power is cut here
      };
      restart({ ...counted, isRight });
      void login('ada', wrong);
      await hashing.promise;
    }
    restart();
    await expect(login('ada')).rejects.toEqual(refusal('too-many-requests'));
  });

  test('many at once get no more guesses than one after the other', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => login('ada', wrong)));
    const guessed = outcomes.filter(
      (outcome) => outcome.status === 'rejected' && outcome.reason.code === 'wrong-password',
    );
    expect(guessed).toHaveLength(5);
    expect(hashings).toBe(1 + 5);
  });

  test('one address is slowed over all names, and others are not', async () => {
    for (let i = 0; i < 20; i += 1)
      await expect(login(`name-${i}`, wrong)).rejects.toEqual(refusal('wrong-password'));
    await expect(login('ada')).rejects.toEqual(refusal('too-many-requests'));
    expect(await login('ada', right, '192.168.1.21')).toBeDefined();
  });

  test('a right password clears the name, and not what the address has guessed', async () => {
    for (let round = 0; round < 5; round += 1) {
      for (let i = 0; i < 4; i += 1)
        await expect(login('ada', wrong)).rejects.toEqual(refusal('wrong-password'));
      if (round < 4) await login('ada');
    }
    await expect(login('ada')).rejects.toEqual(refusal('too-many-requests'));
  });

  test('is forgiven with time', async () => {
    await guess(8, 'ada', () => here);
    clock.pass(3 * hour);
    expect(await guess(5, 'ada', () => here)).toEqual([]);
  });

  test('a clock that was set back a year makes nobody wait for a year', async () => {
    await guess(6);
    clock.pass(-365 * day);
    await expect(login('ada')).rejects.toEqual(refusal('too-many-requests'));
    clock.pass(2 * second);
    expect(await login('ada')).toBeDefined();
  });

  test('one-time links and the current password are slowed too', async () => {
    for (let i = 0; i < 10; i += 1) await auth.inviteOf('guess', here).catch(() => undefined);
    for (let i = 0; i < 10; i += 1)
      await auth.join({ code: 'guess', name: 'Eve', password: right }, here).catch(() => undefined);
    await expect(auth.inviteOf('guess', here)).rejects.toEqual(refusal('too-many-requests'));
    const by = as((await auth.listPeople())[0]!);
    for (let i = 0; i < 5; i += 1)
      await auth.changePassword(by, { current: wrong, next: right }).catch(() => undefined);
    await expect(auth.changePassword(by, { current: right, next: right })).rejects.toEqual(
      refusal('too-many-requests'),
    );
  });

  test('a mistyped invitation name is no guess', async () => {
    for (let i = 0; i < 25; i += 1) {
      const { code } = await auth.invite(as((await auth.listPeople())[0]!), 'member');
      await expect(auth.join({ code, name: 'ada', password: right }, here)).rejects.toEqual(
        refusal('conflict'),
      );
    }
  });

  test.each([
    ['192.168.1.20', '::ffff:192.168.1.20'],
    ['fe80::1', 'FE80::1%eth0'],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['2001:db8::1', '2001:0db8:0:0:1::'],
  ])('%s and %s are one address', (one, other) => expect(addressBucket(one)).toBe(addressBucket(other)));

  test('neighbouring networks are not one address', () => {
    expect(addressBucket('2001:db8:1:2::1')).not.toBe(addressBucket('2001:db8:1:3::1'));
    expect(addressBucket('192.168.1.20')).not.toBe(addressBucket('192.168.1.21'));
  });
});

describe('one-time links', () => {
  let ada: Person;
  beforeEach(async () => {
    ada = await add('Ada', 'admin');
  });

  test('make one account, though two use one at the same moment', async () => {
    const { code, path } = await auth.invite(as(ada), 'member');
    expect(path).toBe(`/join/${code}`);
    const both = await Promise.allSettled(
      ['Ben', 'Eve'].map((name) => auth.join({ code, name, password: right }, here)),
    );
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((await auth.listPeople()).map(({ name, role }) => [name, role])).toEqual([
      ['Ada', 'admin'],
      ['Ben', 'member'],
    ]);
  });

  test('make one account, though two processes use one at the same moment', async () => {
    const { code } = await auth.invite(as(ada), 'member');
    const other = openPeopleIn(folder);
    try {
      const second = createAuth({
        people: other.people,
        clock,
        localCredential: '',
        onRemoved: [],
        passwords: counted,
      });
      const both = await Promise.allSettled([
        auth.join({ code, name: 'Ben', password: right }, here),
        second.join({ code, name: 'Eve', password: right }, here),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await auth.listPeople()).toHaveLength(2);
    } finally {
      other.close();
    }
  });

  test('survive a name that is taken', async () => {
    const { code } = await auth.invite(as(ada), 'admin');
    await expect(auth.join({ code, name: 'ADA', password: right }, here)).rejects.toEqual(
      refusal('conflict'),
    );
    await expect(auth.join({ code, password: right }, here)).rejects.toEqual(refusal('bad-request'));
    expect(await auth.join({ code, name: 'Ben', password: right }, here)).toMatchObject({
      person: { role: 'admin' },
    });
  });

  test('end after seven days, when revoked, and when their maker is no administrator any more', async () => {
    const ben = await add('Ben', 'admin');
    const [old, revoked, bens] = [
      await auth.invite(as(ada), 'member'),
      await auth.invite(as(ada), 'member'),
      await auth.invite(as(ben), 'admin'),
    ];
    await auth.revokeInvite(revoked.id);
    await expect(auth.revokeInvite(revoked.id)).rejects.toEqual(refusal('not-found'));
    await auth.setRole(ben.id, 'member');
    for (const { code } of [revoked, bens])
      await expect(auth.inviteOf(code, here)).rejects.toEqual(refusal('not-found'));
    expect(await auth.inviteOf(old.code, here)).toMatchObject({ kind: 'invite', role: 'member', name: null });
    clock.pass(7 * day);
    await expect(auth.join({ code: old.code, name: 'Eve', password: right }, here)).rejects.toEqual(
      refusal('wrong-code'),
    );
    expect(await auth.listInvites()).toEqual([]);
  });

  test('a reset changes nothing until it is used, then the password, and ends the sign-ins', async () => {
    const { cookie } = await login('ada');
    const first = await auth.reset(as(ada), ada.id);
    const { code } = await auth.reset(as(ada), ada.id);
    await expect(auth.inviteOf(first.code, here)).rejects.toEqual(refusal('not-found'));
    expect(await auth.inviteOf(code, here)).toMatchObject({ kind: 'reset', name: 'Ada', role: 'admin' });
    expect(await auth.credentials.byCookie(cookie)).toBeDefined();
    const again = await auth.join({ code, password: 'another password' }, here);
    expect(again.person).toEqual(ada);
    expect(await auth.credentials.byCookie(cookie)).toBeUndefined();
    expect(await auth.credentials.byCookie(again.cookie)).toBeDefined();
    await expect(auth.join({ code, password: right }, here)).rejects.toEqual(refusal('wrong-code'));
    expect(await login('ada', 'another password')).toBeDefined();
  });

  test('a reset ends when the password is changed in another way', async () => {
    const { code } = await auth.reset(as(ada), ada.id);
    await auth.changePassword(as(ada), { current: right, next: 'another password' });
    await expect(auth.join({ code, password: right }, here)).rejects.toEqual(refusal('wrong-code'));
  });

  test('a reset ends after a day, and lets in whom guessing has locked out', async () => {
    const late = await auth.reset(as(ada), ada.id);
    clock.pass(day);
    await expect(auth.inviteOf(late.code, here)).rejects.toEqual(refusal('not-found'));
    for (let i = 0; i < 5; i += 1) await login('ada', wrong).catch(() => undefined);
    const { code } = await auth.reset(as(ada), ada.id);
    await auth.join({ code, password: right }, here);
    expect(await login('ada')).toBeDefined();
  });
});

describe('the last administrator', () => {
  test('can be neither removed nor demoted; with another one, both', async () => {
    const ada = await add('Ada', 'admin');
    await add('Ben');
    for (const deed of [() => auth.removePerson(ada.id), () => auth.setRole(ada.id, 'member')]) {
      await expect(deed()).rejects.toEqual(refusal('conflict'));
    }
    const eve = await add('Eve', 'admin');
    expect(await auth.setRole(ada.id, 'member')).toMatchObject({ role: 'member' });
    await expect(auth.removePerson(eve.id)).rejects.toEqual(refusal('conflict'));
    expect(await auth.credentials.byKey('local')).toMatchObject({ person: eve });
  });

  test('stays one when two demote each other at the same moment', async () => {
    const [ada, ben] = [await add('Ada', 'admin'), await add('Ben', 'admin')];
    const both = await Promise.allSettled([auth.setRole(ada.id, 'member'), auth.removePerson(ben.id)]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  test('is let in again by the command line, whatever was guessed', async () => {
    const ada = await add('Ada', 'admin');
    for (let i = 0; i < 10; i += 1) await login('ada', wrong).catch(() => undefined);
    await auth.setPassword(ada.id, 'another password');
    expect(await login('ada', 'another password')).toBeDefined();
  });
});

describe('a person who is removed', () => {
  let ben: Person;
  beforeEach(async () => {
    await add('Ada', 'admin');
    ben = await add('Ben');
  });

  test('is out at once, with all that let them in', async () => {
    const { cookie } = await login('ben');
    const { key } = await auth.createKey(as(ben), { label: 'laptop', scopes: ['all'] });
    const { code } = await auth.reset(as(ben), ben.id);
    await auth.removePerson(ben.id);
    expect(removed).toEqual([ben.id]);
    expect(await auth.credentials.byCookie(cookie)).toBeUndefined();
    expect(await auth.credentials.byKey(key)).toBeUndefined();
    await expect(auth.inviteOf(code, here)).rejects.toEqual(refusal('not-found'));
    await expect(login('ben')).rejects.toEqual(refusal('wrong-password'));
    await expect(auth.removePerson(ben.id)).rejects.toEqual(refusal('not-found'));
    expect((await add('Ben')).id).not.toBe(ben.id);
  });

  test('stays out when power is cut in the middle, and the next start ends the removal', async () => {
    const { cookie } = await login('ben');
    restart(counted, () => Promise.reject(new Error('power cut')));
    await expect(auth.removePerson(ben.id)).rejects.toThrow('power cut');
    restart();
    expect(await auth.credentials.byCookie(cookie)).toBeUndefined();
    await expect(login('ben')).rejects.toEqual(refusal('wrong-password'));
    expect((await auth.listPeople()).map(({ name }) => name)).toEqual(['Ada']);
    await auth.finishRemovals();
    expect(removed).toEqual([ben.id]);
    expect(await add('Ben')).toMatchObject({ name: 'Ben' });
  });
});

describe('API keys', () => {
  let ada: Person;
  let ben: Person;
  beforeEach(async () => {
    ada = await add('Ada', 'admin');
    ben = await add('Ben');
  });

  test('are shown once, and afterwards by their hint only', async () => {
    const { key, ...rest } = await auth.createKey(as(ben), {
      label: '笔记本',
      scopes: ['chat', 'chat', 'models'],
    });
    expect(rest).toMatchObject({
      label: '笔记本',
      scopes: ['chat', 'models'],
      owner: 'Ben',
      lastUsedAt: null,
    });
    expect(rest.hint).toBe(`${key.slice(0, 5)}…${key.slice(-4)}`);
    expect(await auth.listKeys(as(ben))).toEqual([rest]);
    expect(await auth.credentials.byKey(key)).toEqual({
      person: ben,
      via: 'key',
      scopes: ['chat', 'models'],
      credentialId: rest.id,
    });
    expect(await auth.credentials.byKey(`${key}x`)).toBeUndefined();
  });

  test('note their last use, once a minute at most', async () => {
    const { key } = await auth.createKey(as(ben), { label: 'laptop', scopes: ['all'] });
    const lastUsedAt = async () => {
      await auth.credentials.byKey(key);
      return (await auth.listKeys(as(ben)))[0]!.lastUsedAt;
    };
    const first = clock.now();
    expect(await lastUsedAt()).toBe(first);
    clock.pass(59 * second);
    expect(await lastUsedAt()).toBe(first);
    clock.pass(second);
    expect(await lastUsedAt()).toBe(first + minute);
  });

  test("are one's own business, and an administrator's", async () => {
    const adas = await auth.createKey(as(ada), { label: 'hers', scopes: ['all'] });
    const bens = await auth.createKey(as(ben), { label: 'his', scopes: ['all'] });
    await expect(auth.listKeys(as(ben), { all: true })).rejects.toEqual(refusal('forbidden'));
    await expect(auth.revokeKey(as(ben), adas.id)).rejects.toEqual(refusal('not-found'));
    expect((await auth.listKeys(as(ada))).map(({ label }) => label)).toEqual(['hers']);
    expect((await auth.listKeys(as(ada), { all: true })).map(({ label }) => label)).toEqual(['his', 'hers']);
    await auth.revokeKey(as(ada), bens.id);
    expect(await auth.credentials.byKey(bens.key)).toBeUndefined();
    expect(await auth.credentials.byKey(adas.key)).toBeDefined();
  });
});

describe("the command line's own credential", () => {
  test('speaks for nobody yet, then for the first administrator, or for whom it names', async () => {
    expect(await auth.credentials.byKey('local')).toEqual({
      person: { id: 0, name: 'local', role: 'admin', createdAt: 0 },
      via: 'local',
      scopes: ['all'],
      credentialId: 0,
    });
    const [ben, ada] = [await add('本'), await add('Ada', 'admin')];
    expect(await auth.credentials.byKey('local')).toMatchObject({ person: ada });
    expect(await auth.credentials.byKey('local', '本')).toMatchObject({ person: ben, via: 'local' });
    await expect(auth.credentials.byKey('local', 'nobody')).rejects.toEqual(refusal('not-found'));
  });

  test('makes no key for nobody', async () => {
    const by = (await auth.credentials.byKey('local'))!;
    await expect(auth.createKey(by, { label: 'laptop', scopes: ['all'] })).rejects.toEqual(
      refusal('setup-needed'),
    );
    expect(await auth.invite(by, 'admin')).toMatchObject({ role: 'admin' });
  });

  test('is the only one that acts as somebody else', async () => {
    const [ada, ben] = [await add('Ada', 'admin'), await add('Ben')];
    const { key } = await auth.createKey(as(ben), { label: 'laptop', scopes: ['all'] });
    expect(await auth.credentials.byKey(key, ada.name)).toMatchObject({ person: ben });
  });
});
