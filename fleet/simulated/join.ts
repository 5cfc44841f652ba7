/** A simulated device joins its fleet as every desk does: by a claim, over the controller's door, with keys of its own. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '@rockpool/agent/host/clock.ts';
import type { ClaimFile } from '@rockpool/protocol/claim';
import { openController } from '@rockpool/provisioning/enrolment/controller.ts';
import { enrol, type FleetParts, renewAtFleet } from '@rockpool/provisioning/enrolment/enrol.ts';
import { openCredentials } from '@rockpool/provisioning/identity/credentials.ts';
import { openDeviceFolder } from '@rockpool/provisioning/identity/device-folder.ts';
import { ensureIdentity } from '@rockpool/provisioning/identity/keys.ts';
import { openPairs } from '@rockpool/provisioning/identity/pairs.ts';
import { plainFiles } from '@rockpool/provisioning/identity/plain-files.ts';

/** Where a device's keys and certificates lie in its home, as on a desk. */
export const keysIn = (home: string): string => join(home, 'device');

export interface Joining {
  home: string;
  name: string;
  /** Where the controller is now; another port than yesterday's is the same controller. */
  controller: { url: string; pin: string; broker: string | undefined };
  clock: Clock;
  /** Made when one is needed. */
  claim(): Promise<ClaimFile>;
}

/** A device that joined before stays who it is. @throws EnrolmentRefused */
export async function joinFleet(joining: Joining, signal: AbortSignal): Promise<void> {
  const { home, name, controller } = joining;
  const parts = await openParts(home, joining.clock);
  const { folder } = parts;
  const enrolled = folder.load('enrolled.json');
  if (!enrolled || folder.pendingClaim()) {
    const claim = folder.pendingClaim() ?? (await joining.claim());
    await enrol(parts, { name, claim, lan: null }, signal);
    return;
  }
  const known = folder.load('controller.json');
  if (known?.url === controller.url && enrolled.broker === controller.broker) return;
  folder.save('controller.json', { version: 1, url: controller.url, pin: controller.pin });
  await renewAtFleet(parts, { lan: null }, signal);
}

/** By the identity alone, as a desk's agent does it. */
export async function renew(
  { home, clock, newKeys }: { home: string; clock: Clock; newKeys: boolean },
  signal: AbortSignal,
): Promise<void> {
  await renewAtFleet(await openParts(home, clock), { lan: null, newKeys }, signal);
}

async function openParts(home: string, clock: Clock): Promise<FleetParts> {
  const path = keysIn(home);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return {
    identity: await ensureIdentity(openCredentials(path, plainFiles)),
    pairs: openPairs(path, plainFiles),
    folder: openDeviceFolder(path),
    ...{ clock, openController },
    wait: (ms, signal) => wait(ms, undefined, { signal }),
  };
}
