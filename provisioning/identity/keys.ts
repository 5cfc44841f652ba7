/** The keys of a device, made on it and never anywhere else: made once, found again ever after. */
import { randomBytes } from 'node:crypto';
import { Refusal } from '@rockpool/protocol/refusal';
import { createSeed, type Identity, openIdentity } from '@rockpool/signing/identity';
import type { Credentials } from './credentials.ts';

/** The device's own signing key. A second call, also after a power cut, gives the same. */
export async function ensureIdentity(credentials: Credentials): Promise<Identity> {
  const kept = await credentials.load('identity-key');
  if (kept) return openIdentity(kept);
  const seed = createSeed();
  await credentials.save('identity-key', seed);
  return openIdentity(seed);
}

/** @returns null where none was made yet */
export async function loadIdentity(credentials: Credentials): Promise<Identity | null> {
  const seed = await credentials.load('identity-key');
  return seed && openIdentity(seed);
}

/** What channel and upstream secrets are sealed with. Never made again while there is one: it would lose them all. */
export async function ensureSecretsKey(credentials: Credentials): Promise<void> {
  if (credentials.has('secrets-key')) return;
  await credentials.save('secrets-key', randomBytes(32));
}

export interface SecretsKeyRenewal {
  credentials: Credentials;
  /** How many secrets are still sealed under a key. */
  countSealedUnder(key: Uint8Array): number;
  /** Gives the agent the keys that are there now: as it starts, it seals everything under the newer one. */
  restartAgent(): Promise<void>;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** A start, with a posture that has to be judged first. */
const patienceMs = 60_000;
const pauseMs = 1_000;

/**
 * Power may be cut anywhere: until every secret is sealed anew both keys are there, and the next call goes on. One that
 * goes on makes no third key.
 * @returns how many secrets the key before still seals: 0 when it is gone
 * @throws Refusal `conflict` where there is no key yet
 */
export async function renewSecretsKey(
  { credentials, countSealedUnder, restartAgent, wait }: SecretsKeyRenewal,
  signal: AbortSignal,
): Promise<number> {
  const former = await beginSecretsKey(credentials);
  await restartAgent();
  for (let waited = 0; countSealedUnder(former) > 0 && waited < patienceMs; waited += pauseMs)
    await wait(pauseMs, signal);
  const left = countSealedUnder(former);
  if (left === 0) credentials.remove('secrets-key-former');
  return left;
}

/** @returns the key before */
async function beginSecretsKey(credentials: Credentials): Promise<Uint8Array> {
  const [current, begun] = [
    await credentials.load('secrets-key'),
    await credentials.load('secrets-key-former'),
  ];
  if (!current)
    throw new Refusal('conflict', 'There is no key for secrets yet. Run `rockpool-provision apply`.');
  if (begun && !Buffer.from(begun).equals(current)) return begun;
  // First the old one under its new name: a cut between the two leaves the same key twice, which is no harm.
  await credentials.save('secrets-key-former', current);
  await credentials.save('secrets-key', randomBytes(32));
  return current;
}
