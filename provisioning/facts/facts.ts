/** What is known of a device before anything is decided: plain data, so that a plan can be made of a recorded one. */

export interface Facts {
  /** Milliseconds since 1970, by the device. */
  at: number;
  clock: ClockFacts;
  board: BoardFacts;
  tpm: TpmFacts | null;
  secureBoot: 'on' | 'off' | 'setup-mode' | 'none';
  /** Versions of what does the work; null where it isn't there. */
  programs: { systemd: number | null; cryptsetup: string | null; nginx: string | null };
  hostname: string;
  /** What the settings name as the data partition; null when there is none, or more than one. */
  disk: DiskFacts | null;
  /** Partitions and disks that a person may have meant. */
  candidates: readonly string[];
  /** The mapper `rockpool-data`, as the kernel tells it; null when it isn't open. */
  volume: VolumeFacts | null;
  /** What is mounted where the data belongs, as `major:minor`; null when nothing is. */
  mounted: { device: string; filesystem: string } | null;
  /** The key by which systemd seals and opens credentials lies on the volume, where systemd looks for it. */
  hostKeyOnVolume: boolean;
  /** The key of a format that isn't finished lies in memory, and it is for this header. */
  bootstrapKeyFor: string | null;
  swap: readonly SwapFacts[];
  coreDumps: { off: boolean; says: string };
  network: {
    addresses: readonly string[];
    firewall: 'loaded' | 'other' | 'absent';
    /** `in-front`: has the port, or will have it as soon as people are served; `other`: something between the two. */
    nginx: 'in-front' | 'away' | 'other';
  };
  /** `crypttab` and `fstab`; `not-kept` where /etc begins anew at every boot, and `rockpool-provision boot` opens the disk. */
  bootEntries: 'right' | 'other' | 'absent' | 'not-kept';
  /** What lies in the device folder; null while the volume isn't mounted. */
  device: DeviceFacts | null;
  /** A claim that was found: on a stick, or given by a person. */
  claim: { from: 'stick' | 'typed' | 'file'; controller: string | null } | null;
}

export interface ClockFacts {
  /** By a time server, in this boot. */
  synchronised: boolean;
  /** By a battery-backed clock, at the moment of reading; null without one. */
  rtcMs: number | null;
  /** No honest clock is before this: the newest thing that was written on this system. */
  floorMs: number;
}

export interface BoardFacts {
  model: string | null;
  serial: string | null;
  architecture: string;
  cores: number;
  memoryBytes: number;
  /** The processor has instructions for AES. */
  aes: boolean;
}

export interface TpmFacts {
  device: string;
  version: 1 | 2;
  /** Null where the kernel doesn't tell. */
  sha256Bank: boolean | null;
}

export interface DiskFacts {
  path: string;
  /** As under /sys/class/block. */
  kernelName: string;
  sizeBytes: number;
  readOnly: boolean;
  /** The drive takes word of what is no longer used. */
  discards: boolean;
  /** Where it, or what is on it without encryption, is mounted or used as swap. */
  usedAt: readonly string[];
  content: DiskContent;
}

export type DiskContent =
  | { kind: 'empty' }
  | { kind: 'foreign'; what: string }
  | { kind: 'luks2'; header: HeaderFacts };

export interface HeaderFacts {
  uuid: string;
  cipher: string;
  keyBits: number;
  slots: readonly SlotFacts[];
  /**
   * `unfinished`: made by us, and no person has said yet that the recovery key is kept, so nothing of worth is on it;
   * `kept`: a device's data; `foreign`: somebody else's.
   */
  mark: 'unfinished' | 'kept' | 'foreign';
  /** The recovery key that is there is one that a person has kept. */
  recoveryKept: boolean;
  /** Both copies of the header are whole. */
  whole: boolean;
}

export interface SlotFacts {
  id: number;
  kind: 'bootstrap' | 'tpm2' | 'jetson' | 'recovery' | 'passphrase' | 'unknown';
  /** What the seal demands; null for other slots. */
  policy: { pcrs: readonly number[]; signedPcrs: readonly number[]; pin: boolean } | null;
}

export interface VolumeFacts {
  /** `major:minor` */
  device: string;
  /** Of device-mapper: `CRYPT-LUKS2-<uuid without dashes>-rockpool-data`. */
  dmUuid: string;
  /** Kernel names of what lies under it. */
  on: readonly string[];
  filesystem: string | null;
}

export interface SwapFacts {
  path: string;
  kind: 'memory' | 'encrypted' | 'plain';
}

export interface DeviceFacts {
  /** Names of the sealed credentials that are there. */
  credentials: readonly string[];
  name: string | null;
  enrolled: { controller: string | null; certificate: CertificateFacts } | null;
  lan: CertificateFacts | null;
  /** Root that people install. */
  authority: { name: string; sha256: string; constraints: readonly string[]; pem: string } | null;
  /** Which state of the header the operator has a copy of, as `UUID:SEQUENCE`; null before. */
  escrowed: string | null;
  /** Of the header as it is now. */
  headerDigest: string | null;
  /** What the boot looks for when it decides between the agent and the setup page. */
  isSetUp: boolean;
}

export interface CertificateFacts {
  /** sha256 of the certificate, in hex. */
  sha256: string;
  names: readonly string[];
  addresses: readonly string[];
  fromMs: number;
  untilMs: number;
  /** The sealed key beside it is its own. */
  pairs: boolean;
}

declare const encrypted: unique symbol;
/** Proof that the open mapper is LUKS2 on the data partition: without it nothing is formatted or mounted. */
export type EncryptedVolume = VolumeFacts & { readonly [encrypted]: true };

/** The only place where that proof is made: of what the kernel says, not of what was asked for. */
export function encryptedVolume(facts: Pick<Facts, 'disk' | 'volume'>): EncryptedVolume | null {
  const { disk, volume } = facts;
  if (!disk || !volume || disk.content.kind !== 'luks2') return null;
  const uuid = disk.content.header.uuid.replaceAll('-', '');
  const isOurs = volume.dmUuid === `CRYPT-LUKS2-${uuid}-${mapperName}`;
  return isOurs && volume.on.length === 1 && volume.on[0] === disk.kernelName
    ? (volume as EncryptedVolume)
    : null;
}

export const mapperName = 'rockpool-data';
export const dataFolder = '/var/lib/rockpool';
/** Where systemd looks for it, systemd-creds(1). */
export const hostKeyPath = '/var/lib/systemd/credential.secret';
export const headerOf = (facts: Pick<Facts, 'disk'>): HeaderFacts | null =>
  facts.disk?.content.kind === 'luks2' ? facts.disk.content.header : null;
export const hasSlot = (header: HeaderFacts | null, kind: SlotFacts['kind']): boolean =>
  header?.slots.some((slot) => slot.kind === kind) ?? false;
/** The data folder is this device's encrypted volume and nothing else. */
export const isMounted = (facts: Pick<Facts, 'disk' | 'volume' | 'mounted'>): boolean => {
  const volume = encryptedVolume(facts);
  return volume !== null && facts.mounted?.device === volume.device;
};
