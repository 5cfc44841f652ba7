/** One rollout: how far it is and how well, wave by wave and device by device; and what an operator can do about it. */
import type { Change } from '@rockpool/protocol/fleet/api';
import type { RolloutDetail } from '@rockpool/protocol/update/rollout';
import { Icon } from '../../parts/icon.tsx';
import { Read } from '../parts/panel.tsx';
import { canOperate } from '../person.ts';
import { Lost, PageHead } from '../shell/house.tsx';
import { type Shown, useLive } from '../use-live.ts';
import { readRollout } from '../wire.ts';
import { say } from '../words/say.ts';
import { Acts } from './acts.tsx';
import { RolloutDevices } from './devices.tsx';
import { DraftBody } from './draft-body.tsx';
import { Failures } from './failures.tsx';
import { Headline } from './headline.tsx';
import { Plan } from './plan.tsx';
import { Legend, ProgressBar, progressSays } from './progress.tsx';
import { ReleaseName, releaseWords } from './release-name.tsx';
import { RolloutStateWords } from './state-marks.tsx';
import { Waves } from './waves.tsx';

export function Rollout({ id }: { id: string }) {
  const shown = useLive(`rollout ${id}`, { read: () => readRollout(id), concerns });
  if (!shown.value && shown.problem?.code === 'not-found') return <Lost words={say('rollout.notFound')} />;
  return (
    <>
      <PageHead title={shown.value ? releaseWords(shown.value.release) : say('rollouts.title')}>
        {shown.value && (
          <>
            <RolloutStateWords of={shown.value.state} />
            <span class="page-count">
              <ReleaseName path={shown.value.release} kind={shown.value.kind} bare />
            </span>
          </>
        )}
        <a class="page-back" href="#/rollouts">
          <Icon name="left" />
          <span>{say('rollout.back')}</span>
        </a>
      </PageHead>
      <Read shown={shown}>{(rollout) => <Body rollout={rollout} shown={shown} />}</Read>
    </>
  );
}

/** One of its devices said something, or somebody did something with it. */
function concerns({ commands, devices }: Change, rollout: RolloutDetail | null): boolean {
  if (commands || devices === null || !rollout) return true;
  const names = new Set<string>(devices);
  return rollout.total > rollout.devices.length || rollout.devices.some(({ device }) => names.has(device));
}

function Body({ rollout, shown }: { rollout: RolloutDetail; shown: Shown<RolloutDetail> }) {
  const { counts, perWave, state } = rollout;
  if (state === 'draft') return <DraftBody rollout={rollout} changed={shown.again} />;
  return (
    <div class="device-page">
      <Headline rollout={rollout} />
      {canOperate.value && <Acts rollout={rollout} changed={shown.again} />}
      <section class="panel" aria-label={say('rollout.progress')}>
        <ProgressBar waves={perWave} />
        <p class="unseen">{progressSays(counts)}</p>
        <Legend counts={counts} />
      </section>
      <div class="device-columns">
        <div class="device-side-main">
          <Failures rollout={rollout} />
          <RolloutDevices rollout={rollout} />
        </div>
        <div class="device-side">
          <Waves rollout={rollout} />
          <Plan rollout={rollout} />
        </div>
      </div>
    </div>
  );
}
