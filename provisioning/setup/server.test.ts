import { X509Certificate } from 'node:crypto';
import { get } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { createAuthority, createKeyPairP256, issue, keyToPem } from '@rockpool/signing/x509';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { labelCode, recovery } from './fake-root.fixture.ts';
import { cookieOf, openSetup, type Setup } from './page.fixture.ts';

let setup: Setup;
beforeEach(async () => {
  setup = await openSetup();
  await expect.poll(async () => (await setup.send('/setup/api/state')).status).toBe(200);
});
afterEach(() => setup.close());

const signedIn = async () => ({ cookie: cookieOf(await setup.open(labelCode)) });
const post = (path: string, body: unknown, headers = {}) =>
  setup.send(path, { method: 'POST', body, headers });

test('a stranger learns the name, the phase and which checks fail, and nothing more', async () => {
  expect((await setup.send('/setup/api/state')).json).toEqual({
    ...{ name: 'leeds', phase: 'fresh', waitS: 0, missing: ['disk-encrypted'] },
  });
  for (const path of ['progress', 'events']) {
    expect((await setup.send(`/setup/api/${path}`)).json.error.code, path).toBe('not-signed-in');
  }
  for (const path of ['start', 'kept']) {
    const answer = await post(`/setup/api/${path}`, { language: 'en' });
    expect([answer.status, answer.text.includes('disk')], path).toEqual([401, false]);
  }
  expect(setup.root.phase).toBe('fresh');
});

test('the code of the label opens the page, however it was typed', async () => {
  for (const typed of [labelCode, '7kqm2xwr', ' 7KQM–2XWR ', '７ＫＱＭ ２ＸＷＲ']) {
    const answer = await setup.open(typed);
    expect([typed, answer.status, answer.json.phase]).toEqual([typed, 200, 'fresh']);
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      /^__Host-rockpool-setup=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    );
  }
});

test('wrong codes make an address wait longer and longer, also over a restart, and then even the right one waits', async () => {
  for (let n = 1; n <= 4; n += 1) {
    const { status, json } = await setup.open('AAAA-AAAA');
    expect([n, status, json.error.code, json.error.retryAfterS]).toEqual([n, 401, 'wrong-code', undefined]);
  }
  const fifth = await setup.open('AAAA-AAAA');
  expect([fifth.status, fifth.headers['retry-after']]).toEqual([401, '2']);
  await setup.restart();
  await expect.poll(async () => (await setup.send('/setup/api/state')).json.waitS).toBe(2);
  const right = await setup.open(labelCode);
  expect([right.status, right.headers['retry-after']]).toEqual([429, '2']);
  setup.clock.at += 2;
  expect((await setup.open('AAAA-AAAA')).headers['retry-after']).toBe('4');
  setup.clock.at += 4;
  expect((await setup.open(labelCode)).status).toBe(200);
});

test('guesses sent at once are counted one by one', async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, () => setup.open('AAAA-AAAA')));
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
});

test('the code dies with the setup', async () => {
  const headers = await signedIn();
  await setup.root.work();
  const places = [3, 17];
  const asked = { places, words: places.map((place) => recovery.words[place]) };
  expect((await post('/setup/api/kept', asked, headers)).status).toBe(200);
  const again = await setup.open(labelCode);
  expect([again.status, again.json.error.code, again.headers['set-cookie']]).toEqual([
    410,
    'gone',
    undefined,
  ]);
});

test('the recovery key is told in its phase only, to the holder of the code only', async () => {
  const headers = await signedIn();
  expect((await setup.send('/setup/api/progress', { headers })).json.recovery).toBeNull();
  await setup.root.work();
  await expect
    .poll(async () => (await setup.send('/setup/api/progress', { headers })).json.recovery?.words)
    .toEqual(recovery.words);
  expect((await setup.send('/setup/api/state')).text).not.toContain(recovery.words[0]);
  expect(
    (await setup.send('/setup/api/progress', { headers: { cookie: '__Host-rockpool-setup=x' } })).status,
  ).toBe(401);
  const places = [0, 1];
  const wrong = await post('/setup/api/kept', { places, words: ['zoo', 'zoo'] }, headers);
  expect([wrong.status, wrong.json.error.code, setup.root.phase]).toEqual([400, 'bad-request', 'recovery']);
});

