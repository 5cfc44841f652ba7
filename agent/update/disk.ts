/**
 * Every write of the updater goes through this, so that tests can cut the power at each of them. Nothing is durable before
 * it was synced: a file by its own `sync`, a name (made, renamed, removed) by `syncFolder` of its folder.
 */
export interface Disk {
  /** Undefined when there is none. */
  read(path: string): Promise<Buffer | undefined>;
  /** `new`: must not exist; `rw`: made when it doesn't. */
  open(path: string, how: 'r' | 'rw' | 'new'): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  /** A symbolic link. */
  link(target: string, path: string): Promise<void>;
  readLink(path: string): Promise<string | undefined>;
  makeFolder(path: string): Promise<void>;
  /** With all below it; nothing there is done already. */
  remove(path: string): Promise<void>;
  /** Names in a folder; none where there is no such folder. */
  list(path: string): Promise<string[]>;
  /** `chmod`. Durable with the file's own sync. */
  setMode(path: string, mode: number): Promise<void>;
  syncFolder(path: string): Promise<void>;
  /** Bytes that this account may still write on the file system of `path`. */
  freeBytes(path: string): Promise<number>;
}

export interface DiskFile {
  size(): Promise<number>;
  read(into: Uint8Array, at: number): Promise<number>;
  write(bytes: Uint8Array, at: number): Promise<void>;
  truncate(bytes: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}
