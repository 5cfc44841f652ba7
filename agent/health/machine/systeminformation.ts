/**
 * Driver for systeminformation, of which only memory is taken: that it reads from a file. Its other readings start shells
 * (the processors' load one that the event loop waits for), which a sandboxed service may not and a device every half a
 * minute should not do. Those files are read directly.
 */
import { mem } from 'systeminformation';

const mib = 1024 * 1024;

export interface MemorySeen {
  totalMiB: number;
  availableMiB: number;
  swapUsedMiB: number;
}

/** Reads /proc/meminfo, and nothing else. */
export async function readMemory(): Promise<MemorySeen> {
  const { total, available, swapused } = await mem();
  return {
    totalMiB: Math.round(total / mib),
    availableMiB: Math.round(available / mib),
    swapUsedMiB: Math.round(swapused / mib),
  };
}
