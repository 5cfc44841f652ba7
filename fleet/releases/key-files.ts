/** Key files: the secret half of a key that signs releases, under a passphrase, and the public half to carry about. */
import { existsSync, readFileSync } from 'node:fs';
import { Refusal } from '@rockpool/protocol/refusal';
import { createSeed } from '@rockpool/signing/identity';
import {
  openReleaseKey,
  openSeed,
  type ReleaseKey,
  SealedSeed,
  sealSeed,
} from '@rockpool/signing/release-key';
import { z } from 'zod';
import { writeNewFile } from '../host/files.ts';
import { keyIdOf, publicKeyOf } from './documents.ts';
import { type Role, roles } from './roles.ts';

const shown = {
  v: z.literal(1),
  /** What it was made for; it signs nothing else. */
  role: z.enum(roles),
  public: z.string().regex(/^[0-9a-f]{64}$/),
};
const PublicFile = z.strictObject(shown);
const KeyFile = z.union([
  z.strictObject({ ...shown, seed: z.base64().length(44) }),
  z.strictObject({ ...shown, sealed: SealedSeed }),
]);

export interface ShownKey {
  role: Role;
  keyid: string;
  public: string;
}
export interface HeldKey extends ShownKey {
  key: ReleaseKey;
}

/** Beside the key file: what others need of it. */
export const publicFileOf = (path: string): string => `${path}.pub`;

/** @param passphrase null leaves it readable for whoever can read the file */
export function createKeyFile(path: string, role: Role, passphrase: string | null): ShownKey {
  if (existsSync(path))
    throw new Refusal('conflict', `${path} is there already; a key is never written over another.`);
  const seed = createSeed();
  const { publicKey } = openReleaseKey(seed);
  const rest = { v: 1 as const, role, public: publicKey };
  const secret =
    passphrase === null
      ? { seed: Buffer.from(seed).toString('base64') }
      : { sealed: sealSeed(seed, passphrase) };
  seed.fill(0);
  writeNewFile(path, `${JSON.stringify({ ...rest, ...secret })}\n`);
  writeNewFile(publicFileOf(path), `${JSON.stringify(rest)}\n`);
  return show(rest);
}

/** A public file, or the public half of a key file. */
export function loadShownKey(path: string): ShownKey {
  const content = read(path);
  const parsed = PublicFile.safeParse(content).data ?? KeyFile.safeParse(content).data;
  if (!parsed) throw noKey(path);
  return show(parsed);
}

export const isSealedKey = (path: string): boolean => {
  const parsed = KeyFile.safeParse(read(path));
  return parsed.success && 'sealed' in parsed.data;
};

/** @throws Refusal that says what is wrong: no passphrase, a wrong one, or a file that is none of ours */
export function loadKey(path: string, passphrase: string | null): HeldKey {
  const parsed = KeyFile.safeParse(read(path));
  if (!parsed.success) throw noKey(path);
  const file = parsed.data;
  const seed = 'seed' in file ? Buffer.from(file.seed, 'base64') : unseal(path, file.sealed, passphrase);
  const key = openReleaseKey(seed);
  seed.fill(0);
  if (key.publicKey !== file.public)
    throw new Refusal('failed', `${path} is damaged: its two halves don't belong together.`);
  return { ...show(file), key };
}

function unseal(path: string, sealed: SealedSeed, passphrase: string | null): Uint8Array {
  if (passphrase === null) throw new Refusal('bad-request', `${path} is sealed; give its passphrase.`);
  const seed = openSeed(sealed, passphrase);
  if (!seed) throw new Refusal('wrong-password', `This is not the passphrase of ${path}.`);
  return seed;
}

function read(path: string): unknown {
  if (!existsSync(path)) throw new Refusal('not-found', `There is no file ${path}.`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return undefined;
  }
}

const show = ({ role, public: hex }: { role: Role; public: string }): ShownKey => ({
  role,
  public: hex,
  keyid: keyIdOf(publicKeyOf(hex)),
});

const noKey = (path: string): Refusal =>
  new Refusal('bad-request', `${path} holds no key that signs releases.`);
