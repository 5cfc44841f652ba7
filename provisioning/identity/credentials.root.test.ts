/** Secrets on disk open on this device, under their name, with this boot chain, and nowhere else. */
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../exec.ts';
import { CredentialError, credentialFile, openCredentials, type Sealer } from './credentials.ts';
import { ensureIdentity, ensureSecretsKey, loadIdentity } from './keys.ts';
import { sealedFiles } from './sealed-files.ts';
import { openSwtpm, type SoftTpm } from './swtpm.fixture.ts';
import { systemdCreds } from './systemd-creds.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'credentials-'));
const hostKey = (): string => join(folder(), 'host-key');
const one = hostKey();
const systemdVersion = Number(/systemd (\d+)/.exec((await run('systemd-creds', ['--version'])).stdout)?.[1]);

describe.each<[string, () => Sealer, () => Sealer]>([
  [
    'systemd-creds',
    () => systemdCreds(run, { key: 'host', hostKey: one }),
    () => systemdCreds(run, { key: 'host', hostKey: hostKey() }),
  ],
  ['sealed files', () => sealedFiles(Buffer.alloc(32, 1)), () => sealedFiles(Buffer.alloc(32, 2))],
])('%s', (_, ours, another) => {
  test('a secret is opened again, byte for byte, and its file does not hold it', async () => {
    const path = folder();
    const secret = Buffer.from([0, 255, 10, 13, ...Buffer.from('a secret that one could find')]);
    await openCredentials(path, ours()).save('secrets-key', secret);
    expect(Buffer.from((await openCredentials(path, ours()).load('secrets-key'))!)).toEqual(secret);
    const file = readFileSync(credentialFile(path, 'secrets-key'));
    expect(file.includes('a secret')).toBe(false);
    expect(Buffer.from(file.toString('ascii'), 'base64').includes('a secret')).toBe(false);
    expect(statSync(credentialFile(path, 'secrets-key')).mode & 0o777).toBe(0o600);
  });

  test('it does not open on another device', async () => {
    const path = folder();
    await openCredentials(path, ours()).save('secrets-key', Buffer.alloc(32, 5));
    await expect(openCredentials(path, another()).load('secrets-key')).rejects.toThrow(CredentialError);
  });

  test('it does not open under another name', async () => {
    const path = folder();
    const credentials = openCredentials(path, ours());
    await credentials.save('device-tls-key', Buffer.alloc(32, 5));
    writeFileSync(credentialFile(path, 'identity-key'), readFileSync(credentialFile(path, 'device-tls-key')));
    await expect(credentials.load('identity-key')).rejects.toThrow(CredentialError);
  });

  test('one that was changed or cut off does not open', async () => {
    const path = folder();
    const credentials = openCredentials(path, ours());
    await credentials.save('secrets-key', Buffer.alloc(32, 5));
    const whole = readFileSync(credentialFile(path, 'secrets-key'));
    for (const torn of [whole.subarray(0, whole.length / 2), Buffer.alloc(0)]) {
      writeFileSync(credentialFile(path, 'secrets-key'), torn);
      await expect(credentials.load('secrets-key'), `${torn.length} bytes`).rejects.toThrow(CredentialError);
    }
  });

  test('an identity is made once', async () => {
    const path = folder();
    const credentials = openCredentials(path, ours());
    expect(await loadIdentity(credentials)).toBeNull();
    const { publicKey } = await ensureIdentity(credentials);
    expect((await ensureIdentity(openCredentials(path, ours()))).publicKey).toBe(publicKey);
    expect((await loadIdentity(credentials))?.publicKey).toBe(publicKey);
  });

  test('the key of secrets is never made again over one that is there', async () => {
    const path = folder();
    const credentials = openCredentials(path, ours());
    await ensureSecretsKey(credentials);
    const before = readFileSync(credentialFile(path, 'secrets-key'));
    await ensureSecretsKey(openCredentials(path, another()));
    expect(readFileSync(credentialFile(path, 'secrets-key'))).toEqual(before);
  });

  test('what was used up is gone', async () => {
    const path = folder();
    const credentials = openCredentials(path, ours());
    await credentials.save('setup-code', Buffer.from('scrypt$…'));
    credentials.remove('setup-code');
    credentials.remove('setup-code');
    expect(await credentials.load('setup-code')).toBeNull();
    expect(readdirSync(path)).toEqual([]);
  });
});

describe('sealed to a TPM', () => {
  let tpm: SoftTpm;
  let other: SoftTpm;
  const key = hostKey();
  const sealedTo = ({ device }: SoftTpm): Sealer =>
    systemdCreds(run, { key: 'host+tpm2', pcrs: [15], hostKey: key, tpm: device });
  beforeAll(async () => {
    [tpm, other] = await Promise.all([openSwtpm(), openSwtpm()]);
    // A TPM that measured nothing enforces nothing; systemd says so.
    for (const each of [tpm, other]) each.extend(15);
  });
  afterEach(() => {
    for (const each of [tpm, other]) each.flush();
  });
  afterAll(async () => {
    await tpm?.close();
    await other?.close();
  });

  test('a secret opens with this TPM only, though the host key was copied along', async () => {
    const path = folder();
    await openCredentials(path, sealedTo(tpm)).save('identity-key', Buffer.alloc(32, 9));
    expect(Buffer.from((await openCredentials(path, sealedTo(tpm)).load('identity-key'))!)).toEqual(
      Buffer.alloc(32, 9),
    );
    await expect(openCredentials(path, sealedTo(other)).load('identity-key')).rejects.toThrow(
      CredentialError,
    );
  });

  test('without PCRs it opens after a change of firmware as well, on this board only', async () => {
    const path = folder();
    const without = ({ device }: SoftTpm): Sealer =>
      systemdCreds(run, { key: 'host+tpm2', pcrs: [], hostKey: key, tpm: device });
    const saving = openCredentials(path, without(tpm)).save('identity-key', Buffer.alloc(32, 9));
    if (systemdVersion < 255) {
      // It seals what it can't open: that is found before the secret is gone, not at the next boot.
      await expect(saving).rejects.toThrow("doesn't open again");
      expect(readdirSync(path)).toEqual([]);
      return;
    }
    await saving;
    for (const pcr of [7, 15]) tpm.extend(pcr);
    expect(await openCredentials(path, without(tpm)).load('identity-key')).not.toBeNull();
    await expect(openCredentials(path, without(other)).load('identity-key')).rejects.toThrow(CredentialError);
  });

  test('a changed boot chain does not open it', async () => {
    const path = folder();
    await openCredentials(path, sealedTo(tpm)).save('identity-key', Buffer.alloc(32, 9));
    tpm.extend(15);
    await expect(openCredentials(path, sealedTo(tpm)).load('identity-key')).rejects.toThrow(
      'another boot chain',
    );
  });
});
