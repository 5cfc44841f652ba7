/** The operators' door: who gets in, who may do what, and what strangers' pages can't. */
import { Me, type Role } from '@rockpool/protocol/fleet/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAudit } from '../audit/audit.ts';
import { addDevices } from '../views/many-devices.fixture.ts';
import { codeIn, cookieOf, type Door, host, openDoor, password } from './operators-door.fixture.ts';

let door: Door;
const roles: readonly (Role | 'nobody')[] = ['nobody', 'viewer', 'operator', 'admin'];
const names = { admin: 'anna', operator: 'olga', viewer: 'vera' } as const;
const headers: Record<string, Record<string, string>> = { nobody: {} };

beforeAll(async () => {
  door = await openDoor();
  await addDevices(door.db, [{ id: 1, name: 'leeds', labels: { branch: 'leeds' }, state: {} }]);
  for (const role of ['admin', 'operator', 'viewer'] as const) {
    await door.add(names[role], role);
    headers[role] = await door.signIn(names[role]);
  }
});
afterAll(() => door[Symbol.asyncDispose]());

describe('roles', () => {
  const reboot = { order: { name: 'reboot', args: {} } };
  const config = { order: { name: 'set-config', args: { version: 1, config: { heartbeatS: 30 } } } };
  /** The least role that gets past the guard; what happens behind it is another test. */
  const least: [
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    Role | 'nobody',
    object?,
  ][] = [
    ['GET', '/api/me', 'nobody'],
    ['GET', '/healthz', 'nobody'],
    ['GET', '/readyz', 'nobody'],
    ['GET', '/api/openapi.json', 'nobody'],
    ['POST', '/api/setup', 'nobody', { code: 'x', name: 'eve', password }],
    ['POST', '/api/login', 'nobody', { name: 'eve', password }],
    ['POST', '/api/logout', 'nobody'],
    ['GET', '/api/overview', 'viewer'],
    ['GET', '/api/devices', 'viewer'],
    ['GET', '/api/devices/leeds', 'viewer'],
    ['GET', '/api/devices/leeds/samples', 'viewer'],
    ['GET', '/api/commands', 'viewer'],
    ['GET', '/api/alerts', 'viewer'],
    ['GET', '/api/keys', 'viewer'],
    ['POST', '/api/keys', 'viewer', { label: 'x', role: 'viewer' }],
    ['DELETE', '/api/keys/999', 'viewer'],
    ['POST', '/api/me/password', 'viewer', { current: 'wrong password', next: 'another password' }],
    ['PATCH', '/api/devices/leeds', 'operator', { labels: { branch: 'leeds' } }],
    ['POST', '/api/devices/leeds/commands', 'operator', reboot],
    ['POST', '/api/devices/leeds/commands', 'operator', config],
    ['POST', '/api/commands', 'operator', { ...reboot, names: ['leeds'] }],
    ['POST', '/api/commands/5f0c1f0e-2c3a-4a57-9d9b-0f6f1d6b7a11/cancel', 'operator'],
    ['POST', '/api/alerts/999/acknowledge', 'operator', {}],
    ['GET', '/api/releases', 'viewer'],
    ['GET', '/api/rollouts', 'viewer'],
    ['GET', '/api/rollouts/5f0c1f0e-2c3a-4a57-9d9b-0f6f1d6b7a11', 'viewer'],
    ['POST', '/api/rollouts', 'operator', { release: 'models/pebble/2', waves: [{ permille: 1_000 }] }],
    ['POST', '/api/rollouts?dry=true', 'operator', { release: 'models/pebble/2', waves: [{ devices: 1 }] }],
    ['POST', '/api/rollouts/5f0c1f0e-2c3a-4a57-9d9b-0f6f1d6b7a11/start', 'operator', {}],
    ['POST', '/api/rollouts/5f0c1f0e-2c3a-4a57-9d9b-0f6f1d6b7a11/pause', 'operator', {}],
    ['POST', '/api/rollouts/5f0c1f0e-2c3a-4a57-9d9b-0f6f1d6b7a11/resume', 'operator', {}],
    ['POST', '/api/rollouts/5f0c1f0e-2c3a-4a57-9d9b-0f6f1d6b7a11/approve', 'operator', {}],
    ['POST', '/api/rollouts/5f0c1f0e-2c3a-4a57-9d9b-0f6f1d6b7a11/halt', 'operator', { rollBack: true }],
    ['GET', '/api/claims', 'operator'],
    ['POST', '/api/claims', 'operator', {}],
    ['DELETE', '/api/claims/999', 'operator'],
    ['PUT', '/api/devices/leeds/names', 'admin', { names: ['chat.example.com'] }],
    ['GET', '/api/operators', 'admin'],
    ['POST', '/api/operators', 'admin', { name: 'zoe', role: 'viewer', password }],
    ['PATCH', '/api/operators/zoe', 'admin', { role: 'operator' }],
    ['DELETE', '/api/operators/zoe', 'admin'],
    ['GET', '/api/audit', 'admin'],
    ['POST', '/api/devices/nowhere/revoke', 'admin', { because: 'stolen' }],
  ];

  test.each(least)('%s %s is for %s and those above', async (method, path, role, payload) => {
    for (const asker of roles) {
      const answer = await door.ask(method, path, {
        headers: headers[asker] ?? {},
        ...(payload ? { payload } : {}),
      });
      const isLet = roles.indexOf(asker) >= roles.indexOf(role);
      const code = codeIn(answer);
      if (isLet)
        expect([asker, code], answer.body).not.toEqual([
          asker,
          expect.stringMatching(/^(?:not-signed-in|forbidden)$/),
        ]);
      else expect([asker, code]).toEqual([asker, asker === 'nobody' ? 'not-signed-in' : 'forbidden']);
      expect(answer.statusCode, answer.body).toBeLessThan(500);
      if (path === '/api/logout' && asker !== 'nobody') headers[asker] = await door.signIn(names[asker]);
    }
  });

  test('every route stands in the table, so that none is open by oversight', () => {
    const known = new Set(least.map(([method, path]) => `${method} ${patternOf(path)}`));
    const routes = routesOf(door).filter((route) => !/ (?:\/|\/metrics|\/api\/live)$/.test(route));
    expect(routes.filter((route) => !known.has(route))).toEqual([]);
  });
});

