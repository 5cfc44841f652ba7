import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packBundle } from '../cli/bundle.ts';
import { tarEnd, tarHeader, tarPadding } from '../host/backup/tar.ts';
import { type StartedFront, setupCode, startFront, wellTree } from './appliance-mode.ts';
import { dressesOf, lookInside, secretsIn } from './look-inside.ts';

let tree: Awaited<ReturnType<typeof wellTree>>;
let front: StartedFront;
beforeEach(async () => {
  tree = await wellTree();
  front = await startFront(tree.root);
});
afterEach(async () => {
  await front.close();
  tree.remove();
});

/** Said by a person, in every way that there is to say something. */
const sentence = 'The merger with Halvorsen closes on the ninth of March';
const recoveryKey = 'cbdefghi-jklnrtuv-ccddeeff-gghhiijj-kkllnnrr-ttuuvvcb-dcebfdge-hfigjhki';
const recoveryWords =
  'abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire across act action actor actress actual';

interface Driven {
  secrets: Map<string, string | Uint8Array>;
  backup: Buffer;
  app: Awaited<ReturnType<StartedFront['openAgent']>>['app'];
}

/** Everything that a person can give to the system, or gets from it, that opens something. */
async function drive(): Promise<Driven> {
  const { ask } = front;
  const secrets = new Map<string, string | Uint8Array>();
  const keep = <T extends string | Uint8Array>(name: string, secret: T): T => {
    secrets.set(name, secret);
    return secret;
  };
  const local = { authorization: `Bearer ${keep('local credential', 'of-a-test')}` };
  const cookieOf = (answer: { headers: Record<string, unknown> }, whose: string): { cookie: string } => {
    const cookie = String((answer.headers['set-cookie'] as string[])[0]).split(';', 1)[0] ?? '';
    keep(`cookie of ${whose}`, cookie.split('=')[1] ?? '');
    return { cookie };
  };
  const json = async (...asked: Parameters<typeof ask>) => {
    const answer = await ask(...asked);
    expect(answer.status, `${asked[0]} ${asked[1]}: ${answer.body}`).toBeLessThan(300);
    return answer.body === '' ? undefined : JSON.parse(answer.body);
  };
  await front.front.watch.look();
  const { app, model } = await front.openAgent();

  keep('setup code', setupCode);
  keep('setup code without its dash', setupCode.replace('-', ''));
  keep('hash of the setup code', createHash('sha256').update(setupCode.replace('-', '')).digest('hex'));
  const password = keep('password of ada', 'correct horse battery staple');
  const ada = cookieOf(
    await ask('POST', '/api/setup', { json: { code: setupCode, name: 'ada', password } }),
    'ada',
  );

  // What was typed in the wrong place.
  await ask('POST', '/api/login', {
    json: { name: keep('a password typed as a name', 'hunter2-hunter2'), password: 'x' },
  });
  await ask('POST', '/api/login', {
    json: { name: 'ada', password: keep('a wrong password', 'almost the right one') },
  });
  await ask('POST', '/posture/code', { form: { code: keep('recovery key', recoveryKey).slice(0, 64) } });
  await ask('POST', '/api/login', {
    json: { name: recoveryKey.slice(0, 60), password: keep('recovery words', recoveryWords) },
  });
  await ask('GET', '/api/me', {
    headers: { 'x-api-key': keep('a key of elsewhere', 'sk-proj-4f9a8b7c6d5e4f3a2b1c') },
  });

  const invite = await json('POST', '/api/invites', { headers: ada, json: { role: 'member' } });
  const code = keep('invite', String(invite.code ?? invite.url.split('/').at(-1)));
  await ask('GET', `/api/invites/${code}`);
  const bens = keep('password of ben', 'purple monkey dishwasher');
  const ben = cookieOf(
    await ask('POST', '/api/join', { json: { code, name: 'ben', password: bens } }),
    'ben',
  );
  const unused = await json('POST', '/api/invites', { headers: ada, json: { role: 'member' } });
  keep('unused invite', String(unused.code ?? unused.url.split('/').at(-1)));
  await json('POST', '/api/me/password', {
    headers: ben,
    json: { current: bens, next: keep('new password of ben', 'another monkey altogether') },
  });

  const { key } = await json('POST', '/api/keys', { headers: ada, json: { label: 'crm', scopes: ['all'] } });
  keep('API key', key);
  await ask('POST', '/v1/chat/completions', {
    headers: { authorization: `Bearer ${key}` },
    json: { model: 'pebble', messages: [{ role: 'user', content: sentence }] },
  });
  await json('PUT', '/api/local/secrets', {
    headers: local,
    json: { name: 'channel/mail', value: keep('channel secret', 'xoxb-2718281828-channel-secret') },
  });
  await json('PUT', '/api/local/secrets', {
    headers: local,
    json: { name: 'upstream/search', value: keep('upstream secret', '上游密钥-3141592653') },
  });

  const credentials = join(tree.root, 'run/credentials/rockpool-agent.service');
  const tlsKey = readFileSync(join(credentials, 'lan-tls-key'), 'utf8');
  keep('TLS key', tlsKey.split('\n')[1] ?? '');
  keep(
    'TLS key as numbers',
    Buffer.from(createPrivateKey(tlsKey).export({ format: 'jwk' }).d ?? '', 'base64url'),
  );
  keep('identity', readFileSync(join(credentials, 'identity-key')));
  keep('key of the secrets', readFileSync(join(credentials, 'secrets-key')));
  keep('hash of the label', readFileSync(join(credentials, 'setup-code'), 'utf8').trim());

  await say(ask, ada, json, model);
  const backup = await app.inject({
    method: 'POST',
    url: '/api/local/backup',
    headers: { ...local, host: 'leeds.local' },
  });
  expect(backup.statusCode).toBe(200);
  return { secrets, backup: backup.rawPayload, app };
}

