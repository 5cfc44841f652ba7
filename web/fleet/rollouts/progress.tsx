/** How far a rollout is: its waves side by side, filled with what became of their devices, and the same in numbers. */
import { number } from '../../i18n/amounts.ts';
import { say } from '../words/say.ts';
import { StateMark } from './state-marks.tsx';
import { type Counts, deviceStates, drawn, roomOf, tally } from './tally.ts';

interface ProgressBarProps {
  waves: readonly { devices: number; counts: Counts }[];
  slim?: boolean;
}

/** Drawn for the eye; beside it the same stands in words. */
export function ProgressBar({ waves, slim }: ProgressBarProps) {
  const height = slim ? 8 : 22;
  return (
    <svg
      class={slim ? 'progress progress-slim' : 'progress'}
      viewBox={`0 0 ${roomOf} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {drawn(waves).map(({ x, width, segments }) => (
        <g key={x}>
          <rect class="progress-ground" x={x} y="0" width={width} height={height} />
          {segments.map(({ state, x: at, width: wide }) => (
            <rect key={state} class={`progress-${state}`} x={at} y="0" width={wide} height={height} />
          ))}
        </g>
      ))}
    </svg>
  );
}

export function progressSays(counts: Counts): string {
  const { installed, underWay, failed, targets } = tally(counts);
  return say('rollout.progressSays', {
    ...{ installed: number(installed), total: number(targets) },
    ...{ running: number(underWay), failed: number(failed) },
  });
}

/** What the colours of the bar mean, and how many of each. */
export function Legend({ counts }: { counts: Counts }) {
  return (
    <ul class="legend">
      {deviceStates
        .filter((state) => (counts[state] ?? 0) > 0)
        .map((state) => (
          <li key={state} title={say(`rollout.device.${state}.text`)}>
            <StateMark of={state} />
            <strong>{number(counts[state] ?? 0)}</strong>
            <span>{say(`rollout.device.${state}`)}</span>
          </li>
        ))}
    </ul>
  );
}
