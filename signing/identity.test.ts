/** A signature holds for one key, one purpose and one value; and two implementations say so. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import nacl from 'tweetnacl';
import { expect, test } from 'vitest';
import { CanonicalError, type Domain, signedBytes } from './canonical.ts';
import {
  createSeed,
  demandPublicKey,
  openIdentity,
  prove,
  SignatureError,
  verify,
  verifyBytes,
  verifyProof,
} from './identity.ts';

interface Signed {
  name: string;
  publicKey: string;
  domain: Domain;
  value: unknown;
  signature: string;
}
interface Vectors {
  accepted: (Signed & { seed: string; signedBytes: string })[];
  refused: Signed[];
}
const vectors = JSON.parse(
  readFileSync(new URL('vectors/identity.json', import.meta.url), 'utf8'),
) as Vectors;
const bytesOf = (base64: string): Buffer => Buffer.from(base64, 'base64');

test.each(vectors.accepted)(
  'vector: $name',
  ({ seed, publicKey, domain, value, signature, signedBytes: hex }) => {
    const identity = openIdentity(bytesOf(seed));
    expect(identity.publicKey).toBe(publicKey);
    expect(Buffer.from(signedBytes(domain, value)).toString('hex')).toBe(hex);
    expect(identity.sign(domain, value)).toBe(signature);
    expect(verify(domain, value, signature, publicKey)).toBe(value);
    expect(nacl.sign.detached.verify(Buffer.from(hex, 'hex'), bytesOf(signature), bytesOf(publicKey))).toBe(
      true,
    );
  },
);

test.each(vectors.refused)('refused: $name', ({ publicKey, domain, value, signature }) => {
  expect(() => verify(domain, value, signature, publicKey)).toThrow(SignatureError);
});

test('the library that signs would take some of what is refused here', () => {
  const named = (name: string): Signed => vectors.refused.find((one) => one.name === name)!;
  const taken = ({ signature, publicKey }: Signed, message: Uint8Array): boolean =>
    nacl.sign.detached.verify(message, bytesOf(signature), bytesOf(publicKey));
  const malleated = named('malleated: S plus the order of the group');
  expect(taken(malleated, signedBytes(malleated.domain, malleated.value))).toBe(true);
  expect(taken(named('forged for the neutral element as key'), Buffer.from('whatever'))).toBe(true);
});

test('no key of small order is accepted as anybody’s', () => {
  const spellings = smallOrderEncodings();
  expect(spellings.length).toBe(14);
  for (const spelling of spellings) {
    expect(() => demandPublicKey(Buffer.from(spelling).toString('base64')), spelling.toString()).toThrow(
      SignatureError,
    );
  }
});

test('every honest key is accepted, and what it signs holds by both libraries', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), (seed, value) => {
      const identity = openIdentity(seed);
      const signature = identity.sign('rockpool/test/v1', value);
      expect(() => demandPublicKey(identity.publicKey)).not.toThrow();
      expect(verify('rockpool/test/v1', value, signature, identity.publicKey)).toBe(value);
      const message = signedBytes('rockpool/test/v1', value);
      expect(nacl.sign.detached.verify(message, bytesOf(signature), bytesOf(identity.publicKey))).toBe(true);
    }),
    { numRuns: 25 },
  );
});

test('whatever bit of a signature, key or value is turned, it no longer holds', () => {
  const identity = openIdentity(createSeed());
  const value = { device: 'leeds' };
  const signature = bytesOf(identity.sign('rockpool/test/v1', value));
  fc.assert(
    fc.property(fc.nat(511), (bit) => {
      const turned = Buffer.from(signature);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => verify('rockpool/test/v1', value, turned.toString('base64'), identity.publicKey)).toThrow(
        SignatureError,
      );
    }),
    { numRuns: 60 },
  );
});

test('a proof covers every other field, also one that was added', () => {
  const identity = openIdentity(createSeed());
  const proved = prove(identity, 'rockpool/test/v1', { device: 'leeds', nonce: 'n' });
  expect(verifyProof('rockpool/test/v1', proved, identity.publicKey)).toEqual(proved);
  for (const changed of [
    { ...proved, device: 'york' },
    { ...proved, more: true },
    { nonce: 'n', proof: proved.proof },
  ]) {
    expect(() => verifyProof('rockpool/test/v1', changed, identity.publicKey)).toThrow(SignatureError);
  }
});

test('a document is verified before it is parsed, and then has to be canonical', () => {
  const identity = openIdentity(createSeed());
  const signature = identity.sign('rockpool/test/v1', { a: 1 });
  expect(
    verifyBytes('rockpool/test/v1', Buffer.from('{"a":1}'), signature, identity.publicKey).value,
  ).toEqual({ a: 1 });
  expect(() =>
    verifyBytes('rockpool/test/v1', Buffer.from('not even JSON'), signature, identity.publicKey),
  ).toThrow(SignatureError);
});

test('bytes that are signed but not canonical are refused', () => {
  const { publicKey, secretKey } = nacl.sign.keyPair();
  const text = Buffer.from('{ "a": 1 }');
  const signature = nacl.sign.detached(Buffer.concat([Buffer.from('rockpool/test/v1\0'), text]), secretKey);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  expect(() => verifyBytes('rockpool/test/v1', text, base64(signature), base64(publicKey))).toThrow(
    CanonicalError,
  );
});

/** All encodings of the eight points whose order divides 8, from the curve's own equation: −x² + y² = 1 + dx²y². */
function smallOrderEncodings(): Buffer[] {
  const p = 2n ** 255n - 19n;
  const mod = (a: bigint): bigint => ((a % p) + p) % p;
  const pow = (base: bigint, exponent: bigint): bigint => {
    let [result, square] = [1n, mod(base)];
    for (let left = exponent; left > 0n; left >>= 1n) {
      if (left & 1n) result = mod(result * square);
      square = mod(square * square);
    }
    return result;
  };
  const inverse = (a: bigint): bigint => pow(a, p - 2n);
  const root = (a: bigint): bigint | undefined => {
    const guess = pow(a, (p + 3n) / 8n);
    return [guess, mod(guess * pow(2n, (p - 1n) / 4n))].find((r) => mod(r * r) === mod(a));
  };
  const d = mod(-121665n * inverse(121666n));
  // Doubling a point of order 8 gives y = 0, which means y² = −x²; with the curve: dx⁴ + 2x²... solved for y².
  // −x² = y² ⇒ 1 − d·y⁴ = 2y² ⇒ d·y⁴ + 2y² − 1 = 0.
  const discriminant = root(1n + d)!;
  const squares = [discriminant, -discriminant].map((r) => mod((-1n + r) * inverse(d)));
  const eighth = squares.flatMap((square) => {
    const y = root(square);
    return y === undefined ? [] : [y, p - y];
  });
  const canonicalYs = [0n, 1n, p - 1n, ...eighth];
  // Below 2²⁵⁵ only y of 0–18 has a second spelling.
  const spellings = canonicalYs.flatMap((y) => (y < 19n ? [y, y + p] : [y]));
  return spellings.flatMap((y) =>
    [0n, 1n].map((sign) => Buffer.from((y | (sign << 255n)).toString(16).padStart(64, '0'), 'hex').reverse()),
  );
}
