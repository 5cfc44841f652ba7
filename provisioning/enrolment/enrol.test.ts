/** Enrolment against a real controller: what a claim is good for, what it is not, and what power cuts and clocks do. */

import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Controller as Fleet } from '@rockpool/fleet/controller.ts';
import { listDevices, revokeDevice } from '@rockpool/fleet/registry/devices.ts';
import { createAuthority, createKeyPairP256, issue } from '@rockpool/signing/x509';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lanNames } from '../identity/lan-names.ts';
import type { Controller } from './controller.ts';
import { openController } from './controller.ts';
import { enrol, renewAtFleet } from './enrol.ts';
import { escrowHeader } from './escrow.ts';
import { claimOf, openDevice, openFleet, type TestDevice, testClock } from './fleet.fixture.ts';
import { EnrolmentRefused } from './refused.ts';

const { signal } = new AbortController();
const names = lanNames('leeds', [], ['192.168.7.20', 'fd00::20']);
const clock = testClock();
let fleet: Fleet;
let count = 0;
beforeEach(async () => {
  clock.atMs = null;
  fleet = await openFleet(clock);
});
afterEach(() => fleet.close());

const fresh = (): string => {
  count += 1;
  return `leeds-${count}`;
};
/** An enrolment that should be refused, and the code of the refusal. */
const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EnrolmentRefused)) throw error ?? new Error('it was not refused');
  expect(error.message).toMatch(/^[A-Z].*\./);
  return error.code;
};

test('a claim yields certificates for both keys, by the roots that came along', async () => {
  const device = await openDevice(clock);
  const answer = await enrol(
    device,
    { name: 'leeds', claim: await claimOf(fleet, clock), lan: names },
    signal,
  );
  expect(answer.device).toBe('leeds');
  const own = (await device.pairs.load('device'))!;
  const lan = (await device.pairs.load('lan'))!;
  expect(
    new X509Certificate(own.chain[0]!).checkIssued(new X509Certificate(device.folder.root('fleet-ca.crt')!)),
  ).toBe(true);
  expect(new X509Certificate(lan.chain[0]!).subjectAltName).toContain('DNS:leeds.local');
  expect(new X509Certificate(lan.chain[0]!).checkIP('192.168.7.20')).toBe('192.168.7.20');
  expect(device.folder.load('enrolled.json')).toEqual(answer);
  expect(device.folder.load('controller.json')).toEqual({ version: 1, url: fleet.url, pin: fleet.pin });
  expect(device.folder.load('lan.json')?.mode).toBe('fleet');
});

test('after it nothing on the device holds the claim', async () => {
  const device = await openDevice(clock);
  await enrol(device, { name: fresh(), claim: await claimOf(fleet, clock), lan: null }, signal);
  expect(device.folder.pendingClaim()).toBeNull();
  expect(existsSync(join(device.folder.path, 'claim.pending'))).toBe(false);
});

test('a stolen claim: when a thief was first, the device is told that it was used, and forgets it', async () => {
  const claim = await claimOf(fleet, clock);
  await enrol(await openDevice(clock), { name: fresh(), claim, lan: null }, signal);
  const ours = await openDevice(clock);
  expect(await refusal(enrol(ours, { name: fresh(), claim, lan: null }, signal))).toBe('claim-used');
  expect(ours.folder.pendingClaim()).toBeNull();
  expect(ours.folder.load('enrolled.json')).toBeNull();
  expect(ours.waited).toEqual([]); // not asked again: it would stay so
});

test('a stolen claim: when the device was first, the thief gets nothing', async () => {
  const claim = await claimOf(fleet, clock);
  const name = fresh();
  await enrol(await openDevice(clock), { name, claim, lan: null }, signal);
  const thief = await openDevice(clock);
  expect(await refusal(enrol(thief, { name, claim, lan: null }, signal))).toBe('claim-used');
  expect(await thief.pairs.load('device')).toBeNull();
});

