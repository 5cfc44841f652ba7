/** The certificate of the setup page before the device has one: made at the first start of a boot, gone with the power. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@rockpool/agent/host/files.ts';
import { createAuthority, createKeyPairP256, issue, keyToPem } from '@rockpool/signing/x509';

export interface ServerPair {
  /** PEM. */
  cert: string;
  key: string;
}

export interface EphemeralOptions {
  /** Under /run. Kept there, so that a restart of this process shows browsers what they have accepted already. */
  folder: string;
  name: string;
  addresses: readonly string[];
  now: number;
}

/** Before it learned the time a board is in 1970, and browsers say worse things about certificates from there. */
const nobodyEarlier = Date.UTC(2026, 0, 1);
/** As long as browsers bear: the clock may still be years behind. */
const days = 800;

export async function ephemeralPair({ folder, name, addresses, now }: EphemeralOptions): Promise<ServerPair> {
  const file = join(folder, 'setup-certificate.json');
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ServerPair) : undefined;
  if (kept && isFor(kept.cert, name)) return kept;
  const at = new Date(Math.max(now, nobodyEarlier));
  // Its signer is forgotten here: nobody is asked to trust it, and it can sign nothing more.
  const signer = await createAuthority({ name: 'Rockpool setup', years: 3, at });
  const keys = createKeyPairP256();
  const cert = await issue(signer, keys.publicKey, {
    ...{ cn: `${name}.local`, dns: [`${name}.local`, name], ips: addresses },
    ...{ days, usages: ['server'], at },
  });
  const pair = { cert, key: keyToPem(keys.privateKey) };
  writeFileAtomically(file, JSON.stringify(pair));
  return pair;
}

const isFor = (pem: string, name: string): boolean =>
  new X509Certificate(pem).checkHost(`${name}.local`) !== undefined;

/** As browsers show it: for comparing the page's certificate with what the console printed. */
export const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256;
