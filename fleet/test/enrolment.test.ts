/** A device joins the fleet, comes back for a new certificate, and is told plainly when it may not. */
import { createSeed, openIdentity } from '@rockpool/signing/identity';
import { makeCsr } from '@rockpool/signing/x509';
import { verifyChain } from '@rockpool/signing/x509-chain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAudit } from '../audit/audit.ts';
import { listClaims, revokeClaim } from '../enrolment/claims.ts';
import { allowNames, listDevices, listRevoked, revokeDevice, showDevice } from '../registry/devices.ts';
import {
  codeOf,
  createDevice,
  day,
  enrolled,
  type Fleet,
  hour,
  named,
  openFleet,
  post,
} from './fleet.fixture.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});
afterAll(() => fleet[Symbol.asyncDispose]());

test('a claim lets one device in, with certificates for its keys and the labels of the claim', async () => {
  const device = await enrolled(fleet, 'leeds', { labels: { branch: 'Leeds', floor: '2' } });
  const { got } = device;
  const at = new Date(fleet.clock.now());
  expect(
    verifyChain(got.deviceChain, got.fleetCa, {
      at,
      cn: 'leeds',
      usage: 'client',
      publicKey: device.deviceKey.publicKey,
    }),
  ).toBeUndefined();
  const page = { at, dns: 'leeds.local', usage: 'server', publicKey: device.lanKey.publicKey } as const;
  expect(verifyChain(got.lanChain ?? [], got.lanCa ?? '', page)).toBeUndefined();
  expect(verifyChain(got.lanChain ?? [], got.lanCa ?? '', { at, dns: '192.168.7.2' })).toBeUndefined();
  expect(got.commandKeys).toHaveLength(1);
  const known = await showDevice(fleet.controller.db, 'leeds');
  expect(known).toMatchObject({
    state: 'in-force',
    labels: { branch: 'Leeds', floor: '2' },
    identity: device.identity.publicKey,
  });
  expect(
    (await listClaims(fleet.controller.db, fleet.clock)).find((claim) => claim.device === 'leeds')?.state,
  ).toBe('used');
});

test('the answer may be lost: the same device gets the same certificates for the same claim', async () => {
  const device = await enrolled(fleet, 'lost-answer');
  const again = await device.ask('enrol', { claim: device.claim });
  expect(again.body).toEqual(device.got);
  fleet.clock.pass(2 * day); // also after the claim itself is past its time
  expect((await device.ask('enrol', { claim: device.claim })).body).toEqual(device.got);
  await fleet.restart();
  expect((await device.ask('enrol', { claim: device.claim })).body).toEqual(device.got);
});

test('a device without a page on the LAN of this fleet asks for no certificate for it and gets none', async () => {
  const device = createDevice(fleet, 'own-ca');
  const answer = await device.ask('enrol', { claim: await fleet.claim(), lanCsr: undefined });
  expect(answer.body).not.toHaveProperty('lanChain');
  expect(answer.body).not.toHaveProperty('lanCa');
  expect(codeOf(answer)).toBe('ok');
});

describe('a claim that is', () => {
  test('unknown', async () => {
    await using other = await openFleet();
    expect(codeOf(await createDevice(fleet, 'a').ask('enrol', { claim: await other.claim() }))).toBe(
      'claim-unknown',
    );
  });
  test('used by another device', async () => {
    const { claim } = await enrolled(fleet, 'thief');
    expect(codeOf(await createDevice(fleet, 'victim').ask('enrol', { claim }))).toBe('claim-used');
    await expect(showDevice(fleet.controller.db, 'victim')).rejects.toThrow('no device victim');
    const [newest] = await listAudit(fleet.controller.db, 1);
    expect(newest).toMatchObject({ who: 'a device unknown', action: 'claim-refused' });
    expect(JSON.parse(newest?.detail ?? '')).toEqual({ reason: 'claim-used', name: 'victim' });
  });
  test('past its time', async () => {
    const claim = await fleet.claim({ ttlMs: hour });
    fleet.clock.pass(hour);
    expect(codeOf(await createDevice(fleet, 'late').ask('enrol', { claim }))).toBe('claim-expired');
  });
  test('taken back', async () => {
    const claim = await fleet.claim();
    const newest = (await listClaims(fleet.controller.db, fleet.clock)).at(-1);
    await revokeClaim(fleet.controller.db, fleet.clock, newest?.id ?? 0, 'test');
    expect(codeOf(await createDevice(fleet, 'late').ask('enrol', { claim }))).toBe('claim-revoked');
  });
  test('mistyped', async () => {
    const claim = await fleet.claim();
    const last = claim.at(-1) === '0' ? '1' : '0';
    const answer = await createDevice(fleet, 'a').ask('enrol', { claim: `${claim.slice(0, -1)}${last}` });
    expect(codeOf(answer)).toMatch(/^(?:bad-request|claim-unknown)$/);
  });
  test('for another name', async () => {
    const claim = await fleet.claim({ name: named('york') });
    expect(codeOf(await createDevice(fleet, 'bradford').ask('enrol', { claim }))).toBe('name-not-allowed');
    expect(codeOf(await createDevice(fleet, 'york').ask('enrol', { claim }))).toBe('ok');
  });
});

