/** Two places for a system, of which one runs: what every boot loader has to be able to do before an update may rely on it. */
import { UpdateError } from '../parts.ts';

export type SlotName = 'a' | 'b';
export const otherSlot = (slot: SlotName): SlotName => (slot === 'a' ? 'b' : 'a');

/** A file of the store, and what it has to be. */
export interface SlotImage {
  file: string;
  sha256: string;
  bytes: number;
}
export interface SlotImages {
  root: SlotImage;
  boot: SlotImage;
}

/** Not proven is an answer, with what speaks against it; it is the answer whenever anything is missing or unclear. */
export type Proof = { proven: true } | { proven: false; says: string };

/** What could not be read or written proves nothing either. Whatever else was thrown is a mistake of ours. */
export function whyNot(error: unknown): string {
  if (error instanceof UpdateError) return error.message;
  if (error instanceof Error && 'code' in error)
    return `What would prove it can't be looked at: ${error.message}.`;
  throw error;
}

/** What is thrown is an UpdateError of `slot-failed`, if not said otherwise. */
export interface Slots {
  /** Whether this device comes back by itself when the other slot doesn't start. Changes nothing. */
  probe(signal: AbortSignal): Promise<Proof>;
  booted(): Promise<SlotName>;
  /** The one that the next boot tries, as the boot loader says. */
  next(): Promise<SlotName>;
  /**
   * Writes to the slot that isn't booted, synced and read back; from its beginning to its end nothing can start from it.
   * @throws UpdateError `disk`, `no-space`, `bad-bytes`, `bad-content`
   */
  write(images: SlotImages, signal: AbortSignal): Promise<void>;
  /** The next boot tries this one, so often as its loader does, and falls back by itself. */
  activate(slot: SlotName): Promise<void>;
  /** The booted one stays. */
  markGood(): Promise<void>;
  /** Nothing starts from it until it was written again. */
  markBad(slot: SlotName): Promise<void>;
  /** Where slots are trees of files that can be changed file by file. */
  readonly trees?: SlotTrees;
}

export interface SlotTrees {
  /** Makes the inactive slot what the booted one is. @returns its folder */
  copyBooted(signal: AbortSignal): Promise<string>;
  /** It can be started from now on; everything in it is synced. */
  finish(): Promise<void>;
  /** Of the system that runs. */
  readonly booted: () => Promise<string>;
}
