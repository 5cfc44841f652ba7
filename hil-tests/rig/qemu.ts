/** The rig's driver for an emulated appliance: a board with its TPM and firmware, a disk that can move to another board. */
import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { openLines } from './lines.ts';
import { type Running, runNow, start } from './processes.ts';
import { openQmp, type Qmp } from './qmp.ts';
import { openSerial, type Serial, StoryError } from './serial.ts';
import { copyTpm, makeTpm, startTpm } from './tpm.ts';

export type Architecture = 'x86_64' | 'arm64';

/** What `image/build.ts` made. */
export interface Image {
  architecture: Architecture;
  disk: string;
  firmwareVariables: string;
}

/** A disk as a file that holds only what differs from the image (or from another disk) below it. */
export interface Disk {
  readonly path: string;
  /** Of a drive whose cache goes with the power; undefined for one that keeps what it was given. */
  readonly seed?: number;
  /** As it is now, as often as a story needs; this one must not be written to meanwhile. */
  copy(name: string): Disk;
  /** All of its bytes, as a thief reads them. */
  raw(): string;
  /** A copy in a drive whose cache goes with the power: what was not flushed may be lost, in any order. */
  withVolatileCache(name: string, seed: number): Disk;
  /** A copy whose bytes somebody changed. */
  changed(name: string, change: (raw: string) => void): Disk;
}

/** What stays in the office when a disk is carried away: the TPM's state, the firmware's variables. */
export interface Board {
  readonly folder: string;
  copy(name: string): Board;
  /** The same TPM under a firmware that starts whatever it finds. */
  withoutSecureBoot(name: string): Board;
}

export interface Answer {
  code: number;
  output: string;
}

export interface Machine extends AsyncDisposable {
  readonly serial: Serial;
  readonly qmp: Qmp;
  /** Where its 443 and 80 are, on this machine's loopback. */
  readonly httpsPort: number;
  readonly httpPort: number;
  isOn(): boolean;
  /** A pulled plug. */
  cutPower(): Promise<void>;
  reset(): Promise<void>;
  /** Waits until it switched itself off. */
  ended(withinMs: number): Promise<void>;
  /** Runs shell in a lab image; nothing of it goes over the network. */
  lab(script: string, withinMs?: number): Promise<Answer>;
}

export interface PowerOn {
  board: Board;
  disk: Disk;
  /** Ports of this machine's loopback, under addresses that the guest can reach; nothing else is reachable. */
  reachable?: Readonly<Record<string, number>>;
  memoryMiB?: number;
}

export interface Rig extends AsyncDisposable {
  readonly folder: string;
  board(name: string): Board;
  disk(name: string): Disk;
  powerOn(options: PowerOn): Promise<Machine>;
}

interface Emulator {
  program: string;
  machine: readonly string[];
  firmware: string;
  /** Variables that know no key. */
  plainVariables: string;
  tpm: string;
}

const emulators: Record<Architecture, Emulator> = {
  x86_64: {
    program: 'qemu-system-x86_64',
    // Only System Management Mode keeps the running system away from the keys of Secure Boot.
    machine: [
      ...['-M', 'q35,smm=on', '-accel', 'tcg,thread=multi', '-cpu', 'max'],
      ...['-global', 'driver=cfi.pflash01,property=secure,value=on', '-global', 'ICH9-LPC.disable_s3=1'],
    ],
    firmware: '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd',
    plainVariables: '/usr/share/OVMF/OVMF_VARS_4M.fd',
    tpm: 'tpm-crb',
  },
  arm64: {
    program: 'qemu-system-aarch64',
    machine: ['-M', 'virt,gic-version=3', '-accel', 'tcg,thread=multi', '-cpu', 'cortex-a76'],
    firmware: '/usr/share/AAVMF/AAVMF_CODE.fd',
    plainVariables: '/usr/share/AAVMF/AAVMF_VARS.fd',
    tpm: 'tpm-tis-device',
  },
};