const patternOf = (path: string): string =>
  path
    .replace(/^\/api\/devices\/(?:leeds|nowhere)/, '/api/devices/:name')
    .replace(/^\/api\/(operators)\/\w+$/, '/api/$1/:name')
    .replace(/\/(?:999|5f0c1f0e-[0-9a-f-]+)/, '/:id');

/** As Fastify prints its tree. */
function routesOf({ app }: Door): string[] {
  const document = app.swagger() as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  );
}

describe('coming in', () => {
  test('the one-time code makes the first admin, once; its cookie is for this host alone and no script reads it', async () => {
    await using fresh = await openDoor();
    const code = await fresh.operators.openSetup();
    expect(Me.parse((await fresh.ask('GET', '/api/me')).json())).toMatchObject({
      needsSetup: true,
      operator: null,
    });
    expect(codeIn(await fresh.ask('POST', '/api/login', { payload: { name: 'anna', password } }))).toBe(
      'setup-needed',
    );
    const wrong = { code: 'AAAA-AAAA', name: 'anna', password };
    expect(codeIn(await fresh.ask('POST', '/api/setup', { payload: wrong }))).toBe('wrong-code');
    const right = await fresh.ask('POST', '/api/setup', { payload: { ...wrong, code } });
    expect(Me.parse(right.json())).toMatchObject({
      operator: { name: 'anna', role: 'admin' },
      needsSetup: false,
    });
    expect(right.cookies[0]).toMatchObject({
      name: 'rockpool-fleet',
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
    });
    expect(codeIn(await fresh.ask('POST', '/api/setup', { payload: { ...wrong, code, name: 'eve' } }))).toBe(
      'conflict',
    );
  });

  test('over TLS the cookie travels over nothing else, and browsers are told to stay with it', async () => {
    await using secure = await openDoor({ isBehindTls: true });
    await secure.add('anna', 'admin');
    const answer = await secure.ask('POST', '/api/login', { payload: { name: 'anna', password } });
    expect(answer.cookies[0]).toMatchObject({ name: '__Host-rockpool-fleet', secure: true, path: '/' });
    expect(answer.headers['strict-transport-security']).toMatch(/max-age/);
  });

  test('signed out is out, whatever the browser still has', async () => {
    const cookie = await door.signIn('vera');
    const answer = await door.ask('POST', '/api/logout', { headers: cookie });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers['set-cookie']).toMatch(/rockpool-fleet=;/);
    expect(codeIn(await door.ask('GET', '/api/devices', { headers: cookie }))).toBe('not-signed-in');
  });

  test('guessing a password is slowed down, with a time to wait', async () => {
    const codes: string[] = [];
    for (let n = 0; n < 30 && codes.at(-1) !== 'too-many-requests'; n += 1) {
      const answer = await door.ask('POST', '/api/login', {
        payload: { name: 'olga', password: `wrong ${n}` },
      });
      codes.push(codeIn(answer));
      if (codes.at(-1) === 'too-many-requests')
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(codes.at(-1)).toBe('too-many-requests');
  });

  test('a key of a program works by its header, for what its role may, until it is revoked', async () => {
    const made = await door.ask('POST', '/api/keys', {
      headers: headers['admin'] ?? {},
      payload: { label: 'grafana', role: 'viewer' },
    });
    const { key, id } = made.json() as { key: string; id: number };
    const bearer = { authorization: `Bearer ${key}` };
    expect(codeIn(await door.ask('GET', '/api/devices', { headers: bearer }))).toBe('ok');
    expect(codeIn(await door.ask('GET', '/api/audit', { headers: bearer }))).toBe('forbidden');
    await door.ask('DELETE', `/api/keys/${id}`, { headers: headers['admin'] ?? {} });
    // Also where nobody needs one: its owner should hear of it.
    expect(codeIn(await door.ask('GET', '/api/me', { headers: bearer }))).toBe('not-signed-in');
  });
});

