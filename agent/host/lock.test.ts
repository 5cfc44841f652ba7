import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HomeHeld, holdHome, readHolder } from './lock.ts';

const clock = { now: () => Date.UTC(2026, 10, 22, 9, 0, 0) };
let folder: string;
let home: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-lock-'));
  home = join(folder, 'home');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Another process that holds the home until it is killed. */
async function otherHolder() {
  const program = `
    import { holdHome } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    holdHome(${JSON.stringify(home)}, { now: () => ${clock.now() - 300_000} }).announce('http://127.0.0.1:8080');
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('a second start says who holds the home, since when and where it serves', async () => {
  const other = await otherHolder();
  try {
    expect(() => holdHome(home, clock)).toThrow(
      `${home} is in use by the agent with process number ${other.pid} since 2026-11-22T08:55:00Z (5 min), serving http://127.0.0.1:8080; stop that one or set ROCKPOOL_HOME.`,
    );
  } finally {
    other.kill('SIGKILL');
    await once(other, 'exit');
  }
});

test('an agent that was killed leaves no lock behind', async () => {
  const other = await otherHolder();
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect(readHolder(home)?.pid, 'what the dead one wrote is still there').toBe(other.pid);
  const hold = holdHome(home, clock);
  expect(readHolder(home)?.pid).toBe(process.pid);
  hold.release();
});

test('the home is held once within a process too, and free again after its release', () => {
  const hold = holdHome(home, clock, 'command');
  expect(() => holdHome(home, clock)).toThrow(HomeHeld);
  hold.release();
  holdHome(home, clock).release();
  expect(existsSync(join(home, 'run/agent.json'))).toBe(false);
});

test('the credential for the command line is new at every start and readable by its owner only', () => {
  const first = holdHome(home, clock);
  expect(readHolder(home)).toMatchObject({ kind: 'agent', address: null, credential: first.credential });
  expect(statSync(join(home, 'run/agent.json')).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, 'run')).mode & 0o777).toBe(0o700);
  first.announce('http://127.0.0.1:9');
  expect(readHolder(home)?.address).toBe('http://127.0.0.1:9');
  first.release();
  const second = holdHome(home, clock);
  expect(second.credential).not.toBe(first.credential);
  second.release();
});

test('a home that is a file is refused in one sentence', async () => {
  const { writeFileSync } = await import('node:fs');
  writeFileSync(home, 'a letter');
  expect(() => holdHome(home, clock)).toThrow(/can't be written; .* set ROCKPOOL_HOME/);
});
