/** Rollouts: what is under way, what halted and why, and what was. */
import type { Change } from '@rockpool/protocol/fleet/api';
import type { RolloutList, RolloutRow } from '@rockpool/protocol/update/rollout';
import { useState } from 'preact/hooks';
import type { z } from 'zod';
import { number } from '../../i18n/amounts.ts';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Sentence } from '../alerts/alert-row.tsx';
import { None, Read } from '../parts/panel.tsx';
import { canOperate } from '../person.ts';
import { newRolloutPath, rolloutPath } from '../routes.ts';
import { PageHead } from '../shell/house.tsx';
import { useLive } from '../use-live.ts';
import { readRollouts } from '../wire.ts';
import { say } from '../words/say.ts';
import { headline } from './headline.tsx';
import { ProgressBar, progressSays } from './progress.tsx';
import { ReleaseName } from './release-name.tsx';
import { RolloutStateWords } from './state-marks.tsx';
import { tally } from './tally.ts';

type List = z.infer<typeof RolloutList>;
const pageSize = 50;

export function Rollouts() {
  const [limit, setLimit] = useState(pageSize);
  const shown = useLive(`rollouts ${limit}`, { read: () => readRollouts(limit), concerns });
  return (
    <>
      <PageHead title={say('rollouts.title')}>
        <Tabs here="rollouts" />
        {canOperate.value && (
          <a class="button button-main page-act" href={newRolloutPath()}>
            <Icon name="plus" />
            <span>{say('rollouts.new')}</span>
          </a>
        )}
      </PageHead>
      <Read shown={shown}>
        {({ rollouts, total }) => (
          <section class="panel" aria-label={say('rollouts.list')}>
            {rollouts.length === 0 ? (
              <>
                <None words={say('rollouts.none')} icon="about" />
                <p class="note">{say('rollouts.noneText')}</p>
              </>
            ) : (
              <ul class="rollouts">
                {inOrder(rollouts).map((rollout) => (
                  <Row key={rollout.id} rollout={rollout} />
                ))}
              </ul>
            )}
            {total > rollouts.length && (
              <div class="more">
                <span class="note">
                  {say('alerts.more', { shown: number(rollouts.length), total: number(total) })}
                </span>
                <Button onClick={() => setLimit(limit + pageSize)}>{say('act.more')}</Button>
              </div>
            )}
          </section>
        )}
      </Read>
    </>
  );
}

export function Tabs({ here }: { here: 'rollouts' | 'releases' }) {
  const of = (page: typeof here) => ({
    href: `#/${page}`,
    'aria-current': page === here ? ('page' as const) : undefined,
  });
  return (
    <nav class="segments" aria-label={say('rollouts.which')}>
      <a {...of('rollouts')}>{say('rollouts.title')}</a>
      <a {...of('releases')}>{say('rollouts.releases')}</a>
    </nav>
  );
}

/** While one runs, any device may have brought it further; else only what people do changes it. */
const concerns = ({ commands, devices }: Change, list: List | null): boolean =>
  commands || devices === null || !list || list.rollouts.some(({ state }) => state === 'running');

const needsSomeone = ({ state, waitsForApproval }: RolloutRow): boolean =>
  waitsForApproval || state === 'running' || state === 'paused';
/** What goes on stands first, then the newest. */
const inOrder = (rollouts: readonly RolloutRow[]): RolloutRow[] =>
  [...rollouts].sort(
    (one, other) =>
      Number(needsSomeone(other)) - Number(needsSomeone(one)) || other.createdAt - one.createdAt,
  );

function Row({ rollout }: { rollout: RolloutRow }) {
  const { id, release, kind, state, because, counts, by, createdAt } = rollout;
  const { installed, targets } = tally(counts);
  return (
    <li class="rollout-row">
      <div class="rollout-row-words">
        <p class="row-title">
          <a class="rollout-link" href={rolloutPath(id)}>
            <ReleaseName path={release} kind={kind} />
          </a>{' '}
          <RolloutStateWords of={state} />
        </p>
        <p class="row-note">
          <span>{headline(rollout)}</span>
          <span>
            <Sentence words={say('rollouts.by', { who: by })} at={createdAt} />
          </span>
        </p>
        {because && state !== 'done' && (
          <p class={state === 'halted' ? 'rollout-because' : 'alert-detail'}>{because}</p>
        )}
      </div>
      {targets > 0 && (
        <div class="rollout-row-progress">
          <p class="rollout-row-count">
            <strong>
              {say('rollout.installedOf', { installed: number(installed), total: number(targets) })}
            </strong>
            <span>{say('rollout.installedWords')}</span>
          </p>
          <ProgressBar waves={[{ devices: targets, counts }]} slim />
          <p class="unseen">{progressSays(counts)}</p>
        </div>
      )}
    </li>
  );
}
