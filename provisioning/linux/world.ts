/** The device that this program runs on. */
import { readFileSync, rmSync, statfsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { readMounts } from '@rockpool/agent/host/posture/mounts.ts';
import { openRoot } from '@rockpool/agent/host/posture/root.ts';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Config } from '../config.ts';
import { openLuks } from '../disk/luks.ts';
import { dropDeadSeals } from '../disk/seal.ts';
import type { Run } from '../exec.ts';
import { deviceFolder } from '../facts/device.ts';
import { type Eyes, lookingOnly } from '../facts/eyes.ts';
import {
  dataFolder,
  encryptedVolume,
  type Facts,
  headerOf,
  hostKeyPath,
  isMounted,
  mapperName,
} from '../facts/facts.ts';
import { hostKeyOnVolume, look, readVolumeFacts } from '../facts/look.ts';
import { openDeviceFolder } from '../identity/device-folder.ts';
import { putOtherBoardsKeysAside } from '../identity/other-board.ts';
import { putNginxInFront, readNginx, takeNginxAway } from '../nginx/nginx.ts';
import type { World } from '../world.ts';
import { type DeviceParts, deviceVerbs, openDevice, sealerFor } from './device.ts';
import { bindHostKey, diskVerbs } from './disk.ts';
import { createFirewall } from './firewall.ts';
import { createGivenClaim } from './given-claim.ts';
import { hostVerbs, readBootEntries } from './host.ts';
import type { Memory } from './memory.ts';
import { must } from './must.ts';
import { readStick } from './stick.ts';
import { keyFrom } from './unlock.ts';

/** What only whoever speaks with a person does, beside the steps. */
export interface LinuxWorld extends World {
  /** In memory, until it is used. @throws Refusal when it is mistyped or for another fleet */
  takeClaim(text: string, config: Config): void;
  /** Reads the stick, if there is one. @throws Refusal when there is no good claim on it */
  takeStick(config: Config): Promise<void>;
  /** Opens and mounts what the board did not. @throws Refusal `wrong-code` */
  unlock(typed: string, config: Config): Promise<void>;
  /** The agent takes over, and the setup page ends. */
  handOver(): Promise<void>;
  /** For what comes after the steps: renewal, certificates for the page. */
  readonly parts: DeviceParts;
  /** Where what must touch no disk is kept. */
  memoryFolder(): string;
}

export interface LinuxParts {
  run: Run;
  memory: Memory;
  now(): number;
}