test.each([
  'controller',
  'fleet',
  'localhost',
  'Leeds',
  'a b',
  '-leeds',
  'leeds.local',
  '#',
  '+',
  '$share',
  '',
  'x'.repeat(64),
  '../etc',
])('no device is named %j', async (name) => {
  const honest = createDevice(fleet, 'someone');
  const deviceCsr = await makeCsr(honest.deviceKey, { cn: name || 'x' });
  const answer = await honest.ask('enrol', {
    claim: await fleet.claim(),
    device: name,
    deviceCsr,
    lanCsr: undefined,
  });
  expect(codeOf(answer)).toBe('name-not-allowed');
});

test('two devices of one name: the second is refused, until the first is revoked and a claim names it', async () => {
  await enrolled(fleet, 'hull');
  const second = createDevice(fleet, 'hull');
  expect(codeOf(await second.ask('enrol', { claim: await fleet.claim() }))).toBe('name-taken');
  await revokeDevice(fleet.controller.db, fleet.clock, { name: 'hull', because: 'stolen', who: 'test' });
  expect(codeOf(await second.ask('enrol', { claim: await fleet.claim() }))).toBe('name-taken');
  expect(codeOf(await second.ask('enrol', { claim: await fleet.claim({ name: named('hull') }) }))).toBe('ok');
  expect(await showDevice(fleet.controller.db, 'hull')).toMatchObject({
    state: 'in-force',
    identity: second.identity.publicKey,
  });
});

describe('a proof', () => {
  test('made by another key is refused', async () => {
    const other = openIdentity(createSeed());
    const device = createDevice(fleet, 'proof');
    const form = await device.form('enrol', { claim: await fleet.claim() });
    expect(codeOf(await post(fleet, '/v1/enrol', { ...form, identity: other.publicKey }))).toBe(
      'proof-wrong',
    );
    expect(codeOf(await post(fleet, '/v1/enrol', { ...form, device: 'proof2' }))).toBe('proof-wrong');
  });
  test('made for renewing does not enrol', async () => {
    const device = createDevice(fleet, 'proof');
    const form = await device.form('enrol', { claim: await fleet.claim() });
    const { proof: _, ...rest } = form;
    const proof = device.identity.sign('rockpool/renew/v1', rest);
    expect(codeOf(await post(fleet, '/v1/enrol', { ...rest, proof }))).toBe('proof-wrong');
  });
  test('of a key that everyone can sign for is refused', async () => {
    const neutral = Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]).toString('base64');
    const proof = Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]).toString('base64');
    const device = createDevice(fleet, 'neutral');
    const form = await device.form('enrol', { claim: await fleet.claim(), identity: neutral, proof });
    expect(codeOf(await post(fleet, '/v1/enrol', form))).toBe('proof-wrong');
  });
  test('sent twice is refused the second time, and says that a new nonce is needed', async () => {
    const device = createDevice(fleet, 'twice');
    const form = await device.form('enrol', { claim: await fleet.claim() });
    expect(codeOf(await post(fleet, '/v1/enrol', form))).toBe('ok');
    expect(codeOf(await post(fleet, '/v1/enrol', form))).toBe('nonce-unknown');
    const renewal = await device.form('renew');
    expect(codeOf(await post(fleet, '/v1/renew', renewal))).toBe('ok');
    await fleet.restart(); // spent nonces are written down
    expect(codeOf(await post(fleet, '/v1/renew', renewal))).toBe('nonce-unknown');
  });
  test('that is older than two minutes is refused', async () => {
    const form = await createDevice(fleet, 'slow').form('enrol', { claim: await fleet.claim() });
    fleet.clock.pass(121_000);
    expect(codeOf(await post(fleet, '/v1/enrol', form))).toBe('nonce-unknown');
  });
  test("over a nonce of somebody else's making is refused", async () => {
    const nonce = Buffer.alloc(32, 7).toString('base64');
    expect(
      codeOf(await createDevice(fleet, 'own-nonce').ask('enrol', { claim: await fleet.claim(), nonce })),
    ).toBe('nonce-unknown');
  });
});

test('of two devices that race for one claim one gets in, and the other is told that it was used', async () => {
  const claim = await fleet.claim();
  const devices = ['race-1', 'race-2', 'race-3', 'race-4'].map((name) => createDevice(fleet, name));
  const forms = await Promise.all(devices.map((device) => device.form('enrol', { claim })));
  const codes = await Promise.all(forms.map(async (form) => codeOf(await post(fleet, '/v1/enrol', form))));
  expect(codes.sort()).toEqual(['claim-used', 'claim-used', 'claim-used', 'ok']);
  const racers = (await listDevices(fleet.controller.db)).filter(({ name }) => name.startsWith('race-'));
  expect(racers).toHaveLength(1);
});

