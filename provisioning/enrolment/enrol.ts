/** A device becomes one of the fleet by its claim, and stays so by its identity: keys, requests, answers, files. */
import type { ClaimFile } from '@rockpool/protocol/claim';
import { DeviceName, type Enrolled, proofDomains } from '@rockpool/protocol/enrolment';
import { type Identity, prove } from '@rockpool/signing/identity';
import { makeCsr } from '@rockpool/signing/x509';
import type { DeviceFolder, KnownController } from '../identity/device-folder.ts';
import type { LanNames } from '../identity/lan-names.ts';
import type { Draft, Pairs } from '../identity/pairs.ts';
import { demandFitting } from './accept.ts';
import { askWithNonce, type Patience } from './attempts.ts';
import type { Controller, ControllerTrust } from './controller.ts';
import { EnrolmentRefused } from './refused.ts';

export interface FleetParts extends Patience {
  openController(trust: ControllerTrust): Controller;
  identity: Identity;
  pairs: Pairs;
  folder: DeviceFolder;
}

interface Drafts {
  device: Draft;
  lan: { draft: Draft; names: LanNames } | null;
}

/**
 * Cut off anywhere, it is done again with the same claim, identity and keys, and yields the same device.
 * @param lan names for a certificate by the operator's authority; null when the chat page has one from elsewhere
 * @throws EnrolmentRefused
 */
export async function enrol(
  parts: FleetParts,
  { name, claim, lan }: { name: string; claim: ClaimFile; lan: LanNames | null },
  signal: AbortSignal,
): Promise<Enrolled> {
  const { identity, folder } = parts;
  const device = DeviceName.parse(name);
  // The controller may have used the claim up while its answer was lost with the power, and the stick be in a drawer.
  folder.savePendingClaim(claim);
  const trust: KnownController = { version: 1, url: claim.controller, pin: claim.pin };
  const controller = parts.openController(trust);
  const drafts = await draft(parts, lan, false);
  const asked = { version: 1 as const, device, ...(await requests(device, drafts)) };
  const body = { ...asked, claim: claim.claim, identity: identity.publicKey };
  try {
    const answer = await askWithNonce(
      controller,
      parts,
      (nonce) => controller.enrol(prove(identity, proofDomains.enrol, { ...body, nonce }), signal),
      signal,
    );
    folder.save('controller.json', trust);
    take(parts, device, drafts, answer);
    return answer;
  } catch (error) {
    // A person has to bring another one; this one would only be refused again.
    if (error instanceof EnrolmentRefused && error.code.startsWith('claim-')) folder.removePendingClaim();
    throw error;
  }
}

/**
 * New certificates by the identity alone, also after the old ones ended.
 * @param lan as for `enrol`
 * @throws EnrolmentRefused `device-unknown` also when this device was never enrolled
 */
export async function renewAtFleet(
  parts: FleetParts,
  { lan, newKeys = false }: { lan: LanNames | null; newKeys?: boolean },
  signal: AbortSignal,
): Promise<Enrolled> {
  const { device, controller } = openKnownController(parts);
  const drafts = await draft(parts, lan, newKeys);
  const asked = { version: 1 as const, device, ...(await requests(device, drafts)) };
  const answer = await askWithNonce(
    controller,
    parts,
    (nonce) => controller.renew(prove(parts.identity, proofDomains.renew, { ...asked, nonce }), signal),
    signal,
  );
  take(parts, device, drafts, answer);
  return answer;
}

/** @throws EnrolmentRefused `device-unknown` when this device was never enrolled */
export function openKnownController({
  folder,
  openController,
}: Pick<FleetParts, 'folder' | 'openController'>): { device: DeviceName; controller: Controller } {
  const enrolled = folder.load('enrolled.json');
  const known = folder.load('controller.json');
  if (!enrolled || !known) throw new EnrolmentRefused('device-unknown', 'it was never enrolled');
  return {
    device: enrolled.device,
    controller: openController({ url: known.url, pin: known.pin, fleetCa: enrolled.fleetCa }),
  };
}

async function draft({ pairs }: FleetParts, lan: LanNames | null, newKey: boolean): Promise<Drafts> {
  return {
    device: await pairs.draft('device', { newKey }),
    lan: lan && { draft: await pairs.draft('lan', { newKey }), names: lan },
  };
}

async function requests(
  device: DeviceName,
  { device: own, lan }: Drafts,
): Promise<{ deviceCsr: string; lanCsr?: string }> {
  return {
    deviceCsr: await makeCsr(own.keys, { cn: device }),
    ...(lan ? { lanCsr: await makeCsr(lan.draft.keys, { cn: device, ...lan.names }) } : {}),
  };
}

/** Checked whole before the first file is touched; what makes the device enrolled is written last. */
function take(
  { folder, clock }: FleetParts,
  device: DeviceName,
  { device: own, lan }: Drafts,
  answer: Enrolled,
): void {
  demandFitting(answer, {
    device,
    deviceKey: own.keys.publicKey,
    lan: lan && { key: lan.draft.keys.publicKey, names: lan.names },
    at: new Date(clock.now()),
  });
  folder.saveRoot('fleet-ca.crt', answer.fleetCa);
  if (lan && answer.lanCa) folder.saveRoot('lan-ca.crt', answer.lanCa);
  // Only the first: from then on one root vouches for the next, and no controller can name another.
  if (answer.updateRoot !== undefined && folder.root('update-root.json') === null)
    folder.saveRoot('update-root.json', answer.updateRoot);
  folder.save('enrolled.json', answer);
  if (lan && answer.lanChain) {
    lan.draft.complete(answer.lanChain);
    folder.save('lan.json', { version: 1, mode: 'fleet' });
  }
  own.complete(answer.deviceChain);
  folder.removePendingClaim();
}
