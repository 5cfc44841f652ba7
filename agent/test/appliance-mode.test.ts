import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Posture } from '@rockpool/protocol/posture';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  askPlain,
  certify,
  fileIn,
  type StartedFront,
  setupCode,
  spoil,
  startFront,
  wellTree,
} from './appliance-mode.ts';

let tree: Awaited<ReturnType<typeof wellTree>>;
let front: StartedFront;
const signal = new AbortController().signal;

beforeEach(async () => {
  tree = await wellTree();
});
afterEach(async () => {
  await front?.close();
  tree.remove();
});

const start = async (clock?: { now(): number }): Promise<StartedFront> => {
  front = await startFront(tree.root, clock);
  return front;
};
const plainSwap =
  'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/nvme0n1p2                          partition\t32764\t\t0\t\t-2\n';
const firstAdmin = { name: 'ada', password: 'correct horse battery' };
const cookieIn = (headers: Record<string, string | string[] | undefined>): string =>
  String(headers['set-cookie']?.[0] ?? '').split(';', 1)[0] ?? '';

async function setUp(): Promise<{ cookie: string }> {
  const answer = await front.ask('POST', '/api/setup', { json: { code: setupCode, ...firstAdmin } });
  expect(answer.status, answer.body).toBe(200);
  return { cookie: cookieIn(answer.headers) };
}

test('a device whose posture holds serves people, over TLS, and tells browsers to stay with that', async () => {
  const { ask } = await start();
  const posture = await front.front.watch.look();
  expect(Posture.parse(posture).findings.filter(({ state }) => state !== 'good')).toEqual([]);
  expect(posture).toMatchObject({ holds: true });
  await front.openAgent();
  const admin = await setUp();
  const session = JSON.parse((await ask('POST', '/api/sessions', { headers: admin })).body) as { id: string };
  const turn = await ask('POST', `/api/sessions/${session.id}/turns`, {
    headers: admin,
    json: { text: 'Hello', attachments: [] },
  });
  expect(turn.body).toContain('"type":"done"');
  expect((await ask('GET', '/readyz')).status).toBe(200);
  expect((await ask('GET', '/healthz')).headers['strict-transport-security']).toBe('max-age=31536000');
  // Under an address a browser would not remember it, and must not be told to.
  const bare = await ask('GET', '/healthz', { headers: { host: `127.0.0.1:${front.port}` } });
  expect(bare.headers['strict-transport-security']).toBeUndefined();
});

test('on a disk that is not LUKS2 nothing is opened: the LAN sees what is missing by name, and no more', async () => {
  const { common, trees } = (await import('../host/posture/tree.fixture.ts')).recorded();
  tree.remove();
  tree = await wellTree();
  spoil(
    tree.root,
    'proc/self/mountinfo',
    trees['plain-ext4']?.files?.['proc/self/mountinfo'] ?? common.files?.['proc/self/mountinfo'],
  );
  const { ask } = await start();
  await expect(front.front.untilDataIsSafe(AbortSignal.timeout(300))).rejects.toThrow(/timeout/i);
  expect((await ask('GET', '/healthz')).status).toBe(200);
  const ready = await ask('GET', '/readyz');
  expect([ready.status, JSON.parse(ready.body)]).toMatchObject([
    503,
    { ready: false, missing: ['disk-encrypted'] },
  ]);
  expect((await ask('GET', '/')).headers['location']).toBe('/posture');
  const page = await ask('GET', '/posture');
  expect(page.status).toBe(503);
  expect(page.body).toContain('disk-encrypted');
  expect(page.body).toContain('加密的数据卷没有打开');
  expect(page.body).not.toMatch(/nvme0n1|ext4|rockpool-provision|<script/);
  for (const [method, path] of [
    ['POST', '/api/login'],
    ['POST', '/api/setup'],
    ['GET', '/api/sessions'],
    ['POST', '/v1/chat/completions'],
  ] as const) {
    const refused = await ask(method, path, { json: method === 'POST' ? {} : undefined });
    expect(refused.status, path).toBe(503);
    expect(refused.body, path).toMatch(/not.ready/);
  }
  expect(JSON.parse((await ask('GET', '/api/posture')).body)).toMatchObject({
    state: 'closed',
    missing: ['disk-encrypted'],
    findings: null,
  });
  expect((await ask('GET', '/metrics')).body).toContain('rockpool_posture_holds 0');
  const { existsSync, readdirSync } = await import('node:fs');
  expect(existsSync(front.home) ? readdirSync(front.home) : []).toEqual([]);
});

