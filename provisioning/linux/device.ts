/** The verbs that make it a device of its operator: keys, enrolment, certificates, the header's copy. Each needs the volume mounted. */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '@rockpool/agent/host/clock.ts';
import { writeFileAtomically } from '@rockpool/agent/host/files.ts';
import type { Config } from '../config.ts';
import { escrowHeader } from '../disk/escrow.ts';
import { readVolume } from '../disk/luks.ts';
import { openController } from '../enrolment/controller.ts';
import { enrol, type FleetParts } from '../enrolment/enrol.ts';
import { escrowHeader as sendEscrow } from '../enrolment/escrow.ts';
import type { Run } from '../exec.ts';
import { deviceFolder, type Escrowed } from '../facts/device.ts';
import { sequenceOf } from '../facts/header.ts';
import { type Credentials, openCredentials, type Sealer } from '../identity/credentials.ts';
import { type DeviceFolder, openDeviceFolder } from '../identity/device-folder.ts';
import { ensureIdentity, ensureSecretsKey } from '../identity/keys.ts';
import { lanNames } from '../identity/lan-names.ts';
import { openPairs } from '../identity/pairs.ts';
import { systemdCreds } from '../identity/systemd-creds.ts';
import { certifyLan, type TlsParts, type TlsSettings } from '../tls/certify.ts';
import { settledBy } from '../tls/name-servers.ts';
import type { World } from '../world.ts';
import type { GivenClaim } from './given-claim.ts';
import type { Memory } from './memory.ts';

type DeviceVerbs = Pick<
  World,
  'makeIdentity' | 'saveSetupCode' | 'enrol' | 'certifyLan' | 'escrowHeader' | 'markSetUp'
>;

export interface DeviceParts {
  run: Run;
  memory: Memory;
  clock: Clock;
  addresses(): readonly string[];
  /** No honest clock is before this. */
  floorMs(): number;
  /** @throws Error while the data folder isn't the encrypted volume */
  mustBeMounted(): void;
  claim: Pick<GivenClaim, 'use'>;
}

export function deviceVerbs(parts: DeviceParts): DeviceVerbs {
  const { run, memory, clock, mustBeMounted } = parts;
  return {
    async makeIdentity(config) {
      mustBeMounted();
      const { credentials } = openDevice(parts, config);
      await ensureIdentity(credentials);
      await ensureSecretsKey(credentials);
    },

    async saveSetupCode(hash, config) {
      mustBeMounted();
      await openDevice(parts, config).credentials.save('setup-code', Buffer.from(hash));
    },

    async enrol(name, config, signal) {
      mustBeMounted();
      const { folder } = openDevice(parts, config);
      const lan = config.tls.mode === 'fleet' ? lanNames(name, config.tls.names, parts.addresses()) : null;
      const fleet = await fleetParts(parts, config);
      await parts.claim.use(config, folder.pendingClaim(), async (claim) => {
        await enrol(fleet, { name, claim, lan }, signal);
      });
      if (lan) folder.save('lan.json', { version: 1, mode: 'fleet' });
    },

    async certifyLan(name, config, signal) {
      mustBeMounted();
      const tls = tlsSettings(config);
      await certifyLan(await tlsParts(parts, config), { name, tls, addresses: parts.addresses() }, signal);
    },

    async escrowHeader({ disk }, config, signal) {
      mustBeMounted();
      if (!disk || !config.escrow) throw new Error('there is no header, or nobody to leave it with');
      const copy = await escrowHeader(run, disk.path, config.escrow.public_key, memory.folder());
      await sendEscrow(await fleetParts(parts, config), copy, signal);
      const volume = await readVolume(disk.path);
      if (!volume) throw new Error('the header went while it was copied');
      const noted: Escrowed = {
        version: 1,
        header: `${volume.uuid}:${sequenceOf(volume.header)}`,
        at: new Date(clock.now()).toISOString(),
      };
      writeFileAtomically(`${deviceFolder}/escrowed.json`, `${JSON.stringify(noted)}\n`, 0o644);
    },

    markSetUp() {
      mustBeMounted();
      writeFileAtomically(`${deviceFolder}/set-up`, `${new Date(clock.now()).toISOString()}\n`, 0o644);
      return Promise.resolve();
    },
  };
}

/**
 * To the TPM without PCRs: the volume that holds them demands those already, and whoever opens it with the recovery
 * key after a change of firmware must not have lost the device's identity.
 * @param hostKey where the system's half is, when it is not where systemd keeps it
 */
export const sealerFor = (run: Run, { disk }: Config, hostKey?: string): Sealer =>
  systemdCreds(run, {
    ...(disk.unlock === 'tpm2' ? { key: 'host+tpm2', pcrs: [] } : { key: 'host' }),
    ...(hostKey ? { hostKey } : {}),
  });

export function openDevice(
  { run }: Pick<DeviceParts, 'run'>,
  config: Config,
): { sealer: Sealer; credentials: Credentials; folder: DeviceFolder } {
  const sealer = sealerFor(run, config);
  return {
    sealer,
    credentials: openCredentials(deviceFolder, sealer),
    folder: openDeviceFolder(deviceFolder),
  };
}

export async function fleetParts(parts: DeviceParts, config: Config): Promise<FleetParts> {
  const { sealer, credentials, folder } = openDevice(parts, config);
  return {
    ...{ openController, folder, clock: parts.clock },
    identity: await ensureIdentity(credentials),
    pairs: openPairs(deviceFolder, sealer),
    wait: (ms, signal) => wait(ms, undefined, { signal }),
  };
}

export async function tlsParts(parts: DeviceParts, config: Config): Promise<TlsParts> {
  const { sealer, credentials, folder } = openDevice(parts, config);
  return {
    ...{ credentials, folder, run: parts.run, clock: parts.clock, floorMs: parts.floorMs() },
    pairs: openPairs(deviceFolder, sealer),
    settled: settledBy((ms, signal) => wait(ms, undefined, { signal })),
    fleet: config.fleet ? await fleetParts(parts, config) : null,
  };
}

export function tlsSettings({ tls: { mode, names, acme } }: Config): TlsSettings {
  if (!acme) return { mode, names };
  const { directory, root, email, challenge, rfc2136 } = acme;
  return {
    ...{ mode, names },
    acme: {
      ...{ directory, challenge },
      ...(root ? { root: readFileSync(root, 'utf8') } : {}),
      ...(email ? { email } : {}),
      ...(rfc2136 ? { rfc2136 } : {}),
    },
  };
}
