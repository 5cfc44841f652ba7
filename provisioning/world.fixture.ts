/** A device in memory: a disk, a kernel, a TPM and a controller that hold their state, and lose it as power does. */
import { randomUUID } from 'node:crypto';
import { type Config, parseConfig } from './config.ts';
import type { DeviceFacts, DiskContent, Facts, HeaderFacts, SlotFacts } from './facts/facts.ts';
import type { Person, World } from './world.ts';

export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

/** What lies on the partition itself: all that a power cut leaves, and all that a thief reads. */
interface OnDisk {
  header: (HeaderFacts & { openedBy: Map<number, string> }) | null;
  foreign: string | null;
  /** Inside the encryption; gone with a new header. */
  inside: { filesystem: string | null; device: DeviceFacts | null } | null;
  /** A filesystem that was made on the partition without encryption: must never become anything. */
  plain: string[];
}

/** Lost at a power cut. */
interface InMemory {
  bootstrap: { uuid: string; key: string } | null;
  open: boolean;
  mounted: boolean;
  firewall: boolean;
  /** It has the port. */
  nginx: boolean;
  claim: Facts['claim'];
}

export const now = Date.UTC(2026, 10, 22);
const hour = 3_600_000;

export class FakeDevice implements World {
  readonly disk: OnDisk = { header: null, foreign: null, inside: null, plain: [] };
  memory: InMemory = {
    ...{ bootstrap: null, open: false, mounted: false, firewall: false, claim: null },
    nginx: false,
  };
  /** Its configuration lies on the disk. */
  nginxWritten = false;
  hasNginx = true;
  hostname = 'rockpool';
  bootEntries: Facts['bootEntries'] = 'absent';
  swapKind: 'memory' | 'plain' | null = 'plain';
  coreDumpsOff = false;
  clockRight = true;
  hasTpm = true;
  diskPresent = true;
  usedAt: string[] = [];
  /** Another board, or another boot chain: the seal does not open. */
  board = 'board-1';
  sealedFor = '';
  /** What the controller has: name → identity. A claim is good for one identity. */
  readonly controller = new Map<string, string>();
  claimUsedBy: string | null = null;
  /** Every key that was ever shown to a person. */
  readonly shown: string[] = [];
  readonly deeds: string[] = [];

  /** Deeds that may still be done; at 0 power is gone: in the middle of the deed, or right after it. */
  private untilCut = Infinity;
  private cutsAfter = false;

  cutPower(atDeed: number, moment: 'before' | 'after'): void {
    this.untilCut = atDeed;
    this.cutsAfter = moment === 'after';
  }

  /** Memory is gone; at the next boot the system opens and mounts what its entries say. */
  restorePower(): void {
    this.untilCut = Infinity;
    this.memory = {
      ...{ bootstrap: null, open: false, mounted: false, firewall: false, claim: this.memory.claim },
      nginx: this.nginxWritten,
    };
    if (this.bootEntries === 'right' && this.sealOpens()) {
      this.memory.open = true;
      this.memory.mounted = this.disk.inside?.filesystem === 'ext4';
    }
  }

  sealOpens(): boolean {
    return (
      (this.disk.header?.slots.some(({ kind }) => kind === 'tpm2') ?? false) && this.sealedFor === this.board
    );
  }

  look(): Promise<Facts> {
    const { header } = this.disk;
    const content: DiskContent = header
      ? {
          kind: 'luks2',
          header: structuredClone({ ...header, openedBy: undefined }) as unknown as HeaderFacts,
        }
      : this.disk.foreign
        ? { kind: 'foreign', what: this.disk.foreign }
        : { kind: 'empty' };
    return Promise.resolve({
      at: now,
      clock: { synchronised: this.clockRight, rtcMs: null, floorMs: now - hour },
      board: {
        model: 'Fake',
        serial: '1421723ab12',
        architecture: 'arm64',
        cores: 6,
        memoryBytes: 8e9,
        aes: true,
      },
      tpm: this.hasTpm ? { device: '/dev/tpmrm0', version: 2, sha256Bank: true } : null,
      secureBoot: 'on',
      programs: { systemd: 257, cryptsetup: '2.7.5', nginx: this.hasNginx ? '1.26.3' : null },
      hostname: this.hostname,
      disk: this.diskPresent
        ? {
            path: '/dev/fake5',
            kernelName: 'fake5',
            sizeBytes: 64e9,
            readOnly: false,
            discards: true,
            usedAt: this.usedAt,
            content,
          }
        : null,
      candidates: ['/dev/fake5'],
      volume:
        this.memory.open && header
          ? {
              device: '254:0',
              dmUuid: `CRYPT-LUKS2-${header.uuid.replaceAll('-', '')}-rockpool-data`,
              on: ['fake5'],
              filesystem: this.disk.inside?.filesystem ?? null,
            }
          : null,
      mounted: this.memory.mounted ? { device: '254:0', filesystem: 'ext4' } : null,
      hostKeyOnVolume: this.memory.mounted,
      bootstrapKeyFor: this.memory.bootstrap?.uuid ?? null,
      swap: this.swapKind ? [{ path: '/dev/fake9', kind: this.swapKind }] : [],
      coreDumps: { off: this.coreDumpsOff, says: '' },
      network: {
        addresses: ['192.168.7.20'],
        firewall: this.memory.firewall ? 'loaded' : 'absent',
        nginx: this.memory.nginx === this.nginxWritten ? (this.nginxWritten ? 'in-front' : 'away') : 'other',
      },
      bootEntries: this.bootEntries,
      device: this.memory.mounted ? structuredClone(this.disk.inside?.device ?? null) : null,
      claim: this.memory.claim,
    });
  }

