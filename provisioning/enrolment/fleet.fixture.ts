/** A device without hardware and a real controller, in one process: what enrolment is tested with. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createController, type Controller as Fleet } from '@rockpool/fleet/controller.ts';
import { createClaim } from '@rockpool/fleet/enrolment/claims.ts';
import type { ClaimFile } from '@rockpool/protocol/claim';
import type { DeviceName } from '@rockpool/protocol/enrolment';
import { pino } from 'pino';
import { openCredentials } from '../identity/credentials.ts';
import { openDeviceFolder } from '../identity/device-folder.ts';
import { ensureIdentity } from '../identity/keys.ts';
import { openPairs } from '../identity/pairs.ts';
import { sealedFiles } from '../identity/sealed-files.ts';
import { openController } from './controller.ts';
import type { FleetParts } from './enrol.ts';

/** A clock that a test turns. */
export interface TestClock {
  now(): number;
  atMs: number | null;
}

export const testClock = (): TestClock => {
  const clock: TestClock = { atMs: null, now: () => clock.atMs ?? Date.now() };
  return clock;
};

export const openFleet = (
  clock: { now(): number },
  home = mkdtempSync(join(tmpdir(), 'fleet-')),
): Promise<Fleet> =>
  createController({
    home,
    clock,
    logger: pino({ level: 'silent' }),
    name: '127.0.0.1',
    host: '127.0.0.1',
    port: 0,
    passphrase: null,
  });

/** As `rockpool-fleet claim create` does it. */
export async function claimOf(
  fleet: Fleet,
  clock: { now(): number },
  wish: { name?: string; lanNames?: string[]; ttlMs?: number } = {},
): Promise<ClaimFile> {
  const { name, lanNames = [], ttlMs = 3_600_000 } = wish;
  const { code } = await createClaim(fleet.db, clock, {
    ...(name ? { name: name as DeviceName } : {}),
    lanNames,
    ttlMs,
    who: 'operator',
  });
  return { version: 1, controller: fleet.url, pin: fleet.pin, claim: code };
}

export interface TestDevice extends FleetParts {
  /** What it waited, in milliseconds. */
  waited: number[];
}

/** A device's folder, with its identity; opened again on the same path it is the same device after a reboot. */
export async function openDevice(
  clock: { now(): number },
  path = mkdtempSync(join(tmpdir(), 'device-')),
): Promise<TestDevice> {
  const sealer = sealedFiles(Buffer.alloc(32, 1));
  const waited: number[] = [];
  return {
    identity: await ensureIdentity(openCredentials(path, sealer)),
    pairs: openPairs(path, sealer),
    folder: openDeviceFolder(path),
    clock,
    openController,
    waited,
    wait: async (ms, signal) => {
      signal.throwIfAborted();
      waited.push(ms);
    },
  };
}
