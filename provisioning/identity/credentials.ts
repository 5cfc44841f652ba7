/** A device's secrets on disk: each one sealed in a file of its own, written whole or not at all. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder, writeFileAtomically } from '@rockpool/agent/host/files.ts';

/** Closed: units name them, posture looks for them, and a secret in a file of another name is a mistake. */
export const credentialNames = [
  'identity-key', // Ed25519 seed, 32 bytes
  'device-tls-key', // PEM, P-256: shown to the controller and its broker
  'lan-tls-key', // PEM, P-256: shown to browsers
  'secrets-key', // 32 bytes for AES-256-GCM over channel and upstream secrets
  'secrets-key-former', // the one before, until the agent has sealed everything anew
  'setup-code', // the hash of the label's code; of no use once there is an account
  'own-ca-key', // PEM, P-256: only where the device is its own authority
  'acme-account-key', // PEM, P-256
  'acme-tsig-key', // what nsupdate signs with, as `tsig-keygen` writes it
] as const;
export type CredentialName = (typeof credentialNames)[number];

/** Makes bytes that only this device can open. The name is bound in: a sealed file under another name doesn't open. */
export interface Sealer {
  seal(name: CredentialName, secret: Uint8Array): Promise<Uint8Array>;
  /** @throws CredentialError `does-not-open` */
  open(name: CredentialName, sealed: Uint8Array): Promise<Uint8Array>;
}

export interface Credentials {
  has(name: CredentialName): boolean;
  /** Null when there is none. @throws CredentialError `does-not-open` */
  load(name: CredentialName): Promise<Uint8Array | null>;
  /** After it returns the secret outlives a power cut; before, what was there does. */
  save(name: CredentialName, secret: Uint8Array): Promise<void>;
  remove(name: CredentialName): void;
}

export class CredentialError extends Error {
  override readonly name = 'CredentialError';
  readonly code: 'does-not-open' | 'cannot-seal';

  constructor(code: 'does-not-open' | 'cannot-seal', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What `LoadCredentialEncrypted=` names. */
export const credentialFile = (folder: string, name: CredentialName): string => join(folder, `${name}.cred`);

export function openCredentials(folder: string, sealer: Sealer): Credentials {
  const fileOf = (name: CredentialName): string => credentialFile(folder, name);
  return {
    has: (name) => existsSync(fileOf(name)),
    load: async (name) => (existsSync(fileOf(name)) ? sealer.open(name, readFileSync(fileOf(name))) : null),
    save: async (name, secret) => {
      const sealed = await sealer.seal(name, secret);
      // A seal that doesn't open again would be found out at the next boot, when the secret is gone.
      const opened = await sealer.open(name, sealed).catch((cause: unknown) => {
        if (!(cause instanceof CredentialError)) throw cause;
        throw new CredentialError(
          'cannot-seal',
          `${name} was sealed and doesn't open again, so it was not kept`,
          {
            cause,
          },
        );
      });
      if (!Buffer.from(secret).equals(opened)) {
        throw new CredentialError('cannot-seal', `${name} was sealed, and opened to something else`);
      }
      writeFileAtomically(fileOf(name), sealed);
    },
    remove: (name) => {
      if (!existsSync(fileOf(name))) return;
      rmSync(fileOf(name));
      syncFolder(folder);
    },
  };
}
