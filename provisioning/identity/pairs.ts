/**
 * A private key and its certificate, which on disk always fit each other, whenever power is cut.
 *
 * Each key has a folder of its own, `lan.3/`, with the sealed key and, when it came, the certificate. `lan` is a link to
 * the folder in use and is switched by one rename; `lan-tls-key.cred` and `lan.crt` are links through it that never
 * change. A folder with a key only is one whose certificate is still on its way.
 */

import { X509Certificate } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { syncFolder, writeFileAtomically } from '@rockpool/agent/host/files.ts';
import { createKeyPairP256, type KeyPair, keyPairFromPem, keyToPem } from '@rockpool/signing/x509';
import { CredentialError, type CredentialName, openCredentials, type Sealer } from './credentials.ts';

export type PairName = 'device' | 'lan';
const keyOf = { device: 'device-tls-key', lan: 'lan-tls-key' } as const satisfies Record<
  PairName,
  CredentialName
>;

export interface Pair {
  keys: KeyPair;
  /** Leaf first, PEM. */
  chain: readonly string[];
}

/** A key that waits for its certificate. */
export interface Draft {
  keys: KeyPair;
  /** From this call's return on, key and certificate are what services find. */
  complete(chain: readonly string[]): void;
}

export interface Pairs {
  /** Null while there is none that is whole. */
  load(name: PairName): Promise<Pair | null>;
  /** The certificate alone, which is public. */
  chain(name: PairName): readonly string[] | null;
  /** The key for the next certificate: one whose certificate never came, else the one in use, else (or with `newKey`) a new one. */
  draft(name: PairName, options?: { newKey?: boolean }): Promise<Draft>;
}

/** A certificate that is not for the key it was asked for. */
export class PairError extends Error {
  override readonly name = 'PairError';
}

/** @param folder where certificates are public and keys are sealed: `/var/lib/rockpool/device` */
export function openPairs(folder: string, sealer: Sealer): Pairs {
  const certificateIn = (name: PairName, generation: string): string =>
    join(folder, generation, `${name}.crt`);
  const loadKey = async (name: PairName, generation: string): Promise<KeyPair | null> => {
    try {
      const pem = await openCredentials(join(folder, generation), sealer).load(keyOf[name]);
      return pem && keyPairFromPem(Buffer.from(pem).toString('utf8'));
    } catch (error) {
      // The board or its boot chain is another one. Unlike the identity, this key can be made anew.
      if (error instanceof CredentialError) return null;
      throw error;
    }
  };
  const chain = (name: PairName): readonly string[] | null => {
    const file = certificateIn(name, name);
    return existsSync(file) ? splitPem(readFileSync(file, 'utf8')) : null;
  };

  return {
    chain,
    load: async (name) => {
      const certificates = chain(name);
      const keys = certificates && (await loadKey(name, name));
      return certificates && keys && { keys, chain: certificates };
    },
    draft: async (name, { newKey = false } = {}) => {
      makeLinks(folder, name);
      const inUse = generationInUse(folder, name);
      // A lower number is one that was replaced, and whose removal was cut off.
      const waiting = generations(folder, name)
        .filter((generation) => numberOf(generation) > numberOf(inUse))
        .at(-1);
      const candidates = [waiting, newKey ? undefined : inUse].filter((candidate) => candidate !== undefined);
      for (const generation of candidates) {
        const keys = await loadKey(name, generation);
        if (keys) return { keys, complete: completion(folder, name, generation, keys) };
      }
      const generation = `${name}.${numberOf(waiting ?? inUse) + 1}`;
      const keys = createKeyPairP256();
      mkdirSync(join(folder, generation), { recursive: true, mode: 0o755 });
      syncFolder(folder);
      const credentials = openCredentials(join(folder, generation), sealer);
      await credentials.save(keyOf[name], Buffer.from(keyToPem(keys.privateKey)));
      return { keys, complete: completion(folder, name, generation, keys) };
    },
  };
}

/** Writes the certificate beside its key, then switches the link, then removes what is out of use. */
const completion =
  (folder: string, name: PairName, generation: string, keys: KeyPair) =>
  (chain: readonly string[]): void => {
    const [leaf = ''] = chain;
    if (!new X509Certificate(leaf).publicKey.equals(keys.publicKey)) {
      throw new PairError(`the certificate for ${name} is for another key`);
    }
    const text = chain.map((pem) => `${pem.trim()}\n`).join('');
    writeFileAtomically(join(folder, generation, `${name}.crt`), text, 0o644);
    link(folder, name, generation);
    for (const old of generations(folder, name).filter((other) => other !== generation)) {
      rmSync(join(folder, old), { recursive: true });
    }
  };

function makeLinks(folder: string, name: PairName): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  link(folder, `${keyOf[name]}.cred`, `${name}/${keyOf[name]}.cred`);
  link(folder, `${name}.crt`, `${name}/${name}.crt`);
}

/** A link that is there and right is left alone; another is replaced by one rename. */
function link(folder: string, from: string, to: string): void {
  if (linkOf(folder, from) === to) return;
  const partial = join(folder, `${from}.partial`);
  rmSync(partial, { force: true });
  symlinkSync(to, partial);
  renameSync(partial, join(folder, from));
  syncFolder(folder);
}

const linkOf = (folder: string, name: string): string | undefined => {
  try {
    return readlinkSync(join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const generationInUse = (folder: string, name: PairName): string | undefined => linkOf(folder, name);

const generations = (folder: string, name: PairName): string[] =>
  readdirSync(folder)
    .filter((entry) => entry.startsWith(`${name}.`) && /\.\d+$/.test(entry))
    .sort((a, b) => numberOf(a) - numberOf(b));

const numberOf = (generation: string | undefined): number => Number(generation?.split('.')[1] ?? 0);

/** The certificates of a file, in its order. */
export const splitPem = (text: string): string[] =>
  (text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((pem) => `${pem}\n`);
