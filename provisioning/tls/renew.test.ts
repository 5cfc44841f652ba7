/** The daily run: what is due is renewed, what can't be is told and stays, and the agent hears of it once. */
import { X509Certificate } from 'node:crypto';
import type { Controller as Fleet } from '@rockpool/fleet/controller.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enrol } from '../enrolment/enrol.ts';
import { claimOf, openDevice, openFleet, testClock } from '../enrolment/fleet.fixture.ts';
import { run } from '../exec.ts';
import { openCredentials } from '../identity/credentials.ts';
import { lanNames } from '../identity/lan-names.ts';
import { sealedFiles } from '../identity/sealed-files.ts';
import type { TlsSettings } from './certify.ts';
import { type Renewal, type RenewOptions, type RenewParts, renew } from './renew.ts';

const { signal } = new AbortController();
const day = 86_400_000;
const clock = testClock();
const fleetTls: TlsSettings = { mode: 'fleet', names: [] };
const ownTls: TlsSettings = { mode: 'own', names: [] };
const addresses = ['192.168.7.20'];

let fleet: Fleet;
let parts: RenewParts;
let reloads: string[];
beforeEach(async () => {
  clock.atMs = null;
  fleet = await openFleet(clock);
  const device = await openDevice(clock);
  const claim = await claimOf(fleet, clock);
  await enrol(device, { name: 'leeds', claim, lan: lanNames('leeds', [], addresses) }, signal);
  reloads = [];
  parts = {
    credentials: openCredentials(device.folder.path, sealedFiles(Buffer.alloc(32, 1))),
    folder: device.folder,
    pairs: device.pairs,
    clock,
    floorMs: 0,
    run,
    settled: async () => undefined,
    fleet: device,
    reload: async (change) => {
      reloads.push(change);
    },
  };
});
afterEach(() => fleet.close());

const options = (tls: TlsSettings = fleetTls, more: Partial<RenewOptions> = {}): RenewOptions => ({
  name: 'leeds',
  tls,
  addresses,
  ...more,
});
const inShort = (renewals: Renewal[]): string[] =>
  renewals.map(({ certificate, due, outcome }) => `${certificate} ${due ?? '-'} ${outcome}`);
const leaf = (name: 'device' | 'lan'): X509Certificate => new X509Certificate(parts.pairs.chain(name)![0]!);

test('nothing is due the day after, and nobody is disturbed', async () => {
  clock.atMs = Date.now() + day;
  expect(inShort(await renew(parts, options(), signal))).toEqual(['device - kept', 'lan - kept']);
  expect(reloads).toEqual([]);
});

test('at two thirds both are renewed with their keys, and the agent reads its certificate again', async () => {
  const before = { device: leaf('device'), lan: leaf('lan') };
  clock.atMs = Date.now() + 61 * day;
  expect(inShort(await renew(parts, options(), signal))).toEqual(['device aged renewed', 'lan aged renewed']);
  expect(reloads).toEqual(['certificate']);
  for (const name of ['device', 'lan'] as const) {
    expect(leaf(name).publicKey.equals(before[name].publicKey)).toBe(true);
    expect(leaf(name).validToDate.getTime()).toBeGreaterThan(before[name].validToDate.getTime());
  }
});

test('asked for the fleet’s alone, with a new key, the chat page keeps what it has', async () => {
  const before = { device: leaf('device'), lan: leaf('lan') };
  const asked = { ...options(), onlyDevice: true, newKey: true };
  expect(inShort(await renew(parts, asked, signal))).toEqual(['device asked renewed', 'lan - kept']);
  expect(reloads).toEqual(['key']);
  expect(leaf('device').publicKey.equals(before.device.publicKey)).toBe(false);
  expect(leaf('lan').serialNumber).toBe(before.lan.serialNumber);
});

test('after years in a cupboard both come back', async () => {
  clock.atMs = Date.now() + 3 * 365 * day;
  expect(inShort(await renew(parts, options(), signal))).toEqual([
    'device ended renewed',
    'lan ended renewed',
  ]);
});

test('another address makes another certificate for the chat page, and leaves the device’s', async () => {
  const device = leaf('device').serialNumber;
  const moved = options(fleetTls, { addresses: ['10.9.8.7'] });
  expect(inShort(await renew(parts, moved, signal))).toEqual(['device - kept', 'lan names renewed']);
  expect(leaf('lan').checkIP('10.9.8.7')).toBe('10.9.8.7');
  expect(leaf('device').serialNumber).toBe(device);
  expect(reloads).toEqual(['certificate']);
  expect(inShort(await renew(parts, moved, signal))).toEqual(['device - kept', 'lan - kept']);
});

test('new keys are made when asked for, and the agent is started with them', async () => {
  const before = leaf('lan').publicKey;
  await renew(parts, options(fleetTls, { newKey: true }), signal);
  expect(leaf('lan').publicKey.equals(before)).toBe(false);
  expect(reloads).toEqual(['key']);
});

test('without its controller a device goes on, says until when, and what to do', async () => {
  await fleet.close();
  clock.atMs = Date.now() + 61 * day;
  const before = leaf('lan').serialNumber;
  const renewals = await renew(parts, options(), signal);
  expect(inShort(renewals)).toEqual(['device aged failed', 'lan aged failed']);
  expect(renewals[1]?.says).toMatch(/can not be reached.*in force until 20\d\d-/);
  expect(leaf('lan').serialNumber).toBe(before);
  expect(reloads).toEqual([]);
  fleet = await openFleet(clock);
});

test('without its controller the page of a device with an authority of its own is renewed all the same', async () => {
  await renew(parts, options(ownTls), signal);
  await fleet.close();
  clock.atMs = Date.now() + 61 * day;
  expect(inShort(await renew(parts, options(ownTls), signal))).toEqual([
    'device aged failed',
    'lan aged renewed',
  ]);
  fleet = await openFleet(clock);
});

test('other settings make another issuer, there and back', async () => {
  const byFleet = leaf('lan').issuer;
  expect(inShort(await renew(parts, options(ownTls), signal))).toEqual([
    'device - kept',
    'lan issuer renewed',
  ]);
  expect(leaf('lan').issuer).toBe('CN=Rockpool leeds');
  expect(parts.folder.root('lan-ca.crt')).toContain('BEGIN CERTIFICATE');
  expect(inShort(await renew(parts, options(ownTls), signal))).toEqual(['device - kept', 'lan - kept']);
  expect(inShort(await renew(parts, options(), signal))).toEqual(['device - kept', 'lan issuer renewed']);
  expect(leaf('lan').issuer).toBe(byFleet);
  expect(parts.folder.root('lan-ca.crt')).toBe(parts.folder.load('enrolled.json')?.lanCa);
  await renew(parts, options(ownTls), signal);
  expect(leaf('lan').verify(new X509Certificate(parts.folder.root('lan-ca.crt')!).publicKey)).toBe(true);
});

test('a clock that went back to 1970 renews nothing, and says so', async () => {
  clock.atMs = Date.now();
  const { fleet: device } = parts;
  const lost = testClock();
  lost.atMs = 60_000;
  const renewals = await renew(
    { ...parts, clock: lost, fleet: device && { ...device, clock: lost } },
    options(),
    signal,
  );
  expect(inShort(renewals)).toEqual(['device not-yet failed', 'lan not-yet failed']);
  expect(renewals[0]?.says).toContain('1970-01-01');
});
