/** Certificates of ours hold for other people's programs, and requests of theirs are read as what they are. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  CertificateError,
  createAuthority,
  createKeyPairP256,
  createSerial,
  issue,
  keyPairFromPem,
  keyToPem,
  makeCsr,
  readCsr,
  readNameConstraints,
} from './x509.ts';
import { spkiPin, verifyChain } from './x509-chain.ts';
import {
  decodeNameConstraints,
  encodeNameConstraints,
  permits,
  privateNetworks,
} from './x509-name-constraints.ts';

const folder = mkdtempSync(join(tmpdir(), 'rockpool-x509-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = new Date();
const later = (days: number): Date => new Date(at.getTime() + days * 86_400_000);
const constraints = { dns: ['local', 'example.com'], networks: privateNetworks };
const lan = await createAuthority({ name: 'LAN', years: 10, at, constraints });
const fleet = await createAuthority({ name: 'Fleet', years: 10, at });
const key = createKeyPairP256();
const leafOf = (dns: string[], ips: string[] = [], authority = lan) =>
  issue(authority, key.publicKey, { cn: 'leeds', dns, ips, days: 90, usages: ['server'], at });

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The judgement of OpenSSL's own command, strictly by RFC 5280. */
function opensslSays(root: string, leaf: string, purpose: 'sslserver' | 'sslclient'): string {
  const args = [
    'verify',
    '-x509_strict',
    '-purpose',
    purpose,
    '-CAfile',
    file('root.pem', root),
    file('leaf.pem', leaf),
  ];
  const { stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  return `${stdout}${stderr}`;
}

describe('by OpenSSL, strictly', () => {
  test('a page of the LAN is a server, and a device is a client', async () => {
    const page = await leafOf(
      ['leeds.local', 'chat.example.com'],
      ['10.1.2.3', '192.168.1.9', 'fd12::9', '169.254.3.3'],
    );
    expect(opensslSays(lan.certificate, page, 'sslserver')).toMatch(/: OK\n$/);
    expect(opensslSays(lan.certificate, page, 'sslclient')).toMatch(/unsuitable certificate purpose/i);
    const device = await issue(fleet, key.publicKey, { cn: 'leeds', days: 90, usages: ['client'], at });
    expect(opensslSays(fleet.certificate, device, 'sslclient')).toMatch(/: OK\n$/);
    expect(opensslSays(fleet.certificate, device, 'sslserver')).toMatch(/unsuitable certificate purpose/i);
  });
  test.each([['www.example.org'], ['localhost'], ['notexample.com'], ['local.example.org']])(
    'the root that people install can not vouch for %s',
    async (name) => {
      expect(opensslSays(lan.certificate, await leafOf([name]), 'sslserver')).toContain(
        'permitted subtree violation',
      );
    },
  );
  test.each([['8.8.8.8'], ['172.32.0.1'], ['127.0.0.1'], ['2001:db8::1']])('nor for %s', async (ip) => {
    expect(opensslSays(lan.certificate, await leafOf(['leeds.local'], [ip]), 'sslserver')).toContain(
      'permitted subtree violation',
    );
  });
  test('a leaf can not sign another', async () => {
    const leaf = await leafOf(['leeds.local']);
    const forged = await issue(
      { certificate: leaf, privateKey: key.privateKey },
      createKeyPairP256().publicKey,
      {
        ...{ cn: 'york', dns: ['york.local'], days: 9, at },
        usages: ['server'],
      },
    );
    expect(opensslSays(lan.certificate, `${forged}${leaf}`, 'sslserver')).not.toContain(': OK');
    expect(verifyChain([forged, leaf], lan.certificate, { at })?.fault).toBe('not-an-authority');
  });
});

test("a browser's kind of TLS accepts the page with the root, for its names only, and nothing below 1.3", async () => {
  const server = createServer({
    key: keyToPem(key.privateKey),
    cert: await leafOf(['leeds.local']),
    minVersion: 'TLSv1.3',
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const handshake = (options: object): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(
        { host: '127.0.0.1', port, ca: lan.certificate, servername: 'leeds.local', ...options },
        () => {
          resolve(socket.getProtocol() ?? '');
          socket.destroy();
        },
      );
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  expect(await handshake({})).toBe('TLSv1.3');
  expect(await handshake({ ca: fleet.certificate })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  expect(await handshake({ servername: 'york.local' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(await handshake({ maxVersion: 'TLSv1.2' })).toMatch(/PROTOCOL_VERSION/);
  server.close();
});

describe('a chain', () => {
  const good = { at, dns: 'leeds.local', cn: 'leeds', usage: 'server', publicKey: key.publicKey } as const;
  test.each([
    [undefined, {}],
    ['not-yet-valid', { at: later(-1) }],
    ['expired', { at: later(91) }],
    ['wrong-name', { dns: 'york.local' }],
    ['wrong-name', { dns: '10.0.0.1' }],
    ['wrong-name', { cn: 'york' }],
    ['wrong-usage', { usage: 'client' }],
    ['wrong-key', { publicKey: createKeyPairP256().publicKey }],
  ] as const)('is %s when %j', async (fault, change) => {
    expect(verifyChain([await leafOf(['leeds.local'])], lan.certificate, { ...good, ...change })?.fault).toBe(
      fault,
    );
  });
  test('from another root of the same name does not hold', async () => {
    const other = await createAuthority({ name: 'LAN', years: 10, at, constraints });
    expect(verifyChain([await leafOf(['leeds.local'])], other.certificate, good)?.fault).toBe(
      'not-issued-by-root',
    );
  });
  test('of nothing, of garbage, and of a root for a leaf does not hold', () => {
    expect(verifyChain([], lan.certificate, good)?.fault).toBe('unreadable');
    expect(verifyChain(['garbage'], lan.certificate, good)?.fault).toBe('unreadable');
    expect(verifyChain([lan.certificate], lan.certificate, { at })?.fault).toBe('wrong-usage');
  });
  test('ends with its root at the latest', async () => {
    const short = await createAuthority({ name: 'Short', years: 1, at });
    const leaf = await issue(short, key.publicKey, { cn: 'a', days: 5_000, usages: ['client'], at });
    expect(new X509Certificate(leaf).validToDate).toEqual(new X509Certificate(short.certificate).validToDate);
  });
});

describe('a request', () => {
  const openssl = (...args: string[]): string =>
    execFileSync(
      'openssl',
      ['req', '-new', '-batch', '-nodes', '-keyout', join(folder, 'key.pem'), ...args],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
  const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

  test('of ours is read as it was made, and OpenSSL finds its signature right', async () => {
    const pem = await makeCsr(key, { cn: 'leeds', dns: ['leeds.local'], ips: ['10.0.0.1', 'fd00::1'] });
    expect(await readCsr(pem)).toMatchObject({
      cn: 'leeds',
      dns: ['leeds.local'],
      ips: ['10.0.0.1', 'fd00::1'],
      otherNames: [],
      wantsAuthority: false,
    });
    const { stderr } = spawnSync('openssl', ['req', '-verify', '-noout', '-in', file('ours.csr', pem)], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/verify OK/i);
  });
  test("of OpenSSL's is read too, with all that it asks for", async () => {
    const pem = openssl(
      ...p256,
      '-subj',
      '/CN=leeds',
      '-addext',
      'subjectAltName=DNS:leeds.local,IP:10.0.0.1,email:a@example.com',
      '-addext',
      'basicConstraints=CA:TRUE',
    );
    expect(await readCsr(pem)).toMatchObject({
      cn: 'leeds',
      dns: ['leeds.local'],
      ips: ['10.0.0.1'],
      otherNames: ['email'],
      wantsAuthority: true,
    });
  });
  test('of more than a common name has none that counts', async () => {
    expect((await readCsr(openssl(...p256, '-subj', '/O=Rockpool/CN=leeds'))).cn).toBeUndefined();
    expect((await readCsr(openssl(...p256, '-subj', '/CN=leeds/CN=york'))).cn).toBeUndefined();
    expect(
      (await readCsr(openssl(...p256, '-subj', '/CN=leeds+CN=york', '-multivalue-rdn'))).cn,
    ).toBeUndefined();
  });
  test.each([
    ['RSA', ['-newkey', 'rsa:2048']],
    ['P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['Ed25519', ['-newkey', 'ed25519']],
  ])('for a key of %s is refused', async (_, kind) => {
    await expect(readCsr(openssl(...kind, '-subj', '/CN=leeds'))).rejects.toThrow(CertificateError);
  });
  test('that any bit of was turned over is refused, or says the same', async () => {
    const pem = await makeCsr(key, { cn: 'leeds', dns: ['leeds.local'] });
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    for (let bit = 0; bit < der.length * 8; bit += 7) {
      const turned = Buffer.from(der);
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${turned.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
      const read = await readCsr(changed).catch((error: unknown) => error);
      if (!(read instanceof CertificateError))
        expect(read, `bit ${bit}`).toMatchObject({ cn: 'leeds', dns: ['leeds.local'] });
    }
  });
  test.each([
    '',
    'garbage',
    '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----',
    fleet.certificate,
  ])('that is none is refused (%#)', async (pem) => {
    await expect(readCsr(pem)).rejects.toThrow(CertificateError);
  });
  test('after which another stands is refused', async () => {
    const pem = await makeCsr(key, { cn: 'leeds' });
    await expect(readCsr(`${pem}${pem}`)).rejects.toThrow(CertificateError);
  });
});

describe('name constraints', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const v4 = fc
    .tuple(octet, octet, octet, octet, fc.integer({ min: 0, max: 32 }))
    .map(([a, b, c, d, bits]) => `${a}.${b}.${c}.${d}/${bits}`);
  test('are read back as they were written', () => {
    const name = fc.domain();
    fc.assert(
      fc.property(fc.array(name, { maxLength: 40 }), fc.array(v4, { maxLength: 40 }), (dns, networks) => {
        expect(decodeNameConstraints(encodeNameConstraints({ dns, networks }))).toEqual({ dns, networks });
      }),
    );
  });
  test('of the root are those it was made with', () => {
    expect(readNameConstraints(lan.certificate)).toEqual(constraints);
    expect(readNameConstraints(fleet.certificate)).toBeUndefined();
  });
  test('that are cut off or of another kind are refused', () => {
    const whole = encodeNameConstraints(constraints);
    for (let length = 1; length < whole.length; length += 1)
      expect(() => decodeNameConstraints(whole.subarray(0, length))).toThrow(RangeError);
    expect(() => encodeNameConstraints({ dns: [], networks: ['10.0.0.0'] })).toThrow(RangeError);
    expect(() => encodeNameConstraints({ dns: [], networks: ['::ffff:10.0.0.0/104'] })).toThrow(RangeError);
    expect(() => encodeNameConstraints({ dns: [], networks: ['10.0.0.0/33'] })).toThrow(RangeError);
  });
  test.each([
    ['leeds.local', '10.0.0.1', true],
    ['LEEDS.LOCAL', 'fd00::1', true],
    ['a.b.example.com', '172.31.255.255', true],
    ['notexample.com', '10.0.0.1', false],
    ['leeds.local.', '10.0.0.1', false],
    ['leeds.local', '11.0.0.1', false],
    ['leeds.local', '::ffff:10.0.0.1', false],
    ['leeds.local', '::ffff:a00:1', false],
    ['leeds.local', '2001:db8::1', false],
    ['leeds.local', 'nonsense', false],
  ])('permit %s at %s: %s', (dns, ip, expected) => {
    expect(permits(constraints, { dns: [dns], ips: [ip] })).toBe(expected);
  });
});

test('a pin is of the key: the same for the key and for every certificate of it, as OpenSSL computes it', async () => {
  const leaf = await leafOf(['leeds.local']);
  expect(spkiPin(leaf)).toBe(spkiPin(key.publicKey));
  const der = execFileSync('openssl', ['pkey', '-pubout', '-outform', 'DER'], {
    input: keyToPem(key.privateKey),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  expect(spkiPin(createPublicKey({ key: der, format: 'der', type: 'spki' }))).toBe(spkiPin(leaf));
  expect(spkiPin(leaf)).toMatch(/^sha256\/[A-Za-z0-9+/]{43}=$/);
});

test('keys survive being written as PEM, and only P-256 keys are read', () => {
  expect(keyPairFromPem(keyToPem(key.privateKey)).publicKey.equals(key.publicKey)).toBe(true);
  expect(() => keyPairFromPem(keyToPem(generateKeyPairSync('ed25519').privateKey))).toThrow(CertificateError);
  expect(() => keyPairFromPem('garbage')).toThrow(CertificateError);
});

test('serial numbers are 16 bytes, positive and never the same', () => {
  const serials = Array.from({ length: 500 }, createSerial);
  expect(new Set(serials).size).toBe(500);
  for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/);
});
