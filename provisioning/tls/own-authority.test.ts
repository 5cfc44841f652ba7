/** A device's own authority: OpenSSL takes what it vouches for, and nothing outside of its constraints. */
import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyPairP256, issue, keyPairFromPem, readNameConstraints } from '@rockpool/signing/x509';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { openCredentials } from '../identity/credentials.ts';
import { openDeviceFolder } from '../identity/device-folder.ts';
import { lanNames } from '../identity/lan-names.ts';
import { openPairs } from '../identity/pairs.ts';
import { type Power, PowerCut } from '../identity/power.fixture.ts';
import { sealedFiles } from '../identity/sealed-files.ts';
import { certifyByOwn, type OwnParts } from './own-authority.ts';
import { TlsRefused } from './refused.ts';

vi.mock('node:fs', async (original) => {
  const { withPower } = await import('../identity/power.fixture.ts');
  return withPower(await original<typeof fs>());
});
const { power } = fs as unknown as { power: Power };
beforeEach(() => power.restore());

const day = 86_400_000;
const names = lanNames('leeds', ['chat.example.com'], ['192.168.7.20', 'fd00::20']);
const newPath = (): string => fs.mkdtempSync(join(tmpdir(), 'own-'));

function device(path = newPath(), atMs: () => number = Date.now, board = 1): OwnParts & { path: string } {
  const sealer = sealedFiles(Buffer.alloc(32, board));
  return {
    path,
    credentials: openCredentials(path, sealer),
    folder: openDeviceFolder(path),
    pairs: openPairs(path, sealer),
    clock: { now: atMs },
    floorMs: Date.parse('2026-11-01T00:00:00Z'),
  };
}

