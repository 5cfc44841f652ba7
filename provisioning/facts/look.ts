/** Looks at a device and says what is there. Touches nothing. */
import { judgeCoreDumps, readCoreDumps } from '@rockpool/agent/host/posture/core-dumps.ts';
import { readMounts } from '@rockpool/agent/host/posture/mounts.ts';
import { judgeSwap, readSwap } from '@rockpool/agent/host/posture/swap.ts';
import type { Config } from '../config.ts';
import { readVolume } from '../disk/luks.ts';
import { readLuksHeader } from '../disk/luks-header.ts';
import {
  type BlockDevice,
  candidates,
  findDevice,
  flatten,
  lsblkArguments,
  parseLsblk,
  usedAt,
} from './block-devices.ts';
import { readBoard, readSecureBoot, readTpm } from './board.ts';
import { readClock } from './clock.ts';
import { blkidArguments, describe, examineUnsigned, parseBlkid } from './content.ts';
import { readDevice } from './device.ts';
import type { Eyes } from './eyes.ts';
import {
  type DiskContent,
  dataFolder,
  type Facts,
  headerOf,
  hostKeyPath,
  isMounted,
  mapperName,
  type VolumeFacts,
} from './facts.ts';
import { headerFacts, sequenceOf } from './header.ts';
import { parseCryptsetupVersion, parseNginxVersion, parseSystemdVersion } from './versions.ts';

/** What is known besides what the device shows: of the run that looks. */
export interface Known {
  bootstrapKeyFor: string | null;
  claim: Facts['claim'];
  /** Compared by those who write them. */
  firewall(): Promise<Facts['network']['firewall']>;
  nginx(version: string | null): Promise<Facts['network']['nginx']>;
  bootEntries(facts: Pick<Facts, 'disk' | 'board'>): Facts['bootEntries'];
}

export async function look(eyes: Eyes, config: Config, known: Known): Promise<Facts> {
  const { root } = eyes;
  const devices = await readBlockDevices(eyes);
  const [disk, volume, clock, programs, firewall] = await Promise.all([
    readDisk(eyes, devices, config.disk.data),
    readVolumeFacts(eyes),
    readClock(eyes),
    readPrograms(eyes),
    known.firewall(),
  ]);
  const mounted = readMounts(root).findLast(({ mountPoint }) => mountPoint === dataFolder);
  const dumps = judgeCoreDumps(readCoreDumps(root));
  const board = readBoard(root);
  const facts: Facts = {
    ...{ at: eyes.now(), clock, programs, disk: disk?.facts ?? null, volume },
    ...{ board, tpm: readTpm(root), secureBoot: readSecureBoot(root) },
    hostname: root.read('proc/sys/kernel/hostname')?.trim() ?? '',
    candidates: candidates(devices),
    mounted: mounted ? { device: mounted.device, filesystem: mounted.type } : null,
    hostKeyOnVolume: hostKeyOnVolume(root, volume),
    bootstrapKeyFor: known.bootstrapKeyFor,
    swap: readSwap(root).map((swap) => ({
      path: swap.path,
      kind: judgeSwap([swap]).state !== 'good' ? 'plain' : swap.zram ? 'memory' : 'encrypted',
    })),
    coreDumps: { off: dumps.state === 'good', says: dumps.says },
    network: { addresses: eyes.addresses(), firewall, nginx: await known.nginx(programs.nginx) },
    bootEntries: known.bootEntries({ disk: disk?.facts ?? null, board }),
    device: null,
    claim: known.claim ?? stickOf(devices, config),
  };
  if (isMounted(facts)) {
    const header = headerOf(facts);
    facts.device = readDevice(root, header && disk ? `${header.uuid}:${disk.sequence}` : null);
  }
  return facts;
}

export const hostKeyOnVolume = (root: Eyes['root'], volume: VolumeFacts | null): boolean =>
  volume !== null &&
  readMounts(root).findLast(({ mountPoint }) => mountPoint === hostKeyPath)?.device === volume.device;

async function readBlockDevices({ run }: Eyes): Promise<BlockDevice[]> {
  const ran = await run('lsblk', lsblkArguments);
  // 64: some devices could not be read, and the rest is there.
  if (ran.code !== 0 && ran.code !== 64) throw new Error(`lsblk could not look: ${ran.stderr.trim()}`);
  return parseLsblk(ran.stdout);
}

