/** Ed25519 by the files in `vectors/`: two libraries give the answers that stand there, and with our guards they agree. */
import { createPrivateKey, createPublicKey, verify as nodeVerify, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import nacl from 'tweetnacl';
import { expect, test } from 'vitest';
import { demandPublicKey, demandSignature, SignatureError } from './identity.ts';

interface Vector {
  name: string;
  publicKey: string;
  message: string;
  signature: string;
}
interface Vectors {
  accepted: (Vector & { seed: string })[];
  /** What the libraries say without guards. */
  refused: (Vector & { tweetnacl: boolean; openssl: boolean })[];
}
const vectors = JSON.parse(readFileSync(new URL('vectors/ed25519.json', import.meta.url), 'utf8')) as Vectors;

const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');
const keyOf = (hex: string) =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: bytesOf(hex).toString('base64url') },
    format: 'jwk',
  });

const libraries = {
  openssl: ({ message, signature, publicKey }: Vector): boolean =>
    nodeVerify(null, bytesOf(message), keyOf(publicKey), bytesOf(signature)),
  // It throws for a length that it doesn't expect.
  tweetnacl: ({ message, signature, publicKey }: Vector): boolean =>
    signature.length === 128 &&
    nacl.sign.detached.verify(bytesOf(message), bytesOf(signature), bytesOf(publicKey)),
};
const names = ['openssl', 'tweetnacl'] as const;

/** As we ask: key and signature first, then a library. */
const guarded = (vector: Vector, library: (typeof names)[number]): boolean => {
  try {
    demandPublicKey(bytesOf(vector.publicKey).toString('base64'));
    demandSignature(bytesOf(vector.signature));
  } catch (error) {
    if (error instanceof SignatureError) return false;
    throw error;
  }
  return libraries[library](vector);
};

test.each(vectors.accepted)('$name', (vector) => {
  for (const library of names) {
    expect(libraries[library](vector), library).toBe(true);
    expect(guarded(vector, library), library).toBe(true);
  }
  const seed = bytesOf(vector.seed);
  const pair = nacl.sign.keyPair.fromSeed(seed);
  expect(Buffer.from(pair.publicKey).toString('hex')).toBe(vector.publicKey);
  const message = bytesOf(vector.message);
  expect(Buffer.from(nacl.sign.detached(message, pair.secretKey)).toString('hex')).toBe(vector.signature);
  // RFC 8410: what stands before the seed in a private key of this kind.
  const der = Buffer.concat([bytesOf('302e020100300506032b657004220420'), seed]);
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  expect(sign(null, message, secret).toString('hex')).toBe(vector.signature);
});

test.each(vectors.refused)('refused: $name', (vector) => {
  for (const library of names) {
    expect(libraries[library](vector), `${library} alone`).toBe(vector[library]);
    expect(guarded(vector, library), `${library} with guards`).toBe(false);
  }
});

test('the guards are needed: alone, a library takes signatures that were changed, and keys that sign everything', () => {
  const taken = vectors.refused.filter(({ tweetnacl }) => tweetnacl).map(({ name }) => name);
  expect(taken.filter((name) => name.includes('times the order'))).toHaveLength(12);
  expect(taken.filter((name) => name.startsWith('forged for a key of order'))).toHaveLength(14);
});
