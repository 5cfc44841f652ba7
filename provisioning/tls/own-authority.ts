/** A device that is its own certificate authority: one that may vouch for this device's names in private networks, and nothing else. */
import { X509Certificate } from 'node:crypto';
import type { Clock } from '@rockpool/agent/host/clock.ts';
import {
  type Authority,
  createAuthority,
  createKeyPairP256,
  issue,
  type KeyPair,
  keyPairFromPem,
  keyToPem,
  readNameConstraints,
} from '@rockpool/signing/x509';
import { type NameConstraints, permits, privateNetworks } from '@rockpool/signing/x509-name-constraints';
import { CredentialError, type Credentials } from '../identity/credentials.ts';
import type { DeviceFolder } from '../identity/device-folder.ts';
import type { LanNames } from '../identity/lan-names.ts';
import type { Pairs } from '../identity/pairs.ts';
import { TlsRefused } from './refused.ts';

export interface OwnParts {
  credentials: Credentials;
  folder: DeviceFolder;
  pairs: Pairs;
  clock: Clock;
  /** No honest clock is before this. */
  floorMs: number;
}

/** People install it by hand once; nobody wants to do that every year. */
const authorityYears = 10;
/** Within what every browser takes, and short enough that renewal is a habit. */
const leafDays = 90;

/** @throws TlsRefused when the authority can't vouch for these names; it is replaced on demand only, for people have installed it */
export async function certifyByOwn(
  parts: OwnParts,
  {
    name,
    names,
    newKey = false,
    newAuthority = false,
  }: { name: string; names: LanNames; newKey?: boolean; newAuthority?: boolean },
): Promise<void> {
  const at = new Date(parts.clock.now());
  if (at.getTime() < parts.floorMs) {
    throw new TlsRefused(
      'clock-wrong',
      `it is ${at.toISOString()} here, and was ${new Date(parts.floorMs).toISOString()} before`,
    );
  }
  const authority = await ensureAuthority(parts, name, names, at, newAuthority);
  const draft = await parts.pairs.draft('lan', { newKey });
  const leaf = await issue(authority, draft.keys.publicKey, {
    cn: name,
    ...names,
    days: leafDays,
    usages: ['server'],
    at,
  });
  draft.complete([leaf]);
}

async function ensureAuthority(
  parts: OwnParts,
  name: string,
  names: LanNames,
  at: Date,
  isNewWanted: boolean,
): Promise<Authority> {
  const kept = isNewWanted ? null : await loadAuthority(parts);
  if (kept?.inForce(at)) {
    demandPermitted(kept.authority, names);
    return kept.authority;
  }
  const keys = await keysFor(parts, isNewWanted);
  const authority = await createAuthority({
    name: `Rockpool ${name}`,
    years: authorityYears,
    at,
    keys,
    constraints: constraintsFor(names),
  });
  parts.folder.saveRoot('lan-ca.crt', authority.certificate);
  return authority;
}

/** The key first, its certificate after: cut off between, the next run signs a certificate for the same key. */
async function keysFor({ credentials }: OwnParts, isNewWanted: boolean): Promise<KeyPair> {
  const kept = isNewWanted ? null : await credentials.load('own-ca-key');
  if (kept) return keyPairFromPem(Buffer.from(kept).toString('utf8'));
  const keys = createKeyPairP256();
  await credentials.save('own-ca-key', Buffer.from(keyToPem(keys.privateKey)));
  return keys;
}

async function loadAuthority({
  credentials,
  folder,
}: OwnParts): Promise<{ authority: Authority; inForce(at: Date): boolean } | null> {
  const certificate = folder.root('lan-ca.crt');
  if (!certificate) return null;
  const pem = await credentials.load('own-ca-key').catch((cause: unknown) => {
    throw cause instanceof CredentialError
      ? new TlsRefused('authority-key-lost', cause.message, { cause })
      : cause;
  });
  if (!pem) return null;
  const { privateKey, publicKey } = keyPairFromPem(Buffer.from(pem).toString('utf8'));
  const root = new X509Certificate(certificate);
  // Cut off while a new one was being made: the certificate is still the old key's.
  if (!root.publicKey.equals(publicKey)) return null;
  return {
    authority: { certificate, privateKey },
    inForce: (at) => {
      if (at > root.validToDate)
        throw new TlsRefused('authority-ended', `on ${root.validToDate.toISOString()}`);
      // One that begins later was made by a clock that ran ahead; nobody's browser takes it yet.
      return at >= root.validFromDate;
    },
  };
}

/** This device's own names, not all of `.local`: who installs it trusts one device, not a network of them. */
const constraintsFor = (names: LanNames): NameConstraints => ({ dns: names.dns, networks: privateNetworks });

function demandPermitted(authority: Authority, names: LanNames): void {
  const constraints = readNameConstraints(authority.certificate);
  if (constraints && permits(constraints, names)) return;
  throw new TlsRefused('outside-authority', `it may vouch for ${constraints?.dns.join(', ') ?? 'nothing'}`);
}
