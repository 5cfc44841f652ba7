/** A certificate for a device that has none: nobody trusts it, and behind it stands the page that says what is missing. */
import type { Pair } from './pair.ts';

/** As long as browsers bear: the clock may be years behind. */
const days = 800;
/** Before it learned the time a board is in 1970, and browsers say worse things about certificates from there. */
const nobodyEarlier = Date.UTC(2026, 0, 1);

/** Kept in memory only. Its signer is forgotten here. */
export async function ephemeralPair(name: string, nowMs: number): Promise<Pair> {
  // Only here: a device that is well never loads it.
  const { createAuthority, createKeyPairP256, issue, keyToPem } = await import('@rockpool/signing/x509');
  const at = new Date(Math.max(nowMs, nobodyEarlier));
  const signer = await createAuthority({ name: 'Rockpool without a certificate', years: 3, at });
  const keys = createKeyPairP256();
  const local = `${name}.local`;
  const cert = await issue(signer, keys.publicKey, {
    cn: local,
    dns: [local, name],
    days,
    usages: ['server'],
    at,
  });
  return { cert, key: keyToPem(keys.privateKey) };
}