test('a claim replay by the same device yields the same device, for its answer may have been lost', async () => {
  const claim = await claimOf(fleet, clock);
  const name = fresh();
  const device = await openDevice(clock);
  await enrol(device, { name, claim, lan: null }, signal);
  const again = await openDevice(clock, device.folder.path);
  expect((await enrol(again, { name, claim, lan: null }, signal)).device).toBe(name);
});

test('a second claim, brought because the first one’s answer never came, yields the same device', async () => {
  const name = fresh();
  const device = await openDevice(clock);
  await enrol(device, { name, claim: await claimOf(fleet, clock), lan: null }, signal);
  const again = await openDevice(clock, device.folder.path);
  await enrol(again, { name, claim: await claimOf(fleet, clock), lan: null }, signal);
  expect((await listDevices(fleet.db)).map((one) => one.name)).toEqual([name]);
});

test('a request that was recorded on the wire and is sent again is refused', async () => {
  let recorded: Parameters<Controller['enrol']>[0] | undefined;
  const device: TestDevice = {
    ...(await openDevice(clock)),
    openController: (trust) => {
      const real = openController(trust);
      return {
        ...real,
        enrol: (body, stop) => {
          recorded = body;
          return real.enrol(body, stop);
        },
      };
    },
  };
  await enrol(device, { name: fresh(), claim: await claimOf(fleet, clock), lan: null }, signal);
  const thief = openController({ url: fleet.url, pin: fleet.pin });
  expect(await refusal(thief.enrol(recorded!))).toBe('nonce-unknown');
  const { nonce } = await thief.nonce();
  expect(await refusal(thief.enrol({ ...recorded!, nonce }))).toBe('proof-wrong');
});

test('an answer that was lost is asked for again with the same claim, identity and key', async () => {
  const sent: Parameters<Controller['enrol']>[0][] = [];
  const device = await openDevice(clock);
  const losing: TestDevice = {
    ...device,
    openController: (trust) => {
      const real = openController(trust);
      return {
        ...real,
        enrol: async (body, stop) => {
          sent.push(body);
          const answer = await real.enrol(body, stop);
          if (sent.length < 3) throw new EnrolmentRefused('unreachable', 'the line went dead');
          return answer;
        },
      };
    },
  };
  await enrol(losing, { name: fresh(), claim: await claimOf(fleet, clock), lan: null }, signal);
  expect(new Set(sent.map(({ claim, identity }) => `${claim} ${identity}`)).size).toBe(1);
  const keys = sent.map(({ deviceCsr }) => deviceCsr);
  expect(new Set(keys).size).toBe(1);
  expect(new Set(sent.map(({ nonce }) => nonce)).size).toBe(3);
  expect(device.waited).toEqual([1_000, 2_000]);
});

test('a controller that stays away is given up, and the claim is kept for the next try', async () => {
  const claim = { ...(await claimOf(fleet, clock)), controller: 'https://127.0.0.1:9' };
  const device = await openDevice(clock);
  expect(await refusal(enrol(device, { name: fresh(), claim, lan: null }, signal))).toBe('unreachable');
  expect(device.waited).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(device.folder.pendingClaim()).toEqual(claim);
});

describe('each refusal says its own reason', () => {
  test('a claim that nobody made', async () => {
    const claim = { ...(await claimOf(fleet, clock)), claim: 'RP-00000-00000-00000-00000' as never };
    expect(await refusal(enrol(await openDevice(clock), { name: fresh(), claim, lan: null }, signal))).toBe(
      'claim-unknown',
    );
  });
  test('a claim that is too old', async () => {
    const turned = testClock();
    turned.atMs = Date.now() - 3_600_000;
    const claim = await claimOf(fleet, turned, { ttlMs: 1_800_000 });
    expect(await refusal(enrol(await openDevice(clock), { name: fresh(), claim, lan: null }, signal))).toBe(
      'claim-expired',
    );
  });
  test('a claim for a device of another name', async () => {
    const claim = await claimOf(fleet, clock, { name: fresh() });
    expect(await refusal(enrol(await openDevice(clock), { name: fresh(), claim, lan: null }, signal))).toBe(
      'name-not-allowed',
    );
  });
  test('a name that another device has', async () => {
    const name = fresh();
    await enrol(await openDevice(clock), { name, claim: await claimOf(fleet, clock), lan: null }, signal);
    const claim = await claimOf(fleet, clock);
    expect(await refusal(enrol(await openDevice(clock), { name, claim, lan: null }, signal))).toBe(
      'name-taken',
    );
  });
  test('a name for the chat page that the operator did not allow', async () => {
    const name = fresh();
    const lan = lanNames(name, ['bank.example'], []);
    const claim = await claimOf(fleet, clock);
    expect(await refusal(enrol(await openDevice(clock), { name, claim, lan }, signal))).toBe(
      'csr-not-acceptable',
    );
  });
});

