/** How a rollout stands, in one sentence and one number. */
import type { RolloutDetail, RolloutRow } from '@rockpool/protocol/update/rollout';
import { number } from '../../i18n/amounts.ts';
import { SeverityMark } from '../parts/marks.tsx';
import { say } from '../words/say.ts';
import { tally, waveSpokenOf } from './tally.ts';

type Standing = Pick<RolloutRow, 'state' | 'wave' | 'waves' | 'waitsForApproval'>;

const kindOf = ({ state, waitsForApproval }: Standing): RolloutRow['state'] | 'approval' =>
  waitsForApproval && state === 'running' ? 'approval' : state;

export function headline(rollout: Standing): string {
  const fill = { wave: number(waveSpokenOf(rollout) + 1), waves: number(rollout.waves) };
  return say(`rollout.says.${kindOf(rollout)}`, fill);
}

function text(rollout: Standing): string {
  const kind = kindOf(rollout);
  const isLast = kind === 'running' && rollout.wave >= rollout.waves - 1;
  return say(isLast ? 'rollout.text.last' : `rollout.text.${kind}`);
}

const looks = {
  draft: 'plain',
  running: 'well',
  done: 'well',
  approval: 'warning',
  paused: 'warning',
  halted: 'critical',
} as const;

export function Headline({ rollout }: { rollout: RolloutDetail }) {
  const { counts, because, state } = rollout;
  const { installed, targets } = tally(counts);
  const look = looks[kindOf(rollout)];
  return (
    <section class={`headline headline-${look}`}>
      {look === 'warning' || look === 'critical' ? (
        <SeverityMark of={look} size={28} />
      ) : (
        look === 'well' && <span class="headline-dot" />
      )}
      <div>
        <p class="headline-words" role="status">
          {headline(rollout)}
        </p>
        {because && state !== 'done' && <p class="headline-because">{because}</p>}
        <p class="headline-text">{text(rollout)}</p>
      </div>
      {targets > 0 && (
        <p class="headline-number">
          <strong>
            {say('rollout.installedOf', { installed: number(installed), total: number(targets) })}
          </strong>
          <span>{say('rollout.installedWords')}</span>
        </p>
      )}
    </section>
  );
}
