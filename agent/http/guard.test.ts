import { connect } from 'node:net';
import { isOwnOrigin } from '@rockpool/protocol/own-host';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { App } from './app.ts';
import { type Door, host, local, openDoor, password } from './door.fixture.ts';

let door: Door;
let key: string;
let chatKey: string;
let cookie: { cookie: string };

function extraRoutes(app: App): void {
  app.get('/', { config: { access: 'public' } }, () => 'the page');
  app.get('/v1/models', { config: { access: { key: 'models' } } }, () => 'models');
  app.post('/v1/chat', { config: { access: { key: 'chat' } } }, () => 'chat');
  app.get('/api/files/*', () => 'file');
}

beforeEach(async () => {
  door = await openDoor({ routes: extraRoutes });
  await door.add('Ada', 'admin');
  const ben = await door.add('Ben');
  const as = { person: ben, via: 'cookie', scopes: ['all'], credentialId: 0 } as const;
  ({ key } = await door.auth.createKey(as, { label: 'all', scopes: ['all'] }));
  ({ key: chatKey } = await door.auth.createKey(as, { label: 'chat', scopes: ['chat'] }));
  cookie = await door.signIn('ben');
});
afterEach(() => door.close());

const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
const codeOf = (answer: { json(): { error?: { code: string } } }): string | undefined =>
  answer.json().error?.code;

describe('a name that is not the device', () => {
  test.each([
    'evil.example',
    'evil.example:8080',
    'rockpool.local.evil.example',
    'rockpool.local@evil.example',
    'rockpool.local:80:80',
    '',
    '[::2]',
  ])('is refused: %j', async (name) => {
    const answer = await door.ask('GET', '/api/me', { headers: { host: name, ...cookie } });
    expect([answer.statusCode, codeOf(answer)]).toEqual([421, 'unknown-host']);
  });

  test.each(['rockpool.local', 'ROCKPOOL.local:8080', '127.0.0.1:9', '[::1]:8080'])(
    'is not this one: %j',
    async (name) => {
      expect((await door.ask('GET', '/api/me', { headers: { host: name, ...cookie } })).statusCode).toBe(200);
    },
  );

  test('is refused on every path, and without a name at all', async () => {
    const evil = { host: 'evil.example' };
    for (const path of ['/', '/nowhere', '/v1/models', '/api/login']) {
      expect((await door.ask('GET', path, { headers: evil })).statusCode).toBe(421);
    }
    const answer = await rawly('GET / HTTP/1.0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 421 /);
  });
});

/** Bytes that no client library would send. */
async function rawly(request: string): Promise<string> {
  const address = new URL(await door.app.listen({ port: 0, host: '127.0.0.1' }));
  return await new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(address.port), address.hostname, () => socket.end(request));
    socket.on('data', (bytes) => {
      answer += bytes;
    });
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}

test.each([
  ['a verb and nothing else', 'GARBAGE\r\n\r\n', 400],
  [
    'two lengths',
    'POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    400,
  ],
  ['headers without end', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
])('bytes that are no request get a sentence in the usual shape: %s', async (_, bytes, status) => {
  const [head = '', body = ''] = (await rawly(bytes)).split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(body)).toEqual({
    error: { code: 'bad-request', message: expect.stringMatching(/^[A-Z].*\.$/) },
  });
});

describe('a page on another origin', () => {
  const foreign: [string, Record<string, string>][] = [
    ['another site', { origin: 'http://evil.example' }],
    ['another port of the same machine', { origin: 'http://rockpool.local:3000' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['garbage', { origin: 'rockpool.local:8080' }],
    ['a cross-site request without origin', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    ['another name under the same domain', { 'sec-fetch-site': 'same-site' }],
  ];

  test.each(foreign)('gets nothing and does nothing: %s', async (_, headers) => {
    const asks = [
      door.ask('GET', '/api/me', { headers: { ...headers, ...cookie } }),
      door.ask('POST', '/api/keys', { headers: { ...headers, ...cookie }, payload: { label: 'csrf' } }),
      door.ask('POST', '/api/login', { headers, payload: { name: 'ada', password } }),
      door.ask('GET', '/v1/models', { headers: { ...headers, ...bearer(key) } }),
      door.ask('OPTIONS', '/api/me', { headers: { ...headers, 'access-control-request-method': 'POST' } }),
      door.ask('GET', '/api/nowhere', { headers }),
    ];
    for (const answer of await Promise.all(asks)) {
      expect(answer.statusCode).toBe(403);
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      expect(answer.headers).not.toHaveProperty('set-cookie');
    }
    expect((await door.ask('GET', '/api/keys', { headers: cookie })).json().keys).toHaveLength(2);
  });

  test('may link to the page, and to nothing else, however the address is spelled', async () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await door.ask('GET', '/', { headers: link })).statusCode).toBe(200);
    for (const path of ['/api/me', '/%61pi/me', '/v1/models', '/api/files/a.pdf']) {
      expect((await door.ask('GET', path, { headers: { ...link, ...cookie } })).statusCode, path).toBe(403);
    }
  });

  test('is one under our own name without TLS, where we speak TLS', () => {
    expect(isOwnOrigin('http://rockpool.local', 'rockpool.local', true)).toBe(false);
    expect(isOwnOrigin('https://rockpool.local', 'rockpool.local', true)).toBe(true);
    // A proxy in front may speak TLS for us.
    expect(isOwnOrigin('https://rockpool.local', 'rockpool.local', false)).toBe(true);
  });

  test('is not our own', async () => {
    for (const headers of [
      { origin: `http://${host}` },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ]) {
      expect((await door.ask('GET', '/api/me', { headers: { ...headers, ...cookie } })).statusCode).toBe(200);
    }
  });
});

