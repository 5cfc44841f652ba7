/** What strangers and devices gone bad send, and that none of it gets in, stops the controller or learns anything. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { EnrolRefused } from '@rockpool/protocol/enrolment';
import { makeCsr } from '@rockpool/signing/x509';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listClaims } from '../enrolment/claims.ts';
import { exportEscrow, listEscrows } from '../enrolment/escrow.ts';
import { listDevices } from '../registry/devices.ts';
import {
  type Answer,
  codeOf,
  createDevice,
  day,
  enrolled,
  type Fleet,
  hour,
  openFleet,
  post,
} from './fleet.fixture.ts';

let fleet: Fleet;
const folder = mkdtempSync(join(tmpdir(), 'rockpool-hostile-'));
beforeAll(async () => {
  fleet = await openFleet();
});
// Whoever errs is slowed down; every test here errs.
beforeEach(() => fleet.clock.pass(hour));
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const bodies: [string, string, string][] = [
  ['nothing', '', 'bad-request'],
  ['no JSON', '{"version":1', 'bad-request'],
  ['a number that is infinite', '1e400', 'bad-request'],
  [
    'invalid UTF-8',
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('latin1'),
    'bad-request',
  ],
  ['a list', '[1]', 'bad-request'],
  ['brackets, 60 KB deep', `{"device":${'['.repeat(60_000)}`, 'bad-request'],
  ['objects, 10 KB deep', '{"a":'.repeat(10_000), 'bad-request'],
  ['a prototype', '{"__proto__":{"device":"leeds"}}', 'bad-request'],
  ['a flat prototype', '{"__proto__":"leeds","version":1}', 'bad-request'],
  ['a constructor', '{"constructor":"x","version":1}', 'name-not-allowed'], // `device` is missing, and that is told first
  ['another version', '{"version":2}', 'bad-request'],
  ['10 MB', `{"claim":"${'A'.repeat(10_000_000)}"}`, 'too-large'],
  ['64 KB and a little', `{"claim":"${'A'.repeat(65_536)}"}`, 'too-large'],
];

describe.each(['/v1/enrol', '/v1/renew'])('%s refuses, at once and with a reason,', (path) => {
  test.each(bodies)('%s', async (_, body, code) => {
    const began = performance.now();
    const answer = await post(fleet, path, body);
    expect(codeOf(answer)).toBe(code);
    expect(EnrolRefused.safeParse(answer.body).success).toBe(true);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
  test('what is no JSON by its own word', async () => {
    expect(codeOf(await post(fleet, path, '{}', 'text/plain'))).toBe('bad-request');
    expect(codeOf(await post(fleet, path, '{}', 'application/x-www-form-urlencoded'))).toBe('bad-request');
  });
});

test('a body that says it is short and goes on is cut off, and the controller goes on', async () => {
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(
      { host: '127.0.0.1', port: fleet.controller.port, rejectUnauthorized: false },
      () => {
        socket.write(
          `POST /v1/enrol HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
        );
        for (let chunk = 0; chunk < 80; chunk += 1) socket.write(`400\r\n${'x'.repeat(1024)}\r\n`);
      },
    );
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      socket.destroy();
    });
    socket.on('error', () => undefined); // it may be reset while we still write
    socket.on('close', () => resolve(text));
  });
  expect(answer).toMatch(/^HTTP\/1.1 413 /);
  expect((await post(fleet, '/v1/nonce', {})).status).toBe(200);
});

test('other paths and methods say nothing of what is here', async () => {
  expect(codeOf(await post(fleet, '/v1/devices', {}))).toBe('bad-request');
  expect(codeOf(await post(fleet, '/', {}))).toBe('bad-request');
});

test('one more field than the protocol has is refused', async () => {
  const answer = await createDevice(fleet, 'more').ask('enrol', { claim: await fleet.claim(), admin: true });
  expect(codeOf(answer)).toBe('bad-request');
});

describe('a certificate request', () => {
  const openssl = (...args: string[]): string =>
    execFileSync(
      'openssl',
      ['req', '-new', '-batch', '-nodes', '-keyout', join(folder, 'key.pem'), ...args],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
  const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', '/CN=csr'];
  const ask = async (wish: Record<string, unknown>): Promise<Answer> =>
    createDevice(fleet, 'csr').ask('enrol', { claim: await fleet.claim(), ...wish });

  test.each([
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
    ['garbage', '-----BEGIN CERTIFICATE REQUEST-----\n!!!!\n-----END CERTIFICATE REQUEST-----'],
    ['empty', ''],
  ])('that is %s', async (_, deviceCsr) => {
    expect(codeOf(await ask({ deviceCsr }))).toBe('csr-not-acceptable');
    expect(codeOf(await ask({ lanCsr: deviceCsr }))).toBe('csr-not-acceptable');
  });
  test('for another name, of either kind', async () => {
    const device = createDevice(fleet, 'csr');
    const other = await makeCsr(device.deviceKey, { cn: 'york', dns: ['york.local'] });
    expect(codeOf(await ask({ deviceCsr: other }))).toBe('csr-not-acceptable');
    expect(codeOf(await ask({ lanCsr: other }))).toBe('csr-not-acceptable');
  });
  test('for a device that asks to be an authority', async () => {
    const csr = openssl(...p256, '-addext', 'basicConstraints=critical,CA:TRUE');
    expect(codeOf(await ask({ deviceCsr: csr }))).toBe('csr-not-acceptable');
    const page = openssl(
      ...p256,
      '-addext',
      'basicConstraints=critical,CA:TRUE',
      '-addext',
      'subjectAltName=DNS:csr.local',
    );
    expect(codeOf(await ask({ lanCsr: page }))).toBe('csr-not-acceptable');
  });
  test.each([
    ['keyUsage=keyCertSign'],
    ['extendedKeyUsage=codeSigning'],
    ['nsComment=hello'],
    ['nameConstraints=permitted;DNS:com'],
  ])('with %s', async (extension) => {
    const csr = openssl(...p256, '-addext', extension, '-addext', 'subjectAltName=DNS:csr.local');
    expect(codeOf(await ask({ lanCsr: csr }))).toBe('csr-not-acceptable');
  });
  test.each([
    'DNS:www.example.com',
    'DNS:york.local',
    'DNS:local',
    'DNS:*.local',
    'DNS:csr.local.example.com',
    'DNS:csr.local,IP:8.8.8.8',
    'DNS:csr.local,IP:127.0.0.1',
    'DNS:csr.local,IP:::ffff:8.8.8.8',
    'DNS:csr.local,email:a@example.com',
    'DNS:csr.local,URI:https://example.com',
    'DNS:csr.local,otherName:1.2.3.4;UTF8:x',
    'IP:10.0.0.1', // no name at all
  ])('for the page as %s', async (names) => {
    const answer = await ask({ lanCsr: openssl(...p256, '-addext', `subjectAltName=${names}`) });
    expect(codeOf(answer)).toBe('csr-not-acceptable');
  });
  test('for a page with more addresses than a device has', async () => {
    const ips = Array.from({ length: 40 }, (_, n) => `10.0.0.${n}`);
    const device = createDevice(fleet, 'csr');
    expect(
      codeOf(await ask({ lanCsr: await makeCsr(device.lanKey, { cn: 'csr', dns: ['csr.local'], ips }) })),
    ).toBe('csr-not-acceptable');
  });
  test.each([
    ['RSA', ['-newkey', 'rsa:2048']],
    ['P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
  ])('for a key of %s', async (_, kind) => {
    expect(codeOf(await ask({ deviceCsr: openssl(...kind, '-subj', '/CN=csr') }))).toBe('csr-not-acceptable');
  });
  test('uses no claim up and makes no device', async () => {
    const claim = await fleet.claim();
    const bad = createDevice(fleet, 'csr');
    expect(
      codeOf(
        await bad.ask('enrol', { claim, deviceCsr: openssl(...p256, '-addext', 'basicConstraints=CA:TRUE') }),
      ),
    ).toBe('csr-not-acceptable');
    expect((await listClaims(fleet.controller.db, fleet.clock)).at(-1)?.state).toBe('open');
    expect((await listDevices(fleet.controller.db)).filter(({ name }) => name === 'csr')).toEqual([]);
    expect(codeOf(await bad.ask('enrol', { claim }))).toBe('ok');
  });
});

describe('who asks too often', () => {
  test('is told when to come back, and may then', async () => {
    await using busy = await openFleet();
    const answers: Answer[] = [];
    for (let n = 0; n < 61; n += 1) answers.push(await post(busy, '/v1/nonce', {}));
    expect(answers.slice(0, 60).every(({ status }) => status === 200)).toBe(true);
    expect(codeOf(answers[60] as Answer)).toBe('too-many-requests');
    expect(answers[60]?.headers['retry-after']).toBe('1');
    busy.clock.pass(1_000);
    expect((await post(busy, '/v1/nonce', {})).status).toBe(200);
    busy.clock.pass(-10 * day); // set back: nobody is locked out for ten days
    busy.clock.pass(10 * day + 2_000);
    expect((await post(busy, '/v1/nonce', {})).status).toBe(200);
  });
  test('with claims that are wrong has ten tries, then one in half a minute', async () => {
    await using busy = await openFleet();
    await using other = await openFleet();
    const codes: string[] = [];
    for (let n = 0; n < 11; n += 1) {
      busy.clock.pass(100);
      const form = await createDevice(busy, 'guess')
        .form('enrol', { claim: await other.claim() })
        .catch(() => undefined);
      codes.push(form ? codeOf(await post(busy, '/v1/enrol', form)) : 'too-many-requests');
    }
    expect(codes.slice(0, 10)).toEqual(Array<string>(10).fill('claim-unknown'));
    expect(codes[10]).toBe('too-many-requests');
    busy.clock.pass(31_000);
    expect((await post(busy, '/v1/nonce', {})).status).toBe(200);
  });
});

describe('a clock that is wrong', () => {
  test.each([
    ['1970', 0],
    ['2099', Date.UTC(2099, 0)],
  ])('at the controller, in %s, lets nobody in with a certificate that works nowhere', async (_, at) => {
    await using wrong = await openFleet();
    const now = wrong.clock.now();
    const claim = await wrong.claim({ ttlMs: 300 * day });
    wrong.clock.set(at);
    const device = createDevice(wrong, 'leeds');
    const answer = await device.ask('enrol', { claim: at > now ? await wrong.claim() : claim });
    expect(codeOf(answer)).toBe('failed');
    expect(JSON.stringify(answer.body)).toContain('clock');
    wrong.clock.set(now + hour); // set right, everything is as it was
    expect(codeOf(await device.ask('enrol', { claim }))).toBe('ok');
  });
  test('that is set back a day brings no spent nonce back', async () => {
    await using wrong = await openFleet();
    const device = await enrolled(wrong);
    const form = await device.form('renew');
    expect(codeOf(await post(wrong, '/v1/renew', form))).toBe('ok');
    wrong.clock.pass(20 * hour);
    await device.ask('renew');
    wrong.clock.pass(-20 * hour);
    expect(codeOf(await post(wrong, '/v1/renew', form))).toBe('nonce-unknown');
  });
  test('at the device does not matter: nothing that it says is a time', async () => {
    expect(Object.keys(await createDevice(fleet, 'timeless').form('enrol', { claim: 'x' }))).not.toContain(
      'at',
    );
  });
});

describe('escrow', () => {
  const digest = (n: number): string => n.toString(16).padStart(64, '0');
  test('keeps the newest three sealed headers, gives back the same bytes, and takes one twice', async () => {
    const device = await enrolled(fleet, 'escrow');
    for (let n = 1; n <= 4; n += 1) {
      fleet.clock.pass(1_000);
      const answer = await device.ask('escrow', {
        kind: 'luks-header',
        digest: digest(n),
        sealed: Buffer.alloc(300, n).toString('base64'),
      });
      expect(answer.body).toEqual({ version: 1, kind: 'luks-header', digest: digest(n) });
    }
    const again = { kind: 'luks-header', digest: digest(4), sealed: Buffer.alloc(300, 4).toString('base64') };
    expect(codeOf(await device.ask('escrow', again))).toBe('ok');
    const { db } = fleet.controller;
    expect((await listEscrows(db, 'escrow')).map((one) => [one.digest, one.bytes])).toEqual(
      [4, 3, 2].map((n) => [digest(n), 300]),
    );
    expect(Buffer.from((await exportEscrow(db, 'escrow')).sealed)).toEqual(Buffer.alloc(300, 4));
    await expect(exportEscrow(db, 'escrow', digest(1))).rejects.toThrow('no sealed header');
  });
  test('takes a header of 16 MiB, and nothing larger than the protocol has', async () => {
    const device = await enrolled(fleet, 'large');
    const sealed = Buffer.alloc(16 * 1024 * 1024, 1).toString('base64');
    expect(codeOf(await device.ask('escrow', { kind: 'luks-header', digest: digest(1), sealed }))).toBe('ok');
    expect(codeOf(await post(fleet, '/v1/escrow', `{"sealed":"${'A'.repeat(26 * 1024 * 1024)}"}`))).toBe(
      'too-large',
    );
  });
  test('parses 20 MB of brackets no faster than it refuses them', async () => {
    const began = performance.now();
    expect(codeOf(await post(fleet, '/v1/escrow', `{"sealed":${'['.repeat(20_000_000)}`))).toBe(
      'bad-request',
    );
    expect(performance.now() - began).toBeLessThan(2_000);
  });
  test('is refused to a stranger and to a neighbour', async () => {
    const body = { kind: 'luks-header', digest: digest(1), sealed: 'AAAA' };
    expect(codeOf(await createDevice(fleet, 'nobody').ask('escrow', body))).toBe('device-unknown');
    const neighbour = await enrolled(fleet, 'next-door');
    expect(codeOf(await neighbour.ask('escrow', { ...body, device: 'escrow' }))).toBe('proof-wrong');
  });
});

test.each(['-tls1_3', '-tls1_2', '-tls1_1', '-tls1'])(
  'the listener, asked for %s, speaks TLS 1.3 or nothing',
  async (version) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    // Not in this thread's way: the controller answers in it.
    const args = [
      's_client',
      '-connect',
      `127.0.0.1:${fleet.controller.port}`,
      version,
      '-cipher',
      'ALL:@SECLEVEL=0',
    ];
    execFile('openssl', args, (_, stdout, stderr) => resolve(`${stdout}${stderr}`)).stdin?.end();
    const said = await promise;
    if (version === '-tls1_3') expect(said).toContain('New, TLSv1.3');
    else expect(said).toContain('(NONE)');
  },
);

test('a claim and its code stand nowhere in what the controller keeps', async () => {
  const { claim } = await enrolled(fleet, 'secretive');
  const open = await fleet.claim();
  for (const name of readdirSync(fleet.home)) {
    const bytes = readFileSync(join(fleet.home, name)).toString('latin1');
    for (const code of [claim, open]) {
      expect(bytes, name).not.toContain(code);
      expect(bytes, name).not.toContain(code.replace(/^RP-|-/g, ''));
    }
  }
});
