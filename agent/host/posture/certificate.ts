/** The certificate of the chat page: whether browsers accept it, for this name, and for how long still. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { PostureFinding } from '@rockpool/protocol/posture';
import { bad, good, warning } from './finding.ts';
import type { ListenerSeen } from './listener.ts';

export interface CertificateSeen {
  /** What the listener shows; undefined when nothing answered. */
  shown:
    | Pick<X509Certificate, 'fingerprint256' | 'checkHost' | 'checkIP' | 'validFromDate' | 'validToDate'>
    | undefined;
  distrust: string | undefined;
  /** The file's, so that a renewed one that was never taken is seen; undefined when there is none. */
  onDisk: Pick<X509Certificate, 'fingerprint256'> | undefined;
}

export const certificateSeen = (
  { certificate, distrust }: ListenerSeen,
  pem: string | undefined,
): CertificateSeen => ({ shown: certificate, distrust, onDisk: readCertificate(pem) });

export function readCertificate(pem: string | undefined): X509Certificate | undefined {
  try {
    return pem === undefined ? undefined : new X509Certificate(pem);
  } catch {
    return undefined; // no certificate: the finding says so
  }
}

const dayMs = 86_400_000;
/** Renewal begins with a third of its life left; what is within this has failed to renew for weeks. */
export const warnDays = 14;

export function judgeCertificate(seen: CertificateSeen, name: string, nowMs: number): PostureFinding {
  const code = 'tls-certificate';
  const renew = 'renew it with `rockpool-provision renew`; if that fails it says why';
  const { shown, onDisk, distrust } = seen;
  if (!shown) return bad(code, 'the listener shows no certificate.', 'see what `tls-listening` says');
  if (!onDisk) return bad(code, 'there is no certificate for the chat page yet.', renew);
  const isFor = isIP(name) ? shown.checkIP(name) : shown.checkHost(name, { subject: 'never' });
  const until = shown.validToDate.toISOString().slice(0, 10);
  const leftMs = shown.validToDate.getTime() - nowMs;
  if (leftMs < 0) return bad(code, `it ended on ${until}; browsers refuse the page.`, renew);
  if (nowMs < shown.validFromDate.getTime()) {
    return bad(
      code,
      `it is in force from ${shown.validFromDate.toISOString()} on.`,
      'see what `clock` says; or wait',
    );
  }
  if (!isFor) return bad(code, `it is not for ${name}.`, renew);
  if (distrust !== undefined) {
    return bad(code, `a browser would not trust it for ${name} (${distrust}).`, renew);
  }
  if (shown.fingerprint256 !== onDisk.fingerprint256) {
    return warning(
      code,
      'another one lies ready and is not in use.',
      'restart the agent with `systemctl restart rockpool-agent`, which takes its key too',
    );
  }
  const days = Math.floor(leftMs / dayMs);
  if (days < warnDays) return warning(code, `it ends on ${until}, in ${days} days.`, renew);
  return good(code, `it is for ${name} and in force until ${until}.`);
}