test('progress comes as events, the whole of it each time, and ends with the reader', async () => {
  const headers = await signedIn();
  const events: string[] = [];
  const reader = get({
    ...{ host: '127.0.0.1', port: setup.port(), path: '/setup/api/events', rejectUnauthorized: false },
    headers: { host: 'leeds.local', ...headers },
  });
  reader.on('error', () => undefined);
  reader.on('response', (response) => {
    response.on('error', () => undefined);
    response.on('data', (piece: Buffer) => {
      events.push(
        ...piece
          .toString()
          .split('\n\n')
          .filter((event) => event.startsWith('data: ')),
      );
    });
  });
  const newest = () => JSON.parse(events.at(-1)?.slice(6) ?? '{}');
  await expect.poll(() => newest().phase).toBe('fresh');
  expect(
    (await post('/setup/api/start', { name: 'york', claim: 'RP-1', language: 'zh' }, headers)).status,
  ).toBe(200);
  await expect.poll(() => [newest().phase, newest().name]).toEqual(['working', 'york']);
  setup.root.set('clock', 'done', 'The time is set.');
  await expect
    .poll(() => newest().steps[0])
    .toEqual({ id: 'clock', state: 'done', says: 'The time is set.' });
  reader.destroy();
});

test('the name given on the page is one that the page answers to', async () => {
  const asking = { headers: { host: 'york.local' } };
  expect((await setup.send('/setup/api/state', asking)).status).toBe(421);
  await post('/setup/api/start', { name: 'york', language: 'en' }, await signedIn());
  await expect.poll(async () => (await setup.send('/setup/api/state', asking)).status).toBe(200);
});

test("what root's side refuses is told in its words", async () => {
  setup.root.refuses = {
    code: 'bad-request',
    message: 'A letter of this claim is mistyped; compare it group by group.',
  };
  const answer = await post('/setup/api/start', { claim: 'RP-1', language: 'en' }, await signedIn());
  expect([answer.status, answer.json.error.message]).toEqual([400, setup.root.refuses.message]);
});

test('a locked device takes its recovery key from anyone, throttled, and no code', async () => {
  setup.root.phase = 'locked';
  setup.root.codeHash = null;
  setup.root.tell();
  await expect.poll(async () => (await setup.send('/setup/api/state')).json.phase).toBe('locked');
  for (let n = 0; n < 5; n += 1) {
    expect((await post('/setup/api/unlock', { recoveryKey: 'no such key' })).json.error.code).toBe(
      'wrong-code',
    );
  }
  expect((await post('/setup/api/unlock', { recoveryKey: recovery.key })).status).toBe(429);
  setup.clock.at += 2;
  expect((await post('/setup/api/unlock', { recoveryKey: recovery.words.join(' ') })).status).toBe(200);
  const late = await post('/setup/api/unlock', { recoveryKey: recovery.key });
  await expect.poll(() => setup.root.phase).toBe('done');
  expect([200, 409]).toContain(late.status);
});

test.each([
  ['another name', { host: 'evil.example' }, 421, 'unknown-host'],
  ['an address that is not where it came to', { host: '192.168.1.1' }, 421, 'unknown-host'],
  ['a page elsewhere', { origin: 'https://evil.example' }, 403, 'foreign-origin'],
  ['the same name in the clear', { origin: 'http://leeds.local' }, 403, 'foreign-origin'],
  ['a page of a neighbouring site', { 'sec-fetch-site': 'same-site' }, 403, 'foreign-origin'],
])('%s may not ask', async (_, headers, status, code) => {
  const answer = await post('/setup/api/open', { code: labelCode }, headers);
  expect([answer.status, answer.json.error.code]).toEqual([status, code]);
});

test('the address that the connection came to is a name of ours, and so is our own page', async () => {
  const host = `127.0.0.1:${setup.port()}`;
  const answer = await post(
    '/setup/api/open',
    { code: labelCode },
    { host, origin: `https://${host}`, 'sec-fetch-site': 'same-origin' },
  );
  expect(answer.status).toBe(200);
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  expect((await setup.send('/', { headers: link })).status).toBe(200);
});

test('bodies are small, JSON, and of the right shape', async () => {
  const long = await post('/setup/api/open', { code: 'x'.repeat(17_000) });
  expect([long.status, long.json.error.code]).toEqual([413, 'too-large']);
  const form = await post('/setup/api/open', 'code=1', {
    'content-type': 'application/x-www-form-urlencoded',
  });
  expect(form.status).toBe(415);
  for (const body of ['{', '[]', '{"code":7}', '{"code":"a","more":1}', '{"code":""}']) {
    expect((await post('/setup/api/open', body)).status, body).toBe(400);
  }
  expect((await setup.send('/setup/api/open')).status).toBe(405);
  const headers = await signedIn();
  for (const body of [
    { language: 'fr' },
    { name: 'x'.repeat(64), language: 'en' },
    { places: [0], words: ['a'] },
  ]) {
    expect((await post('/setup/api/start', body, headers)).status).toBe(400);
  }
});

