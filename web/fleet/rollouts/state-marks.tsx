/** What became of a device in a rollout, as shapes: each differs by outline too, for eyes that see no red. */
import type { DeviceRolloutState, RolloutState } from '@rockpool/protocol/update/rollout';
import { say } from '../words/say.ts';

const paths: Record<DeviceRolloutState, string> = {
  installed: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11Zm2.6 3.2L7.2 9.1 5.6 7.5 4.5 8.6l2.7 2.7 4.5-4.5Z',
  running: 'M8 2.8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 8 2.8Zm0 1.7v7a3.5 3.5 0 0 0 0-7Z',
  told: 'M8 2.8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 8 2.8Zm0 1.7a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Zm0 2a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3Z',
  waiting: 'M8 2.8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 8 2.8Zm0 1.7a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z',
  failed: 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3ZM7.2 4.3v4.9h1.6V4.3Zm0 6v1.6h1.6v-1.6Z',
  'rolled-back': 'M7.5 2v2.4h1A4.8 4.8 0 1 1 3.7 9.2h1.8a3 3 0 1 0 3-3h-1v2.4L3.5 5.3Z',
  'left-out': 'M3 7.2h10v1.6H3Z',
};

export function StateMark({ of, size = 16 }: { of: DeviceRolloutState; size?: number }) {
  return (
    <svg
      class={`sign rollout-${of}`}
      viewBox="0 0 16 16"
      width={size}
      height={size}
      aria-hidden="true"
      focusable="false"
    >
      <path fill-rule="evenodd" d={paths[of]} />
    </svg>
  );
}

export function StateWords({ of }: { of: DeviceRolloutState }) {
  return (
    <span class="state" title={say(`rollout.device.${of}.text`)}>
      <StateMark of={of} />
      <span>{say(`rollout.device.${of}`)}</span>
    </span>
  );
}

const looks: Record<RolloutState, string> = {
  draft: 'faint',
  running: 'open',
  paused: 'open',
  halted: 'bad',
  done: 'good',
};

export const RolloutStateWords = ({ of }: { of: RolloutState }) => (
  <span class={`outcome outcome-${looks[of]}`}>{say(`rollout.state.${of}`)}</span>
);
