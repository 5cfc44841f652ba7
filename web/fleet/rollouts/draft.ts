/** A rollout as it is being written: text as it was typed, what is wrong with it, and the plan that it stands for. */
import type { RolloutPlan } from '@rockpool/protocol/update/rollout';
import type { z } from 'zod';

export interface DraftWave {
  /** Of React's kind: what stays the same while others come and go. */
  key: number;
  size: string;
  unit: 'devices' | 'percent';
  approval: boolean;
  pauseS: number;
}

export interface Draft {
  release: string;
  labels: Record<string, string>;
  /** Without the last one, which takes the rest and has no size. */
  waves: readonly DraftWave[];
  last: { approval: boolean; pauseS: number };
  success: { percent: string; sample: string };
  abort: { percent: string; sample: string; rollBack: boolean };
  perMinute: string;
  silentS: number;
  now: boolean;
  note: string;
}

export const presets = ['careful', 'usual', 'atOnce'] as const;
export type Preset = (typeof presets)[number];
export const pauses = [0, 600, 3_600, 86_400] as const;
export const silences = [86_400, 604_800, 2_592_000] as const;
/** Of a plan, its last one included. */
export const mostWaves = 20;

let lastKey = 0;
export const freshWave = (
  size: string,
  unit: DraftWave['unit'],
  more: Partial<DraftWave> = {},
): DraftWave => {
  lastKey += 1;
  return { key: lastKey, size, unit, approval: false, pauseS: 0, ...more };
};

/** How carefully, before anybody changes a number. */
export function wavesOf(preset: Preset): Pick<Draft, 'waves' | 'last'> {
  const last = { approval: false, pauseS: 0 };
  switch (preset) {
    case 'careful':
      return {
        waves: [
          freshWave('1', 'devices'),
          freshWave('10', 'percent', { pauseS: 3_600 }),
          freshWave('50', 'percent', { approval: true }),
        ],
        last,
      };
    case 'usual':
      return { waves: [freshWave('1', 'devices'), freshWave('25', 'percent')], last };
    case 'atOnce':
      return { waves: [], last };
  }
}

export const freshDraft = (release: string): Draft => ({
  release,
  labels: {},
  ...wavesOf('usual'),
  success: { percent: '95', sample: '1' },
  abort: { percent: '10', sample: '2', rollBack: false },
  perMinute: '0',
  silentS: silences[1],
  now: false,
  note: '',
});

/** What stands beside a field when its text is no such thing. */
export interface Wrongs {
  release: boolean;
  waves: readonly ('size' | 'percent' | 'grow' | null)[];
  success: boolean;
  successSample: boolean;
  abort: boolean;
  abortSample: boolean;
  perMinute: boolean;
}

export function wrongsOf(draft: Draft): Wrongs {
  const { success, abort } = draft;
  return {
    release: draft.release === '',
    waves: wrongWaves(draft.waves),
    success: permilleOf(success.percent) === null,
    successSample: !isWhole(success.sample, 1, 1_000_000),
    abort: permilleOf(abort.percent) === null,
    abortSample: !isWhole(abort.sample, 1, 1_000_000),
    perMinute: !isWhole(draft.perMinute, 0, 10_000),
  };
}

export const isWrong = ({ waves, ...others }: Wrongs): boolean =>
  waves.some((wrong) => wrong !== null) || Object.values(others).some(Boolean);

function wrongWaves(waves: readonly DraftWave[]): Wrongs['waves'] {
  return waves.map((wave, place) => {
    if (wave.unit === 'devices' && !isWhole(wave.size, 1, 10_000_000)) return 'size';
    const permille = permilleOf(wave.size);
    if (wave.unit === 'percent' && (permille === null || permille < 1)) return 'percent';
    // Only like can be compared: how many devices a share is shows in the forecast.
    const before = waves.slice(0, place).findLast(({ unit }) => unit === wave.unit);
    return before && numberOf(wave.size) <= numberOf(before.size) ? 'grow' : null;
  });
}

/** Once nothing is wrong. */
export function planOf(draft: Draft): z.input<typeof RolloutPlan> {
  const { success, abort, labels, now, silentS } = draft;
  return {
    ...{ release: draft.release, labels, now, silentS },
    waves: [
      ...draft.waves.map(({ size, unit, approval, pauseS }) => ({
        ...(unit === 'devices' ? { devices: numberOf(size) } : { permille: permilleOf(size) ?? 1 }),
        ...{ approval, pauseS },
      })),
      { permille: 1_000, ...draft.last },
    ],
    success: { permille: permilleOf(success.percent) ?? 0, sample: numberOf(success.sample) },
    abort: {
      permille: permilleOf(abort.percent) ?? 0,
      sample: numberOf(abort.sample),
      rollBack: abort.rollBack,
    },
    perMinute: numberOf(draft.perMinute),
    note: draft.note.trim(),
  };
}

const numberOf = (text: string): number => Number(text.trim().replace(',', '.'));
const isWhole = (text: string, least: number, most: number): boolean =>
  /^\d{1,8}$/.test(text.trim()) && numberOf(text) >= least && numberOf(text) <= most;

/** 12.5 or 12,5 percent; null when it is none. */
function permilleOf(text: string): number | null {
  if (!/^\d{1,3}(?:[.,]\d)?$/.test(text.trim())) return null;
  const permille = Math.round(numberOf(text) * 10);
  return permille <= 1_000 ? permille : null;
}
