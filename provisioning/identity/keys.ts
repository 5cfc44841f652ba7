/** The keys of a device, made on it and never anywhere else: made once, found again ever after. */
import { randomBytes } from 'node:crypto';
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
