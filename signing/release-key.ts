/** Keys that sign releases: Ed25519 over the bytes that TUF says, and their secret half under a passphrase. */
import { createPublicKey, verify as nodeVerify, randomBytes, scryptSync } from 'node:crypto';
import nacl from 'tweetnacl';
import { z } from 'zod';
import { demandPublicKey, SignatureError } from './identity.ts';

/** Who can sign a release. Its secret stays inside. */
export interface ReleaseKey {
  /** 32 bytes in hex, as TUF writes them. */
  readonly publicKey: string;
  /** 64 bytes in hex. There is no domain before the bytes: TUF has none, so this key signs nothing else. */
  sign(bytes: Uint8Array): string;
}

/** @param seed 32 secret bytes; the caller may overwrite them afterwards */
export function openReleaseKey(seed: Uint8Array): ReleaseKey {
  if (seed.length !== nacl.sign.seedLength) throw new SignatureError('a seed has 32 bytes');
  const { publicKey, secretKey } = nacl.sign.keyPair.fromSeed(Uint8Array.from(seed));
  const shown = Buffer.from(publicKey).toString('hex');
  return {
    publicKey: shown,
    sign(bytes) {
      const signature = Buffer.from(nacl.sign.detached(bytes, secretKey)).toString('hex');
      // One library signs, another checks: a fault of either shows here and not on a device.
      if (!isSignedBy(shown, bytes, signature)) throw new SignatureError('what was signed does not hold');
      return signature;
    },
  };
}

/** @throws SignatureError when no honest person would have this key */
export function demandReleaseKey(publicKey: string): void {
  if (!/^[0-9a-f]{64}$/.test(publicKey)) throw new SignatureError('a public key is 32 bytes in hex');
  demandPublicKey(Buffer.from(publicKey, 'hex').toString('base64'));
}

/** By OpenSSL, which refuses malleated signatures; keys were looked at by `demandReleaseKey`. */
export function isSignedBy(publicKey: string, bytes: Uint8Array, signature: string): boolean {
  if (!/^[0-9a-f]{128}$/.test(signature)) return false;
  const x = Buffer.from(publicKey, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return nodeVerify(null, bytes, key, Buffer.from(signature, 'hex'));
}

/** 64 MiB and about 0.2 s: a passphrase is typed by a person, so guessing has to cost. */
const cost = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 } as const;

export const SealedSeed = z.strictObject({
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    N: z.literal(cost.N),
    r: z.literal(cost.r),
    p: z.literal(cost.p),
    salt: z.base64().length(24),
  }),
  nonce: z.base64().length(32),
  /** NaCl's secretbox. */
  box: z.base64().length(64),
});
export type SealedSeed = z.infer<typeof SealedSeed>;

export function sealSeed(seed: Uint8Array, passphrase: string): SealedSeed {
  const salt = randomBytes(16);
  const nonce = randomBytes(nacl.secretbox.nonceLength);
  const box = nacl.secretbox(Uint8Array.from(seed), Uint8Array.from(nonce), keyOf(passphrase, salt));
  const { N, r, p } = cost;
  return {
    kdf: { name: 'scrypt', N, r, p, salt: salt.toString('base64') },
    nonce: nonce.toString('base64'),
    box: Buffer.from(box).toString('base64'),
  };
}

/** @returns null when this is not the passphrase */
export function openSeed({ kdf, nonce, box }: SealedSeed, passphrase: string): Uint8Array | null {
  return nacl.secretbox.open(
    Uint8Array.from(Buffer.from(box, 'base64')),
    Uint8Array.from(Buffer.from(nonce, 'base64')),
    keyOf(passphrase, Buffer.from(kdf.salt, 'base64')),
  );
}

// The same passphrase from any keyboard: composed one way.
const keyOf = (passphrase: string, salt: Uint8Array): Uint8Array =>
  Uint8Array.from(scryptSync(passphrase.normalize('NFKC'), salt, 32, cost));
