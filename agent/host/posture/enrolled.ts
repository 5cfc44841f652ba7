/** The controller's certificate for this device: ours, in force, and signed by the fleet's own authority. */
import { X509Certificate } from 'node:crypto';
import type { PostureFinding } from '@rockpool/protocol/posture';
import { verifyChain } from '@rockpool/signing/x509-chain';
import { bad, good, warning } from './finding.ts';
import type { Root } from './root.ts';

export interface EnrolledSeen {
  /** Somebody decided that this device belongs to a fleet. */
  hasFleet: boolean;
  /** PEM, leaf first. */
  chain: string[] | undefined;
  root: string | undefined;
}

/** @param hasFleet left out, a trace of the fleet on disk decides */
export function readEnrolled(root: Root, deviceFolder: string, hasFleet?: boolean): EnrolledSeen {
  const read = (name: string): string | undefined => root.read(`${deviceFolder}/${name}`);
  const [chain, authority] = [read('device.crt'), read('fleet-ca.crt')];
  const traces = [chain, authority, read('enrolled.json')];
  return {
    hasFleet: hasFleet ?? traces.some((one) => one !== undefined),
    chain: chain?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? undefined,
    root: authority,
  };
}

const dayMs = 86_400_000;

export function judgeEnrolled(
  { hasFleet, chain, root }: EnrolledSeen,
  name: string,
  nowMs: number,
): PostureFinding {
  const code = 'enrolled';
  if (!hasFleet) return good(code, 'this device has no controller.');
  const [leaf] = chain ?? [];
  if (!chain || !leaf || !root) {
    return bad(
      code,
      'the controller has given no certificate yet.',
      'enrol it with a claim: `rockpool-provision apply`, or the setup page',
    );
  }
  const renew =
    'renew it with `rockpool-provision renew`; if the controller refuses, ask its operator for a new claim';
  const fault = verifyChain(chain, root, { at: new Date(nowMs), cn: name, usage: 'client' });
  if (fault) return bad(code, fault.says, renew);
  const to = new X509Certificate(leaf).validToDate;
  const until = to.toISOString().slice(0, 10);
  if (to.getTime() - nowMs < 14 * dayMs)
    return warning(code, `the controller's certificate for it ends on ${until}.`, renew);
  return good(code, `the controller's certificate for it is in force until ${until}.`);
}
