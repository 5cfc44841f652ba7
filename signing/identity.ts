/** Signatures of a device, a controller or an operator: Ed25519 over canonical bytes; and the one place that makes `Verified`. */
import { createPublicKey, verify as nodeVerify, randomBytes } from 'node:crypto';
import nacl from 'tweetnacl';
import { canonicalBytes, type Domain, domainPrefix, parseCanonical, signedBytes } from './canonical.ts';

declare const verified: unique symbol;
/** Signed by whom we asked about. Made in this file, nowhere else. */
export type Verified<T> = T & { readonly [verified]: true };

/** A signature that doesn't hold, or a key that must not be trusted with one. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
}

/** Who can sign. Its secret stays inside. */
export interface Identity {
  /** 32 bytes in base64. */
  readonly publicKey: string;
  /** 64 bytes in base64, over the domain and the canonical bytes of the value. */
  sign(domain: Domain, value: unknown): string;
  /** The same over bytes as they will be sent. */
  signBytes(domain: Domain, bytes: Uint8Array): string;
}

/** A key that was looked at once, for whoever checks many signatures of it. */
export interface Verifier {
  /**
   * @param signature 64 bytes
   * @throws SignatureError when it doesn't hold
   */
  verify(domain: Domain, bytes: Uint8Array, signature: Uint8Array): void;
}

/** 32 bytes, of which the identity is made. */
export const createSeed = (): Uint8Array => randomBytes(nacl.sign.seedLength);

/** @param seed 32 secret bytes; the caller may overwrite them afterwards */
export function openIdentity(seed: Uint8Array): Identity {
  if (seed.length !== nacl.sign.seedLength) throw new SignatureError('a seed has 32 bytes');
  const { publicKey, secretKey } = nacl.sign.keyPair.fromSeed(Uint8Array.from(seed));
  const signed = (message: Uint8Array): string =>
    Buffer.from(nacl.sign.detached(message, secretKey)).toString('base64');
  return {
    publicKey: Buffer.from(publicKey).toString('base64'),
    sign: (domain, value) => signed(signedBytes(domain, value)),
    signBytes: (domain, bytes) => signed(Buffer.concat([domainPrefix(domain), bytes])),
  };
}

/**
 * @param publicKey 32 bytes in base64
 * @throws SignatureError when no honest device would have it
 */
export function openVerifier(publicKey: string): Verifier {
  demandPublicKey(publicKey);
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) },
    format: 'jwk',
  });
  return {
    verify(domain, bytes, signature) {
      demandSignature(signature);
      if (!nodeVerify(null, Buffer.concat([domainPrefix(domain), bytes]), key, signature))
        throw new SignatureError('this signature does not hold');
    },
  };
}

/**
 * @param publicKey 32 bytes in base64
 * @throws SignatureError when the signature doesn't hold
 */
export function verify<T>(domain: Domain, value: T, signature: string, publicKey: string): Verified<T> {
  openVerifier(publicKey).verify(domain, canonicalBytes(value), exactly(64, signature, 'a signature'));
  return value as Verified<T>;
}

/**
 * For a document that travels as its canonical bytes: the signature is checked before they are parsed.
 * @throws SignatureError when the signature doesn't hold
 * @throws CanonicalError when it holds for bytes that are not canonical
 */
export function verifyBytes(
  domain: Domain,
  bytes: Uint8Array,
  signature: string,
  publicKey: string,
): Verified<{ value: unknown }> {
  openVerifier(publicKey).verify(domain, bytes, exactly(64, signature, 'a signature'));
  return { value: parseCanonical(bytes) } as Verified<{ value: unknown }>;
}

/** Adds `proof`: a signature over all the rest. */
export const prove = <T extends object>(
  identity: Identity,
  domain: Domain,
  rest: T,
): T & { proof: string } => ({ ...rest, proof: identity.sign(domain, rest) });

/**
 * The other side of `prove`.
 * @throws SignatureError when the proof is not by this key over all the rest
 */
export function verifyProof<T extends { proof: string }>(
  domain: Domain,
  proved: T,
  publicKey: string,
): Verified<T> {
  const { proof, ...rest } = proved;
  verify(domain, rest, proof, publicKey);
  return proved as Verified<T>;
}

/**
 * A key from outside, before it is written down as somebody's.
 * @throws SignatureError when no honest device would have it
 */
export function demandPublicKey(publicKey: string): void {
  const problem = problemOfPoint(exactly(32, publicKey, 'a public key'));
  if (problem) throw new SignatureError(`this public key ${problem}`);
}

/**
 * What every signature is asked before a library is: some take more than they should.
 * @throws SignatureError when no honest signer would have made it
 */
export function demandSignature(signature: Uint8Array): void {
  if (signature.length !== 64) throw new SignatureError('a signature has 64 bytes');
  const problem = problemOfPoint(signature.subarray(0, 32));
  if (problem) throw new SignatureError(`this signature ${problem}`);
  // Without it, everyone could make a second signature for the same message by adding the order.
  if (littleEndian(signature.subarray(32)) >= groupOrder)
    throw new SignatureError('this signature is malleated');
}

const fieldPrime = 2n ** 255n - 19n;
const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The y of every point whose order divides 8. With such a key, one signature holds for a share of all messages. */
const smallOrder: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  fieldPrime - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
]);

function problemOfPoint(bytes: Uint8Array): string | null {
  const y = littleEndian(bytes) & (2n ** 255n - 1n); // the highest bit is x's sign
  if (y >= fieldPrime) return 'has a second spelling';
  return smallOrder.has(y) ? 'is of small order' : null;
}

const littleEndian = (bytes: Uint8Array): bigint =>
  BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);

/** Base64 in its one spelling: Node's decoder skips what it doesn't know. */
function exactly(length: number, text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== length || bytes.toString('base64') !== text) {
    throw new SignatureError(`${what} is ${length} bytes in base64`);
  }
  return bytes;
}

const base64url = (base64: string): string => Buffer.from(base64, 'base64').toString('base64url');