describe('strangers', () => {
  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:8444', '[::2]', 'a b'])(
    'a name that is not ours (%s) is answered nothing, for it was made to lead here',
    async (name) => {
      const answer = await door.ask('GET', '/api/me', { headers: { host: name } });
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
      expect(answer.body).not.toContain('controller"');
    },
  );
  test.each(['127.0.0.1:8444', 'LOCALHOST:1', 'fleet.example.com', '[::1]:8444'])(
    'our own name (%s) is answered',
    async (name) => {
      expect((await door.ask('GET', '/api/me', { headers: { host: name } })).statusCode).toBe(200);
    },
  );
  test.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: `http://${host.replace('8444', '9000')}` },
  ])('a page of another origin (%j) may ask nothing, not even with the cookie', async (from) => {
    const answer = await door.ask('GET', '/api/devices', {
      headers: { ...headers['admin'], ...from } as Record<string, string>,
    });
    expect(codeIn(answer)).toBe('foreign-origin');
  });
  test('a link from elsewhere opens the dashboard, and no answer of the API', async () => {
    const linked = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(codeIn(await door.ask('GET', '/', { headers: linked }))).toBe('not-found'); // not built here, but let through
    expect(codeIn(await door.ask('GET', '/api/openapi.json', { headers: linked }))).toBe('foreign-origin');
    expect(codeIn(await door.ask('GET', '/metrics', { headers: linked }))).toBe('foreign-origin');
  });
  test.each([
    ['no JSON', '{', 'bad-request'],
    ['another prototype', '{"name":"a","password":"b","__proto__":{"role":"admin"}}', 'bad-request'],
    ['more than was asked for', '{"name":"anna","password":"x","role":"admin"}', 'bad-request'],
    ['a number without end', '{"name":1e400,"password":"x"}', 'bad-request'],
    ['brackets', `{"name":${'['.repeat(100_000)}`, 'bad-request'],
    ['a megabyte', `{"name":"${'a'.repeat(1_100_000)}"}`, 'too-large'],
  ])('%s is refused with a sentence', async (_, payload, code) => {
    const answer = await door.ask('POST', '/api/login', {
      payload,
      headers: { 'content-type': 'application/json' },
    });
    expect(codeIn(answer)).toBe(code);
    expect(answer.body).not.toMatch(/at .*\.ts|node_modules/);
  });
  test('another type than JSON, which a foreign form could send, is refused', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(codeIn(await door.ask('POST', '/api/login', { payload: 'name=anna', headers: form }))).toBe(
      'unsupported-type',
    );
  });
  test('every answer carries the headers, refusals too', async () => {
    for (const path of ['/api/me', '/api/devices', '/nothing', '/']) {
      const answer = await door.ask('GET', path);
      expect(answer.headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });
});