test('the holder of the setup code sees why, and guessing it takes ever longer', async () => {
  spoil(tree.root, 'proc/self/mountinfo', '24 1 259:3 / / rw - ext4 /dev/nvme0n1p3 rw\n');
  // Stands still: how long a machine takes for its hashes must not count.
  const at = Date.now();
  const { ask } = await start({ now: () => at });
  await front.front.watch.look();
  const form = await ask('GET', '/posture');
  expect(form.body).toContain('name="code"');
  expect(form.body).not.toContain('name="password"');
  const right = await ask('POST', '/posture/code', {
    form: { code: setupCode.toLowerCase().replace('-', ' ') },
  });
  expect(right.body).toContain('the data volume is not mounted on /var/lib/rockpool');
  expect(right.body).toContain('→ ');
  const tries = [];
  for (let i = 0; i < 6; i += 1)
    tries.push((await ask('POST', '/posture/code', { form: { code: 'AAAA-AAAA' } })).status);
  expect(tries).toEqual([401, 401, 401, 401, 401, 429]);
  // Not even the right one is tried meanwhile.
  const late = await ask('POST', '/posture/code', { form: { code: setupCode } });
  expect(late.status).toBe(429);
  expect(Number(late.headers['retry-after'])).toBeGreaterThan(0);
  expect(late.body).not.toContain('is not mounted');
});

test('the volume opens, and the agent takes over the same door without a connection being refused', async () => {
  const well = fileIn(tree.root, 'proc/self/mountinfo');
  spoil(tree.root, 'proc/self/mountinfo', '24 1 259:3 / / rw - ext4 /dev/nvme0n1p3 rw\n');
  const { ask } = await start();
  const waiting = front.front.untilDataIsSafe(signal);
  await front.front.watch.look();
  const statuses: number[] = [];
  let asking = true;
  const knocking = (async () => {
    while (asking) statuses.push((await ask('GET', '/readyz')).status);
  })();
  spoil(tree.root, 'proc/self/mountinfo', well);
  await front.front.reload();
  await waiting;
  await front.openAgent();
  await expect.poll(async () => (await ask('GET', '/readyz')).status).toBe(200);
  asking = false;
  await knocking;
  expect(new Set(statuses)).toEqual(new Set([503, 200]));
});

test('what is missing beside the disk closes the door too; an administrator signs in there and sees why', async () => {
  await start();
  await front.openAgent();
  await front.front.watch.look();
  await setUp();
  await front.close();
  spoil(tree.root, 'proc/swaps', plainSwap);
  const { ask } = await start();
  await front.openAgent();
  await front.front.watch.look();
  expect(front.front.watch.state()).toBe('closed');
  expect((await ask('GET', '/c/abc')).headers['location']).toBe('/posture');
  const page = await ask('GET', '/posture');
  expect(page.body).toContain('swap-encrypted');
  expect(page.body).not.toContain('/dev/nvme0n1p2');
  // The code died with the first account.
  expect(page.body).not.toContain('name="code"');
  expect((await ask('POST', '/posture/code', { form: { code: setupCode } })).status).toBe(401);
  expect(
    (await ask('POST', '/posture/sign-in', { form: { name: 'ada', password: 'wrong password' } })).status,
  ).toBe(401);
  const signedIn = await ask('POST', '/posture/sign-in', { form: firstAdmin });
  expect(signedIn.status).toBe(303);
  const headers = { cookie: cookieIn(signedIn.headers) };
  const detailed = await ask('GET', '/posture', { headers });
  expect(detailed.body).toContain('/dev/nvme0n1p2 is swap on a disk that is not encrypted.');
  expect(JSON.parse((await ask('GET', '/api/posture', { headers })).body).findings).toHaveLength(10);
  // Being signed in opens nothing else.
  expect((await ask('GET', '/api/sessions', { headers })).status).toBe(503);
});

