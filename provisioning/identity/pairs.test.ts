/** A key and its certificate fit each other on disk at every moment, and what was cut off is finished. */

import { X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, issue, keyPairFromPem, keyToPem } from '@rockpool/signing/x509';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { openPairs, PairError, type Pairs } from './pairs.ts';
import { type Power, PowerCut } from './power.fixture.ts';
import { sealedFiles } from './sealed-files.ts';

vi.mock('node:fs', async (original) => {
  const { withPower } = await import('./power.fixture.ts');
  return withPower(await original<typeof fs>());
});
const { power } = fs as unknown as { power: Power };

const sealer = sealedFiles(Buffer.alloc(32, 1));
const root = await createAuthority({ name: 'Test', years: 1, at: new Date() });
let folder = '';
let pairs: Pairs;
beforeEach(() => {
  power.restore();
  folder = fs.mkdtempSync(join(tmpdir(), 'pairs-'));
  pairs = openPairs(folder, sealer);
});

/** As a controller would, and with the days that tell one certificate from the next. */
async function certify(days: number, newKey = false): Promise<void> {
  const draft = await openPairs(folder, sealer).draft('lan', { newKey });
  draft.complete([
    await issue(root, draft.keys.publicKey, { cn: 'leeds', days, usages: ['server'], at: new Date() }),
  ]);
}

/** What systemd and the agent read: two files under names that never change. */
async function asServicesSeeIt(): Promise<{ days: number; fits: boolean } | null> {
  const [key, certificate] = [join(folder, 'lan-tls-key.cred'), join(folder, 'lan.crt')];
  if (!fs.existsSync(certificate)) return null;
  const pem = await sealer.open('lan-tls-key', fs.readFileSync(key));
  const leaf = new X509Certificate(fs.readFileSync(certificate));
  return {
    days: Math.round((leaf.validToDate.getTime() - Date.now()) / 86_400_000),
    fits: leaf.publicKey.equals(keyPairFromPem(Buffer.from(pem).toString()).publicKey),
  };
}

test('before a certificate came there is no pair, and the key waits for it', async () => {
  const draft = await pairs.draft('lan');
  expect(await pairs.load('lan')).toBeNull();
  expect(pairs.chain('lan')).toBeNull();
  const again = await openPairs(folder, sealer).draft('lan');
  expect(keyToPem(again.keys.privateKey)).toBe(keyToPem(draft.keys.privateKey));
});

test('a renewal keeps its key, and makes another when asked', async () => {
  await certify(10);
  const first = (await pairs.load('lan'))!;
  await certify(20);
  const second = (await pairs.load('lan'))!;
  expect(second.keys.publicKey.equals(first.keys.publicKey)).toBe(true);
  await certify(30, true);
  const third = (await pairs.load('lan'))!;
  expect(third.keys.publicKey.equals(first.keys.publicKey)).toBe(false);
  expect(await asServicesSeeIt()).toEqual({ days: 30, fits: true });
  // The old key is gone with its folder.
  expect(
    fs
      .readdirSync(folder)
      .filter((name) => name.startsWith('lan.'))
      .sort(),
  ).toEqual(['lan.2', 'lan.crt']);
});

test('a certificate for another key is not taken', async () => {
  await certify(10);
  const other = (await pairs.draft('device')).keys.publicKey;
  const leaf = await issue(root, other, { cn: 'leeds', days: 20, usages: ['server'], at: new Date() });
  const draft = await pairs.draft('lan');
  expect(() => draft.complete([leaf])).toThrow(PairError);
  expect(await asServicesSeeIt()).toEqual({ days: 10, fits: true });
});

test('a key that does not open on this board is made anew', async () => {
  await certify(10);
  const elsewhere = openPairs(folder, sealedFiles(Buffer.alloc(32, 2)));
  expect(await elsewhere.load('lan')).toBeNull();
  const draft = await elsewhere.draft('lan');
  draft.complete([
    await issue(root, draft.keys.publicKey, { cn: 'leeds', days: 20, usages: ['server'], at: new Date() }),
  ]);
  expect((await elsewhere.load('lan'))?.keys.publicKey.equals(draft.keys.publicKey)).toBe(true);
});

test('certificates are for everyone to read, keys for root', async () => {
  await certify(10);
  const modeOf = (name: string): number => fs.statSync(join(folder, name)).mode & 0o777;
  expect(modeOf('lan.crt')).toBe(0o644);
  expect(modeOf('lan-tls-key.cred')).toBe(0o600);
  expect(modeOf('lan')).toBe(0o755);
});

describe('power cut before every single change', () => {
  test.each([
    ['the first certificate', null, false],
    ['a renewal with the same key', 10, false],
    ['a renewal with a new key', 10, true],
  ])('of %s: what there is fits, and the next run finishes', async (_, before, newKey) => {
    let cuts = 0;
    for (let nth = 0, finished = false; !finished; nth += 1) {
      power.restore();
      folder = fs.mkdtempSync(join(tmpdir(), 'pairs-'));
      if (before !== null) await certify(before);
      power.cutAtChange(nth);
      try {
        await certify(20, newKey);
        finished = true;
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
        cuts += 1;
      }
      power.restore();
      const seen = await asServicesSeeIt();
      if (seen) {
        expect(seen.fits, `cut before change ${nth}`).toBe(true);
        expect([before, 20], `cut before change ${nth}`).toContain(seen.days);
      } else {
        expect(before, `cut before change ${nth}`).toBeNull();
      }
      await certify(30, newKey);
      expect(await asServicesSeeIt(), `finished after a cut before change ${nth}`).toEqual({
        days: 30,
        fits: true,
      });
    }
    expect(cuts).toBeGreaterThan(4);
  });
});
