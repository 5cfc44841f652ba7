/** What is measured of the machine itself. The real one reads the kernel; a simulated device moves its own numbers. */
import type { JetsonReadings } from '../../host/jetson/jetson.ts';
import type { Temperature } from '../../host/jetson/temperatures.ts';

/** One look. What can't be read is null, never 0. */
export interface Readings {
  /** Another after every start of the machine. */
  boot: string;
  uptimeS: number;
  cpu: { cores: number; loadPermille: number | null };
  memory: {
    totalMiB: number;
    availableMiB: number | null;
    swapUsedMiB: number | null;
    /** For how much of the last minute everything stood still for want of memory. */
    stalledPermille: number | null;
    /** Processes that Linux ended for it, since the boot. */
    kills: number | null;
  };
  /** Of the data folder's disk. */
  disk: {
    totalMiB: number | null;
    freeMiB: number | null;
    wearPercent: number | null;
    readOnly: boolean | null;
  };
  temperatures: Temperature[];
  network: {
    /** Since the last look; null at the first. */
    receivedKiBps: number | null;
    sentKiBps: number | null;
    /** Whether a way leads out of the device's own network. */
    connected: boolean | null;
  };
  /** Whether a time server keeps the clock. */
  clockSynchronised: boolean | null;
  jetson: JetsonReadings | null;
}

export interface Machine {
  read(): Promise<Readings>;
  /** What it runs, in a few words: `Ubuntu 24.04, Jetson Linux 39.2.0`. */
  system(): Promise<string>;
}
