/** Whether certificates hold together: each signed by the next, in force, for this name; and the pin of a key. */
import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** Why a chain is not accepted. */
export type ChainFault =
  | 'unreadable'
  | 'not-yet-valid'
  | 'expired'
  | 'not-issued-by-root'
  | 'not-an-authority'
  | 'wrong-key'
  | 'wrong-name'
  | 'wrong-usage';

export interface ChainVerdict {
  fault: ChainFault;
  /** One sentence of what was seen. */
  says: string;
}

export interface ChainDemand {
  at: Date;
  /** A DNS name or an address that the leaf must be for. */
  dns?: string;
  /** Its common name must be this. */
  cn?: string;
  /** What it must be usable for. */
  usage?: 'server' | 'client';
  /** The leaf must be for this key. */
  publicKey?: KeyObject;
}

const usageOids = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/**
 * @param chain leaf first; PEM, without the root
 * @returns undefined when all holds. Name constraints are left to the TLS library of whoever connects.
 */
export function verifyChain(
  chain: readonly string[],
  root: string,
  demand: ChainDemand,
): ChainVerdict | undefined {
  let certificates: X509Certificate[];
  try {
    certificates = [...chain, root].map((pem) => new X509Certificate(pem));
  } catch {
    return { fault: 'unreadable', says: 'A certificate of the chain cannot be read.' };
  }
  const [leaf] = certificates;
  if (!leaf || chain.length === 0) return { fault: 'unreadable', says: 'The chain is empty.' };
  for (const [place, certificate] of certificates.entries()) {
    const broken =
      wrongLink(certificate, certificates[place + 1] ?? certificate) ?? wrongTime(certificate, demand.at);
    if (broken) return broken;
  }
  return wrongLeaf(leaf, demand);
}

function wrongLink(certificate: X509Certificate, issuer: X509Certificate): ChainVerdict | undefined {
  if (!issuer.ca) {
    return { fault: 'not-an-authority', says: `${nameOf(issuer)} may not sign certificates.` };
  }
  if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
    return {
      fault: 'not-issued-by-root',
      says: `${nameOf(certificate)} is not signed by ${nameOf(issuer)}.`,
    };
  }
  return undefined;
}

function wrongTime(certificate: X509Certificate, at: Date): ChainVerdict | undefined {
  if (at < certificate.validFromDate) {
    return {
      fault: 'not-yet-valid',
      says: `${nameOf(certificate)} is in force from ${certificate.validFromDate.toISOString()} on.`,
    };
  }
  if (at > certificate.validToDate) {
    return {
      fault: 'expired',
      says: `${nameOf(certificate)} ended at ${certificate.validToDate.toISOString()}.`,
    };
  }
  return undefined;
}

function wrongLeaf(
  leaf: X509Certificate,
  { dns, cn, usage, publicKey }: ChainDemand,
): ChainVerdict | undefined {
  if (leaf.ca) return { fault: 'wrong-usage', says: `${nameOf(leaf)} is an authority, not a leaf.` };
  if (publicKey && !leaf.publicKey.equals(publicKey)) {
    return { fault: 'wrong-key', says: `${nameOf(leaf)} is for another key.` };
  }
  if (cn !== undefined && leaf.subject !== `CN=${cn}`) {
    return { fault: 'wrong-name', says: `The certificate is for ${nameOf(leaf)}, not for ${cn}.` };
  }
  if (dns !== undefined && !(isIP(dns) ? leaf.checkIP(dns) : leaf.checkHost(dns, { subject: 'never' }))) {
    return { fault: 'wrong-name', says: `${nameOf(leaf)} is not for ${dns}.` };
  }
  if (usage && !leaf.keyUsage?.includes(usageOids[usage])) {
    return { fault: 'wrong-usage', says: `${nameOf(leaf)} is not for use as a ${usage}.` };
  }
  return undefined;
}

const nameOf = (certificate: X509Certificate): string =>
  certificate.subject.replace(/^CN=/, '').replaceAll('\n', ', ');

/** `sha256/…` of the public key in its SubjectPublicKeyInfo: of a PEM certificate, a certificate's DER, or a key. */
export function spkiPin(of: string | Uint8Array | KeyObject): string {
  const key = typeof of === 'string' || of instanceof Uint8Array ? new X509Certificate(of).publicKey : of;
  return `sha256/${createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64')}`;
}

/** When a certificate begins and ends, and its serial number: for renewal and for people. */
export function readDates(pem: string): { from: Date; to: Date; serial: string; sha256: string } {
  const certificate = new X509Certificate(pem);
  return {
    from: certificate.validFromDate,
    to: certificate.validToDate,
    serial: certificate.serialNumber.toLowerCase(),
    sha256: certificate.fingerprint256,
  };
}
