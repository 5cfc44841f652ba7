import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as askPlain } from 'node:http';
import { request as ask } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeRoot, labelCode, openFakeRoot } from './fake-root.fixture.ts';

let folder: string;
let root: FakeRoot;
let child: ChildProcess;
/** Of TLS and of plain HTTP; 0 until the first start. */
let ports: [number, number];
let said: string;

/** Does what systemd does: opens the sockets, hands them over as descriptors 3 and 4, and becomes the program. */
const socketActivation = `
import os, socket, sys
opened = []
for port in sys.argv[1:3]:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(('127.0.0.1', int(port)))
    one.listen(64)
    opened.append(one)
print('ports', *(one.getsockname()[1] for one in opened), file=sys.stderr, flush=True)
for place, one in enumerate(opened):
    os.dup2(os.dup(one.fileno()), 10 + place)
for place in range(2):
    os.dup2(10 + place, 3 + place, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2', LISTEN_FDNAMES='https:http')
os.execv(sys.argv[3], sys.argv[3:])
`;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-setup-main-'));
  root = await openFakeRoot(join(folder, 'provision.sock'));
  mkdirSync(join(folder, 'dist/assets'), { recursive: true });
  writeFileSync(join(folder, 'dist/setup.html'), '<!doctype html><title>setup</title>');
  writeFileSync(join(folder, 'dist/icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  ports = [0, 0];
  start();
});
afterEach(async () => {
  await stop();
  await root.close();
  rmSync(folder, { recursive: true });
});

function start(): void {
  said = '';
  const main = join(import.meta.dirname, 'main.ts');
  const options = { socket: 'provision.sock', runtime: 'run', page: 'dist' };
  const paths = Object.entries(options).flatMap(([name, path]) => [`--${name}`, join(folder, path)]);
  const program = [process.execPath, main, ...paths, '--name', 'leeds'];
  child = spawn('python3', ['-c', socketActivation, ...ports.map(String), ...program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr?.on('data', (piece) => {
    said += piece;
    const [, tls, plain] = /^ports (\d+) (\d+)$/m.exec(said) ?? [];
    if (tls) ports = [Number(tls), Number(plain)];
  });
}

async function stop(): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  child.kill('SIGTERM');
  return await ended;
}

interface Answer {
  status: number;
  text: string;
  fingerprint: string;
  location: string | undefined;
}

const send = (path: string, { plain = false, body = undefined as unknown } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const options = {
      ...{ host: '127.0.0.1', port: ports[plain ? 1 : 0], path, rejectUnauthorized: false, agent: false },
      method: body === undefined ? 'GET' : 'POST',
      headers: { host: 'leeds.local', 'content-type': 'application/json' },
    } as const;
    const request = (plain ? askPlain : ask)(options, (response) => {
      const shown = plain ? undefined : (response.socket as TLSSocket).getPeerCertificate().fingerprint256;
      let text = '';
      response.on('data', (piece) => {
        text += piece;
      });
      response.on('end', () =>
        resolve({
          ...{ status: response.statusCode ?? 0, text, fingerprint: shown ?? '' },
          location: response.headers.location,
        }),
      );
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });

const ready = () =>
  expect
    .poll(async () => (await send('/setup/api/state').catch(() => null))?.status, { timeout: 20_000 })
    .toBe(200);

test('the program takes the sockets that were opened for it, and ends cleanly when told to', async () => {
  await ready();
  expect((await send('/')).text).toContain('<title>setup</title>');
  expect(await send('/', { plain: true })).toMatchObject({ status: 308, location: 'https://leeds.local/' });
  expect((await send('/setup/api/open', { body: { code: labelCode } })).status).toBe(200);
  expect(await stop()).toBe(0);
});

test('the console says by which certificate the page is known; it stays over a restart, and its key is for nobody else', async () => {
  await ready();
  const first = (await send('/')).fingerprint;
  expect(said).toContain(`setup page: https://leeds.local/ certificate sha256 ${first}`);
  const kept = join(folder, 'run/setup-certificate.json');
  expect(existsSync(kept) && statSync(kept).mode & 0o777).toBe(0o600);
  const { cert } = JSON.parse(readFileSync(kept, 'utf8'));
  const certificate = new X509Certificate(cert);
  expect([certificate.ca, certificate.checkHost('leeds.local')]).toEqual([false, 'leeds.local']);
  await stop();
  start();
  await ready();
  expect((await send('/')).fingerprint).toBe(first);
});

test('wrong codes are remembered by the next process', async () => {
  await ready();
  for (let n = 0; n < 5; n += 1)
    expect((await send('/setup/api/open', { body: { code: 'AAAA-AAAA' } })).status).toBe(401);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  start();
  await ready();
  // The sixth waits, or is told to wait twice as long as the fifth; one that nobody remembers is the first.
  const { status, text } = await send('/setup/api/open', { body: { code: 'AAAA-AAAA' } });
  expect([429, 401]).toContain(status);
  expect(JSON.parse(text).error.retryAfterS).toBeOneOf(status === 429 ? [1, 2] : [4]);
});