async function readDisk(
  eyes: Eyes,
  devices: readonly BlockDevice[],
  named: string,
): Promise<{ facts: NonNullable<Facts['disk']>; sequence: string } | null> {
  const found = findDevice(devices, named, (path) => eyes.root.real(path));
  if (!found) return null;
  const { path, kernelName, sizeBytes, readOnly } = found;
  const { content, sequence } = await readContent(eyes, found);
  return {
    facts: {
      ...{ path, kernelName, sizeBytes, readOnly, content },
      discards: takesDiscards(eyes.root, kernelName),
      usedAt: usedAt(found, mapperName),
    },
    sequence,
  };
}

/** A partition has no queue of its own; its disk's is one folder up from where its link leads. */
function takesDiscards(root: Eyes['root'], kernelName: string): boolean {
  const at = root.real(`sys/class/block/${kernelName}`);
  const most = root.read(`${at}/queue/discard_max_bytes`) ?? root.read(`${at}/../queue/discard_max_bytes`);
  return Number(most?.trim() ?? 0) > 0;
}

export async function readContent(
  { run }: Pick<Eyes, 'run'>,
  { path, sizeBytes, children }: Pick<BlockDevice, 'path' | 'sizeBytes' | 'children'>,
): Promise<{ content: DiskContent; sequence: string }> {
  const volume = await readVolume(path);
  if (volume) {
    return {
      content: { kind: 'luks2', header: headerFacts(volume) },
      sequence: String(sequenceOf(volume.header)),
    };
  }
  const foreign = (what: string) => ({ content: { kind: 'foreign', what } as const, sequence: '' });
  if (children.length > 0) return foreign(`partitions (${children.map((child) => child.path).join(', ')})`);
  const unsigned = await examineUnsigned(path, sizeBytes);
  const signature = parseBlkid(await run('blkid', blkidArguments(path)));
  // The mark outlives its format: who made a filesystem there since, or had one there before it, keeps it.
  if (unsigned === 'ours' && (signature === null || signature.type === 'crypto_LUKS'))
    return { content: { kind: 'empty' }, sequence: '' };
  if ((await readLuksHeader(path)).state === 'lost')
    return foreign('an encrypted volume whose header is damaged in both copies');
  if (signature) return foreign(describe(signature));
  return unsigned === 'blank'
    ? { content: { kind: 'empty' }, sequence: '' }
    : foreign('bytes of no known kind');
}

/** The kernel's own list of mappers: by name, and what it lies on. */
export async function readVolumeFacts({ root, run }: Eyes): Promise<VolumeFacts | null> {
  const dm = root
    .list('sys/class/block')
    .find((name) => root.read(`sys/class/block/${name}/dm/name`)?.trim() === mapperName);
  if (!dm) return null;
  const signature = parseBlkid(await run('blkid', blkidArguments(`/dev/mapper/${mapperName}`)));
  return {
    device: root.read(`sys/class/block/${dm}/dev`)?.trim() ?? '',
    dmUuid: root.read(`sys/class/block/${dm}/dm/uuid`)?.trim() ?? '',
    on: root.list(`sys/class/block/${dm}/slaves`),
    filesystem: signature?.type ?? null,
  };
}

async function readPrograms({ run }: Eyes): Promise<Facts['programs']> {
  const [systemd, cryptsetup, nginx] = await Promise.all([
    run('systemctl', ['--version']).catch(() => null), // a system without it; the steps that need it say so
    run('cryptsetup', ['--version']).catch(() => null),
    run('nginx', ['-v']).catch(() => null),
  ]);
  return {
    systemd: parseSystemdVersion(systemd?.stdout ?? ''),
    cryptsetup: parseCryptsetupVersion(cryptsetup?.stdout ?? ''),
    // It tells its version on the stream for errors.
    nginx: parseNginxVersion(`${nginx?.stderr ?? ''}${nginx?.stdout ?? ''}`),
  };
}

/** Only that one is there: what is on it is read when it is needed, for reading means mounting. */
function stickOf(devices: readonly BlockDevice[], { controller }: Config): Facts['claim'] {
  const stick = stickAmong(devices);
  return stick && { from: 'stick', controller: controller?.url ?? 'the one that the stick names' };
}

export const stickAmong = (devices: readonly BlockDevice[]): BlockDevice | null =>
  flatten(devices).find(({ label }) => label?.toUpperCase() === 'ROCKPOOL') ?? null;
