/** What a disk in memory holds: files and folders that know what of them is durable, and what a power cut may leave of the rest. */
import type { Chance } from './chance.fixture.ts';

type Change = { at: number; bytes: Buffer } | { truncate: number };

export class MemoryFile {
  content: Buffer;
  mode = 0o640;
  private durable: Buffer;
  private unsynced: Change[] = [];
  private forgot = false;

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.content = content;
    this.durable = content;
  }

  change(change: Change): void {
    this.content = apply(this.content, change);
    this.unsynced.push(change);
  }

  sync(): void {
    this.durable = this.forgot ? this.unsynced.reduce(apply, this.durable) : this.content;
    this.unsynced = [];
  }

  /** As Linux does when a sync fails: what could not be written is taken for clean, and never written. */
  forget(): void {
    this.unsynced = [];
    this.forgot = true;
  }

  /** Each write that was not synced may be there, or not, or its first part only; in no order. */
  afterCut(chance: Chance): MemoryFile {
    const how = chance.below(3);
    let content = this.durable;
    for (const change of this.unsynced) {
      const survives = how === 0 ? change : how === 1 ? undefined : partOf(change, chance);
      if (survives) content = apply(content, survives);
    }
    const file = new MemoryFile(content);
    file.mode = this.mode;
    return file;
  }
}

function partOf(change: Change, chance: Chance): Change | undefined {
  const how = chance.below(3);
  if (how === 0) return undefined;
  if (how === 1 || 'truncate' in change) return change;
  return { at: change.at, bytes: change.bytes.subarray(0, chance.below(change.bytes.byteLength + 1)) };
}

function apply(content: Buffer, change: Change): Buffer {
  const end = 'truncate' in change ? change.truncate : change.at + change.bytes.byteLength;
  const bytes = Buffer.alloc('truncate' in change ? end : Math.max(end, content.byteLength));
  content.copy(bytes);
  if (!('truncate' in change)) change.bytes.copy(bytes, change.at);
  return bytes;
}

export class MemoryLink {
  readonly target: string;

  constructor(target: string) {
    this.target = target;
  }
}

export type MemoryNode = MemoryFile | MemoryLink | MemoryFolder;

/** One change of a name; a rename is two of them that are done, or lost, together. */
export interface Naming {
  folder: MemoryFolder;
  name: string;
  node: MemoryNode | undefined;
}
export interface Deed {
  order: number;
  parts: readonly Naming[];
}
let deeds = 0;

export class MemoryFolder {
  names = new Map<string, MemoryNode>();
  private durable = new Map<string, MemoryNode>();
  private unsynced: Deed[] = [];

  static do(...parts: Naming[]): void {
    deeds += 1;
    const deed = { order: deeds, parts };
    for (const { folder, name, node } of parts) set(folder.names, name, node);
    for (const folder of new Set(parts.map((part) => part.folder))) folder.unsynced.push(deed);
  }

  /** All, or those before this one. What a deed did in another folder becomes durable with it, and what went before it there. */
  sync(before?: Deed): void {
    for (let deed = this.unsynced[0]; deed !== undefined && deed !== before; deed = this.unsynced[0]) {
      const done = deed;
      for (const { folder } of done.parts) if (folder !== this) folder.sync(done);
      for (const { folder, name, node } of done.parts) {
        set(folder.durable, name, node);
        folder.unsynced = folder.unsynced.filter((other) => other !== done);
      }
    }
  }

  forget(): void {
    this.unsynced = [];
  }

  /** @param survives whether a deed that was not synced is there; told once for both folders of a rename */
  afterCut(
    chance: Chance,
    survives: (deed: Deed) => boolean,
    seen = new Map<MemoryNode, MemoryNode>(),
  ): MemoryFolder {
    const fresh = new MemoryFolder();
    seen.set(this, fresh);
    const names = new Map(this.durable);
    for (const deed of this.unsynced.filter(survives)) {
      for (const { folder, name, node } of deed.parts) if (folder === this) set(names, name, node);
    }
    for (const [name, node] of names) {
      const left = seen.get(node) ?? remains(node, chance, survives, seen);
      seen.set(node, left);
      fresh.names.set(name, left);
    }
    fresh.durable = new Map(fresh.names);
    return fresh;
  }
}

const remains = (
  node: MemoryNode,
  chance: Chance,
  survives: (deed: Deed) => boolean,
  seen: Map<MemoryNode, MemoryNode>,
): MemoryNode => {
  if (node instanceof MemoryFolder) return node.afterCut(chance, survives, seen);
  return node instanceof MemoryFile ? node.afterCut(chance) : node;
};

function set(names: Map<string, MemoryNode>, name: string, node: MemoryNode | undefined): void {
  if (node === undefined) names.delete(name);
  else names.set(name, node);
}

/** Which deeds a power cut leaves: all, none, all but the last ones, or any of them. */
export function survivorsOf(chance: Chance): (deed: Deed) => boolean {
  const how = chance.below(4);
  const last = deeds - chance.below(8);
  const told = new Map<Deed, boolean>();
  return (deed) => {
    const survives = told.get(deed) ?? [true, false, deed.order < last, chance.coin()][how] ?? false;
    told.set(deed, survives);
    return survives;
  };
}
