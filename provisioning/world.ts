/** What steps can do to a device, verb by verb: the Linux one is in `linux/`, tests have one that holds its state in memory. */
import type { Config } from './config.ts';
import type { BoardFacts, DiskFacts, EncryptedVolume, Facts, HeaderFacts } from './facts/facts.ts';

/** Whoever sets the device up: at a console, or through the setup page. */
export interface Person {
  /** Shows the recovery key once; resolves when it was proved to be kept. */
  keep(recoveryKey: string, signal: AbortSignal): Promise<void>;
}

/** Every verb may be cut off by power anywhere inside; each leaves what `look` can tell apart. */
export interface World {
  look(config: Config): Promise<Facts>;

  /** Resolves when the clock was set, or after a bounded wait. */
  waitForClock(config: Config, signal: AbortSignal): Promise<void>;
  setHostname(name: string): Promise<void>;
  stopPlainSwap(facts: Facts): Promise<void>;
  stopCoreDumps(): Promise<void>;

  /** Unmounts and closes what an earlier try left open, so that it can start over. */
  close(): Promise<void>;
  /** A new LUKS2 header marked unfinished, in one write; its random key in memory only. */
  format(disk: DiskFacts, board: BoardFacts): Promise<void>;
  /** With the key in memory while unfinished, by the seal afterwards. */
  open(disk: DiskFacts, header: HeaderFacts, config: Config): Promise<void>;
  makeFilesystem(volume: EncryptedVolume): Promise<void>;
  mount(volume: EncryptedVolume): Promise<void>;
  /** Binds a slot to the board. */
  seal(disk: DiskFacts, config: Config): Promise<void>;
  /** A new recovery slot in place of one that nobody has kept. @returns the key as letters */
  replaceRecovery(disk: DiskFacts): Promise<string>;
  /** From here on nobody formats this disk again. */
  markKept(disk: DiskFacts): Promise<void>;
  /** Last of the ways in that nobody should have. */
  removeBootstrap(disk: DiskFacts): Promise<void>;
  writeBootEntries(facts: Facts, config: Config): Promise<void>;

  makeIdentity(config: Config): Promise<void>;
  /** The hash by which the agent knows the label's code, for the first admin. */
  saveSetupCode(hash: string, config: Config): Promise<void>;
  enrol(name: string, config: Config, signal: AbortSignal): Promise<void>;
  certifyLan(name: string, config: Config, signal: AbortSignal): Promise<void>;
  escrowHeader(facts: Facts, config: Config, signal: AbortSignal): Promise<void>;
  loadFirewall(config: Config): Promise<void>;
  /** In front of the agent, or away, as the settings say. */
  setNginx(config: Config): Promise<void>;
  /** Last: the next boot serves people. */
  markSetUp(): Promise<void>;
}
