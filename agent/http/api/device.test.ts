import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMetrics, type Metrics } from '../../health/metrics.ts';
import { unpackBackup } from '../../host/backup/unpack.ts';
import type { MemoryAway } from '../../store/memory-room.ts';
import { copyDatabase, type Database, openDatabase } from '../../store/sqlite.ts';
import { FakeModel, fakeAbout } from '../../test/fake-model.ts';
import { type Door, local, openDoor } from '../door.fixture.ts';
import { deviceRoutes } from './device.ts';

let home: string;
let db: Database;
let door: Door;
let model: FakeModel;
let metrics: Metrics;
let databaseFails: boolean;
let memoryAway: MemoryAway | null;
const recorded: unknown[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-device-'));
  db = openDatabase(join(home, 'sessions.db'), { versions: ['CREATE TABLE said (text TEXT)'] });
  model = new FakeModel({ loading: true });
  metrics = createMetrics();
  databaseFails = false;
  memoryAway = null;
  recorded.length = 0;
  const isEmpty = async () => {
    if (databaseFails) throw new Error('the disk is gone');
    return await door.auth.needsSetup();
  };
  const copyTo = async (folder: string) => {
    copyDatabase(db, join(folder, 'sessions.db'));
    return [];
  };
  door = await openDoor({
    routes: (app) =>
      deviceRoutes(app, {
        settings: { home, name: 'leeds', deskRun: true, tls: undefined },
        ...{
          store: { people: { isEmpty }, store: { copyTo, memoryAway: async () => memoryAway } },
          auth: { needsSetup: () => door.auth.needsSetup() },
        },
        ...{ model, metrics, clock: { now: () => 1_700_000_000_000 } },
        audit: { record: async (entry) => void recorded.push(entry) },
      }),
  });
});
afterEach(async () => {
  await door.close();
  metrics.close();
  db.close();
  rmSync(home, { recursive: true });
});

test('before anyone signs in the device tells its name and whether it is set up, and nothing of its model', async () => {
  model.finishLoading();
  expect((await door.ask('GET', '/api/status')).json()).toEqual({
    ...{ name: 'leeds', version: '0.1.0', needsSetup: true, ready: true, deskRun: true, secure: false },
    ...{ signedIn: null, model: null },
  });
});

test('who is signed in learns who they are and which model answers', async () => {
  await door.add('ada', 'admin');
  const ada = await door.signIn('ada');
  expect((await door.ask('GET', '/api/status', { headers: ada })).json()).toMatchObject({
    ready: false,
    model: null,
  });
  model.finishLoading();
  const status = (await door.ask('GET', '/api/status', { headers: ada })).json();
  expect(status).toMatchObject({ needsSetup: false, signedIn: { name: 'ada' }, model: fakeAbout });
  expect((await door.ask('GET', '/api/models', { headers: ada })).json()).toEqual({ models: [fakeAbout] });
  expect((await door.ask('GET', '/api/models')).statusCode).toBe(401);
});

test('the device is alive at once, and ready when its model is loaded and its database answers', async () => {
  const readiness = async () => {
    const answer = await door.ask('GET', '/readyz');
    return [answer.statusCode, answer.json()];
  };
  expect((await door.ask('GET', '/healthz')).statusCode).toBe(200);
  expect(await readiness()).toEqual([
    503,
    { ready: false, model: false, database: true, memory: true, posture: true, missing: [] },
  ]);
  model.finishLoading();
  expect(await readiness()).toEqual([
    200,
    { ready: true, model: true, database: true, memory: true, posture: true, missing: [] },
  ]);
  memoryAway = { since: 1, why: 'damaged', file: null, restore: null };
  expect(await readiness()).toEqual([
    200,
    { ready: true, model: true, database: true, memory: false, posture: true, missing: [] },
  ]);
  databaseFails = true;
  expect(await readiness()).toEqual([
    503,
    { ready: false, model: true, database: false, memory: false, posture: true, missing: [] },
  ]);
  expect((await door.ask('GET', '/healthz')).statusCode).toBe(200);
});

test('metrics are for the device itself and for administrators', async () => {
  const from = (remoteAddress: string, headers = {}) =>
    door.ask('GET', '/metrics', { remoteAddress, headers });
  expect((await from('127.0.0.1')).body).toContain('rockpool_event_loop_lag_seconds');
  expect((await from('::ffff:127.0.0.1')).statusCode).toBe(200);
  expect((await from('192.168.1.20')).statusCode).toBe(401);
  expect((await from('127.0.0.1', { 'x-forwarded-for': '192.168.1.20' })).statusCode).toBe(401);
  expect((await from('192.168.1.20', local)).statusCode).toBe(200);
  await door.add('ada', 'admin');
  await door.add('ben');
  expect((await from('192.168.1.20', await door.signIn('ada'))).statusCode).toBe(200);
  expect((await from('192.168.1.20', await door.signIn('ben'))).statusCode).toBe(403);
});

test('the backup is for the command line on the device, and is recorded', async () => {
  mkdirSync(join(home, 'documents'));
  writeFileSync(join(home, 'documents/1'), 'a report');
  await door.add('ada', 'admin');
  expect(
    (await door.ask('POST', '/api/local/backup', { headers: await door.signIn('ada') })).statusCode,
  ).toBe(403);
  const answer = await door.ask('POST', '/api/local/backup', { headers: local });
  const file = join(home, 'run/copy');
  writeFileSync(file, answer.rawPayload);
  const manifest = await unpackBackup(file, join(home, 'run/out'), new AbortController().signal);
  expect(manifest.files.map(({ path }) => path)).toEqual(['documents/1', 'sessions.db']);
  expect(recorded).toMatchObject([{ action: 'backup.create', via: 'local', outcome: 'done' }]);
});

test('a reader that leaves in the middle of a backup leaves nothing behind', async () => {
  mkdirSync(join(home, 'documents'));
  writeFileSync(join(home, 'documents/1'), Buffer.alloc(8_000_000, Math.random().toString()));
  const address = await door.app.listen({ host: '127.0.0.1', port: 0 });
  const leaving = new AbortController();
  const answer = await fetch(`${address}/api/local/backup`, {
    method: 'POST',
    headers: local,
    signal: leaving.signal,
  });
  await answer.body?.getReader().read();
  leaving.abort();
  await expect.poll(() => readdirSync(join(home, 'run'))).toEqual([]);
});

test('the audit log is checked for the command line', async () => {
  mkdirSync(join(home, 'audit'));
  const answer = await door.ask('POST', '/api/local/audit/verify', { headers: local });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ ok: true, lines: 0 });
});
