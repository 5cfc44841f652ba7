/** A machine that isn't there: it starts, restarts, and measures what its seed says. */
import { randomUUID } from 'node:crypto';
import type { Machine } from '@rockpool/agent/health/machine/machine.ts';
import type { Pace } from '@rockpool/agent/health/pace.ts';
import type { ModelSeen } from '@rockpool/agent/health/warnings/seen.ts';
import type { Clock } from '@rockpool/agent/host/clock.ts';
import { boards } from './boards.ts';
import { chance, seedOf } from './chance.ts';
import { modelAt, paceAt, readingsAt, type Situation, type Trouble, troubleAt } from './numbers.ts';

export interface SimulatedMachine extends Machine {
  readonly boot: string;
  uptimeMs(): number;
  model(): ModelSeen;
  pace(): Pace;
  /** Its uptime begins anew. */
  restart(): void;
}

export interface SimulatedMachineOptions {
  /** The device's name: the same name is the same board, and as busy at the same moment. */
  name: string;
  clock: Clock;
  /** What befalls it soon after its start, and stays; left out, what chance brings. */
  trouble?: Trouble;
}

/** A fan that never turned is none, and a counter's first value is nobody's news: all is well at first. */
const troubleAfterMs = 25_000;
const dayMs = 86_400_000;

export function createSimulatedMachine({ name, clock, trouble }: SimulatedMachineOptions): SimulatedMachine {
  const seed = seedOf(name);
  const board = boards[Math.floor(chance(seed, 1) ** 1.6 * boards.length)] ?? boards[0];
  if (!board) throw new Error('there are no boards');
  let boot: string = randomUUID();
  // As if it had run for days when the simulation began.
  let bootedMs = clock.now() - Math.floor((0.1 + chance(seed, 2)) * 20 * dayMs);
  const beganMs = clock.now();
  const situation = (): Situation => {
    const nowMs = clock.now();
    const given = nowMs - beganMs < troubleAfterMs ? 'none' : trouble;
    return { ...{ seed, board, boot, bootedMs, nowMs }, trouble: given ?? troubleAt(seed, nowMs) };
  };
  return {
    get boot() {
      return boot;
    },
    uptimeMs: () => Math.max(0, clock.now() - bootedMs),
    read: async () => readingsAt(situation()),
    system: async () => 'Ubuntu 24.04.3 LTS, Jetson Linux 39.2.0',
    model: () => modelAt(situation()),
    pace: () => paceAt(situation()),
    restart() {
      boot = randomUUID();
      bootedMs = clock.now();
    },
  };
}
