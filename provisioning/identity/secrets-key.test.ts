/** The key of the secrets is renewed while the agent holds secrets under it, and none is lost whenever power goes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countSealedUnder, openSecrets, type Secrets } from '@rockpool/agent/secrets/secrets.ts';
import { cutPowerAtWrite, PowerCut } from '@rockpool/agent/test/power.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCredentials } from './credentials.ts';
import { ensureSecretsKey, renewSecretsKey } from './keys.ts';
import { sealedFiles } from './sealed-files.ts';

let [folder, home] = ['', ''];
beforeEach(() => {
  [folder, home] = [
    mkdtempSync(join(tmpdir(), 'secrets-key-')),
    mkdtempSync(join(tmpdir(), 'secrets-home-')),
  ];
});
afterEach(() => {
  for (const path of [folder, home]) rmSync(path, { recursive: true });
});

const credentials = () => openCredentials(folder, sealedFiles(Buffer.alloc(32, 1)));

/** As a start of its unit does: systemd lays what opens into a folder of this start, and the agent seals anew. */
async function startAgent(): Promise<Secrets> {
  const laid = mkdtempSync(join(home, 'credentials-'));
  for (const name of ['secrets-key', 'secrets-key-former'] as const) {
    const key = await credentials().load(name);
    if (key) writeFileSync(join(laid, name), key);
  }
  return openSecrets({ home, credentials: laid });
}

const restart = async (): Promise<void> => {
  await startAgent();
};
const renewed = (restartAgent = restart): Promise<number> =>
  renewSecretsKey(
    {
      ...{ credentials: credentials(), restartAgent, wait: () => Promise.resolve() },
      countSealedUnder: (key) => countSealedUnder(key, home),
    },
    new AbortController().signal,
  );

async function holding(): Promise<Uint8Array> {
  await ensureSecretsKey(credentials());
  const secrets = await startAgent();
  secrets.set('upstream/mail', 'first');
  secrets.set('channel/chat', 'second');
  return (await credentials().load('secrets-key')) as Uint8Array;
}
const values = (secrets: Secrets): string[] => [secrets.get('upstream/mail'), secrets.get('channel/chat')];

test('every secret opens by the new key, and the one before is gone', async () => {
  const before = await holding();
  expect(await renewed()).toBe(0);
  expect(countSealedUnder(before, home)).toBe(0);
  expect(credentials().has('secrets-key-former')).toBe(false);
  expect(Buffer.from(before).equals((await credentials().load('secrets-key')) as Uint8Array)).toBe(false);
  expect(values(await startAgent())).toEqual(['first', 'second']);
});

test('while the agent does not start, the key before stays; the next try makes no third one', async () => {
  await holding();
  expect(await renewed(() => Promise.resolve())).toBe(2);
  const [newest, former] = [
    await credentials().load('secrets-key'),
    await credentials().load('secrets-key-former'),
  ];
  expect(await renewed(() => Promise.resolve())).toBe(2);
  expect(await credentials().load('secrets-key')).toEqual(newest);
  expect(await credentials().load('secrets-key-former')).toEqual(former);
  expect(await renewed()).toBe(0);
  expect(values(await startAgent())).toEqual(['first', 'second']);
});

test('power lost at any write leaves every secret readable, and the next try ends it', async () => {
  const before = await holding();
  for (let n = 0, cut = true; cut; n += 1) {
    const power = cutPowerAtWrite(n);
    try {
      await renewed();
      cut = false;
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    } finally {
      power.restore();
    }
    expect(values(await startAgent()), `cut at write ${n}`).toEqual(['first', 'second']);
  }
  expect(await renewed()).toBe(0);
  expect(countSealedUnder(before, home)).toBe(0);
  expect(values(await startAgent())).toEqual(['first', 'second']);
});

test('where there is no key yet, none is renewed', async () => {
  await expect(renewed()).rejects.toThrow('rockpool-provision apply');
});
