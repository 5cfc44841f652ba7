/** Handing the operator what may save this device's disk one day: sealed for the operator, kept by the controller. */
import { type Escrowed, proofDomains } from '@rockpool/protocol/enrolment';
import { prove } from '@rockpool/signing/identity';
import { askWithNonce } from './attempts.ts';
import { type FleetParts, openKnownController } from './enrol.ts';
import { EnrolmentRefused } from './refused.ts';

/**
 * @param digest sha256 of what is sealed, in hex
 * @param sealed for the operator's escrow key, in base64
 * @throws EnrolmentRefused
 */
export async function escrowHeader(
  parts: FleetParts,
  { digest, sealed }: { digest: string; sealed: string },
  signal: AbortSignal,
): Promise<Escrowed> {
  const { device, controller } = openKnownController(parts);
  const body = { version: 1 as const, device, kind: 'luks-header' as const, digest, sealed };
  const answer = await askWithNonce(
    controller,
    parts,
    (nonce) => controller.escrow(prove(parts.identity, proofDomains.escrow, { ...body, nonce }), signal),
    signal,
  );
  if (answer.digest !== digest) {
    throw new EnrolmentRefused('answer-not-acceptable', `it keeps ${answer.digest}, not ${digest}`);
  }
  return answer;
}
