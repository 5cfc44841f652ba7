/** What a device can be told to do. Each deed is given from outside, so that a simulated device has others than an appliance. */
import type { CommandName, DeclaredConfig } from '@rockpool/protocol/fleet/command';
import type { InstallOrder } from '@rockpool/protocol/update/order';
import type { ReleaseKind } from '@rockpool/protocol/update/release';

/** How a deed ended. What nobody foresaw is thrown, and told as failed. */
export type Outcome =
  | { state: 'succeeded' | 'failed'; says: string; found?: readonly string[] }
  | { state: 'refused'; reason: 'unsupported' | 'not-allowed'; says: string };

/**
 * A deed that ends this process: it was written down before it began, and is never begun a second time.
 * `begin` asks for the end and returns; how it went is found out by `after`, once we are back.
 */
export interface EndingDeed {
  /** What `after` has to compare with, such as the serial number of a certificate. */
  before(): string;
  /** @returns an outcome when it is known already that nothing ends */
  begin(signal: AbortSignal): Promise<Outcome | undefined>;
  after(before: string): Outcome;
}

export interface Deeds {
  /** Why nothing here can do this, in one sentence; null where something can. */
  lacks(name: CommandName): string | null;
  reboot: EndingDeed;
  restartAgent: EndingDeed;
  rotateCertificate: EndingDeed;
  /** The file stays on the device; its name and size are told. */
  collectSupportBundle(id: string, signal: AbortSignal): Promise<Outcome>;
  runSelfTest(signal: AbortSignal): Promise<Outcome>;
  useModel(model: string, signal: AbortSignal): Promise<Outcome>;
  checkUpdate(signal: AbortSignal): Promise<Outcome>;
  /** Leaves it to the updater, which tells how it ends. @param id the command's: the same twice is one order */
  install(id: string, order: InstallOrder): Promise<Outcome>;
  cancelInstall(id: string, rollout: string): Promise<Outcome>;
  rollBack(id: string, kind: ReleaseKind, rollout: string | null): Promise<Outcome>;
  /** Why these settings can't be in force, in one sentence; null when they can. */
  objection(config: DeclaredConfig): string | null;
  /** They are in force, and written down. Called at the start too. */
  configChanged(config: DeclaredConfig): void;
}
