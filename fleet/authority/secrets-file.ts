/** The controller's private keys at rest: one file, under a passphrase unless its owner chose otherwise. */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import { writeFileAtomically, writeNewFile } from '../host/files.ts';

/** What signs for this fleet. Whoever holds it is the controller. */
export const Secrets = z.strictObject({
  version: z.literal(1),
  /** PKCS #8 PEM, P-256. */
  fleetCaKey: z.string(),
  lanCaKey: z.string(),
  listenerKey: z.string(),
  /** Ed25519 seed in base64: signs commands. */
  commandSeed: z.base64().length(44),
  /** 32 bytes in base64: makes nonces that this controller recognises without remembering them. */
  nonceKey: z.base64().length(44),
});
export type Secrets = z.infer<typeof Secrets>;

/** 64 MiB and about 0.2 s: a passphrase is typed by a person, so guessing has to cost. */
const cost = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 } as const;

const Sealed = z.strictObject({
  version: z.literal(1),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    N: z.literal(cost.N),
    r: z.literal(cost.r),
    p: z.literal(cost.p),
    salt: z.base64(),
  }),
  nonce: z.base64(),
  sealed: z.base64(),
});

const bound = Buffer.from('rockpool/controller-keys/v1', 'ascii');

/** @param passphrase null writes it readable for whoever can read the file */
export function saveSecrets(path: string, secrets: Secrets, passphrase: string | null): void {
  writeNewFile(path, written(secrets, passphrase));
}

/** Under another passphrase from now on; copies that were made before still open with the one before. */
export function sealSecrets(path: string, { before, after }: { before: string | null; after: string }): void {
  writeFileAtomically(path, written(loadSecrets(path, before), after));
}

function written(secrets: Secrets, passphrase: string | null): string {
  const text = JSON.stringify(secrets);
  return `${passphrase === null ? text : seal(text, passphrase)}\n`;
}

/** False also for what is left of a first start whose power was cut while it wrote them. */
export const hasSecrets = (path: string): boolean => existsSync(path) && read(path) !== undefined;

export const isSealed = (path: string): boolean => existsSync(path) && Sealed.safeParse(read(path)).success;

/** @throws Refusal that says what is wrong: no passphrase, a wrong one, or a file that is none of ours */
export function loadSecrets(path: string, passphrase: string | null): Secrets {
  const content = read(path);
  const open = Secrets.safeParse(content);
  if (open.success) return open.data;
  const sealed = Sealed.safeParse(content);
  if (!sealed.success)
    throw new Refusal('failed', `${path} does not hold a controller's keys; put it back from a copy.`);
  if (passphrase === null)
    throw new Refusal('bad-request', "The controller's keys are sealed; give their passphrase.");
  return Secrets.parse(JSON.parse(unseal(sealed.data, passphrase)));
}

function read(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return undefined;
  }
}

function seal(text: string, passphrase: string): string {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(passphrase, salt), nonce);
  cipher.setAAD(bound);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const { N, r, p } = cost;
  return JSON.stringify({
    version: 1,
    kdf: { name: 'scrypt', N, r, p, salt: salt.toString('base64') },
    nonce: nonce.toString('base64'),
    sealed: sealed.toString('base64'),
  } satisfies z.infer<typeof Sealed>);
}

function unseal({ kdf, nonce, sealed }: z.infer<typeof Sealed>, passphrase: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv(
    'aes-256-gcm',
    keyOf(passphrase, Buffer.from(kdf.salt, 'base64')),
    Buffer.from(nonce, 'base64'),
    { authTagLength: 16 },
  );
  decipher.setAAD(bound);
  decipher.setAuthTag(bytes.subarray(-16));
  const text = decipher.update(bytes.subarray(0, -16));
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new Refusal('wrong-password', "This is not the passphrase of the controller's keys.", { cause });
  }
}

// The same passphrase from any keyboard: composed one way.
const keyOf = (passphrase: string, salt: Buffer): Buffer =>
  scryptSync(passphrase.normalize('NFKC'), salt, 32, cost);