test('files are those of the page and no others, however their path is spelled', async () => {
  expect((await setup.send('/')).headers['content-type']).toBe('text/html; charset=utf-8');
  const packed = await setup.send('/assets/setup-1.js', { headers: { 'accept-encoding': 'gzip, br' } });
  expect([packed.headers['content-encoding'], packed.text]).toEqual(['br', 'compressed']);
  for (const accepted of ['identity', 'br;q=0', '']) {
    const plain = await setup.send('/assets/setup-1.js', { headers: { 'accept-encoding': accepted } });
    expect([plain.headers['content-encoding'], plain.text]).toEqual([undefined, 'export {};']);
  }
  for (const path of [
    '/../secret.html',
    '/assets/../../secret.html',
    '/assets/..%2f..%2fsecret.html',
    '/assets/%2e%2e/%2e%2e/secret.html',
    '/assets/setup-1.js.br',
    '/setup.html/',
    '//etc/passwd',
    '/__proto__',
    '/constructor',
    'http://leeds.local/../secret.html',
  ]) {
    const answer = await setup.send(path);
    expect([path, answer.status, answer.text.includes('not for anyone')]).toEqual([path, 404, false]);
  }
});

test('every answer carries the policy, errors too, and none promises TLS for ever', async () => {
  for (const path of ['/', '/setup/api/state', '/nowhere', '/setup/api/progress']) {
    const { headers } = await setup.send(path);
    expect(headers['content-security-policy'], path).toContain("default-src 'none'");
    expect(headers['x-content-type-options'], path).toBe('nosniff');
    expect(headers['strict-transport-security'], path).toBeUndefined();
  }
});

test('the authority is there to install as soon as there is one, in three forms of the same bytes', async () => {
  expect((await setup.send('/ca.crt')).status).toBe(404);
  await setup.root.work();
  await expect.poll(async () => (await setup.send('/ca.crt')).status).toBe(200);
  const raw = async (path: string) => Buffer.from((await setup.send(path)).text);
  const der = new X509Certificate(setup.root.authority?.pem ?? '').raw;
  expect((await raw('/ca.crt')).length).toBe((await raw('/ca.cer')).length);
  const profile = await setup.send('/ca.mobileconfig');
  expect(profile.headers['content-type']).toBe('application/x-apple-aspen-config');
  expect(profile.text).toContain(`<data>${der.toString('base64')}</data>`);
  expect(profile.text).toContain('Harbour &amp; Sons Rockpool CA');
});

const handshake = (options: object): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: setup.port(), rejectUnauthorized: false, ...options });
    socket.once('secureConnect', () => resolve(socket)).once('error', reject);
  });

test('TLS 1.3 is spoken and nothing older', async () => {
  const socket = await handshake({});
  expect(socket.getProtocol()).toBe('TLSv1.3');
  socket.destroy();
  for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2']) {
    const older = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(handshake(older), version).rejects.toThrow(/alert|version|ECONNRESET/i);
  }
});

test("the device's own certificate is shown once it exists, but never under an open page", async () => {
  const shown = async () => {
    const socket = await handshake({ servername: 'leeds.local' });
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  const first = await shown();
  expect(first).toBe(new X509Certificate(setup.pair.cert).fingerprint256);
  const headers = await signedIn();
  const authority = await createAuthority({ name: 'Office', years: 1, at: new Date() });
  const keys = createKeyPairP256();
  const chain = await issue(authority, keys.publicKey, {
    ...{ cn: 'leeds.local', dns: ['leeds.local'], days: 1, usages: ['server'], at: new Date() },
  });
  setup.root.pair = { chain, key: keyToPem(keys.privateKey), authority: authority.certificate };
  await setup.root.work();
  await expect
    .poll(async () => (await setup.send('/setup/api/progress', { headers })).json.phase)
    .toBe('recovery');
  expect(await shown()).toBe(first);
  await setup.restart();
  await expect.poll(shown).toBe(new X509Certificate(chain).fingerprint256);
});

test("a page that is open before root's side answers says so, and goes on when it does", async () => {
  await setup.root.close();
  await setup.restart();
  const answer = await setup.send('/setup/api/state');
  expect([answer.status, answer.json.error.code, answer.headers['retry-after']]).toEqual([503, 'busy', '2']);
});

test('what is no TLS and what is never finished holds nobody up', async () => {
  const socket = connectPlain(setup.port(), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await new Promise((resolve) => socket.once('close', resolve));
  expect((await setup.send('/setup/api/state')).status).toBe(200);
});

test('nothing that was typed is logged', async () => {
  await setup.open('AAAA-AAAA');
  await setup.open(labelCode);
  expect(setup.logged).toEqual(['wrong setup code from 127.0.0.1', 'setup opened from 127.0.0.1']);
});
