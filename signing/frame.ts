/**
 * A signed message as it crosses a broker: one byte of version, one of encoding, 64 of signature, then the payload, signed
 * as it is sent. So the signature is checked before anything is inflated or parsed.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { CanonicalError, canonicalBytes, type Domain, parseCanonical } from './canonical.ts';
import { type Identity, SignatureError, type Verified, type Verifier } from './identity.ts';

/** The two purposes that a frame may be signed for: one for each encoding, so that neither can pass for the other. */
export interface FrameDomains {
  plain: Domain;
  deflated?: Domain;
}

const version = 1;
const headBytes = 2 + 64;
const encodings = { plain: 0, deflated: 1 } as const;

/** @throws CanonicalError when it holds what we don't sign */
export function frame(identity: Identity, domain: Domain, value: unknown): Uint8Array {
  return put(encodings.plain, identity, domain, canonicalBytes(value));
}

/** @throws CanonicalError when it holds what we don't sign */
export function frameDeflated(identity: Identity, domain: Domain, value: unknown): Uint8Array {
  return put(encodings.deflated, identity, domain, deflateRawSync(canonicalBytes(value)));
}

function put(encoding: number, identity: Identity, domain: Domain, payload: Uint8Array): Uint8Array {
  const signature = Buffer.from(identity.signBytes(domain, payload), 'base64');
  return Buffer.concat([Uint8Array.of(version, encoding), signature, payload]);
}

/**
 * @param limitBytes of the payload when inflated
 * @throws SignatureError when it is no frame of this version or isn't signed by this key
 * @throws CanonicalError when it is signed, and still not canonical JSON or larger than it may be
 */
export function openFrame(
  verifier: Verifier,
  domains: FrameDomains,
  bytes: Uint8Array,
  limitBytes: number,
): Verified<{ value: unknown }> {
  const [found, encoding] = bytes;
  if (found !== version || bytes.length <= headBytes)
    throw new SignatureError('this is no frame of version 1');
  const domain = encoding === encodings.plain ? domains.plain : domains.deflated;
  if (!domain || (encoding !== encodings.plain && encoding !== encodings.deflated))
    throw new SignatureError('this frame has an encoding that is not taken here');
  const payload = bytes.subarray(headBytes);
  verifier.verify(domain, payload, bytes.subarray(2, headBytes));
  if (payload.length > limitBytes) throw new CanonicalError('larger than it may be');
  const plain = encoding === encodings.plain ? payload : inflate(payload, limitBytes);
  return { value: parseCanonical(plain) } as Verified<{ value: unknown }>;
}

function inflate(payload: Uint8Array, limitBytes: number): Uint8Array {
  try {
    return inflateRawSync(payload, { maxOutputLength: limitBytes });
  } catch (cause) {
    throw new CanonicalError('does not inflate, or to more than it may', { cause });
  }
}
