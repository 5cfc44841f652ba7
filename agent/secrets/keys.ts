/** The key of the secrets: an appliance's from systemd, sealed to the board; a desk's in a folder that no backup copies. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { syncFolder, writeFileAtomically } from '../host/files.ts';
import { keyBytes } from './seal.ts';

export interface Keys {
  /** What is sealed from now on, and what is sealed anew at the next chance; the newest first. Empty when there is none. */
  all(): Uint8Array[];
  /** The one to seal with; a desk makes its first here. @throws Refusal when there is none to be had */
  current(): Uint8Array;
  /** A new one beside the old; both are there until `settle`. @throws Refusal where keys are not ours to make */
  renew(): void;
  /** Everything is sealed under the newest: the old is no more. */
  settle(): void;
}

export const keyCredential = 'secrets-key';
/** The one before, until the agent has sealed everything anew. */
export const formerKeyCredential = 'secrets-key-former';

export function credentialKeys(folder: string): Keys {
  const all = (): Uint8Array[] =>
    [keyCredential, formerKeyCredential].flatMap((name) => readKey(join(folder, name)) ?? []);
  return {
    all,
    current() {
      const key = readKey(join(folder, keyCredential));
      if (key) return key;
      throw new Refusal(
        'not-ready',
        "This device has no key for secrets yet; run 'rockpool-provision apply' on it and restart the agent.",
      );
    },
    renew() {
      throw new Refusal(
        'conflict',
        "An appliance's key is renewed on the device, as root: 'rockpool-provision renew --secrets-key'.",
      );
    },
    settle: () => undefined,
  };
}

/** The folder's name is one that `staysBehind` of the backup knows. */
export function fileKeys(home: string): Keys {
  const file = join(home, 'keys/secrets.key');
  const next = `${file}.next`;
  const make = (path: string): void => writeFileAtomically(path, randomBytes(keyBytes));
  return {
    all: () => [next, file].flatMap((path) => readKey(path) ?? []),
    current() {
      if (!existsSync(file) && !existsSync(next)) make(file);
      const [newest] = this.all();
      if (!newest) throw new Error(`${file} was made and can't be read`);
      return newest;
    },
    renew() {
      this.current();
      if (!existsSync(next)) make(next);
    },
    settle() {
      if (!existsSync(next)) return;
      renameSync(next, file);
      syncFolder(dirname(file));
    },
  };
}

/** @throws Refusal for what is there and is no key: made anew, everything sealed would be lost */
function readKey(path: string): Uint8Array | undefined {
  if (!existsSync(path)) return undefined;
  const key = readFileSync(path);
  if (key.length === keyBytes) return key;
  throw new Refusal(
    'failed',
    `${path} has ${key.length} bytes and no key of ${keyBytes}; bring back the right file.`,
  );
}