describe('a clock that is wrong', () => {
  test.each([['1970-01-01T00:01:00Z'], ['2099-06-01T00:00:00Z']])(
    '%s: nothing is spent, and both times are told',
    async (at) => {
      const wrong = testClock();
      wrong.atMs = Date.parse(at);
      const claim = await claimOf(fleet, clock);
      const name = fresh();
      const device = await openDevice(wrong);
      const asking = enrol(device, { name, claim, lan: null }, signal);
      expect(await refusal(asking)).toBe('clock-wrong');
      await expect(asking).rejects.toThrow(new Date(wrong.atMs).toISOString());
      wrong.atMs = null;
      // The claim is still good once the clock is.
      expect((await enrol(device, { name, claim, lan: null }, signal)).device).toBe(name);
    },
  );
});

const evil = await createAuthority({ name: 'Evil', years: 1, at: new Date() });
describe('a controller whose answer does not fit', () => {
  const at = new Date();
  const leafFor = (cn: string, publicKey = createKeyPairP256().publicKey, day = at): Promise<string> =>
    issue(evil, publicKey, { cn, days: 30, usages: ['client'], at: day });

  test.each<
    [
      string,
      string,
      (name: string, answer: Awaited<ReturnType<Controller['enrol']>>, device: TestDevice) => Promise<object>,
    ]
  >([
    [
      'for another key',
      'another key',
      async (name) => ({ deviceChain: [await leafFor(name)], fleetCa: evil.certificate }),
    ],
    [
      'for another name',
      'not for',
      async (_, __, { pairs }) => ({
        deviceChain: [await leafFor('mallory', (await pairs.draft('device')).keys.publicKey)],
        fleetCa: evil.certificate,
      }),
    ],
    [
      'by another root than it names',
      'not signed by',
      async (name, _, { pairs }) => ({
        deviceChain: [await leafFor(name, (await pairs.draft('device')).keys.publicKey)],
      }),
    ],
    [
      'that ended',
      'ended at',
      async (name, _, { pairs }) => ({
        deviceChain: [
          await leafFor(
            name,
            (await pairs.draft('device')).keys.publicKey,
            new Date(at.getTime() - 31 * 86_400_000),
          ),
        ],
        fleetCa: (
          await createAuthority({
            name: 'Evil',
            years: 1,
            at: new Date(at.getTime() - 60 * 86_400_000),
            keys: { privateKey: evil.privateKey, publicKey: new X509Certificate(evil.certificate).publicKey },
          })
        ).certificate,
      }),
    ],
    ['that is for another device', 'it is for', async () => ({ device: 'mallory' })],
    [
      'with a command key of small order',
      'command key',
      async () => ({
        commandKeys: [
          { id: 'command-1', key: Buffer.concat([Buffer.of(1), Buffer.alloc(31)]).toString('base64') },
        ],
      }),
    ],
  ])('%s is thrown away, and what was there stays', async (_, says, change) => {
    const name = fresh();
    const device = await openDevice(clock);
    const turned: TestDevice = {
      ...device,
      openController: (trust) => {
        const real = openController(trust);
        return {
          ...real,
          enrol: async (body, stop) => {
            const answer = await real.enrol(body, stop);
            return { ...answer, ...(await change(name, answer, device)) };
          },
        };
      },
    };
    const asking = enrol(turned, { name, claim: await claimOf(fleet, clock), lan: null }, signal);
    expect(await refusal(asking)).toBe('answer-not-acceptable');
    await expect(asking).rejects.toThrow(says);
    expect(await device.pairs.load('device')).toBeNull();
    expect(device.folder.load('enrolled.json')).toBeNull();
  });
});

