/** What the dashboard shows over TLS: files of the operator's, read anew when they change, or a certificate by the LAN root. */
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { Refusal } from '@rockpool/protocol/refusal';
import { createKeyPairP256, keyToPem } from '@rockpool/signing/x509';
import { permits } from '@rockpool/signing/x509-name-constraints';
import type { FleetAuthority } from '../authority/authority.ts';
import type { Clock } from '../host/clock.ts';
import type { Tls } from './server.ts';

export interface ShownTls {
  current(): Tls;
  /** Asked every few minutes. @returns what to show from now on, or undefined to go on as it is */
  refresh(): Promise<Tls | undefined>;
}

/** @throws Refusal when they can't be read or don't belong together */
export function tlsOfFiles(files: { cert: string; key: string }): ShownTls {
  const read = (): Tls => {
    try {
      const pair = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
      createSecureContext(pair);
      return pair;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Refusal('bad-request', `${files.cert} and ${files.key} make no TLS certificate: ${why}`, {
        cause,
      });
    }
  };
  const written = (): number => Math.max(statSync(files.cert).mtimeMs, statSync(files.key).mtimeMs);
  let shown = read();
  let at = written();
  return {
    current: () => shown,
    async refresh() {
      const now = written();
      if (now === at) return undefined;
      shown = read();
      at = now;
      return shown;
    },
  };
}

/**
 * Its key is made at every start and lies on no disk: browsers trust the root, which people install, and pin nothing.
 * Names that the root may not vouch for are left out.
 * @param isBehindTls a proxy in front shows browsers a certificate of its own
 * @throws Refusal when no name is left, and browsers would see that
 */
export async function tlsOfLanRoot(
  authority: FleetAuthority,
  clock: Clock,
  { names, isBehindTls }: { names: readonly string[]; isBehindTls: boolean },
): Promise<ShownTls> {
  const mayVouch = (name: string): boolean =>
    permits(authority.lanConstraints, isIP(name) === 0 ? { dns: [name], ips: [] } : { dns: [], ips: [name] });
  const own = names.filter(mayVouch);
  if (own.length === 0 && !isBehindTls) {
    throw new Refusal(
      'bad-request',
      `The LAN root can't vouch for ${names.join(', ')}: give --dashboard-cert and --dashboard-key, a --name that it may vouch for, or listen on 127.0.0.1.`,
    );
  }
  const dns = own.length === 0 ? ['controller.local'] : own.filter((name) => isIP(name) === 0);
  const ips = own.filter((name) => isIP(name) !== 0);
  const keys = createKeyPairP256();
  const sign = () => authority.issueLan(own[0]?.slice(0, 64) ?? 'controller', keys.publicKey, { dns, ips });
  let issued = await sign();
  const tls = (): Tls => ({ cert: issued.pem, key: keyToPem(keys.privateKey) });
  return {
    current: tls,
    async refresh() {
      if (clock.now() < issued.issuedAt + ((issued.expiresAt - issued.issuedAt) * 2) / 3) return undefined;
      issued = await sign();
      return tls();
    },
  };
}
