import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inheritedSockets, NotifyError, openServiceManager } from './systemd.ts';

let folder: string;
let listener: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-notify-'));
});
afterEach(() => {
  listener?.kill();
  listener = undefined;
  rmSync(folder, { recursive: true });
});

/** What arrives at a Unix datagram socket, a line each; Perl is on every Debian, and knows what Node doesn't. */
const receiver = `
  use Socket; $| = 1;
  socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die $!;
  my $name = shift; $name =~ s/^@/\\0/;
  bind($socket, pack_sockaddr_un($name)) or die $!;
  print "bound\\n";
  my $message;
  while (defined recv($socket, $message, 4096, 0)) { print "$message\\n"; }`;

/** Stands where systemd's own socket would, in a process of its own. */
async function listen(address: string): Promise<() => string> {
  const child = spawn('perl', ['-e', receiver, address], { stdio: ['ignore', 'pipe', 'inherit'] });
  listener = child;
  let heard = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  await waitFor(() => heard.startsWith('bound\n'));
  return () => heard.slice('bound\n'.length);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function waitFor(holds: () => boolean): Promise<void> {
  const until = Date.now() + 10_000;
  while (!holds() && Date.now() < until) await pause(10);
  expect(holds()).toBe(true);
}

test.each(['file', 'abstract name'])('systemd hears each state once, behind a %s', async (kind) => {
  const address = kind === 'file' ? join(folder, 'notify') : `@rockpool-test-${process.pid}`;
  const heard = await listen(address);
  const environment: Record<string, string | undefined> = { NOTIFY_SOCKET: address };
  const manager = openServiceManager(environment);
  manager?.ready('answers on\nhttps://leeds.local');
  await waitFor(() => heard().includes('STATUS'));
  manager?.feed();
  await waitFor(() => heard().includes('WATCHDOG'));
  manager?.stopping();
  await waitFor(() => heard().includes('STOPPING'));
  manager?.close();
  expect(heard()).toBe('READY=1\nSTATUS=answers on https://leeds.local\nWATCHDOG=1\nSTOPPING=1\n');
});

test('nobody listening is an error with the state that was not told', () => {
  const manager = openServiceManager({ NOTIFY_SOCKET: join(folder, 'nobody') });
  expect(() => manager?.feed()).toThrow(new NotifyError('systemd did not take WATCHDOG=1'));
  manager?.close();
});

test.each(['vsock:2:1234', '/', `/${'x'.repeat(108)}`])('%s is refused as a place to tell', (address) => {
  expect(() => openServiceManager({ NOTIFY_SOCKET: address })).toThrow(NotifyError);
});

test('outside of systemd there is nobody to tell', () => {
  expect(openServiceManager({})).toBeUndefined();
});

test('the watchdog is ours only when it names us, and no child inherits a variable', async () => {
  const environment = {
    ...{ NOTIFY_SOCKET: join(folder, 'notify'), WATCHDOG_USEC: '60000000', WATCHDOG_PID: '42' },
    PATH: '/usr/bin',
  };
  await listen(join(folder, 'notify'));
  const other = openServiceManager({ ...environment }, 41);
  const ours = openServiceManager(environment, 42);
  expect([other?.watchdogMs, ours?.watchdogMs]).toEqual([undefined, 60_000]);
  expect(environment).toEqual({ PATH: '/usr/bin' });
  other?.close();
  ours?.close();
});

test('sockets come by name, several under one, unnamed ones as sd_listen_fds(3) calls them', () => {
  const environment = { LISTEN_PID: '7', LISTEN_FDS: '4', LISTEN_FDNAMES: 'https:http:https', PATH: '/bin' };
  expect(inheritedSockets(environment, 7)).toEqual(
    new Map([
      ['https', [3, 5]],
      ['http', [4]],
      ['unknown', [6]],
    ]),
  );
  expect(environment).toEqual({ PATH: '/bin' });
});

test.each([
  ['of another process', { LISTEN_PID: '8', LISTEN_FDS: '1' }],
  ['none', {}],
  ['not a number', { LISTEN_PID: '7', LISTEN_FDS: 'many' }],
])('sockets %s are not ours', (_, environment) => {
  expect(inheritedSockets(environment, 7).size).toBe(0);
});

test('a server listens on what it inherited', async () => {
  const first = createServer((socket) => socket.end('hello'));
  await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve));
  const child = spawn(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', '--input-type=module', '-e'],
      `import { inheritedSockets } from ${JSON.stringify(new URL('./systemd.ts', import.meta.url).href)};
       import { createServer } from 'node:net';
       const [fd] = inheritedSockets({ LISTEN_PID: String(process.pid), LISTEN_FDS: '1', LISTEN_FDNAMES: 'https' }).get('https');
       createServer((socket) => socket.end('inherited')).listen({ fd }, () => console.log('ready'));`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit', (first as unknown as { _handle: { fd: number } })._handle.fd] },
  );
  try {
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    const address = first.address() as { port: number };
    first.close(); // the kernel hands what comes to whoever is left
    const answer = await (await import('node:net')).connect(address.port, '127.0.0.1').toArray();
    expect(Buffer.concat(answer).toString()).toBe('inherited');
  } finally {
    child.kill('SIGKILL');
  }
});