/** `openssl verify` of a leaf against the device's root. */
function opensslTakes(path: string, leaf: string, args: readonly string[]): boolean {
  const file = join(newPath(), 'leaf.crt');
  fs.writeFileSync(file, leaf);
  const root = join(path, 'lan-ca.crt');
  return (
    spawnSync('openssl', ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', root, ...args, file])
      .status === 0
  );
}

test('the chat page’s certificate is for all its names and addresses, and no other', async () => {
  const parts = device();
  await certifyByOwn(parts, { name: 'leeds', names });
  const leaf = fs.readFileSync(join(parts.path, 'lan.crt'), 'utf8');
  for (const name of ['leeds.local', 'chat.example.com']) {
    expect(opensslTakes(parts.path, leaf, ['-verify_hostname', name]), name).toBe(true);
  }
  for (const ip of ['192.168.7.20', 'fd00::20']) {
    expect(opensslTakes(parts.path, leaf, ['-verify_ip', ip]), ip).toBe(true);
  }
  expect(opensslTakes(parts.path, leaf, ['-verify_hostname', 'york.local'])).toBe(false);
  const { validFromDate, validToDate } = new X509Certificate(leaf);
  expect((validToDate.getTime() - validFromDate.getTime()) / day).toBeLessThan(397);
});

test('a thief of the authority’s key can not vouch for the web, for another device, or for a public address', async () => {
  const parts = device();
  await certifyByOwn(parts, { name: 'leeds', names });
  const certificate = fs.readFileSync(join(parts.path, 'lan-ca.crt'), 'utf8');
  const pem = Buffer.from((await parts.credentials.load('own-ca-key'))!).toString();
  const stolen = { certificate, privateKey: keyPairFromPem(pem).privateKey };
  const forged = (wish: { dns?: string[]; ips?: string[] }): Promise<string> =>
    issue(stolen, createKeyPairP256().publicKey, {
      cn: 'leeds',
      days: 30,
      usages: ['server'],
      at: new Date(),
      ...wish,
    });
  expect(opensslTakes(parts.path, await forged({ dns: ['leeds.local'] }), [])).toBe(true);
  for (const wish of [
    { dns: ['bank.example'] },
    { dns: ['york.local'] },
    { dns: ['example.com'] },
    { ips: ['8.8.8.8'] },
  ]) {
    expect(opensslTakes(parts.path, await forged(wish), []), JSON.stringify(wish)).toBe(false);
  }
});

test('its key lies sealed, and in no file that anybody else reads', async () => {
  const parts = device();
  await certifyByOwn(parts, { name: 'leeds', names });
  const files = fs.readdirSync(parts.path, { recursive: true, encoding: 'utf8' });
  const texts = files
    .map((file) => join(parts.path, file))
    .filter((file) => fs.statSync(file).isFile())
    .map((file) => fs.readFileSync(file, 'utf8'));
  expect(texts.some((text) => text.includes('PRIVATE KEY'))).toBe(false);
});

test('a renewal is by the same authority, which people have installed', async () => {
  const parts = device();
  await certifyByOwn(parts, { name: 'leeds', names });
  const root = parts.folder.root('lan-ca.crt');
  await certifyByOwn(parts, { name: 'leeds', names: lanNames('leeds', [], ['10.1.2.3']) });
  expect(parts.folder.root('lan-ca.crt')).toBe(root);
  expect(new X509Certificate(parts.pairs.chain('lan')![0]!).checkIP('10.1.2.3')).toBe('10.1.2.3');
});

describe('what the authority can not do is refused, and it is replaced on demand only', () => {
  test('a name that was added later', async () => {
    const parts = device();
    await certifyByOwn(parts, { name: 'leeds', names });
    const wider = lanNames('leeds', ['wiki.example.com'], []);
    await expect(certifyByOwn(parts, { name: 'leeds', names: wider })).rejects.toThrow('--new-authority');
    const root = parts.folder.root('lan-ca.crt');
    await certifyByOwn(parts, { name: 'leeds', names: wider, newAuthority: true });
    expect(parts.folder.root('lan-ca.crt')).not.toBe(root);
    expect(readNameConstraints(parts.folder.root('lan-ca.crt')!)?.dns).toContain('wiki.example.com');
  });

  test('a date after its end', async () => {
    const parts = device();
    await certifyByOwn(parts, { name: 'leeds', names });
    const later = device(parts.path, () => Date.now() + 11 * 365 * day);
    await expect(certifyByOwn(later, { name: 'leeds', names })).rejects.toThrow('authority ended');
  });

  test('a key that does not open on this board', async () => {
    const parts = device();
    await certifyByOwn(parts, { name: 'leeds', names });
    const moved = device(parts.path, Date.now, 2);
    await expect(certifyByOwn(moved, { name: 'leeds', names })).rejects.toThrow(
      'does not open on this board',
    );
    await certifyByOwn(moved, { name: 'leeds', names, newAuthority: true });
    expect(await moved.pairs.load('lan')).not.toBeNull();
  });
});

describe('a clock that is wrong', () => {
  test('1970: nothing is signed', async () => {
    const parts = device(newPath(), () => 60_000);
    await expect(certifyByOwn(parts, { name: 'leeds', names })).rejects.toThrow(TlsRefused);
    expect(fs.readdirSync(parts.path)).toEqual([]);
  });

  test('2099, which a device without a time server can not know: it heals when the clock does', async () => {
    let now = Date.parse('2099-06-01T00:00:00Z');
    const parts = device(newPath(), () => now);
    await certifyByOwn(parts, { name: 'leeds', names });
    now = Date.now();
    await certifyByOwn(parts, { name: 'leeds', names });
    const leaf = fs.readFileSync(join(parts.path, 'lan.crt'), 'utf8');
    expect(opensslTakes(parts.path, leaf, ['-verify_hostname', 'leeds.local'])).toBe(true);
  });
});

test.each([
  ['a first', false],
  ['a new', true],
])(
  'power cut before every single change to %s authority: the next run has one, and a certificate that fits',
  async (_, newAuthority) => {
    let cuts = 0;
    for (let nth = 0, finished = false; !finished; nth += 1) {
      power.restore();
      const parts = device();
      if (newAuthority) await certifyByOwn(parts, { name: 'leeds', names });
      power.cutAtChange(nth);
      try {
        await certifyByOwn(parts, { name: 'leeds', names, newAuthority });
        finished = true;
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
        cuts += 1;
      }
      power.restore();
      const again = device(parts.path);
      await certifyByOwn(again, { name: 'leeds', names });
      const leaf = new X509Certificate(again.pairs.chain('lan')![0]!);
      const root = new X509Certificate(again.folder.root('lan-ca.crt')!);
      expect(leaf.verify(root.publicKey), `cut before change ${nth}`).toBe(true);
      expect(await again.pairs.load('lan'), `cut before change ${nth}`).not.toBeNull();
    }
    expect(cuts).toBeGreaterThan(10);
  },
);

test('what people install is a certificate that OpenSSL reads as limited', async () => {
  const parts = device();
  await certifyByOwn(parts, { name: 'leeds', names });
  const text = execFileSync('openssl', ['x509', '-in', join(parts.path, 'lan-ca.crt'), '-noout', '-text'], {
    encoding: 'utf8',
  });
  expect(text).toMatch(/X509v3 Name Constraints: critical\s+Permitted:/);
  expect(text).toContain('DNS:leeds.local');
  expect(text).toContain('CA:TRUE, pathlen:0');
});