describe('a device of the fleet', () => {
  test('renews by its identity, with the same key or with new ones', async () => {
    const name = fresh();
    const device = await openDevice(clock);
    await enrol(device, { name, claim: await claimOf(fleet, clock), lan: null }, signal);
    const first = (await device.pairs.load('device'))!;
    clock.atMs = Date.now() + 61 * 86_400_000;
    await renewAtFleet(device, { lan: null }, signal);
    const second = (await device.pairs.load('device'))!;
    expect(second.chain).not.toEqual(first.chain);
    expect(second.keys.publicKey.equals(first.keys.publicKey)).toBe(true);
    await renewAtFleet(device, { lan: null, newKeys: true }, signal);
    expect((await device.pairs.load('device'))?.keys.publicKey.equals(first.keys.publicKey)).toBe(false);
  });

  test('that was off until long after its certificate ended comes back without a visit', async () => {
    const past = testClock();
    past.atMs = Date.now() - 400 * 86_400_000;
    const old = await openFleet(past);
    try {
      const name = fresh();
      const device = await openDevice(past);
      await enrol(device, { name, claim: await claimOf(old, past), lan: null }, signal);
      past.atMs = null;
      const ended = new X509Certificate((await device.pairs.load('device'))!.chain[0]!).validToDate;
      expect(ended.getTime()).toBeLessThan(Date.now());
      await renewAtFleet(device, { lan: null }, signal);
      const until = new X509Certificate((await device.pairs.load('device'))!.chain[0]!).validToDate;
      expect(until.getTime()).toBeGreaterThan(Date.now());
    } finally {
      await old.close();
    }
  });

  test('that was revoked is told so', async () => {
    const name = fresh();
    const device = await openDevice(clock);
    await enrol(device, { name, claim: await claimOf(fleet, clock), lan: null }, signal);
    await revokeDevice(fleet.db, clock, { name, because: 'stolen', who: 'operator' });
    expect(await refusal(renewAtFleet(device, { lan: null }, signal))).toBe('device-revoked');
  });

  test('that never enrolled is told so without a question to anybody', async () => {
    expect(await refusal(renewAtFleet(await openDevice(clock), { lan: null }, signal))).toBe(
      'device-unknown',
    );
  });

  test('leaves a sealed header with its controller, which says what it keeps', async () => {
    const device = await openDevice(clock);
    await enrol(device, { name: fresh(), claim: await claimOf(fleet, clock), lan: null }, signal);
    const digest = 'ab'.repeat(32);
    const sealed = Buffer.alloc(3_000_000, 7).toString('base64');
    expect(await escrowHeader(device, { digest, sealed }, signal)).toEqual({
      version: 1,
      kind: 'luks-header',
      digest,
    });
  });
});

test('the first root for releases that a controller tells is kept, and no later one takes its place', async () => {
  const home = mkdtempSync(join(tmpdir(), 'fleet-'));
  const own = await openFleet(clock, home);
  const device = await openDevice(clock);
  const metadata = join(home, 'releases/metadata');
  mkdirSync(metadata, { recursive: true });
  writeFileSync(join(metadata, '1.root.json'), '{"first":true}');
  await enrol(device, { name: fresh(), claim: await claimOf(own, clock), lan: null }, signal);
  expect(device.folder.root('update-root.json')).toBe('{"first":true}');
  writeFileSync(join(metadata, '2.root.json'), '{"second":true}');
  await renewAtFleet(device, { lan: null }, signal);
  expect(device.folder.load('enrolled.json')?.updateRoot).toBe('{"second":true}');
  expect(device.folder.root('update-root.json')).toBe('{"first":true}');
  await own.close();
});