  waitForClock(): Promise<void> {
    return this.deed('waitForClock', () => {});
  }
  setHostname(name: string): Promise<void> {
    return this.deed('setHostname', () => {
      this.hostname = name;
    });
  }
  stopPlainSwap(): Promise<void> {
    return this.deed('stopPlainSwap', () => {
      this.swapKind = null;
    });
  }
  stopCoreDumps(): Promise<void> {
    return this.deed('stopCoreDumps', () => {
      this.coreDumpsOff = true;
    });
  }
  async close(): Promise<void> {
    await this.deed('unmount', () => {
      this.memory.mounted = false;
    });
    await this.deed('close', () => {
      this.memory.open = false;
    });
  }
  async format(): Promise<void> {
    if (this.memory.open) throw new Error('device is in use');
    const key = randomUUID();
    const uuid = randomUUID();
    await this.deed('keep the bootstrap key in memory', () => {
      this.memory.bootstrap = { uuid, key };
    });
    await this.deed('luksFormat', () => {
      this.disk.foreign = null;
      this.disk.inside = { filesystem: null, device: null };
      this.disk.header = {
        uuid,
        ...{ cipher: 'aes-xts-plain64', keyBits: 512, mark: 'unfinished', recoveryKept: false, whole: true },
        slots: [slot(0, 'bootstrap')],
        openedBy: new Map([[0, key]]),
      };
    });
  }
  open(): Promise<void> {
    return this.deed('open', () => {
      const { header } = this.disk;
      const { bootstrap } = this.memory;
      const byKey = bootstrap !== null && [...(header?.openedBy.values() ?? [])].includes(bootstrap.key);
      if (!byKey && !this.sealOpens()) throw new Error('no key opens it');
      this.memory.open = true;
    });
  }
  makeFilesystem(): Promise<void> {
    return this.deed('makeFilesystem', () => {
      if (!this.memory.open || !this.disk.inside) this.disk.plain.push('ext4');
      else this.disk.inside = { filesystem: 'ext4', device: emptyFolder() };
    });
  }
  mount(): Promise<void> {
    return this.deed('mount', () => {
      if (!this.memory.open) this.disk.plain.push('mounted');
      this.memory.mounted = true;
    });
  }
  seal(): Promise<void> {
    return this.deed('seal', () => {
      const header = this.header();
      this.sealedFor = this.board;
      header.slots = [
        ...header.slots.filter(({ kind }) => kind !== 'tpm2'),
        { ...slot(1, 'tpm2'), policy: { pcrs: [7], signedPcrs: [], pin: false } },
      ];
    });
  }
  async replaceRecovery(): Promise<string> {
    await this.deed('remove an unkept recovery slot', () => {
      const header = this.header();
      if (header.mark === 'kept') throw new Error('a kept recovery key is not replaced');
      header.slots = header.slots.filter(({ kind }) => kind !== 'recovery');
      header.openedBy.delete(2);
    });
    const key = randomUUID();
    await this.deed('add the recovery slot', () => {
      const header = this.header();
      header.slots = [...header.slots, slot(2, 'recovery')];
      header.openedBy.set(2, key);
    });
    return key;
  }
  markKept(): Promise<void> {
    return this.deed('markKept', () => {
      Object.assign(this.header(), { mark: 'kept', recoveryKept: true });
    });
  }
  async removeBootstrap(): Promise<void> {
    await this.deed('remove the bootstrap slot', () => {
      const header = this.header();
      header.slots = header.slots.filter(({ kind }) => kind !== 'bootstrap');
      header.openedBy.delete(0);
    });
    await this.deed('forget the bootstrap key', () => {
      this.memory.bootstrap = null;
    });
  }
  writeBootEntries(): Promise<void> {
    return this.deed('writeBootEntries', () => {
      this.bootEntries = 'right';
    });
  }
  async makeIdentity(): Promise<void> {
    for (const name of ['identity-key', 'secrets-key']) {
      await this.deed(`make ${name}`, () => {
        const folder = this.folder();
        if (!folder.credentials.includes(name)) folder.credentials = [...folder.credentials, name];
      });
    }
  }
  saveSetupCode(): Promise<void> {
    return this.deed('saveSetupCode', () => {
      const folder = this.folder();
      folder.credentials = [...folder.credentials, 'setup-code'];
    });
  }
  async enrol(name: string): Promise<void> {
    const identity = this.header().uuid;
    await this.deed('the controller enrols it', () => {
      if (this.claimUsedBy !== null && this.claimUsedBy !== identity) throw new Error('claim-used');
      this.claimUsedBy = identity;
      this.controller.set(name, identity);
    });
    await this.deed('save what it answered', () => {
      const folder = this.folder();
      folder.name = name;
      folder.enrolled = { controller: 'https://fleet.example', certificate: certificate([name]) };
    });
  }
  certifyLan(name: string): Promise<void> {
    return this.deed('certifyLan', () => {
      this.folder().lan = certificate([`${name}.local`]);
    });
  }
  escrowHeader(): Promise<void> {
    return this.deed('escrowHeader', () => {
      const folder = this.folder();
      folder.headerDigest = 'digest';
      folder.escrowed = 'digest';
    });
  }
  loadFirewall(): Promise<void> {
    return this.deed('loadFirewall', () => {
      this.memory.firewall = true;
    });
  }
  async setNginx({ network }: Config): Promise<void> {
    if (network.nginx && !this.hasNginx) throw new Error('there is no nginx');
    await this.deed('write what nginx reads, or take it away', () => {
      this.nginxWritten = network.nginx;
    });
    await this.deed('give the port to whom it is for', () => {
      this.memory.nginx = network.nginx;
    });
  }
  markSetUp(): Promise<void> {
    return this.deed('markSetUp', () => {
      this.folder().isSetUp = true;
    });
  }

