/** What a simulated device would measure at a moment: numbers that hang together, moved by one load. Pure. */

import type { Readings } from '@rockpool/agent/health/machine/machine.ts';
import type { Pace } from '@rockpool/agent/health/pace.ts';
import type { ModelSeen } from '@rockpool/agent/health/warnings/seen.ts';
import type { Board } from './boards.ts';
import { chance, drift } from './chance.ts';

export interface Situation {
  seed: number;
  board: Board;
  /** Of the machine's start. */
  boot: string;
  bootedMs: number;
  nowMs: number;
  trouble: Trouble;
}

/** What goes wrong with a device; `none` most of the time. */
export type Trouble = 'none' | 'fan' | 'memory' | 'supply';

const minuteMs = 60_000;
const zones = ['cpu', 'gpu', 'soc0', 'soc1', 'soc2', 'tj'];
const limitMilliC = 99_000;
const diskMiB = 476_940;

/** How busy people keep it, in [0, 1]: slow tides, and bursts upon them. */
export const loadAt = ({ seed, nowMs }: Situation): number => {
  const tide = drift(seed, nowMs, 18 * minuteMs);
  const burst = drift(seed + 1, nowMs, 1.5 * minuteMs);
  return Math.min(1, tide * tide * 0.7 + burst * burst * burst * 0.6);
};

export function readingsAt(situation: Situation): Readings {
  const { seed, board, boot, bootedMs, nowMs, trouble } = situation;
  const load = loadAt(situation);
  const flicker = (salt: number): number => chance(seed + salt, Math.floor(nowMs / 1_000)) - 0.5;
  const uptimeS = Math.max(0, Math.floor((nowMs - bootedMs) / 1_000));
  const used = 1_100 + board.modelMiB + load * 0.08 * board.totalMiB;
  const availableMiB = trouble === 'memory' ? board.totalMiB * 0.035 : board.totalMiB - used;
  const hotMilliC = 41_000 + drift(seed + 2, nowMs, 40 * minuteMs) * 6_000 + load * 21_000;
  const milliW = board.idleMilliW + load * (board.fullMilliW - board.idleMilliW);
  return {
    ...{ boot, uptimeS },
    cpu: { cores: board.cores, loadPermille: Math.round(40 + load * 520 + flicker(3) * 40) },
    memory: {
      ...{ totalMiB: board.totalMiB, availableMiB: Math.max(60, Math.round(availableMiB + flicker(4) * 50)) },
      swapUsedMiB: trouble === 'memory' ? 1_400 : 0,
      stalledPermille: trouble === 'memory' ? 140 : 0,
      kills: 0,
    },
    disk: {
      totalMiB: diskMiB,
      freeMiB: Math.round(diskMiB * (0.55 + 0.35 * chance(seed, 5)) - uptimeS / 300),
      wearPercent: Math.floor(chance(seed, 6) * 14),
      readOnly: false,
    },
    temperatures: zones.map((zone, n) => ({
      zone: `${zone}-thermal`,
      milliC: Math.round(hotMilliC + (trouble === 'fan' ? 26_000 : 0) - n * 640 + flicker(7 + n) * 400),
      limitMilliC,
    })),
    network: {
      receivedKiBps: Math.round(3 + load * 60 + 4 * (flicker(14) + 0.5)),
      sentKiBps: Math.round(1 + load * 90 + 3 * (flicker(15) + 0.5)),
      connected: true,
    },
    clockSynchronised: true,
    jetson: {
      ...{ board: board.name, l4t: '39.2.0' },
      gpuLoadPermille: Math.round(Math.min(1, load * 1.3) * 960 + (flicker(16) + 0.5) * 30),
      gpuMemoryMiB: Math.round(board.modelMiB + load * 300),
      rails: board.rails.map(([rail, share], n) => ({
        rail,
        milliW: Math.round(milliW * share * (1 + flicker(17 + n) * 0.06)),
      })),
      ...{ overCurrents: 0, overCurrentNow: false, underVoltages: trouble === 'supply' ? 1 : 0 },
      fanPermille: Math.round(280 + load * 500),
      fanRpm: trouble === 'fan' ? 0 : Math.round(1_450 + load * 2_600 + flicker(21) * 60),
      ...{ nvpmodel: board.nvpmodel, nvpmodelDefault: board.nvpmodel, throttled: trouble === 'fan' },
    },
  };
}

export function modelAt(situation: Situation): ModelSeen {
  const load = loadAt(situation);
  const asking = Math.floor(load * 9);
  return {
    ...{ name: situation.board.model, loaded: true, restarts: 0 },
    ...{ active: Math.min(4, asking), queued: Math.max(0, asking - 4) },
  };
}

/** The busier, the longer people wait for the first word; nobody who asked lately, nothing to tell. */
export function paceAt(situation: Situation): Pace {
  const load = loadAt(situation);
  if (load < 0.02) return { milliTokensPerS: null, firstTokenP50Ms: null, firstTokenP95Ms: null };
  const firstTokenP50Ms = Math.round(320 + load * 900 + chance(situation.seed, 22) * 200);
  return {
    milliTokensPerS: Math.round(situation.board.milliTokensPerS * (1 - load * 0.45)),
    firstTokenP50Ms,
    firstTokenP95Ms: Math.round(firstTokenP50Ms * (1.9 + load)),
  };
}

const slotMs = 20 * minuteMs;
const oneIn = 30;
const kinds = ['fan', 'memory', 'supply'] as const;
const lastsMs = { fan: 6 * minuteMs, memory: 9 * minuteMs, supply: slotMs } as const;

/** Now and then something goes wrong somewhere, and rights itself. */
export function troubleAt(seed: number, nowMs: number): Trouble {
  const slot = Math.floor(nowMs / slotMs);
  if (chance(seed + 23, slot) >= 1 / oneIn) return 'none';
  const kind = kinds[Math.floor(chance(seed + 24, slot) * kinds.length)] ?? 'fan';
  return nowMs - slot * slotMs < lastsMs[kind] ? kind : 'none';
}
