import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forgetParked } from './parking.ts';
import { answer, type Pebble, pebbleFiles, startPebble, system } from './start-pebble.ts';

const user = (content: string) => ({ role: 'user', content }) as const;

/** What systemd does for rockpool-model.socket: listens, never accepts, and starts a process whenever someone waits. */
const activator = `
  use IO::Socket::UNIX; use POSIX; $^F = 3; $| = 1;
  my $socket = IO::Socket::UNIX->new(Local => shift @ARGV, Listen => 4) or die $!;
  POSIX::dup2(fileno $socket, 3);
  print "listening\n";
  while (1) {
    my $waits = ''; vec($waits, 3, 1) = 1; select($waits, undef, undef, undef);
    my $pid = fork;
    if (!$pid) { @ENV{qw(LISTEN_PID LISTEN_FDS LISTEN_FDNAMES)} = ($$, 1, 'model'); exec @ARGV; }
    print "$pid\n";
    waitpid $pid, 0;
  }`;
const program = new URL('./llama-process.ts', import.meta.url).pathname;

let folder: string;
let systemd: ChildProcess;
let pebble: Pebble;
const lives: number[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-unit-'));
  const socket = join(folder, 'model.sock');
  systemd = spawn('perl', ['-e', activator, socket, process.execPath, program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: systemd.stdout as NodeJS.ReadableStream });
  await new Promise((resolve) => lines.once('line', resolve));
  lines.on('line', (pid) => lives.push(Number(pid)));
  pebble = await startPebble({ socket, cacheFolder: join(folder, 'cache') });
});
afterAll(async () => {
  await pebble.stop();
  systemd.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

test('a model that is another unit answers as a child does', async () => {
  const { text } = await answer(pebble.model, { messages: [system, user('Say: one two three')] });
  expect(text.trim()).toBe('one two three');
  const [vector] = await pebble.model.embed(['The lift is slow.']);
  expect(vector).toHaveLength(384);
});

test('a death is survived: the next connection is the next life', async () => {
  process.kill(lives.at(-1) ?? 0, 'SIGKILL');
  await expect
    .poll(async () => await pebble.model.count(['again']).catch(() => 0), { timeout: 30_000 })
    .not.toEqual(0);
  expect(pebble.model.load().restarts).toBe(1);
  expect(pebble.logged.map(({ message }) => message)).toContain('model process died');
});

test('another model takes its place after a drain, for there is one process; what does not hold is taken back', async () => {
  const { model } = pebble;
  const next = { chatModel: join(folder, 'next'), id: 'next' };
  copyFileSync(pebbleFiles.chatModel, next.chatModel);
  const golden = { prompt: 'Say: one two three', holds: ['one two three'], withinMs: 60_000 };
  const never = new AbortController().signal;
  const before = lives.length;
  expect(await model.change(next, { ...golden, holds: ['what nobody says'] }, never)).toMatchObject({
    ...{ held: false, reason: 'golden-prompt' },
  });
  expect(model.about()?.id).toBe('pebble');
  expect(await model.change(next, golden, never)).toMatchObject({ held: true, beside: false });
  expect(model.about()?.id).toBe('next');
  expect(lives.length - before, 'the one that failed, the old one again, the next').toBe(3);
  const { text } = await answer(model, { messages: [system, user('Say: one two three')] });
  expect(text.trim()).toBe('one two three');
  expect(model.load()).toMatchObject({ restarts: 1, swaps: 1 });
});

test('what it keeps of a conversation may be deleted by the group, and by nobody else', async () => {
  const messages = [system, user('The printer code is 8812.')];
  await answer(pebble.model, { session: 'monday', messages });
  await pebble.model.close();
  const sessions = join(folder, 'cache', 'sessions');
  const [key = ''] = readdirSync(sessions);
  expect(statSync(join(sessions, key)).mode & 0o777).toBe(0o770);
  const [saved = ''] = readdirSync(join(sessions, key));
  expect(statSync(join(sessions, key, saved)).mode & 0o007).toBe(0);
  forgetParked(sessions, 'monday');
  expect(readdirSync(join(sessions, key))).toEqual([]);
});
