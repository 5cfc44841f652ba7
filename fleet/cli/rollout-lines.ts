/** What a person is shown of rollouts. */
import {
  deviceRolloutStates,
  type RolloutDetail,
  type RolloutForecast,
  type RolloutRow,
} from '@rockpool/protocol/update/rollout';
import type { z } from 'zod';
import { labelsText, table, time } from './output.ts';

type Detail = z.infer<typeof RolloutDetail>;
type Row = z.infer<typeof RolloutRow>;

export const listLines = (rollouts: readonly Row[]): string[] =>
  rollouts.length === 0
    ? ['There is none yet; `rockpool-fleet rollout create` makes one.']
    : table([
        ['ID', 'RELEASE', 'STATE', 'WAVE', 'INSTALLED', 'FAILED', 'OF', 'BY', 'MADE'],
        ...rollouts.map(rowText),
      ]);

const rowText = (one: Row): string[] => [
  ...[one.id.slice(0, 8), one.release, stateText(one), `${one.wave + 1}/${one.waves}`],
  ...[String(one.counts.installed), String(one.counts.failed + one.counts['rolled-back'])],
  ...[String(one.total - one.counts['left-out']), one.by, time(one.createdAt)],
];

const stateText = ({ state, waitsForApproval }: Pick<Row, 'state' | 'waitsForApproval'>): string =>
  waitsForApproval ? `${state}, waits for approval` : state;

export function detailLines(one: Detail): string[] {
  const { plan } = one;
  const troubled = one.devices
    .filter(({ state }) => state === 'failed' || state === 'rolled-back')
    .slice(0, 20);
  return [
    `${one.release}: ${stateText(one)}${one.because === null ? '' : ` (${one.because})`}`,
    `id ${one.id}, made by ${one.by} at ${time(one.createdAt)}, for ${labelsText(plan.labels) === '-' ? 'every device' : labelsText(plan.labels)}`,
    ...table([
      ['WAVE', ...deviceRolloutStates.map((state) => state.toUpperCase()), 'BEGAN', 'WELL'],
      ...one.perWave.map(({ counts, beganAt, wellAt }, n) => [
        `${n + 1}`,
        ...deviceRolloutStates.map((state) => String(counts[state])),
        ...[beganAt === null ? '-' : time(beganAt), wellAt === null ? '-' : time(wellAt)],
      ]),
    ]),
    ...one.failures.map(({ reason, devices }) => `${devices} failed: ${reason}`),
    ...table(
      troubled.map(({ device, state, reason, says }) => [`  ${device}`, state, reason ?? '-', says ?? '']),
    ),
    ...nextLines(one),
  ];
}

function nextLines({ id: full, state, waitsForApproval }: Detail): string[] {
  const short = full.slice(0, 8);
  if (state === 'draft') return [`Next: rockpool-fleet rollout start ${short}`];
  if (state === 'paused') return [`Next: rockpool-fleet rollout resume ${short}`];
  return waitsForApproval ? [`Next: rockpool-fleet rollout approve ${short}`] : [];
}

export const forecastLines = ({ devices, waves, bytes, leftOut }: RolloutForecast): string[] => [
  `${devices} devices would be told; together they would fetch ${sizeText(bytes)} at most.`,
  ...table([
    ['WAVE', 'DEVICES', 'FIRST'],
    ...waves.map(({ devices: count, first }, n) => [
      ...[`${n + 1}`, String(count)],
      first.join(' ') + (count > first.length ? ' …' : ''),
    ]),
  ]),
  ...leftOut.map(({ why, devices: count }) => `${count} left out: ${why}`),
];

function sizeText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = bytes === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1_024 ** power).toFixed(1)} ${units[power]}`;
}
