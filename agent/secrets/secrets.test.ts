import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cutPowerAtWrite, PowerCut } from '../test/power.ts';
import { seal, unseal } from './seal.ts';
import { countSealedUnder, openSecrets } from './secrets.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-secrets-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const value = 'xoxb-a-very-secret-channel-credential';
const fileOf = (): string => readFileSync(join(home, 'secrets.json'), 'utf8');

test('a secret comes back as it was put in, and what lies on disk says nothing of it', () => {
  const secrets = openSecrets({ home });
  secrets.set('channel/mail', value);
  secrets.set('upstream/search', '密钥 with spaces\n');
  expect(openSecrets({ home }).get('channel/mail')).toBe(value);
  expect(openSecrets({ home }).get('upstream/search')).toBe('密钥 with spaces\n');
  expect(fileOf()).not.toContain(value);
  expect(fileOf()).not.toContain(Buffer.from(value).toString('base64').slice(0, 12));
  expect(secrets.names()).toMatchObject([
    { name: 'channel/mail', readable: true },
    { name: 'upstream/search', readable: true },
  ]);
  expect(statSync(join(home, 'secrets.json')).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, 'keys/secrets.key')).mode & 0o777).toBe(0o600);
});

test('the same secret twice looks different, also to itself', () => {
  const secrets = openSecrets({ home });
  secrets.set('a', value);
  const before = JSON.parse(fileOf()).secrets.a;
  secrets.set('a', value);
  const after = JSON.parse(fileOf()).secrets.a;
  expect(after.version).toBe(before.version + 1);
  expect([after.nonce, after.sealed]).not.toEqual([before.nonce, before.sealed]);
});

test('a sealed secret opens under its own name and version only, and not when a bit of it is another', () => {
  const key = Buffer.alloc(32, 7);
  const sealed = seal(key, 'a', value, 3, 0);
  expect(unseal(key, 'a', sealed)).toBe(value);
  expect(unseal(key, 'b', sealed)).toBeUndefined();
  expect(unseal(key, 'a', { ...sealed, version: 2 })).toBeUndefined();
  expect(unseal(Buffer.alloc(32, 8), 'a', sealed)).toBeUndefined();
  const bytes = Buffer.from(sealed.sealed, 'base64');
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    expect(unseal(key, 'a', { ...sealed, sealed: flipped.toString('base64') }), `byte ${at}`).toBeUndefined();
  }
  expect(unseal(key, 'a', { ...sealed, sealed: bytes.subarray(0, 15).toString('base64') })).toBeUndefined();
  expect(unseal(key, 'a', { ...sealed, nonce: Buffer.alloc(16).toString('base64') })).toBeUndefined();
});

test('on another machine its name is known and one sentence says to enter it again', () => {
  openSecrets({ home }).set('channel/mail', value);
  rmSync(join(home, 'keys'), { recursive: true });
  const elsewhere = openSecrets({ home });
  expect(elsewhere.names()).toMatchObject([{ name: 'channel/mail', readable: false }]);
  expect(() => elsewhere.get('channel/mail')).toThrow(
    /^The secret channel\/mail was sealed under a key .*enter it again\.$/,
  );
  elsewhere.set('channel/mail', 'anew');
  expect(elsewhere.get('channel/mail')).toBe('anew');
});

test('a removed secret is gone, and an old value never comes back under an old number', () => {
  const secrets = openSecrets({ home });
  secrets.set('a', value);
  secrets.remove('a');
  expect(() => secrets.get('a')).toThrow(/^There is no secret a;/);
  expect(() => secrets.remove('a')).toThrow(/^There is no secret a;/);
  secrets.set('a', 'other');
  expect(JSON.parse(fileOf()).secrets.a.version).toBe(2);
});

test('names and values of other shapes are refused', () => {
  const secrets = openSecrets({ home });
  for (const name of ['', 'A', '../x', 'a//b', 'a b', '__proto__', 'a'.repeat(65)]) {
    expect(() => secrets.set(name, value), name).toThrow();
  }
  expect(() => secrets.set('a', '')).toThrow();
  expect(() => secrets.set('a', 'x'.repeat(16_385))).toThrow();
  expect(existsSync(join(home, 'secrets.json'))).toBe(false);
});

test('power lost at any write of a rotation leaves every secret readable, and the old key dies in the end', () => {
  openSecrets({ home }).set('a', value);
  openSecrets({ home }).set('b', 'second');
  const oldKey = readFileSync(join(home, 'keys/secrets.key'));
  for (let n = 0, cut = true; cut; n += 1) {
    const power = cutPowerAtWrite(n);
    try {
      openSecrets({ home }).rotate();
      cut = false;
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    } finally {
      power.restore();
    }
    const after = openSecrets({ home });
    expect([after.get('a'), after.get('b')], `cut at write ${n}`).toEqual([value, 'second']);
  }
  expect(readFileSync(join(home, 'keys/secrets.key')).equals(oldKey)).toBe(false);
  expect(existsSync(join(home, 'keys/secrets.key.next'))).toBe(false);
});

test('an appliance has its key from systemd: a former one opens what it sealed, until that is sealed anew', () => {
  const credentials = join(home, 'credentials');
  mkdirSync(credentials);
  expect(() => openSecrets({ home, credentials }).set('a', value)).toThrow(/no key for secrets yet/);
  writeFileSync(join(credentials, 'secrets-key'), Buffer.alloc(32, 1));
  openSecrets({ home, credentials }).set('a', value);
  renameSync(join(credentials, 'secrets-key'), join(credentials, 'secrets-key-former'));
  writeFileSync(join(credentials, 'secrets-key'), Buffer.alloc(32, 2));
  const [former, newest] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  expect([countSealedUnder(former, home), countSealedUnder(newest, home)]).toEqual([1, 0]);
  expect(openSecrets({ home, credentials }).get('a')).toBe(value);
  expect([countSealedUnder(former, home), countSealedUnder(newest, home)]).toEqual([0, 1]);
  rmSync(join(credentials, 'secrets-key-former'));
  expect(openSecrets({ home, credentials }).get('a')).toBe(value);
  expect(() => openSecrets({ home, credentials }).rotate()).toThrow(/renewed on the device/);
  writeFileSync(join(credentials, 'secrets-key'), Buffer.alloc(31));
  expect(() => openSecrets({ home, credentials }).get('a')).toThrow(/has 31 bytes/);
});
