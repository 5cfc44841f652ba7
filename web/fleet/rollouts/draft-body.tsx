/** A rollout that was not started: what would happen, as it is now, and the button that lets it. */
import type { RolloutDetail } from '@rockpool/protocol/update/rollout';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { showToast } from '../../parts/toast.tsx';
import { Panel, Read } from '../parts/panel.tsx';
import { canOperate } from '../person.ts';
import { useLive } from '../use-live.ts';
import { foresee, turnRollout } from '../wire.ts';
import { say } from '../words/say.ts';
import { Forecast } from './forecast.tsx';
import { HaltQuestion } from './halt-question.tsx';
import { Headline } from './headline.tsx';
import { Plan } from './plan.tsx';
import { StartQuestion } from './start-question.tsx';

interface DraftBodyProps {
  rollout: RolloutDetail;
  changed(): Promise<void>;
}

export function DraftBody({ rollout, changed }: DraftBodyProps) {
  return (
    <div class="device-page">
      <Headline rollout={rollout} />
      <div class="device-columns">
        <div class="device-side-main">
          {canOperate.value && <Foreseen rollout={rollout} changed={changed} />}
        </div>
        <div class="device-side">
          <Plan rollout={rollout} />
        </div>
      </div>
    </div>
  );
}

const never = () => false;

function Foreseen({ rollout, changed }: DraftBodyProps) {
  const [asked, setAsked] = useState<'start' | 'halt' | null>(null);
  const { id, plan, release } = rollout;
  const shown = useLive(`forecast ${id}`, { read: () => foresee(plan), concerns: never });
  const start = async () => {
    await turnRollout(id, 'start');
    showToast(say('rollout.done.start'));
    await changed();
  };
  const close = () => setAsked(null);
  return (
    <Panel title={say('forecast.title')} kind="forecast">
      <Read shown={shown}>
        {(forecast) => (
          <>
            <Forecast forecast={forecast} isStale={false} />
            <div class="acts">
              {forecast.devices > 0 && (
                <Button kind="main" onClick={() => setAsked('start')}>
                  {say('rollout.act.start')}
                </Button>
              )}
              <Button onClick={() => setAsked('halt')}>{say('rollout.act.drop')}</Button>
            </div>
            {asked === 'start' && (
              <StartQuestion
                release={release}
                devices={forecast.devices}
                waves={forecast.waves.length}
                start={start}
                onClose={close}
              />
            )}
          </>
        )}
      </Read>
      {asked === 'halt' && <HaltQuestion rollout={rollout} changed={changed} onClose={close} />}
    </Panel>
  );
}