  private header(): HeaderFacts & { openedBy: Map<number, string>; slots: SlotFacts[] } {
    if (!this.disk.header) throw new Error('there is no header');
    return this.disk.header as HeaderFacts & { openedBy: Map<number, string>; slots: SlotFacts[] };
  }

  /** Writing without the mount would write to the system's own disk, in plain. */
  private folder(): Mutable<DeviceFacts> {
    if (!this.memory.mounted || !this.disk.inside?.device) throw new Error('the volume is not mounted');
    return this.disk.inside.device;
  }

  private async deed(name: string, change: () => void): Promise<void> {
    await Promise.resolve();
    if (this.untilCut <= 0) throw new PowerCut();
    this.untilCut -= 1;
    if (this.untilCut === 0 && !this.cutsAfter) throw this.lostPower(name);
    change();
    this.deeds.push(name);
    if (this.untilCut === 0) throw this.lostPower(name);
  }

  private lostPower(name: string): PowerCut {
    this.untilCut = 0;
    return new PowerCut(`at ${name}`);
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const slot = (id: number, kind: SlotFacts['kind']): SlotFacts => ({ id, kind, policy: null });

export const emptyFolder = (): DeviceFacts => ({
  ...{ credentials: [], name: null, enrolled: null, lan: null, authority: null },
  ...{ escrowed: null, headerDigest: 'digest', isSetUp: false },
});

export const certificate = (names: readonly string[]) => ({
  ...{ sha256: 'ab'.repeat(32), names, addresses: [], pairs: true },
  ...{ fromMs: now - hour, untilMs: now + 90 * 24 * hour },
});

/** Says at once that it is kept. */
export const trusting = (device?: FakeDevice): Person => ({
  keep(key) {
    device?.shown.push(key);
    return Promise.resolve();
  },
});

export const config = (text = ''): Config =>
  parseConfig(`version = 1
name = "leeds"
[setup]
code_hash = "scrypt$16$8$1$${'A'.repeat(22)}==$${'A'.repeat(43)}="
[controller]
url = "https://fleet.example:8443"
pin = "sha256/${'A'.repeat(43)}="
[escrow]
public_key = "${'A'.repeat(43)}="
${text}`);

export const claimed: Facts['claim'] = { from: 'stick', controller: 'https://fleet.example:8443' };
