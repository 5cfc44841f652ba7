/** How far a rollout is, as numbers that can be drawn. */
import type { DeviceRolloutState, RolloutDetail, RolloutRow } from '@rockpool/protocol/update/rollout';

export type Counts = Readonly<Partial<Record<DeviceRolloutState, number>>>;

/** In the order in which they are drawn: what is through first, what is to come last. */
export const deviceStates = [
  'installed',
  'failed',
  'rolled-back',
  'running',
  'told',
  'waiting',
  'left-out',
] as const satisfies DeviceRolloutState[];

/** Those that are left out are in no wave. */
const drawnStates = deviceStates.filter((state) => state !== 'left-out');

export interface Tally {
  installed: number;
  underWay: number;
  failed: number;
  /** Those that are to get it. */
  targets: number;
}

export function tally(counts: Counts): Tally {
  const of = (state: DeviceRolloutState): number => counts[state] ?? 0;
  return {
    installed: of('installed'),
    underWay: of('told') + of('running'),
    failed: of('failed') + of('rolled-back'),
    targets: drawnStates.reduce((sum, state) => sum + of(state), 0),
  };
}

export interface Segment {
  state: DeviceRolloutState;
  x: number;
  width: number;
}
export interface DrawnWave {
  x: number;
  width: number;
  segments: readonly Segment[];
}

export const roomOf = 1000;
const gap = 6;
/** One of thousands is still a line that one sees; a wave of one is still a place. */
const leastState = 4;
const leastWave = 26;

/** All waves side by side, each as wide as it has devices, and filled with what became of them. */
export function drawn(waves: readonly { devices: number; counts: Counts }[]): DrawnWave[] {
  const there = waves.filter(({ devices }) => devices > 0);
  const total = there.reduce((sum, { devices }) => sum + devices, 0);
  const room = roomOf - gap * (there.length - 1);
  const widths = fitted(
    there.map(({ devices }) => (devices / total) * room),
    leastWave,
    room,
  );
  let x = 0;
  return there.map(({ counts }, place) => {
    const width = widths[place] ?? 0;
    const wave = { x, width, segments: segmentsIn(counts, x, width) };
    x += width + gap;
    return wave;
  });
}

function segmentsIn(counts: Counts, from: number, room: number): Segment[] {
  const shown = drawnStates.filter((state) => (counts[state] ?? 0) > 0);
  const total = shown.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  const widths = fitted(
    shown.map((state) => ((counts[state] ?? 0) / total) * room),
    leastState,
    room,
  );
  let x = from;
  return shown.map((state, place) => {
    const width = widths[place] ?? 0;
    const segment = { state, x, width };
    x += width;
    return segment;
  });
}

function fitted(wanted: readonly number[], least: number, room: number): number[] {
  const grown = wanted.map((width) => Math.max(least, width));
  const scale = room / grown.reduce((sum, width) => sum + width, 0);
  return grown.map((width) => width * scale);
}

export type WaveState = 'waiting' | 'approval' | 'running' | 'well' | 'stopped';

/** What a wave is doing, by its place in its rollout. */
export function waveState(
  { state, wave, waitsForApproval }: Pick<RolloutRow, 'state' | 'wave' | 'waitsForApproval'>,
  { beganAt, wellAt }: Pick<RolloutDetail['perWave'][number], 'beganAt' | 'wellAt'>,
  place: number,
): WaveState {
  if (wellAt !== null || state === 'done') return 'well';
  if (place === wave + 1 && waitsForApproval) return 'approval';
  if (beganAt === null) return 'waiting';
  return state === 'running' ? 'running' : 'stopped';
}

/** The wave that is spoken of, from 0: the one that somebody has to approve, else the one that runs. */
export const waveSpokenOf = ({
  wave,
  waves,
  waitsForApproval,
}: Pick<RolloutRow, 'wave' | 'waves' | 'waitsForApproval'>): number =>
  Math.min(waitsForApproval ? wave + 1 : wave, waves - 1);
