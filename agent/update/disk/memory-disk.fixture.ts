/**
 * A disk in memory, worse than any real one: what was not synced may be lost, torn or there after a power cut, names apart
 * from content and in any order. Power can be cut, and a write can fail, at any write.
 */
import { posix } from 'node:path';
import type { Disk, DiskFile } from '../disk.ts';
import { chanceFrom } from './chance.fixture.ts';
import { MemoryFile, MemoryFolder, MemoryLink, type MemoryNode, survivorsOf } from './memory-tree.fixture.ts';

/** What everything answers once the power is gone. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

export type DiskFault = 'ENOSPC' | 'EIO' | 'EROFS' | 'EDQUOT';
/** What changes the disk, or makes it durable. Reading counts nothing. */
export type DiskWrite =
  | 'new'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'rename'
  | 'link'
  | 'folder'
  | 'unlink'
  | 'sync-folder';

export class MemoryDisk implements Disk {
  /** How many writes there were. */
  writes = 0;
  /** Each of them: what, and where. */
  readonly trace: { write: DiskWrite; path: string }[] = [];
  free: number;
  private syncs = true;
  private root = new MemoryFolder();
  private power = true;
  private cut = Number.POSITIVE_INFINITY;
  private fault: ((write: DiskWrite, path: string, n: number) => DiskFault | undefined) | undefined;

  constructor(freeBytes = 2 ** 40) {
    this.free = freeBytes;
  }

  /** The power goes while the nth write from now is done: it may survive as any that was not synced. From 0. */
  cutPowerAtWrite(n: number): void {
    this.cut = this.writes + n;
  }

  /** From now on syncs say yes and do nothing: for showing that a test notices. */
  stopSyncing(): void {
    this.syncs = false;
  }

  /** Whoever had this disk open has it no more. */
  cutPower(): void {
    this.power = false;
  }

  /** Which writes fail, by what; called for each with its number from now, from 0. */
  failWrites(
    fault: ((write: DiskWrite, path: string, n: number) => DiskFault | undefined) | undefined,
  ): void {
    const before = this.writes;
    this.fault = fault && ((write, path, n) => fault(write, path, n - before));
  }

  get powered(): boolean {
    return this.power;
  }

  /** What is on it when the power is back; another seed, other survivors. The old one stays dead. */
  afterPowerCut(seed: number): MemoryDisk {
    this.power = false;
    const chance = chanceFrom(seed);
    const root = this.root.afterCut(chance, survivorsOf(chance));
    return this.successor(root);
  }

  /** A process was killed, the machine was not: everything is there, and nothing more durable than before. */
  afterKill(): MemoryDisk {
    this.power = false;
    return this.successor(this.root);
  }

  private successor(root: MemoryFolder): MemoryDisk {
    const next = new MemoryDisk(this.free);
    next.syncs = this.syncs;
    next.root = root;
    return next;
  }

  async read(path: string): Promise<Buffer | undefined> {
    await this.ready();
    const node = this.at(path);
    if (node === undefined) return undefined;
    return Buffer.from(fileAt(node, path).content);
  }

  async open(path: string, how: 'r' | 'rw' | 'new'): Promise<DiskFile> {
    await this.ready();
    const { folder, name } = this.placeOf(path);
    const known = folder.names.get(name);
    if (known !== undefined && how === 'new') throw errno('EEXIST', path);
    if (known !== undefined) return this.fileOf(fileAt(known, path), path, how !== 'r');
    if (how === 'r') throw errno('ENOENT', path);
    const file = new MemoryFile();
    this.write('new', path, () => MemoryFolder.do({ folder, name, node: file }));
    return this.fileOf(file, path, true);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.ready();
    const old = this.placeOf(from);
    const place = this.placeOf(to);
    const node = old.folder.names.get(old.name);
    if (node === undefined) throw errno('ENOENT', from);
    const there = place.folder.names.get(place.name);
    if (there === node) return;
    if (there instanceof MemoryFolder && there.names.size > 0) throw errno('ENOTEMPTY', to);
    if (there !== undefined && there instanceof MemoryFolder !== node instanceof MemoryFolder)
      throw errno(there instanceof MemoryFolder ? 'EISDIR' : 'ENOTDIR', to);
    this.write('rename', to, () =>
      MemoryFolder.do(
        { folder: old.folder, name: old.name, node: undefined },
        { folder: place.folder, name: place.name, node },
      ),
    );
  }

  async link(target: string, path: string): Promise<void> {
    await this.ready();
    const { folder, name } = this.placeOf(path);
    if (folder.names.has(name)) throw errno('EEXIST', path);
    this.write('link', path, () => MemoryFolder.do({ folder, name, node: new MemoryLink(target) }));
  }

  async readLink(path: string): Promise<string | undefined> {
    await this.ready();
    const { folder, name } = this.placeOf(path);
    const node = folder.names.get(name);
    if (node === undefined) return undefined;
    if (!(node instanceof MemoryLink)) throw errno('EINVAL', path);
    return node.target;
  }