test('what turns bad while people are served ends what is new, and leaves what is there', async () => {
  const { ask } = await start();
  await front.front.watch.look();
  await front.openAgent();
  const headers = await setUp();
  const session = JSON.parse((await ask('POST', '/api/sessions', { headers })).body) as { id: string };
  const { key } = JSON.parse(
    (await ask('POST', '/api/keys', { headers, json: { label: 'crm', scopes: ['all'] } })).body,
  );
  const say = () =>
    ask('POST', `/api/sessions/${session.id}/turns`, { headers, json: { text: 'Hello', attachments: [] } });
  expect((await say()).status).toBe(200);

  const none = fileIn(tree.root, 'proc/swaps');
  spoil(tree.root, 'proc/swaps', plainSwap);
  await front.front.reload();
  expect(front.front.watch.state()).toBe('paused');
  const refused = await say();
  expect(refused.status).toBe(503);
  expect(JSON.parse(refused.body).error).toMatchObject({
    code: 'not-ready',
    message: expect.stringMatching(/\(swap-encrypted\); what is here can be read/),
  });
  const hello = { model: 'pebble', messages: [{ role: 'user', content: 'Hello' }] };
  const program = await ask('POST', '/v1/chat/completions', {
    headers: { authorization: `Bearer ${key}` },
    json: hello,
  });
  expect([program.status, JSON.parse(program.body).error]).toMatchObject([
    503,
    { code: 'not_ready', type: 'overloaded_error' },
  ]);
  expect((await ask('GET', `/api/sessions/${session.id}`, { headers })).status).toBe(200);
  expect((await ask('GET', '/readyz')).status).toBe(503);
  expect((await ask('GET', '/metrics')).body).toContain('rockpool_posture_state{code="swap-encrypted"} 2');
  expect(JSON.parse((await ask('GET', '/api/posture', { headers })).body)).toMatchObject({
    state: 'paused',
    missing: ['swap-encrypted'],
  });
  expect((await ask('DELETE', `/api/sessions/${session.id}`, { headers })).status).toBe(204);
  expect((await ask('POST', '/api/logout', { headers })).status).toBe(204);

  spoil(tree.root, 'proc/swaps', none);
  await front.front.reload();
  expect((await ask('POST', '/api/login', { json: firstAdmin })).status).toBe(200);
  expect(front.front.watch.state()).toBe('open');
});

test('the setup code of the label makes the first account, once', async () => {
  const { ask } = await start();
  await front.front.watch.look();
  const agent = await front.openAgent();
  expect(await agent.setupCode()).toBeUndefined();
  const wrong = await ask('POST', '/api/setup', { json: { code: 'AAAA-AAAA', ...firstAdmin } });
  expect([wrong.status, JSON.parse(wrong.body).error.message]).toEqual([
    401,
    "That is not the setup code; it stands on the device's label.",
  ]);
  await setUp();
  expect(
    (
      await ask('POST', '/api/setup', {
        json: { code: setupCode, name: 'eve', password: 'correct horse battery' },
      })
    ).status,
  ).toBe(409);
});

