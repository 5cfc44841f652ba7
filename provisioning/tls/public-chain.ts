/** Whether a public authority's chain is for what was asked: judged without its root, which browsers have and a device doesn't. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { TlsRefused } from './refused.ts';

interface Asked {
  names: readonly string[];
  publicKey: KeyObject;
  at: Date;
}

/** @throws TlsRefused `acme-answer` that says what doesn't fit */
export function demandPublicChain(chain: readonly string[], asked: Asked): void {
  const problem = problemOf(chain, asked);
  if (problem) throw new TlsRefused('acme-answer', problem);
}

function problemOf(chain: readonly string[], { names, publicKey, at }: Asked): string | undefined {
  const certificates = chain.map((pem) => new X509Certificate(pem));
  const [leaf, ...issuers] = certificates;
  if (!leaf) return 'it is empty';
  if (!leaf.publicKey.equals(publicKey)) return 'it is for another key';
  const unnamed = names.find((name) => !leaf.checkHost(name, { subject: 'never' }));
  if (unnamed !== undefined) return `it is not for ${unnamed}`;
  const outside = certificates.find((one) => at < one.validFromDate || at > one.validToDate);
  if (outside)
    return `it is in force from ${outside.validFrom} to ${outside.validTo}, and here it is ${at.toISOString()}`;
  const unsigned = issuers.findIndex((issuer, place) => !isSignedBy(certificates[place] ?? leaf, issuer));
  return unsigned === -1 ? undefined : `its certificate ${unsigned + 1} is not signed by the next`;
}

const isSignedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