test('of two devices that race for one name one gets it, and the claim of the other stays open', async () => {
  const asked = await Promise.all(
    [createDevice(fleet, 'same'), createDevice(fleet, 'same')].map(async (device) =>
      device.form('enrol', { claim: await fleet.claim() }),
    ),
  );
  const codes = await Promise.all(asked.map(async (form) => codeOf(await post(fleet, '/v1/enrol', form))));
  expect(codes.sort()).toEqual(['name-taken', 'ok']);
  const lastTwo = (await listClaims(fleet.controller.db, fleet.clock)).slice(-2);
  expect(lastTwo.map(({ state }) => state).sort()).toEqual(['open', 'used']);
});

describe('renewal', () => {
  test('after two thirds of its life gives new certificates to the same identity, for new keys too', async () => {
    const device = await enrolled(fleet, 'renews');
    fleet.clock.pass(61 * day);
    const got = (await device.ask('renew')).body as typeof device.got;
    expect(got.deviceChain).not.toEqual(device.got.deviceChain);
    const at = new Date(fleet.clock.now() + 89 * day);
    expect(verifyChain(got.deviceChain, got.fleetCa, { at, cn: 'renews' })).toBeUndefined();
  });
  test('of a device that was off for a year needs nobody to travel', async () => {
    const device = await enrolled(fleet, 'asleep');
    fleet.clock.pass(365 * day);
    expect(
      verifyChain(device.got.deviceChain, device.got.fleetCa, { at: new Date(fleet.clock.now()) })?.fault,
    ).toBe('expired');
    expect(codeOf(await device.ask('renew'))).toBe('ok');
  });
  test('is refused to a revoked device, whose certificates are on the list', async () => {
    const device = await enrolled(fleet, 'revoked');
    await revokeDevice(fleet.controller.db, fleet.clock, { name: 'revoked', because: 'stolen', who: 'test' });
    expect(codeOf(await device.ask('renew'))).toBe('device-revoked');
    expect(codeOf(await device.ask('enrol', { claim: await fleet.claim() }))).toBe('device-revoked');
    expect(codeOf(await device.ask('enrol', { claim: device.claim }))).toBe('device-revoked');
    const digest = 'ab'.repeat(32);
    expect(codeOf(await device.ask('escrow', { kind: 'luks-header', digest, sealed: 'AAAA' }))).toBe(
      'device-revoked',
    );
    const known = await showDevice(fleet.controller.db, 'revoked');
    const list = (await listRevoked(fleet.controller.db, fleet.clock)).map(({ serial }) => serial);
    for (const { serial } of known.certificates) expect(list).toContain(serial);
  });
  test('is refused to a stranger, and to a neighbour who signs for another', async () => {
    expect(codeOf(await createDevice(fleet, 'stranger').ask('renew'))).toBe('device-unknown');
    await enrolled(fleet, 'neighbour-a');
    const other = await enrolled(fleet, 'neighbour-b');
    const deviceCsr = await makeCsr(other.deviceKey, { cn: 'neighbour-a' });
    expect(codeOf(await other.ask('renew', { device: 'neighbour-a', deviceCsr, lanCsr: undefined }))).toBe(
      'proof-wrong',
    );
  });
  test('knows names that an operator allowed since, and no others', async () => {
    await using fleetWithDomain = await openFleet({
      constraints: { dns: ['local', 'example.com'], networks: ['10.0.0.0/8'] },
    });
    const device = createDevice(fleetWithDomain, 'site');
    const ask = async (what: 'enrol' | 'renew', dns: string[], wish = {}) =>
      codeOf(
        await device.ask(what, {
          ...wish,
          lanCsr: await makeCsr(device.lanKey, { cn: 'site', dns, ips: ['10.1.2.3'] }),
        }),
      );
    const claim = await fleetWithDomain.claim();
    expect(await ask('enrol', ['site.local', 'chat.example.com'], { claim })).toBe('csr-not-acceptable');
    expect(await ask('enrol', ['site.local'], { claim })).toBe('ok');
    const { db } = fleetWithDomain.controller;
    await allowNames(db, fleetWithDomain.clock, {
      name: 'site',
      names: ['chat.example.com', 'chat.example.org'],
      who: 'test',
    });
    expect(await ask('renew', ['site.local', 'chat.example.com'])).toBe('ok');
    expect(await ask('renew', ['site.local', 'chat.example.org'])).toBe('csr-not-acceptable'); // not in the root
  });
});

test('every deed is in the audit, by whom and to what', async () => {
  await enrolled(fleet, 'audited');
  const deeds = (await listAudit(fleet.controller.db, 5)).map(
    ({ who, action, subject }) => `${who}: ${action} ${subject}`,
  );
  expect(deeds[0]).toBe('device audited: enrol device audited');
  expect(deeds[1]).toMatch(/^test: claim-create claim \d+$/);
});