describe('credentials', () => {
  test('the cookie opens /api and never /v1', async () => {
    expect((await door.ask('GET', '/api/me', { headers: cookie })).statusCode).toBe(200);
    const answer = await door.ask('GET', '/v1/models', { headers: cookie });
    expect(answer.statusCode).toBe(401);
    expect(answer.json().error).toMatchObject({ type: 'authentication_error', code: 'invalid_api_key' });
  });

  test('an API key opens /v1 as far as its scopes go, and never /api', async () => {
    expect((await door.ask('GET', '/v1/models', { headers: bearer(key) })).body).toBe('models');
    expect((await door.ask('GET', '/v1/models', { headers: { 'x-api-key': key } })).body).toBe('models');
    expect((await door.ask('POST', '/v1/chat', { headers: bearer(chatKey) })).body).toBe('chat');
    const answer = await door.ask('GET', '/v1/models', { headers: bearer(chatKey) });
    expect([answer.statusCode, answer.json().error.type]).toEqual([403, 'permission_error']);
    for (const path of ['/api/me', '/api/keys', '/api/people']) {
      expect((await door.ask('GET', path, { headers: bearer(key) })).statusCode).toBe(403);
    }
  });

  test('a key beside a cookie is the one that counts', async () => {
    expect((await door.ask('GET', '/api/me', { headers: { ...cookie, ...bearer(key) } })).statusCode).toBe(
      403,
    );
    expect(
      (await door.ask('GET', '/api/me', { headers: { ...cookie, ...bearer('rp-nobody') } })).statusCode,
    ).toBe(401);
  });

  test('nobody and members are kept from what is for administrators or the command line', async () => {
    const admin = await door.signIn('ada');
    for (const [headers, path, status] of [
      [{}, '/api/me', 401],
      [{}, '/api/people', 401],
      [{ cookie: 'rockpool=guess' }, '/api/me', 401],
      [cookie, '/api/people', 403],
      [admin, '/api/people', 200],
      [local, '/api/people', 200],
    ] as const) {
      expect((await door.ask('GET', path, { headers })).statusCode).toBe(status);
    }
    const person = { name: 'Eve', role: 'admin', password };
    for (const [headers, status] of [
      [{}, 401],
      [cookie, 403],
      [admin, 403],
      [bearer(key), 403],
      [local, 201],
    ] as const) {
      expect((await door.ask('POST', '/api/local/people', { headers, payload: person })).statusCode).toBe(
        status,
      );
    }
  });

  test('the command line acts as whom it names, in any script', async () => {
    await door.add('李雷');
    const me = (name: string) => door.ask('GET', '/api/me', { headers: { ...local, 'x-rockpool-as': name } });
    expect((await me(encodeURIComponent('李雷'))).json()).toMatchObject({ name: '李雷' });
    expect((await me('nobody')).statusCode).toBe(404);
    expect((await me('%E6%9D')).statusCode).toBe(400);
    const other = await door.ask('GET', '/api/me', { headers: { ...cookie, 'x-rockpool-as': 'ada' } });
    expect(other.json()).toMatchObject({ name: 'Ben' });
  });
});

describe('an address', () => {
  test.each([
    ['DELETE', '/api/me', 'GET, HEAD'],
    ['PUT', '/api/people/5', 'DELETE, PATCH'],
    ['GET', '/api/login', 'POST'],
    ['POST', '/api/files/a/b', 'GET, HEAD'],
    ['POST', '/v1/models', 'GET, HEAD'],
  ] as const)('that is not for this method says what it is for: %s %s', async (method, path, allow) => {
    const answer = await door.ask(method, path, { headers: cookie });
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, allow]);
  });

  test('that nobody serves is not found', async () => {
    for (const path of ['/api/nowhere', '/api/people/5/6', '/api/me/', '/v1']) {
      expect((await door.ask('GET', path)).statusCode).toBe(404);
    }
  });

  test.each(['/api/%zz', '/v1/%zz', `/api/invites/${'x'.repeat(300)}`])(
    'that is none is refused in one sentence: %s',
    async (path) => {
      const answer = await door.ask('GET', path);
      expect([400, 404, 414]).toContain(answer.statusCode);
      expect(answer.json().error.message).toMatch(/^[A-Z].*\.$/);
    },
  );

  test('answers with the headers that keep a page from framing and sniffing it, also when it refuses', async () => {
    for (const path of ['/', '/api/nowhere', '/api/me']) {
      expect((await door.ask('GET', path)).headers).toMatchObject({
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
    }
  });
});
