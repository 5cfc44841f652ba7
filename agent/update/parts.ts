/** What the rooms of the updater are to each other: the words of `machine/`, which knows none of them. */
import type { InstallOrder } from '@rockpool/protocol/update/order';
import type { Artifact, Release, ReleaseKind, ReleasePath } from '@rockpool/protocol/update/release';
import type { UpdateReason } from '@rockpool/protocol/update/status';

/** Why an update can't go on: one of the reasons that are told, and one sentence. */
export class UpdateError extends Error {
  override readonly name = 'UpdateError';
  readonly reason: UpdateReason;

  constructor(reason: UpdateReason, says: string, options?: ErrorOptions) {
    super(says, options);
    this.reason = reason;
  }
}

declare const trusted: unique symbol;
/** In the repository under signatures that hold now. Made in `metadata/`, nowhere else. */
export type Trusted<T> = T & { readonly [trusted]: true };

export interface TrustedRelease {
  path: ReleasePath;
  release: Release;
  /** By the artifact's hash: the hash of each of its pieces. */
  pieces: ReadonlyMap<string, readonly Buffer[]>;
  /** Of the manifest: pins everything else. */
  manifestSha256: string;
}

export interface Metadata {
  /**
   * Fetches what is newer, verifies it, and has it on disk for good when this returns. Without a network it answers from
   * what was verified before, as long as that isn't expired.
   * @throws UpdateError `metadata`, `clock`, `mirrors`
   */
  refresh(signal: AbortSignal): Promise<void>;
  /** @throws UpdateError `not-found`, `metadata`, `mirrors`, `bad-content` */
  resolve(path: ReleasePath, signal: AbortSignal): Promise<Trusted<TrustedRelease>>;
  /** All that the signed metadata names, newest counter first. */
  list(signal: AbortSignal): Promise<readonly ReleasePath[]>;
}

export interface FetchProgress {
  bytes: number;
  of: number;
}

export interface Payload {
  /** Bytes that are still to be fetched, and whether they fit beside the reserve once unpacked. Changes nothing. */
  missing(release: Trusted<TrustedRelease>): Promise<{ bytes: number; fits: boolean; says: string }>;
  /**
   * Every artifact is whole, verified by a second reading from the disk, and in the store when this returns. Goes on where
   * an earlier call was cut off. For an agent's release its tar is there, from a delta where one fits.
   * @throws UpdateError `mirrors`, `bad-bytes`, `no-space`, `disk`
   */
  fetch(
    release: Trusted<TrustedRelease>,
    progress: (now: FetchProgress) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Reads it once more. @throws UpdateError `bad-bytes` */
  verify(release: Trusted<TrustedRelease>, signal: AbortSignal): Promise<void>;
  /** Where an artifact lies; it is whole, and nobody writes to it. */
  fileOf(artifact: Pick<Artifact, 'sha256'>): string;
  /** Removes what none of these needs; never one of them. */
  collect(keep: readonly Release[]): Promise<void>;
}

/** How a release comes into force; one for each kind. Every deed may be done twice, and is after a power cut. */
export interface Applier {
  /** Whether going back is proven to work. @throws UpdateError `no-slot`, `not-for-us`, `no-memory` */
  probe(release: Release, signal: AbortSignal): Promise<void>;
  /** Puts it where it would run from, synced and read back; what runs is not touched. @throws UpdateError `bad-content`, `no-space`, `disk` */
  stage(release: Release, signal: AbortSignal): Promise<void>;
  /**
   * Throws the switch, durably, with one attempt less than before.
   * @returns `here` when it is in force on return; `later` when this process may end before it is, and the next one finds out
   */
  activate(release: Release, signal: AbortSignal): Promise<'here' | 'later'>;
  /** What the world says: whether the new one is the one in force. Undefined when nobody can tell yet. */
  inForce(release: Release, signal: AbortSignal): Promise<boolean | undefined>;
  /**
   * Asks the new one whether it does its work, by version, never by an exit code.
   * @throws UpdateError `not-that-version`, `golden-prompt`, `unhealthy`, `crashed`, `timeout`
   */
  prove(release: Release, signal: AbortSignal): Promise<void>;
  /** From now on it is what this device starts with. */
  commit(release: Release): Promise<void>;
  /** The one before is in force again. `later` as above. @throws UpdateError `slot-failed` */
  rollBack(release: Release, signal: AbortSignal): Promise<'here' | 'later'>;
  /** What was staged and is not in force. */
  discard(release: Release): Promise<void>;
}
export type Appliers = Readonly<Record<ReleaseKind, Applier | undefined>>;

/** The device, as far as a release may ask for one. */
export interface Board {
  arch: 'x64' | 'arm64';
  /** Null: no Jetson. */
  board: string | null;
  l4t: string | null;
  memoryMiB: number;
}

/** When something that costs the office may be done. */
export interface Hours {
  mayFetch(at: number): boolean;
  mayActivate(at: number): boolean;
  /** When the next window opens; null: never. */
  nextActivation(at: number): number | null;
}

/** What was taken, with who asked for it. */
export interface Order extends InstallOrder {
  /** The command's, or one made at the device. */
  txn: string;
  takenAt: number;
}