  async makeFolder(path: string): Promise<void> {
    await this.ready();
    let folder = this.root;
    let walked = '';
    for (const name of wordsOf(path)) {
      walked += `/${name}`;
      const known = this.follow(folder.names.get(name), walked);
      if (known instanceof MemoryFolder) {
        folder = known;
        continue;
      }
      if (known !== undefined) throw errno('ENOTDIR', walked);
      const [parent, made] = [folder, new MemoryFolder()];
      this.write('folder', walked, () => MemoryFolder.do({ folder: parent, name, node: made }));
      folder = made;
    }
  }

  async remove(path: string): Promise<void> {
    await this.ready();
    const parent = this.at(posix.dirname(path));
    if (!(parent instanceof MemoryFolder)) return;
    const name = posix.basename(path);
    const node = parent.names.get(name);
    if (node === undefined) return;
    if (node instanceof MemoryFolder)
      for (const below of [...node.names.keys()]) await this.remove(posix.join(path, below));
    this.write('unlink', path, () => MemoryFolder.do({ folder: parent, name, node: undefined }));
  }

  async list(path: string): Promise<string[]> {
    await this.ready();
    const node = this.at(path);
    if (node === undefined) return [];
    if (!(node instanceof MemoryFolder)) throw errno('ENOTDIR', path);
    return [...node.names.keys()].sort();
  }

  async setMode(path: string, mode: number): Promise<void> {
    await this.ready();
    const node = this.at(path);
    if (node === undefined) throw errno('ENOENT', path);
    if (node instanceof MemoryFile) node.mode = mode;
  }

  async syncFolder(path: string): Promise<void> {
    await this.ready();
    const node = this.at(path);
    if (!(node instanceof MemoryFolder)) throw errno(node === undefined ? 'ENOENT' : 'ENOTDIR', path);
    this.write('sync-folder', path, () => this.syncs && node.sync(), node);
  }

  async freeBytes(path: string): Promise<number> {
    await this.ready();
    if (this.at(path) === undefined) throw errno('ENOENT', path);
    return this.free;
  }

  private fileOf(file: MemoryFile, path: string, writable: boolean): DiskFile {
    let open = true;
    const ready = async (writes: boolean): Promise<void> => {
      await this.ready();
      if (!open || (writes && !writable)) throw errno('EBADF', path);
    };
    return {
      size: async () => {
        await ready(false);
        return file.content.byteLength;
      },
      read: async (into, at) => {
        await ready(false);
        const bytes = file.content.subarray(at, at + into.byteLength);
        into.set(bytes);
        return bytes.byteLength;
      },
      write: async (bytes, at) => {
        await ready(true);
        const copy = Buffer.from(bytes);
        this.write('write', path, () => file.change({ at, bytes: copy }));
      },
      truncate: async (bytes) => {
        await ready(true);
        this.write('truncate', path, () => file.change({ truncate: bytes }));
      },
      sync: async () => {
        await ready(false);
        this.write('sync', path, () => this.syncs && file.sync(), file);
      },
      close: async () => {
        open = false;
      },
    };
  }

  /** One write: done, failed, or the last before the power went. */
  private write(write: DiskWrite, path: string, deed: () => void, synced?: MemoryFile | MemoryFolder): void {
    const n = this.writes;
    this.writes += 1;
    this.trace.push({ write, path });
    const isSync = synced !== undefined;
    if (n >= this.cut) {
      if (!isSync) deed();
      this.power = false;
      throw new PowerCut(`power cut at write ${n}: ${write} ${path}`);
    }
    const fault = this.fault?.(write, path, n);
    if (fault !== undefined) {
      synced?.forget();
      throw errno(fault, path);
    }
    deed();
  }

  /** Also lets other flows run between two writes, as a real disk does. */
  private async ready(): Promise<void> {
    await Promise.resolve();
    if (!this.power) throw new PowerCut('there is no power');
  }

  private placeOf(path: string): { folder: MemoryFolder; name: string } {
    const folder = this.at(posix.dirname(path));
    if (folder === undefined) throw errno('ENOENT', path);
    if (!(folder instanceof MemoryFolder)) throw errno('ENOTDIR', path);
    return { folder, name: posix.basename(path) };
  }

  private at(path: string): MemoryNode | undefined {
    let node: MemoryNode | undefined = this.root;
    let walked = '';
    for (const name of wordsOf(path)) {
      if (!(node instanceof MemoryFolder)) return undefined;
      walked += `/${name}`;
      node = this.follow(node.names.get(name), walked);
    }
    return node;
  }

  private follow(node: MemoryNode | undefined, path: string, links = 0): MemoryNode | undefined {
    if (!(node instanceof MemoryLink)) return node;
    if (links > 8) throw errno('ELOOP', path);
    return this.at(posix.resolve(posix.dirname(path), node.target));
  }
}

const wordsOf = (path: string): string[] =>
  posix
    .resolve(path)
    .split('/')
    .filter((word) => word !== '');

function fileAt(node: MemoryNode, path: string): MemoryFile {
  if (node instanceof MemoryFile) return node;
  throw errno(node instanceof MemoryFolder ? 'EISDIR' : 'ELOOP', path);
}

const errno = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code });