/** And everything that they can say. */
async function say(
  ask: StartedFront['ask'],
  headers: { cookie: string },
  json: (...asked: Parameters<StartedFront['ask']>) => Promise<{ id: string }>,
  model: { scripts: unknown[] },
): Promise<void> {
  const session = (await json('POST', '/api/sessions', { headers })).id;
  const turn = (text: string) =>
    ask('POST', `/api/sessions/${session}/turns`, { headers, json: { text, attachments: [] } });
  expect((await turn(sentence)).body).toContain('"type":"done"');
  await turn(`Remember that ${sentence}`);
  // Where libraries quote what they could not read, and where paths and queries hold words.
  model.scripts.push({ failure: new Error(`the template could not place: ${sentence}`) });
  await turn('Again');
  await ask('GET', `/api/sessions?q=${encodeURIComponent(sentence)}`, { headers });
  await ask('GET', `/${encodeURIComponent(sentence)}`, { headers });
  await ask('POST', `/api/documents?name=${encodeURIComponent(`${sentence}.txt`)}`, {
    headers: { ...headers, 'content-type': 'application/octet-stream' },
  });
  await ask('PATCH', `/api/sessions/${session}`, { headers, json: { title: sentence } });
}

test('a stolen backup opens nothing: none of the secrets that were ever given lies in it, in any dress', async () => {
  const { secrets, backup } = await drive();
  const found = [...lookInside('backup', backup)];
  // It was looked into indeed: what was said is in there, for it is a backup.
  expect(found.some(({ path }) => path.includes('people.db › people.'))).toBe(true);
  expect(secretsIn(found, new Map([['what was said', sentence]])).length).toBeGreaterThan(0);
  expect(secretsIn(found, new Map([['a secret by its name', 'channel/mail']])).length).toBeGreaterThan(0);
  expect(secrets.size).toBeGreaterThan(20);
  expect(secretsIn(found, secrets)).toEqual([]);
});

test('a support bundle holds no secret either, and no word of what people said, whatever was logged', async () => {
  const { secrets } = await drive();
  // At its most talkative, and with what a terminal shows besides.
  const logged = [
    ...front.lines,
    `Rockpool answers on https://leeds.local, setup code ${setupCode}`,
    `recovery key ${recoveryKey}`,
    recoveryWords,
  ];
  expect(
    secretsIn(
      [{ path: 'log', bytes: Buffer.from(logged.join('\n')) }],
      new Map([['what was said', sentence]]),
    ),
  ).not.toEqual([]);
  const bundle = packBundle({
    settings: front.settings,
    findings: [{ probe: 'database', state: 'bad', says: `"${sentence}" is no JSON`, cure: 'restore it' }],
    metrics: await front.metrics.text(),
    journal: logged.map((message) => ({
      time: '2026-11-22T12:00:00.000Z',
      unit: 'rockpool-agent.service',
      message: message.trim(),
    })),
    now: 0,
  });
  const found = [...lookInside('bundle', bundle)];
  expect(found.map(({ path }) => path)).toContain('bundle › gzip › log.txt');
  expect(secretsIn(found, new Map([['what happened', 'the posture holds']]))).not.toEqual([]);
  expect(secretsIn(found, secrets)).toEqual([]);
  const words = new Map([
    ['what was said', sentence],
    ['part of it', 'merger with Halvorsen'],
    ['a name in it', 'Halvorsen'],
  ]);
  expect(secretsIn(found, words)).toEqual([]);
});

test('whoever looks for a secret finds it: in a database in an archive, beyond a page, in every dress', () => {
  const secret = `sk-${randomBytes(12).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-hidden-'));
  for (const [place, dress] of dressesOf(secret).entries()) {
    const db = new DatabaseSync(join(folder, `${place}.db`));
    db.exec('CREATE TABLE kept (value BLOB)');
    // Compressed, and so long that SQLite cuts it over many pages.
    const hidden = gzipSync(Buffer.concat([randomBytes(20_000), dress, randomBytes(20_000)]));
    db.prepare('INSERT INTO kept VALUES (?)').run(hidden);
    db.close();
    const bytes = readFileSync(join(folder, `${place}.db`));
    const tar = Buffer.concat([
      tarHeader({ name: 'kept.db', bytes: bytes.length }),
      bytes,
      tarPadding(bytes.length),
      tarEnd(),
    ]);
    const places = secretsIn(lookInside('backup', zstdCompressSync(tar)), new Map([['it', secret]]));
    expect(places, `dress ${place}`).toContain('it in backup › zstd › kept.db › kept.value › gzip');
  }
  rmSync(folder, { recursive: true });
});
