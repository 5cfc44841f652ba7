/** For systems without `systemd-creds`: AES-256-GCM under a key that lies on the encrypted volume, and nowhere else. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CredentialError, type Sealer } from './credentials.ts';

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** @param key 32 bytes */
export function sealedFiles(key: Uint8Array): Sealer {
  if (key.length !== 32) throw new RangeError('the sealing key has 32 bytes');
  return {
    seal: async (name, secret) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
      const box = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([Buffer.of(version), nonce, box, cipher.getAuthTag()]);
    },
    open: async (name, sealed) => {
      const bytes = Buffer.from(sealed);
      if (bytes[0] !== version || bytes.length < 1 + nonceBytes + tagBytes) throw doesNotOpen(name);
      const nonce = bytes.subarray(1, 1 + nonceBytes);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
        .setAAD(Buffer.from(name))
        .setAuthTag(bytes.subarray(-tagBytes));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(1 + nonceBytes, -tagBytes)), decipher.final()]);
      } catch (cause) {
        throw doesNotOpen(name, cause);
      }
    },
  };
}

const doesNotOpen = (name: string, cause?: unknown): CredentialError =>
  new CredentialError(
    'does-not-open',
    `${name} can't be opened: its file was sealed by another device, under another name, or is damaged. Restore it or provision again.`,
    { cause },
  );
