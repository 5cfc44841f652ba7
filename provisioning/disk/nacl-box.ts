/** NaCl's box (X25519, XSalsa20, Poly1305) for one reader whose key is known beforehand, and a writer whom nobody needs to know. */
import nacl from 'tweetnacl';

const { publicKeyLength, nonceLength } = nacl.box;

export function makeBoxKeys(): { publicKey: string; secretKey: string } {
  const pair = nacl.box.keyPair();
  return {
    publicKey: Buffer.from(pair.publicKey).toString('base64'),
    secretKey: Buffer.from(pair.secretKey).toString('base64'),
  };
}

/** @returns an ephemeral public key, a nonce, and the box: not even the writer can open it again */
export function sealFor(publicKey: Uint8Array, plain: Uint8Array): Buffer {
  const ephemeral = nacl.box.keyPair();
  const nonce = nacl.randomBytes(nonceLength);
  const box = nacl.box(plain, nonce, publicKey, ephemeral.secretKey);
  ephemeral.secretKey.fill(0);
  return Buffer.concat([ephemeral.publicKey, nonce, box]);
}

/** @returns null when it is for another key, or not whole */
export function openSealed(secretKey: Uint8Array, sealed: Uint8Array): Buffer | null {
  const box = sealed.subarray(publicKeyLength + nonceLength);
  if (box.length < nacl.box.overheadLength) return null;
  const plain = nacl.box.open(
    box,
    sealed.subarray(publicKeyLength, publicKeyLength + nonceLength),
    sealed.subarray(0, publicKeyLength),
    secretKey,
  );
  return plain === null ? null : Buffer.from(plain);
}
