/** Keys that a release is signed with: for measurements (what the TPM seals for) and for the firmware (what may boot). */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './programs.ts';

export interface Keys {
  folder: string;
  /** PEM, 2048-bit RSA: every TPM 2.0 can check that. */
  pcrPublicKey: string;
  /** Fixed beside the keys: who owns the firmware's variables. */
  owner: string;
}

/** Those of `folder`; one without keys gets new ones, good for emulated appliances and nothing else. */
export function keysIn(folder: string): Keys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(folder, name);
  if (!existsSync(file('pcr.key'))) {
    const rsa = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
    run('openssl', ['genpkey', ...rsa, '-out', file('pcr.key')]);
    run('openssl', ['pkey', '-in', file('pcr.key'), '-pubout', '-out', file('pcr.pub')]);
  }
  for (const name of ['platform', 'exchange', 'boot']) {
    if (existsSync(file(`${name}.crt`))) continue;
    run('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-sha256', '-nodes', '-days', '7300'],
      ...['-subj', `/CN=Rockpool image ${name} key`],
      ...['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)],
    ]);
  }
  return {
    folder,
    pcrPublicKey: readFileSync(file('pcr.pub'), 'utf8'),
    owner: '9c1b7c52-6b5e-4f5c-9f39-0f6a3f0f6d11',
  };
}
