import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openGuesses } from './guesses.ts';

let folder: string;
let file: string;
let at: number;
const uptime = { seconds: () => at };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-guesses-'));
  file = join(folder, 'guesses.json');
  at = 60;
});
afterEach(() => rmSync(folder, { recursive: true }));

const wrong = async () => false;
const right = async () => true;

test('each wrong guess of an address doubles its wait, to a quarter of an hour', async () => {
  const guesses = openGuesses(file, uptime);
  const waits: number[] = [];
  for (let n = 0; n < 16; n += 1) {
    await guesses.make('192.168.1.20', wrong);
    waits.push(guesses.waitS('192.168.1.20'));
    at += guesses.waitS('192.168.1.20') + 0.7; // nobody types at once
  }
  expect(waits.slice(0, 8)).toEqual([0, 0, 0, 0, 2, 4, 8, 16]);
  expect(Math.max(...waits)).toBe(900);
});

/** Thirty addresses that guess whenever they may. */
async function flood(guesses: ReturnType<typeof openGuesses>): Promise<void> {
  for (let n = 0; n < 300; n += 1) {
    const address = `10.0.0.${n % 30}`;
    if (guesses.waitS(address) === 0) await guesses.make(address, wrong);
  }
}

test('many addresses at once make whoever errs again and again wait for half a minute', async () => {
  const guesses = openGuesses(file, uptime);
  for (let n = 0; n < 3; n += 1) await guesses.make('192.168.1.20', wrong);
  expect(guesses.waitS('192.168.1.20')).toBe(0);
  await flood(guesses);
  expect(guesses.waitS('192.168.1.20')).toBe(30);
  at += 30;
  expect(await guesses.make('192.168.1.20', right)).toBe(true);
});

test('a flood that never ends keeps nobody out who has hardly erred', async () => {
  const guesses = openGuesses(file, uptime);
  for (let n = 0; n < 20; n += 1) {
    await flood(guesses);
    at += 5;
  }
  expect(guesses.waitS('10.0.0.1')).toBeGreaterThan(0);
  expect(await guesses.make('192.168.1.20', wrong)).toBe(false); // a slip on a phone's keys
  expect(await guesses.make('192.168.1.20', right)).toBe(true);
});

test('an IPv6 host is its network, and an IPv4 one is the same in both spellings', async () => {
  const guesses = openGuesses(file, uptime);
  for (let n = 0; n < 5; n += 1) await guesses.make(`fd00:1:2:3::${n}`, wrong);
  expect(guesses.waitS('fd00:1:2:3:ffff::1')).toBe(2);
  expect(guesses.waitS('fd00:1:2:4::1')).toBe(0);
  at += 2;
  for (let n = 0; n < 5; n += 1) await guesses.make('::ffff:192.168.1.9', wrong);
  expect(guesses.waitS('192.168.1.9')).toBe(2);
});

test('a guess counts before it is checked: ending the program in the middle forgives nothing', async () => {
  let guesses = openGuesses(file, uptime);
  for (let n = 0; n < 5; n += 1) {
    // The program ends while it checks.
    void guesses.make('192.168.1.20', () => new Promise(() => undefined));
    await new Promise((resolve) => setImmediate(resolve));
    guesses = openGuesses(file, uptime);
  }
  expect(guesses.waitS('192.168.1.20')).toBe(2);
});

test('what was right, or could not be checked, is no guess', async () => {
  const guesses = openGuesses(file, uptime);
  for (let n = 0; n < 40; n += 1) {
    expect(await guesses.make('192.168.1.20', right)).toBe(true);
    await expect(guesses.make('192.168.1.20', () => Promise.reject(new Error('away')))).rejects.toThrow(
      'away',
    );
  }
  expect(guesses.waitS('192.168.1.20')).toBe(0);
});

test('waits are forgiven with time, and a file that is damaged opens the page again', async () => {
  const guesses = openGuesses(file, uptime);
  for (let n = 0; n < 5; n += 1) await guesses.make('192.168.1.20', wrong);
  at += 3_600;
  await guesses.make('192.168.1.20', wrong);
  expect(guesses.waitS('192.168.1.20')).toBe(0);
  for (const damaged of ['', '{', '[]', '{"total":{}}', '{"total":{"wrong":-1,"at":0,"openAt":0}}']) {
    writeFileSync(file, damaged);
    expect(await openGuesses(file, uptime).make('192.168.1.20', right), damaged).toBe(true);
  }
});

test('addresses are remembered in a bounded number, those that wait longest last', async () => {
  const guesses = openGuesses(file, uptime);
  for (let n = 0; n < 6; n += 1) {
    at += guesses.waitS('192.168.1.20');
    await guesses.make('192.168.1.20', wrong);
  }
  const waiting = guesses.waitS('192.168.1.20');
  for (let n = 0; n < 600; n += 1) await guesses.make(`10.0.${n >> 8}.${n & 255}`, right);
  expect(guesses.waitS('192.168.1.20')).toBe(waiting);
});
