/** What was agreed on before it began. */
import type { RolloutDetail } from '@rockpool/protocol/update/rollout';
import { number } from '../../i18n/amounts.ts';
import { share, span } from '../measures.ts';
import { Labels } from '../parts/labels.tsx';
import { Panel } from '../parts/panel.tsx';
import { Exactly } from '../parts/time.tsx';
import { say } from '../words/say.ts';

export function Plan({ rollout: { plan, by, createdAt } }: { rollout: RolloutDetail }) {
  const { success, abort, perMinute } = plan;
  return (
    <Panel title={say('rollout.plan')}>
      <dl class="facts">
        <dt>{say('rollout.plan.to')}</dt>
        <dd>
          {Object.keys(plan.labels).length === 0 ? (
            say('rollout.plan.everyone')
          ) : (
            <Labels labels={plan.labels} />
          )}
        </dd>
        <dt>{say('rollout.plan.success')}</dt>
        <dd>
          {say('rollout.plan.successSays', {
            ...{ share: share(success.permille), sample: number(success.sample) },
          })}
        </dd>
        <dt>{say('rollout.plan.abort')}</dt>
        <dd>
          {say('rollout.plan.abortSays', { share: share(abort.permille), sample: number(abort.sample) })}
          {abort.rollBack && ` ${say('rollout.plan.abortBack')}`}
        </dd>
        <dt>{say('rollout.plan.rate')}</dt>
        <dd>{perMinute === 0 ? say('rollout.plan.rateAll') : number(perMinute)}</dd>
        <dt>{say('rollout.plan.silent')}</dt>
        <dd>{span(plan.silentS * 1000)}</dd>
        <dt>{say('rollout.plan.now')}</dt>
        <dd>{say(plan.now ? 'rollout.plan.nowYes' : 'rollout.plan.nowNo')}</dd>
        {plan.note && (
          <>
            <dt>{say('rollout.plan.note')}</dt>
            <dd>{plan.note}</dd>
          </>
        )}
        <dt>{say('rollout.plan.by')}</dt>
        <dd>
          {by}, <Exactly at={createdAt} />
        </dd>
      </dl>
    </Panel>
  );
}
