/** The certificate of the chat page, from whom the settings say: the fleet's controller, this device itself, or ACME. */
import type { Clock } from '@rockpool/agent/host/clock.ts';
import type { FleetParts } from '../enrolment/enrol.ts';
import { renewAtFleet } from '../enrolment/enrol.ts';
import type { Run } from '../exec.ts';
import type { CredentialName, Credentials } from '../identity/credentials.ts';
import type { DeviceFolder } from '../identity/device-folder.ts';
import { type LanNames, lanNames } from '../identity/lan-names.ts';
import type { Pairs } from '../identity/pairs.ts';
import { type AcmeAccount, certifyByAcme } from './acme.ts';
import { type Challenges, httpChallenges } from './http-challenges.ts';
import { dnsChallenges } from './nsupdate.ts';
import { certifyByOwn } from './own-authority.ts';
import { demandPublicChain } from './public-chain.ts';
import { TlsRefused } from './refused.ts';
import { parseTsigKey } from './tsig.ts';

/** As `[tls]` of the settings says it. */
export interface TlsSettings {
  mode: 'fleet' | 'own' | 'acme';
  names: readonly string[];
  acme?: AcmeAccount & {
    challenge: 'http-01' | 'dns-01';
    rfc2136?: { server: string; zone: string };
  };
}

export interface TlsParts {
  credentials: Credentials;
  folder: DeviceFolder;
  pairs: Pairs;
  clock: Clock;
  /** No honest clock is before this. */
  floorMs: number;
  run: Run;
  /** See `DnsParts`. */
  settled(zone: string, record: string, value: string, signal: AbortSignal): Promise<void>;
  /** Null for a device without a fleet. */
  fleet: FleetParts | null;
  /** Where port 80's server looks; left out, where it always does. */
  challengeFolder?: string;
}

export interface Certify {
  name: string;
  tls: TlsSettings;
  addresses: readonly string[];
  newKey?: boolean;
  newAuthority?: boolean;
}

/** What the certificate has to name. A public authority vouches for public names only. */
export const wantedNames = ({ name, tls, addresses }: Certify): LanNames =>
  tls.mode === 'acme' ? { dns: tls.names, ips: [] } : lanNames(name, tls.names, addresses);

/**
 * After it returns, key and certificate lie where services find them.
 * @throws EnrolmentRefused | TlsRefused that says what to do
 */
export async function certifyLan(parts: TlsParts, certify: Certify, signal: AbortSignal): Promise<void> {
  const { name, tls, newKey = false, newAuthority = false } = certify;
  const names = wantedNames(certify);
  switch (tls.mode) {
    case 'fleet':
      if (!parts.fleet) throw new TlsRefused('settings-missing', 'tls.mode is fleet, and there is no fleet');
      await renewAtFleet(parts.fleet, { lan: names, newKeys: newKey }, signal);
      break;
    case 'own':
      await certifyByOwn(parts, { name, names, newKey, newAuthority });
      break;
    case 'acme':
      await certifyAtAcme(parts, tls, names.dns, newKey, signal);
  }
  parts.folder.save('lan.json', { version: 1, mode: tls.mode });
}

async function certifyAtAcme(
  parts: TlsParts,
  { acme }: TlsSettings,
  names: readonly string[],
  newKey: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (!acme || names.length === 0) throw new TlsRefused('settings-missing', 'tls.acme or tls.names');
  const challenges = await challengesFor(parts, acme);
  const draft = await parts.pairs.draft('lan', { newKey });
  const chain = await certifyByAcme(
    { credentials: parts.credentials, challenges },
    { account: acme, keys: draft.keys, names },
    signal,
  );
  demandPublicChain(chain, { names, at: new Date(parts.clock.now()), publicKey: draft.keys.publicKey });
  draft.complete(chain);
  // Whoever installed an authority of ours before doesn't need it any more, and nobody is to be offered it.
  parts.folder.removeRoot('lan-ca.crt');
}

async function challengesFor(
  { credentials, run, settled, challengeFolder }: TlsParts,
  { challenge, rfc2136 }: NonNullable<TlsSettings['acme']>,
): Promise<Challenges> {
  if (challenge === 'http-01') return httpChallenges(challengeFolder);
  if (!rfc2136) throw new TlsRefused('settings-missing', 'tls.acme.rfc2136');
  const text = await credentials.load(tsigCredential);
  if (!text) throw new TlsRefused('tsig-missing');
  const key = parseTsigKey(Buffer.from(text).toString('utf8'));
  return dnsChallenges({ run, settled }, { server: rfc2136.server, zone: rfc2136.zone, key });
}

const tsigCredential = 'acme-tsig-key' satisfies CredentialName;
