/** AES-256-GCM over one secret: its name and version are bound in, so that none can be put in another's place. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

export const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

export const Sealed = z.strictObject({
  /** Grows with every change: an older value under the same name doesn't open as the newer one. */
  version: z.int().min(1),
  savedAt: z.int().describe('milliseconds since 1970'),
  /** Which key, not what key. */
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
  nonce: z.base64(),
  /** What is kept, and the tag that proves it whole. */
  sealed: z.base64(),
});
export type Sealed = z.infer<typeof Sealed>;

/** A one-way name for a key of 256 random bits: tells nothing of it. */
export const keyIdOf = (key: Uint8Array): string =>
  createHash('sha256').update('rockpool/secrets-key-id/v1\0').update(key).digest('hex').slice(0, 16);

const bound = (name: string, version: number): Buffer =>
  Buffer.from(`rockpool/secret/v1\0${name}\0${version}`);

export function seal(key: Uint8Array, name: string, value: string, version: number, at: number): Sealed {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound(name, version));
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return {
    ...{ version, savedAt: at, keyId: keyIdOf(key) },
    nonce: nonce.toString('base64'),
    sealed: sealed.toString('base64'),
  };
}

/** Undefined when the key is another, or anything of it was changed. */
export function unseal(
  key: Uint8Array,
  name: string,
  { version, nonce, sealed }: Sealed,
): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < tagBytes) return undefined;
  const iv = Buffer.from(nonce, 'base64');
  if (iv.length !== nonceBytes) return undefined;
  const cipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
  cipher.setAAD(bound(name, version)).setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([cipher.update(bytes.subarray(0, -tagBytes)), cipher.final()]).toString('utf8');
  } catch {
    return undefined; // the tag is what GCM says no by
  }
}
