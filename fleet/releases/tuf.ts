/** Driver for `@tufjs/models`: the bytes that are signed, whose signatures hold, and what a document looks like as a file. */

import type { ReleaseKey } from '@rockpool/signing/release-key';
import { Key, Metadata, MetadataKind, Signature } from '@tufjs/models';
import { type Body, keyIdOf, type PublicKey, publicKeyOf, type Signed } from './documents.ts';

type Json = Parameters<typeof Metadata.fromJSON>[1];

function open({ signed, signatures }: Signed): Metadata<never> {
  const data = { signed, signatures } as unknown as Json;
  switch (signed._type) {
    case 'root':
      return Metadata.fromJSON(MetadataKind.Root, data) as Metadata<never>;
    case 'targets':
      return Metadata.fromJSON(MetadataKind.Targets, data) as Metadata<never>;
    case 'snapshot':
      return Metadata.fromJSON(MetadataKind.Snapshot, data) as Metadata<never>;
    case 'timestamp':
      return Metadata.fromJSON(MetadataKind.Timestamp, data) as Metadata<never>;
  }
}

/** What a signature of this document is made over. */
export function bytesToSign(signed: Body): Buffer {
  let bytes: Buffer = Buffer.alloc(0);
  open({ signed, signatures: [] }).sign((canonical) => {
    bytes = canonical;
    return new Signature({ keyID: 'nobody', sig: '' });
  });
  return bytes;
}

/** The same document with one more signature; a second one of the same key replaces the first. */
export function signWith<B extends Body>(document: Signed<B>, key: ReleaseKey): Signed<B> {
  const keyid = keyIdOf(publicKeyOf(key.publicKey));
  return withSignature(document, { keyid, sig: key.sign(bytesToSign(document.signed)) });
}

export const withSignature = <B extends Body>(
  { signed, signatures }: Signed<B>,
  signature: { keyid: string; sig: string },
): Signed<B> => ({
  signed,
  signatures: [...signatures.filter(({ keyid }) => keyid !== signature.keyid), signature].sort((a, b) =>
    a.keyid < b.keyid ? -1 : 1,
  ),
});

/** Of these keys, those whose signature holds: as a client finds it, by OpenSSL and by the bytes it makes itself. */
export function signersOf(
  document: Signed,
  { keys, keyids }: { keys: Record<string, PublicKey>; keyids: readonly string[] },
): string[] {
  const metadata = open(document);
  return keyids.filter((keyid) => {
    const key = keys[keyid];
    if (!key || !document.signatures.some((one) => one.keyid === keyid)) return false;
    try {
      Key.fromJSON(keyid, key).verifySignature(metadata);
      return true;
    } catch (error) {
      if (error instanceof Error && error.constructor.name === 'UnsignedMetadataError') return false;
      throw error;
    }
  });
}

export const fileOf = ({ signatures, signed }: Signed): Buffer =>
  Buffer.from(JSON.stringify({ signatures, signed }), 'utf8');
