/**
 * Ed25519 by node:crypto, for whoever signs thousands a minute: a controller acknowledges every device's reports. The same
 * bytes as `openIdentity` makes, which takes 3 ms for each.
 */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { type Domain, domainPrefix, signedBytes } from '@rockpool/signing/canonical';
import type { Identity } from '@rockpool/signing/identity';

/** PKCS #8 before the seed (RFC 8410 §7). */
const head = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @param seed 32 secret bytes */
export function openSigner(seed: Uint8Array): Identity {
  if (seed.length !== 32) throw new RangeError('a seed has 32 bytes');
  const key = createPrivateKey({ key: Buffer.concat([head, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  const signed = (bytes: Uint8Array): string => sign(null, bytes, key).toString('base64');
  return {
    publicKey: Buffer.from(x, 'base64url').toString('base64'),
    sign: (domain: Domain, value: unknown) => signed(signedBytes(domain, value)),
    signBytes: (domain: Domain, bytes: Uint8Array) => signed(Buffer.concat([domainPrefix(domain), bytes])),
  };
}
