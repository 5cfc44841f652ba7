/** One device gives another of its office what it fetched: whole files of its store, and only when its fleet says so. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Door, openDoor } from '../door.fixture.ts';
import { releaseRoutes } from './releases.ts';

const bytes = Buffer.from('weights of a model');
const hash = createHash('sha256').update(bytes).digest('hex');
const path = `/releases/artifacts/${hash}`;
let store: string;
let door: Door;
let serves = true;
beforeEach(async () => {
  serves = true;
  store = mkdtempSync(join(tmpdir(), 'rockpool-store-'));
  writeFileSync(join(store, hash), bytes);
  door = await openDoor({ routes: (app) => releaseRoutes(app, { store, serves: () => serves }) });
});
afterEach(async () => {
  await door.close();
  rmSync(store, { recursive: true });
});

const ask = (url: string, headers: Record<string, string> = {}) =>
  door.app.inject({ method: 'GET', url, headers: { host: '127.0.0.1', ...headers } });

test('a part of what is there is given, exactly as it was asked for', async () => {
  const whole = await ask(path);
  expect([whole.statusCode, whole.rawPayload.equals(bytes)]).toEqual([200, true]);
  const part = await ask(path, { range: 'bytes=3-6' });
  expect([part.statusCode, part.headers['content-range'], part.body]).toEqual([
    ...[206, `bytes 3-6/${bytes.length}`, 'ghts'],
  ]);
  expect((await ask(path, { range: 'bytes=99-' })).statusCode).toBe(416);
});

test('what is not whole, not there, or a link to something else, is not given', async () => {
  writeFileSync(join(store, `${hash}.partial`), 'half');
  const link = 'a'.repeat(64);
  symlinkSync('/etc/hostname', join(store, link));
  for (const name of [`${hash}.partial`, 'b'.repeat(64), link, '..%2fmodel.json', hash.toUpperCase()])
    expect([name, (await ask(`/releases/artifacts/${name}`)).statusCode]).toEqual([
      name,
      expect.toBeOneOf([400, 404]),
    ]);
});

test('a device whose fleet does not say so gives nothing', async () => {
  serves = false;
  expect((await ask(path)).statusCode).toBe(404);
});