/** @param prepare what the factory does to a disk after the image was written to it */
export function openRig(image: Image, prepare: (disk: string) => void = () => undefined): Rig {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-rig-'));
  const factory = join(folder, 'factory.img');
  runNow('cp', ['--sparse=always', '--reflink=auto', image.disk, factory]);
  prepare(factory);
  const machines = new Set<Machine>();
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // By default a signal ends a process without its 'exit'.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  return {
    folder,
    board(name) {
      const path = join(folder, `board-${name}`);
      makeTpm(join(path, 'tpm'));
      copyFileSync(image.firmwareVariables, join(path, 'vars.fd'));
      writeFileSync(join(path, 'uuid'), randomUUID());
      return boardAt(path, emulators[image.architecture].plainVariables);
    },
    disk(name) {
      const path = join(folder, `${name}.qcow2`);
      runNow('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', factory, path]);
      return diskAt(folder, path);
    },
    async powerOn(options) {
      const machine = await powerOn(emulators[image.architecture], folder, options);
      machines.add(machine);
      return machine;
    },
    async [Symbol.asyncDispose]() {
      for (const machine of machines) await machine[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function boardAt(folder: string, plainVariables: string): Board {
  return {
    folder,
    withoutSecureBoot(name) {
      const board = this.copy(name);
      copyFileSync(plainVariables, join(board.folder, 'vars.fd'));
      return board;
    },
    copy(name) {
      const path = join(folder, '..', `board-${name}`);
      mkdirSync(path);
      copyTpm(join(folder, 'tpm'), join(path, 'tpm'));
      for (const file of ['vars.fd', 'uuid']) copyFileSync(join(folder, file), join(path, file));
      return boardAt(path, plainVariables);
    },
  };
}

function diskAt(folder: string, path: string): Disk {
  return {
    path,
    copy(name) {
      const copied = join(folder, `${name}.qcow2`);
      copyFileSync(path, copied);
      return diskAt(folder, copied);
    },
    raw: () => rawOf(path),
    withVolatileCache(name, seed) {
      const raw = join(folder, `${name}.img`);
      runNow('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', path, raw]);
      return { ...diskAt(folder, raw), seed, raw: () => raw };
    },
    changed(name, change) {
      const raw = rawOf(path);
      change(raw);
      const made = join(folder, `${name}.qcow2`);
      runNow('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, made]);
      rmSync(raw);
      return diskAt(folder, made);
    },
  };
}

function rawOf(path: string): string {
  const raw = `${path}.raw`;
  runNow('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', path, raw]);
  return raw;
}

let poweredOn = 0;

async function powerOn(emulator: Emulator, folder: string, options: PowerOn): Promise<Machine> {
  poweredOn += 1;
  const run = join(folder, `run-${poweredOn}`);
  mkdirSync(run);
  const [httpsPort, httpPort] = [await freePort(), await freePort()];
  const tpm = await startTpm(join(options.board.folder, 'tpm'));
  const at = (name: string): string => join(run, name);
  const drive = await openDrive(options.disk, at('drive'));
  const forwarded = [`hostfwd=tcp:127.0.0.1:${httpsPort}-:443`, `hostfwd=tcp:127.0.0.1:${httpPort}-:80`];
  const reachable = Object.entries(options.reachable ?? {}).map(
    ([address, port]) => `guestfwd=tcp:${address}-cmd:socat - TCP:127.0.0.1:${port}`,
  );
  const qemu = start(emulator.program, [
    ...emulator.machine,
    // As stands on the board, and nowhere on a disk.
    ...['-uuid', readFileSync(join(options.board.folder, 'uuid'), 'utf8')],
    ...[
      '-smp',
      '2',
      '-m',
      String(options.memoryMiB ?? 1536),
      '-display',
      'none',
      '-nodefaults',
      '-no-user-config',
    ],
    ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${emulator.firmware}`],
    ...['-drive', `if=pflash,format=raw,unit=1,file=${join(options.board.folder, 'vars.fd')}`],
    ...['-drive', `if=none,id=data,${drive.described},cache=writeback,discard=unmap`],
    ...['-device', 'nvme,drive=data,serial=ROCKPOOL1'],
    ...['-netdev', ['user', 'id=lan', 'restrict=on', ...forwarded, ...reachable].join(',')],
    ...['-device', 'virtio-net-pci,netdev=lan,romfile='],
    ...['-object', 'rng-random,id=rng,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng'],
    ...['-chardev', `socket,id=tpm,path=${tpm.socket}`, '-tpmdev', 'emulator,id=tpm0,chardev=tpm'],
    ...['-device', `${emulator.tpm},tpmdev=tpm0`],
    ...['-device', 'virtio-serial-pci', '-chardev', `socket,id=lab,path=${at('lab')},server=on,wait=off`],
    ...['-device', 'virtserialport,chardev=lab,name=rockpool.lab'],
    ...['-serial', `file:${at('serial')}`, '-qmp', `unix:${at('qmp')},server=on,wait=off`],
  ]);
  try {
    return await machineOf(qemu, [tpm.program, ...drive.programs], { run, httpsPort, httpPort });
  } catch (cause) {
    await qemu.kill();
    for (const program of [tpm.program, ...drive.programs]) await program.kill();
    throw new StoryError(`the emulator did not start: ${qemu.said()}`, { cause });
  }
}

/** Killed with the machine: that is what a drive's cache does without power. */
async function openDrive(
  { path, seed }: Disk,
  socket: string,
): Promise<{ described: string; programs: Running[] }> {
  if (seed === undefined) return { described: `file=${path},format=qcow2`, programs: [] };
  const server = start(process.execPath, [
    ...[join(import.meta.dirname, 'volatile-disk.ts'), path, socket, String(seed)],
  ]);
  for (let tries = 0; !existsSync(socket); tries += 1) {
    if (!server.isAlive() || tries > 400) throw new StoryError(`the drive did not start: ${server.said()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { described: `format=raw,file=nbd+unix:///?socket=${socket}`, programs: [server] };
}

async function machineOf(
  qemu: Running,
  others: readonly Running[],
  { run, httpsPort, httpPort }: { run: string; httpsPort: number; httpPort: number },
): Promise<Machine> {
  for (let tries = 0; !existsSync(join(run, 'qmp')); tries += 1) {
    if (!qemu.isAlive() || tries > 200) throw new StoryError('QEMU made no control channel');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const qmp = await openQmp(join(run, 'qmp'));
  const lab = await openLines(join(run, 'lab'), 5_000);
  let isReady = false;
  const off = async (): Promise<void> => {
    await qemu.kill();
    for (const program of others) await program.kill();
    qmp[Symbol.dispose]();
    lab[Symbol.dispose]();
  };
  return {
    serial: openSerial(join(run, 'serial')),
    qmp,
    httpsPort,
    httpPort,
    isOn: () => qemu.isAlive(),
    cutPower: off,
    async reset() {
      isReady = false;
      await qmp.execute('system_reset');
    },
    async ended(withinMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new StoryError(`it did not switch off within ${withinMs / 1000} s`)),
          withinMs,
        );
      });
      await Promise.race([qemu.ended, late]).finally(() => clearTimeout(timer));
      await off();
    },
    async lab(script, withinMs = 120_000) {
      while (!isReady) isReady = (await lab.next(withinMs)) === 'ready';
      lab.send(Buffer.from(script).toString('base64'));
      for (;;) {
        const line = await lab.next(withinMs);
        // It says so again when it was started anew, as after a reboot.
        if (line === 'ready') {
          lab.send(Buffer.from(script).toString('base64'));
          continue;
        }
        const said = Buffer.from(line, 'base64').toString('utf8');
        const end = /\n?exit:(\d+)$/.exec(said);
        return { code: Number(end?.[1] ?? -1), output: said.slice(0, end?.index) };
      }
    },
    [Symbol.asyncDispose]: off,
  };
}
