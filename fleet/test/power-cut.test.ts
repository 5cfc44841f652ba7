/** The controller is killed at any moment of an enrolment: a claim is used, with its device and certificates, or it is not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Enrolled } from '@rockpool/protocol/enrolment';
import { readDates } from '@rockpool/signing/x509-chain';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findBreak } from '../audit/audit.ts';
import { createClaim, listClaims } from '../enrolment/claims.ts';
import { systemClock } from '../host/clock.ts';
import { listDevices } from '../registry/devices.ts';
import { whereOf } from '../store/database.fixture.ts';
import { openStore } from '../store/open.ts';
import type { Database } from '../store/tables.ts';
import { codeOf, createDevice, day, post } from './fleet.fixture.ts';
import { type ControllerProcess, startAndKill, startProcess } from './process.fixture.ts';

// A dozen starts of a process each.
vi.setConfig({ testTimeout: 120_000 });

let home: string;
let db: Database;
let running: ControllerProcess;
/** What devices know of it: it comes back elsewhere, with the same key. */
const reach = { controller: { url: '', pin: '' } };

async function start(): Promise<void> {
  running = await startProcess(home);
  reach.controller = { url: running.url, pin: running.pin };
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-fleet-cut-'));
  await start();
  db = await openStore(await whereOf(home));
});
afterEach(async () => {
  await running.kill('SIGKILL');
  await db.destroy();
  rmSync(home, { recursive: true, force: true });
});

const claim = async () => (await createClaim(db, systemClock, { ttlMs: day, who: 'test' })).code;

test('killed between commit and answer, it gives the same certificates when it is asked again', async () => {
  const device = createDevice(reach, 'leeds');
  const code = await claim();
  const { pin } = reach.controller;
  const lost = post(reach, '/v1/enrol', await device.form('enrol', { claim: code })).catch(() => undefined);
  while ((await listClaims(db, systemClock))[0]?.state !== 'used') await wait(1);
  await running.kill('SIGKILL');
  await lost;
  await start();
  expect(reach.controller.pin).toBe(pin);
  const answer = await device.ask('enrol', { claim: code });
  const got = answer.body as Enrolled;
  const recorded = await db.selectFrom('certificates').select(['serial', 'kind']).orderBy('kind').execute();
  expect(recorded).toEqual([
    { kind: 'device', serial: readDates(got.deviceChain[0] ?? '').serial },
    { kind: 'lan', serial: readDates(got.lanChain?.[0] ?? '').serial },
  ]);
});

test('killed at any moment, it leaves all of an enrolment or nothing, and lets the device in afterwards', async () => {
  for (let n = 0; n < 8; n += 1) {
    const device = createDevice(reach, `cut-${n}`);
    const code = await claim();
    const asked = post(reach, '/v1/enrol', await device.form('enrol', { claim: code })).catch(
      () => undefined,
    );
    await wait(n * 2);
    await running.kill('SIGKILL');
    await asked;
    const used = (await listClaims(db, systemClock)).at(-1);
    const known = (await listDevices(db)).find(({ name }) => name === `cut-${n}`);
    expect(known !== undefined, `cut ${n}`).toBe(used?.state === 'used');
    expect(known?.certificates.length ?? 2, `cut ${n}`).toBe(2);
    await start();
    expect(codeOf(await device.ask('enrol', { claim: code })), `cut ${n}`).toBe('ok');
  }
  expect(await findBreak(db)).toBeUndefined();
});

test('the first start may be cut off anywhere: the next makes what is missing, and no other roots', async () => {
  const another = mkdtempSync(join(tmpdir(), 'rockpool-fleet-first-'));
  for (let afterMs = 150; afterMs <= 600; afterMs += 75) await startAndKill(another, afterMs);
  const pins = new Set<string>();
  for (let n = 0; n < 2; n += 1) {
    const whole = await startProcess(another);
    pins.add(whole.pin);
    await whole.kill('SIGTERM');
  }
  rmSync(another, { recursive: true, force: true });
  expect(pins.size).toBe(1);
});