describe('deeds', () => {
  const admin = () => ({ headers: headers['admin'] ?? {} });

  test('whatever changes something stands in the audit with who did it', async () => {
    const before = (await listAudit(door.db, 1))[0]?.seq ?? 0;
    const claim = await door.ask('POST', '/api/claims', {
      ...admin(),
      payload: { labels: { branch: 'york' } },
    });
    const { id, line, file } = claim.json() as { id: number; line: string; file: string };
    expect(line).toMatch(/^ROCKPOOL1 /);
    expect(JSON.parse(file)).toMatchObject({ version: 1, controller: 'https://127.0.0.1:8443' });
    expect((await door.ask('DELETE', `/api/claims/${id}`, admin())).statusCode).toBe(204);
    await door.ask('PATCH', '/api/devices/leeds', { ...admin(), payload: { labels: { floor: '2' } } });
    await door.ask('POST', '/api/devices/leeds/commands', {
      ...admin(),
      payload: { order: { name: 'reboot', args: {} } },
    });
    await door.ask('POST', '/api/operators', {
      ...admin(),
      payload: { name: 'zoe', role: 'viewer', password },
    });
    const done = (await listAudit(door.db, 20)).filter(({ seq }) => seq > before);
    expect(done.map(({ action, who }) => `${action} by ${who}`).reverse()).toEqual([
      'claim-create by anna',
      'claim-revoke by anna',
      'device-label by anna',
      'command-create by anna',
      'operator-add by anna',
    ]);
    const told = (await door.ask('GET', '/api/audit?limit=2', admin())).json() as {
      entries: { seq: number }[];
    };
    const next = await door.ask('GET', `/api/audit?limit=2&before=${told.entries[1]?.seq}`, admin());
    expect((next.json() as typeof told).entries[0]?.seq).toBe((told.entries[1]?.seq ?? 0) - 1);
  });

  test('labels that are sent are all that a device has from then on', async () => {
    const answer = await door.ask('PATCH', '/api/devices/leeds', {
      ...admin(),
      payload: { labels: { branch: 'hull' } },
    });
    expect(answer.json()).toMatchObject({ name: 'leeds', labels: { branch: 'hull' } });
    expect(Object.keys((answer.json() as { labels: object }).labels)).toEqual(['branch']);
  });

  test('a device that is not there, a page that nobody gave out, a sort that we have not: each says so', async () => {
    expect(codeIn(await door.ask('GET', '/api/devices/nowhere', admin()))).toBe('not-found');
    expect(codeIn(await door.ask('GET', '/api/devices?after=x', admin()))).toBe('bad-request');
    expect(codeIn(await door.ask('GET', '/api/devices?sort=colour', admin()))).toBe('bad-request');
    expect(codeIn(await door.ask('GET', '/api/devices?limit=100000', admin()))).toBe('bad-request');
  });

  test('filters come by the address, several of a kind too', async () => {
    const count = async (query: string): Promise<number> =>
      ((await door.ask('GET', `/api/devices?${query}`, admin())).json() as { total: number }).total;
    expect(await count('label=branch%3Dhull&presence=online&presence=offline')).toBe(1);
    expect(await count('label=branch%3Dhull&label=floor%3D9')).toBe(0);
    expect(await count('presence=offline')).toBe(0);
    expect(await count('search=LEE')).toBe(1);
  });
});

describe('probes', () => {
  test('alive is not ready: what is missing is said', async () => {
    door.lose(['the database does not answer']);
    const answer = await door.ask('GET', '/readyz');
    expect([answer.statusCode, answer.json()]).toEqual([
      503,
      { ready: false, missing: ['the database does not answer'] },
    ]);
    expect((await door.ask('GET', '/healthz')).statusCode).toBe(200);
    door.lose([]);
    expect((await door.ask('GET', '/readyz')).statusCode).toBe(200);
  });

  test('metrics are for this machine, and for keys elsewhere; a proxy on this machine is elsewhere', async () => {
    const from = (remoteAddress: string, more: Record<string, string> = {}) =>
      door.ask('GET', '/metrics', { remoteAddress, headers: more });
    expect((await from('127.0.0.1')).body).toMatch(/^rockpool_fleet_devices\{presence="online"\} 1$/m);
    expect(codeIn(await from('192.168.1.20'))).toBe('not-signed-in');
    expect(codeIn(await from('127.0.0.1', { 'x-forwarded-for': '10.0.0.9' }))).toBe('not-signed-in');
    expect((await from('192.168.1.20', headers['viewer'])).statusCode).toBe(200);
  });
});

test('cookies of two doors are told apart by their name', async () => {
  expect(cookieOf(await door.ask('POST', '/api/login', { payload: { name: 'anna', password } }))).toMatch(
    /^rockpool-fleet=.{30,}/,
  );
});
