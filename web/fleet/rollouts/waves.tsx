/** The waves one below the other, each with what it is doing and how far it is. */
import type { RolloutDetail } from '@rockpool/protocol/update/rollout';
import { number } from '../../i18n/amounts.ts';
import { Sentence } from '../alerts/alert-row.tsx';
import { Panel } from '../parts/panel.tsx';
import { say } from '../words/say.ts';
import { Legend, ProgressBar, progressSays } from './progress.tsx';
import { type WaveState, waveState } from './tally.ts';

const looks: Record<WaveState, string> = {
  waiting: 'faint',
  approval: 'open',
  running: 'open',
  well: 'good',
  stopped: 'faint',
};

export function Waves({ rollout }: { rollout: RolloutDetail }) {
  return (
    <Panel title={say('rollout.waves')}>
      <ol class="waves">
        {rollout.perWave.map((wave, place) => (
          <Wave key={place} rollout={rollout} wave={wave} place={place} />
        ))}
      </ol>
    </Panel>
  );
}

interface WaveProps {
  rollout: RolloutDetail;
  wave: RolloutDetail['perWave'][number];
  place: number;
}

function Wave({ rollout, wave, place }: WaveProps) {
  const state = waveState(rollout, wave, place);
  return (
    <li class={place === rollout.wave ? 'wave wave-here' : 'wave'}>
      <p class="wave-head">
        <span class="row-title">{say('rollout.wave', { n: number(place + 1) })}</span>
        <span class={`outcome outcome-${looks[state]}`}>{say(`rollout.wave.${state}`)}</span>
        <span class="wave-when">
          {wave.wellAt !== null ? (
            <Sentence words={say('rollout.well')} at={wave.wellAt} />
          ) : (
            wave.beganAt !== null && <Sentence words={say('rollout.began')} at={wave.beganAt} />
          )}
        </span>
      </p>
      <ProgressBar waves={[wave]} slim />
      <p class="unseen">{progressSays(wave.counts)}</p>
      <Legend counts={wave.counts} />
    </li>
  );
}
