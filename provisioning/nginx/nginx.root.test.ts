import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { createListener, type Listener } from '@rockpool/agent/http/listener.ts';
import { createDoor, refuseUnknownPaths } from '@rockpool/agent/http/server.ts';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Run, run } from '../exec.ts';
import { nginxConfig, readNginxVersion } from './config.ts';
import { putNginxInFront, readNginx, takeNginxAway } from './nginx.ts';

const megabyte = 1024 * 1024;
let folder: string;
let nginx: ChildProcess;
let listener: Listener;
let port: number;
let ca: string;
/** What the route that streams waits for before each of its deltas. */
let next = Promise.withResolvers<void>();

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => resolve(free));
    });
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-nginx-'));
  const file = (name: string): string => join(folder, name);
  execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=leeds.local', '-addext', 'subjectAltName=DNS:leeds.local,IP:127.0.0.1'],
    ...['-keyout', file('lan.key'), '-out', file('lan.crt')],
  ]);
  ca = readFileSync(file('lan.crt'), 'utf8');
  mkdirSync(file('run'));

  // The agent's own door and listener, with routes that show what reached them.
  listener = createListener({ cert: ca, key: readFileSync(file('lan.key'), 'utf8') });
  const nobody = { byCookie: async () => undefined, byKey: async () => undefined };
  const app = await createDoor({
    ...{ credentials: nobody, allowedHosts: new Set(['leeds.local', 'localhost']) },
    ...{ logger: pino({ level: 'silent' }), listener },
  });
  const open = { config: { access: 'public' } } as const;
  app.get('/who', open, async ({ ip, protocol, headers }) => ({ ip, protocol, host: headers.host, headers }));
  app.addContentTypeParser('*', (_, body, done) => done(null, body));
  app.post('/upload', { ...open, bodyLimit: 32 * megabyte }, async (asked) => {
    let bytes = 0;
    for await (const piece of asked.raw) bytes += (piece as Buffer).length;
    return { bytes };
  });
  app.get('/stream', open, async (_, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const word of ['one', 'two', 'three']) {
      reply.raw.write(`data: ${word}\n\n`);
      await next.promise;
      next = Promise.withResolvers();
    }
    reply.raw.end();
  });
  refuseUnknownPaths(app);
  await app.ready();
  listener.answer(app.server);

  port = await freePort();
  await listener.listenBehindProxy({ path: file('agent.sock') }, port);
  const version = readNginxVersion((await run('nginx', ['-v'])).stderr);
  const wants = { certificate: file('lan.crt'), key: file('lan.key'), agentSocket: file('agent.sock') };
  writeFileSync(
    file('nginx.conf'),
    nginxConfig({ ...wants, ...{ uploadBytes: 8 * megabyte, version, port, runtimeFolder: file('run') } }),
  );
  // Nobody's but the test's: workers keep the rights they are started with where it isn't root who starts them.
  const rights = process.getuid?.() === 0 ? 'user root;' : '';
  nginx = spawn('nginx', ['-e', 'stderr', '-c', file('nginx.conf'), '-g', `daemon off;${rights}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  while (nginx.exitCode === null && !(await reaches(port)))
    await new Promise((resolve) => setTimeout(resolve, 20));
});
afterAll(async () => {
  const ended = new Promise((resolve) => nginx.once('exit', resolve));
  nginx.kill('SIGTERM');
  await ended;
  listener.closeAllConnections();
  await listener.close();
  rmSync(folder, { recursive: true });
});

const reaches = (to: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connectTcp(to, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer;
  localAddress?: string;
}

function ask(path: string, { method = 'GET', headers = {}, body, localAddress }: Asked = {}) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>(
    (resolve, reject) => {
      const sent = request(
        {
          ...{ host: '127.0.0.1', port, path, method, ca, servername: 'leeds.local', agent: false },
          headers: { host: `leeds.local:${port}`, ...headers },
          ...(localAddress ? { localAddress } : {}),
        },
        async (response) => {
          const text = Buffer.concat(await response.toArray()).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    },
  );
}

test('its configuration is one that nginx takes without a word', async () => {
  const tried = await run('nginx', ['-t', '-q', '-e', 'stderr', '-c', join(folder, 'nginx.conf')]);
  // Run as root it says that nobody named a user; a device runs it as one.
  expect(tried.stderr.replace(/.*the "user" directive.*\n/, '')).toBe('');
  expect(tried.code).toBe(0);
});

test.each([
  ['1.22.1', 'listen 443 ssl http2;'],
  ['1.24.0', 'listen [::]:443 ssl http2;'],
  ['1.25.1', 'http2 on;'],
  ['1.26.3', 'http2 on;'],
])('HTTP/2 is asked for as nginx %s wants it', (version, line) => {
  const paths = { certificate: '/c', key: '/k', agentSocket: '/s', runtimeFolder: '/run/x' };
  expect(nginxConfig({ ...paths, uploadBytes: 1, version, port: 443 })).toContain(line);
});

test('a path that would be a directive of its own is refused', () => {
  const paths = { certificate: '/c;}', key: '/k', agentSocket: '/s', runtimeFolder: '/run/x' };
  expect(() => nginxConfig({ ...paths, uploadBytes: 1, version: '1.24.0', port: 443 })).toThrow(RangeError);
});

test('the agent sees who asks, by which name, over TLS; what a client claims of itself is lost', async () => {
  const lies = { 'x-forwarded-for': '10.0.0.99', forwarded: 'for=10.0.0.99', 'x-forwarded-proto': 'http' };
  const seen = JSON.parse((await ask('/who', { headers: lies, localAddress: '127.0.0.5' })).text);
  expect(seen).toMatchObject({ ip: '127.0.0.5', protocol: 'https', host: `leeds.local:${port}` });
  expect(Object.keys(seen.headers).filter((name) => /forwarded/.test(name))).toEqual([]);
});

test('the address that was dialled is a name of the device, and a foreign name is none', async () => {
  expect((await ask('/who', { headers: { host: `127.0.0.1:${port}` } })).status).toBe(200);
  expect((await ask('/who', { headers: { host: 'evil.example' } })).status).toBe(421);
});

test('over TCP the same headers are believed of nobody', async () => {
  const direct = createListener({ cert: ca, key: readFileSync(join(folder, 'lan.key'), 'utf8') });
  const app = await createDoor({
    credentials: { byCookie: async () => undefined, byKey: async () => undefined },
    ...{ allowedHosts: new Set(['leeds.local']), logger: pino({ level: 'silent' }), listener: direct },
  });
  app.get('/who', { config: { access: 'public' } }, async ({ ip }) => ({ ip }));
  await app.ready();
  direct.answer(app.server);
  const { port: own } = await direct.listen({ host: '127.0.0.1', port: 0 });
  try {
    const seen = await new Promise<string>((resolve, reject) => {
      const headers = {
        host: 'leeds.local',
        'x-forwarded-for': '10.0.0.99',
        'x-rockpool-reached': '10.0.0.1',
      };
      request(
        { host: '127.0.0.1', port: own, path: '/who', ca, servername: 'leeds.local', headers },
        (response) => response.toArray().then((all) => resolve(Buffer.concat(all).toString()), reject),
      ).end();
    });
    expect(JSON.parse(seen)).toEqual({ ip: '127.0.0.1' });
  } finally {
    direct.closeAllConnections();
    await direct.close();
  }
});

test('a proxy that does not say whose request it is serves nobody', async () => {
  const answer = await new Promise<string>((resolve) => {
    const socket = connectTcp(join(folder, 'agent.sock'), () =>
      socket.end('GET /who HTTP/1.1\r\nhost: leeds.local\r\nconnection: close\r\n\r\n'),
    );
    socket.toArray().then((all) => resolve(Buffer.concat(all).toString()));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
});

test('a stream arrives delta by delta', async () => {
  const heard: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const headers = { host: 'leeds.local' };
    request(
      { host: '127.0.0.1', port, path: '/stream', ca, servername: 'leeds.local', headers },
      (response) => {
        response.on('data', (piece: Buffer) => {
          heard.push(piece.toString().trim());
          next.resolve(); // the next is written only when this one was read
        });
        response.on('end', resolve);
      },
    )
      .on('error', reject)
      .end();
  });
  expect(heard).toEqual(['data: one', 'data: two', 'data: three']);
});

test('HTTP/2 is spoken to browsers, with the headers of the agent', async () => {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca, servername: 'leeds.local' });
  const stream = session.request({ ':path': '/who', ':authority': `leeds.local:${port}` });
  const answered = new Promise<NodeJS.Dict<unknown>>((resolve) => stream.once('response', resolve));
  const headers = await answered;
  stream.resume();
  session.close();
  expect(headers).toMatchObject({ ':status': 200, 'strict-transport-security': 'max-age=31536000' });
  expect(headers['content-security-policy']).toContain("default-src 'none'");
});

test('a document goes through without touching a disk, and one too large is refused', async () => {
  const headers = { 'content-type': 'application/x-test' };
  const body = Buffer.alloc(7 * megabyte, 1);
  expect(JSON.parse((await ask('/upload', { method: 'POST', headers, body })).text)).toEqual({
    bytes: body.length,
  });
  const written = readdirSync(join(folder, 'run'), { recursive: true, withFileTypes: true });
  expect(written.filter((one) => one.isFile()).map(({ name }) => name)).toEqual(['nginx.pid']);
  const large = await ask('/upload', { method: 'POST', headers, body: Buffer.alloc(9 * megabyte) });
  expect(large.status).toBe(413);
});

/** What a scanner tries, by `openssl s_client`; @returns whether a session came about */
async function shakesHands(...args: string[]): Promise<boolean> {
  const ran = await run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-brief', ...args], {
    input: '',
  });
  return ran.code === 0 && /CONNECTION ESTABLISHED/.test(ran.stderr + ran.stdout);
}

test('TLS 1.3 and nothing older', async () => {
  expect(await shakesHands('-tls1_3')).toBe(true);
  // Security level 0, or the client would refuse itself and prove nothing.
  for (const version of ['-tls1_2', '-tls1_1', '-tls1']) {
    expect(await shakesHands(version, '-cipher', 'ALL:@SECLEVEL=0'), version).toBe(false);
  }
});

test.each([
  ...['AES128-SHA', 'DES-CBC3-SHA', 'RC4-MD5', 'NULL-SHA256', 'ADH-AES128-SHA', 'ECDHE-RSA-AES128-SHA'],
  ...[
    'ECDHE-ECDSA-AES128-SHA',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'DHE-RSA-AES256-GCM-SHA384',
    'CAMELLIA256-SHA',
  ],
])('the suite %s is refused', async (suite) => {
  expect(await shakesHands('-tls1_2', '-cipher', `${suite}:@SECLEVEL=0`)).toBe(false);
});

test('no session is resumed: a key that is stolen later opens nothing of before', async () => {
  const connectOnce = (session?: Buffer) =>
    new Promise<{ isReused: boolean; session: Buffer | undefined }>((resolve, reject) => {
      const socket = connectTls({
        host: '127.0.0.1',
        port,
        ca,
        servername: 'leeds.local',
        ...(session ? { session } : {}),
      });
      let offered: Buffer | undefined;
      let isReused = false;
      socket.on('secureConnect', () => {
        isReused = socket.isSessionReused();
      });
      socket.on('session', (given) => {
        offered = given;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve({ isReused, session: offered }));
      socket.write('GET /who HTTP/1.1\r\nhost: leeds.local\r\nconnection: close\r\n\r\n');
      socket.resume();
    });
  const { session } = await connectOnce();
  expect((await connectOnce(session)).isReused).toBe(false);
});

const [agent, proxy] = [
  ['rockpool-agent.socket', 'rockpool-agent.service'],
  'rockpool-nginx.service',
] as const;

/** A systemd that only keeps which units are up, and what it was asked; nginx itself is the real one. */
function systemd(up: readonly string[]): { run: Run; asked: string[]; up: Set<string>; broken: Set<string> } {
  const asked: string[] = [];
  const active = new Set(up);
  const broken = new Set<string>();
  return {
    ...{ asked, up: active, broken },
    run: async (program, args) => {
      if (program === 'nginx') return await run(program, args);
      const [verb, ...units] = args;
      if (verb === 'is-active') {
        const states = units.map((unit) => (active.has(unit) ? 'active' : 'inactive'));
        return { code: states.includes('active') ? 0 : 3, stdout: `${states.join('\n')}\n`, stderr: '' };
      }
      asked.push([program, ...args].join(' '));
      for (const unit of units) {
        if (verb === 'stop') active.delete(unit);
        else if (broken.has(unit)) return { code: 1, stdout: '', stderr: `Job for ${unit} failed.` };
        else active.add(unit);
      }
      return { code: 0, stdout: '', stderr: '' };
    },
  };
}

const freshRoot = (): string => mkdtempSync(join(folder, 'root-'));
const dropInOf = (root: string): string =>
  join(root, 'etc/systemd/system/rockpool-agent.socket.d/nginx.conf');
const installed = async (): Promise<string> => readNginxVersion((await run('nginx', ['-v'])).stderr);

test('put in front of an agent that serves, it waits until the agent has given up its port; taken away, the agent has it back', async () => {
  const root = freshRoot();
  const { run: runFake, asked, up } = systemd(agent);
  await putNginxInFront({ run: runFake, root });
  expect(asked).toEqual([
    'systemctl daemon-reload',
    'systemctl stop rockpool-agent.service rockpool-agent.socket',
    'systemctl start rockpool-agent.socket rockpool-agent.service',
    'systemctl restart rockpool-nginx.service',
  ]);
  expect(readFileSync(dropInOf(root), 'utf8')).toContain('FileDescriptorName=proxied');
  expect(await readNginx({ run: runFake, root }, await installed())).toBe('in-front');
  await takeNginxAway({ run: runFake, root });
  expect(() => readFileSync(dropInOf(root))).toThrow('ENOENT');
  expect([...up].sort()).toEqual([...agent].sort());
  expect(await readNginx({ run: runFake, root }, await installed())).toBe('away');
});

test('put in front before anybody is served, it starts nothing: the setup page has the port', async () => {
  const root = freshRoot();
  const { run: runFake, asked, up } = systemd([]);
  await putNginxInFront({ run: runFake, root });
  expect({ asked, up: [...up] }).toEqual({ asked: ['systemctl daemon-reload'], up: [] });
  expect(await readNginx({ run: runFake, root }, await installed())).toBe('in-front');
  await takeNginxAway({ run: runFake, root });
  expect(up).toEqual(new Set());
});

test('an nginx that does not start leaves the port with the agent, and says why', async () => {
  const root = freshRoot();
  const { run: runFake, up, broken } = systemd(agent);
  broken.add(proxy);
  await expect(putNginxInFront({ run: runFake, root })).rejects.toThrow(
    'Job for rockpool-nginx.service failed',
  );
  expect([...up].sort()).toEqual([...agent].sort());
  expect(await readNginx({ run: runFake, root }, await installed())).toBe('away');
});

test.each<[string, (root: string, up: Set<string>) => void]>([
  ['it does not run while the agent does', (_, up) => up.delete(proxy)],
  [
    'its configuration was changed',
    (root) => writeFileSync(join(root, 'etc/rockpool/nginx.conf'), '# mine\n'),
  ],
  ['half of it was written when power was cut', (root) => rmSync(dropInOf(root))],
  ['half of it was taken away when power was cut', (root) => rmSync(join(root, 'etc/rockpool/nginx.conf'))],
])('it is neither in front nor away when %s', async (_, spoil) => {
  const root = freshRoot();
  const { run: runFake, up } = systemd(agent);
  await putNginxInFront({ run: runFake, root });
  spoil(root, up);
  expect(await readNginx({ run: runFake, root }, await installed())).toBe('other');
});

test('an nginx that was updated is told: its configuration may be asked for otherwise', async () => {
  const root = freshRoot();
  const { run: runFake } = systemd(agent);
  await putNginxInFront({ run: runFake, root });
  const asks = (version: string | null) => readNginx({ run: runFake, root }, version);
  expect([await asks('1.24.0'), await asks('1.26.3')].sort()).toEqual(['in-front', 'other']);
  expect(await asks(null)).toBe('other');
});