export function createLinuxWorld({ run, memory, now }: LinuxParts): LinuxWorld {
  const root = openRoot('/');
  const eyes: Eyes = { root, run: lookingOnly(run), addresses, now };
  const claim = createGivenClaim(({ controller }) => readStick(run, memory.folder, controller));

  const state = async (): Promise<Pick<Facts, 'volume' | 'mounted' | 'hostKeyOnVolume'>> => {
    const volume = await readVolumeFacts(eyes);
    return { volume, mounted: mountedNow(root), hostKeyOnVolume: hostKeyOnVolume(root, volume) };
  };
  const lookNow = (config: Config): Promise<Facts> =>
    look(eyes, config, {
      bootstrapKeyFor: memory.bootstrap()?.uuid ?? null,
      claim: claim.seen() ?? pendingClaim(root),
      firewall: () => firewall.state(config),
      nginx: (version) => readNginx({ run: eyes.run, root: '/' }, version),
      bootEntries: (facts) =>
        isKept('/etc') ? readBootEntries(facts, config, (path) => root.read(path)) : 'not-kept',
    });
  const firewall = createFirewall(run, eyes.run, () => mustBeMounted(root));
  let floorMs = 0;
  const parts: DeviceParts = {
    ...{ run, memory, addresses, claim, clock: { now } },
    floorMs: () => floorMs,
    mustBeMounted: () => mustBeMounted(root),
  };
  const disk = diskVerbs({ ...{ run, memory, now, state }, agentOwner: () => userNamed('rockpool') });

  return {
    ...{ parts, memoryFolder: memory.folder },
    ...{ takeClaim: claim.take, takeStick: claim.takeStick },
    async look(config) {
      const facts = await lookNow(config);
      floorMs = facts.clock.floorMs;
      return facts;
    },
    ...hostVerbs(run, lookNow),
    ...disk,
    ...deviceVerbs(parts),
    loadFirewall: (config) => firewall.load(config),
    setNginx: ({ network }) => (network.nginx ? putNginxInFront({ run }) : takeNginxAway({ run })),

    async unlock(typed, config) {
      const facts = await lookNow(config);
      const header = headerOf(facts);
      if (!facts.disk || !header)
        throw new Refusal('conflict', 'There is no encrypted disk here to be opened.');
      // Asked for also where an earlier try opened the disk and failed after that: nobody goes on without a key.
      const key = await keyFrom(run, facts.disk.path, typed);
      if (!facts.volume) {
        const { path, discards } = facts.disk;
        await openLuks(run, path, mapperName, { key }, { discards });
        // Until the board is bound again, which the steps do with it; then it is forgotten like the key of a setup.
        memory.keepBootstrap({ uuid: header.uuid, key });
        if (config.disk.unlock === 'tpm2') await dropDeadSeals(run, facts.disk.path);
      }
      const opened = await lookNow(config);
      const volume = encryptedVolume(opened);
      if (!volume)
        throw new Refusal(
          'failed',
          'The disk was opened, and the kernel shows another. Look at the console.',
        );
      if (!isMounted(opened)) await disk.mount(volume);
      const { credentials } = openDevice(parts, config);
      const hostKey = join(memory.folder(), 'board-alone.secret');
      await putOtherBoardsKeysAside(
        {
          ...{ folder: deviceFolder, credentials },
          boardAlone: sealerFor(run, config, hostKey),
          async withNewHostKey(empty) {
            await must(run, 'umount', [hostKeyPath]);
            empty();
            await bindHostKey(run);
          },
        },
        now(),
      );
      rmSync(hostKey, { force: true });
    },

    async handOver() {
      await must(run, 'systemctl', ['start', '--no-block', 'rockpool.target']);
    },
  };
}

/** statfs(2): what lies in an overlay over memory is forgotten at power-off. */
const isKept = (folder: string): boolean => ![0x794c7630, 0x01021994].includes(statfsSync(folder).type);

/** @throws Error: whatever is written there now would lie on the system's own disk, in plain */
export function mustBeMounted(root: Eyes['root'] = openRoot('/')): void {
  const mount = mountedNow(root);
  const dmUuid = mount && root.read(`sys/dev/block/${mount.device}/dm/uuid`)?.trim();
  if (!dmUuid?.startsWith('CRYPT-LUKS2-') || !dmUuid.endsWith(`-${mapperName}`))
    throw new Error(`${dataFolder} is not the encrypted volume; nothing was written`);
}

function mountedNow(root: Eyes['root']): Facts['mounted'] {
  const mount = readMounts(root).findLast(({ mountPoint }) => mountPoint === dataFolder);
  return mount ? { device: mount.device, filesystem: mount.type } : null;
}

/** A claim whose answer was lost with the power. */
function pendingClaim(root: Eyes['root']): Facts['claim'] {
  const mount = mountedNow(root);
  const pending = mount && openDeviceFolder().pendingClaim();
  return pending ? { from: 'file', controller: pending.controller } : null;
}

const addresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((of) => of ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address);

/** @throws Error when the image lacks the account */
export function userNamed(name: string, file = '/etc/passwd'): { uid: number; gid: number } {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error(`there is no account ${name}; run systemd-sysusers with the files of this release`);
  return { uid: Number(uid), gid: Number(gid) };
}

/** @throws Error when the image lacks the group */
export function groupNamed(name: string, file = '/etc/group'): number {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  const gid = line?.split(':')[2];
  if (gid === undefined)
    throw new Error(`there is no group ${name}; run systemd-sysusers with the files of this release`);
  return Number(gid);
}