test('a renewed certificate is shown to new connections, open ones live on, and half a pair is not taken', async () => {
  await start();
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(
        { host: '127.0.0.1', port: front.port, servername: 'leeds.local', rejectUnauthorized: false },
        () => {
          resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });
  const first = await shown();
  const open = connect({
    host: '127.0.0.1',
    port: front.port,
    servername: 'leeds.local',
    rejectUnauthorized: false,
  });
  await new Promise((resolve) => open.once('secureConnect', resolve));

  // The certificate of a renewal that was cut off before its key.
  const [key, cert] = [
    fileIn(tree.root, 'run/credentials/rockpool-agent.service/lan-tls-key'),
    fileIn(tree.root, 'var/lib/rockpool/device/lan.crt'),
  ];
  await certify(tree.root);
  const newKey = fileIn(tree.root, 'run/credentials/rockpool-agent.service/lan-tls-key');
  writeFileSync(join(tree.root, 'run/credentials/rockpool-agent.service/lan-tls-key'), key);
  await front.front.reload();
  expect(await shown()).toBe(first);
  expect(front.lines.join('\n')).toMatch(/is not the key of/);
  expect(front.front.watch.last()?.findings.find(({ code }) => code === 'tls-certificate')).toMatchObject({
    state: 'warning',
  });

  // Taken without being told: the folder is watched.
  writeFileSync(join(tree.root, 'run/credentials/rockpool-agent.service/lan-tls-key'), newKey);
  await expect.poll(shown, { timeout: 5_000 }).not.toBe(first);
  open.write('GET /healthz HTTP/1.1\r\nhost: leeds.local\r\nconnection: close\r\n\r\n');
  const answer = await new Promise<string>((resolve) =>
    open.once('data', (piece: Buffer) => resolve(piece.toString())),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200/);
  open.destroy();
  writeFileSync(join(tree.root, 'var/lib/rockpool/device/lan.crt'), cert);
});

test('a device without a certificate still tells what is missing, under one that nobody trusts', async () => {
  spoil(tree.root, 'var/lib/rockpool/device/lan.crt', undefined);
  const { ask } = await start();
  await front.front.watch.look();
  expect(JSON.parse((await ask('GET', '/readyz')).body).missing).toEqual(['tls-certificate']);
  await certify(tree.root);
  await front.front.reload();
  await expect.poll(async () => (await front.front.watch.look()).holds).toBe(true);
});

test('port 80 redirects to the name that was asked for if it is ours, and shows challenges, and serves nothing else', async () => {
  await start();
  const at = (method: string, path: string, host: string) => askPlain(front.redirectPort, method, path, host);
  const to = async (...asked: Parameters<typeof at>) => {
    const { status, headers, body } = await at(...asked);
    expect([status, body]).toEqual([308, '']);
    return headers['location'];
  };
  expect(await to('GET', '/c/12?a=b', 'leeds.local')).toBe(`https://leeds.local:${front.port}/c/12?a=b`);
  expect(await to('POST', '/api/login', 'LEEDS.local:80')).toBe(
    `https://leeds.local:${front.port}/api/login`,
  );
  expect(await to('GET', '/', 'evil.example')).toBe(`https://leeds.local:${front.port}/`);
  expect(await to('GET', '//evil.example/x', 'leeds.local')).toBe(`https://leeds.local:${front.port}/`);
  expect(await to('GET', '/\\evil.example', 'leeds.local')).toBe(`https://leeds.local:${front.port}/`);
  expect(await to('GET', '/', '127.0.0.1')).toBe(`https://127.0.0.1:${front.port}/`);
  const token = 'Zx9_-'.repeat(8);
  spoil(tree.root, `run/rockpool/acme-challenge/${token}`, `${token}.thumbprint`);
  expect(await at('GET', `/.well-known/acme-challenge/${token}`, 'chat.example')).toMatchObject({
    status: 200,
    body: `${token}.thumbprint`,
  });
  expect((await at('GET', '/.well-known/acme-challenge/other', 'chat.example')).status).toBe(404);
  for (const path of ['..%2f..%2fdisk.json', '../../disk.json', 'a/b', '']) {
    expect((await at('GET', `/.well-known/acme-challenge/${path}`, 'chat.example')).status, path).toBe(308);
  }
});

test('a stranger’s host name is answered by nobody, the address that was dialled is', async () => {
  const { ask } = await start();
  expect((await ask('GET', '/posture', { headers: { host: 'evil.example' } })).status).toBe(421);
  expect((await ask('GET', '/healthz', { headers: { host: '127.0.0.1' } })).status).toBe(200);
});
