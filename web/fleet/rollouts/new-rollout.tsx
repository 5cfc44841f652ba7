/** A rollout being written: what, to whom, in which waves; and what would happen, before anything does. */
import type { ReleaseList, RolloutForecast, RolloutPlan } from '@rockpool/protocol/update/rollout';
import { useState } from 'preact/hooks';
import type { z } from 'zod';
import { useAttempt } from '../../door/attempt.ts';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ProblemLine } from '../../parts/problem.tsx';
import { showToast } from '../../parts/toast.tsx';
import { navigate } from '../navigation.ts';
import { None, Panel, Read } from '../parts/panel.tsx';
import { withCode } from '../parts/with-code.tsx';
import { rolloutPath } from '../routes.ts';
import { PageHead } from '../shell/house.tsx';
import { useLive } from '../use-live.ts';
import { createRollout, foresee, readReleases, turnRollout } from '../wire.ts';
import { count, say } from '../words/say.ts';
import { type Draft, freshDraft, isWrong, planOf, wrongsOf } from './draft.ts';
import { DraftForm } from './draft-form.tsx';
import { Forecast } from './forecast.tsx';
import { StartQuestion } from './start-question.tsx';

const never = () => false;

export function NewRollout({ release }: { release: string | null }) {
  const shown = useLive('releases', { read: readReleases, concerns: never });
  return (
    <>
      <PageHead title={say('rollnew.title')}>
        <a class="page-back" href="#/rollouts">
          <Icon name="left" />
          <span>{say('rollout.back')}</span>
        </a>
      </PageHead>
      <p class="lead">{say('rollnew.text')}</p>
      <Read shown={shown}>
        {(list) =>
          offered(list).length === 0 ? (
            <p class="none">{withCode(say('rollnew.releaseNone'))}</p>
          ) : (
            <Desk releases={offered(list)} release={release} />
          )
        }
      </Read>
    </>
  );
}

/** Newest first: that is the one. */
const offered = ({ releases }: ReleaseList): ReleaseList['releases'] =>
  releases.filter(({ withdrawn }) => !withdrawn).sort((one, other) => other.madeAt - one.madeAt);

interface DeskProps {
  releases: ReleaseList['releases'];
  release: string | null;
}

interface Foreseen {
  plan: z.input<typeof RolloutPlan>;
  forecast: RolloutForecast;
}

function Desk({ releases, release }: DeskProps) {
  const chosen = releases.find(({ path }) => path === release) ?? releases[0];
  const [draft, setDraft] = useState<Draft>(() => freshDraft(chosen?.path ?? ''));
  const [isTried, setTried] = useState(false);
  const [foreseen, setForeseen] = useState<Foreseen | null>(null);
  const attempt = useAttempt();
  const wrongs = wrongsOf(draft);
  const look = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (isWrong(wrongs)) return;
    const plan = planOf(draft);
    void attempt.run(async () => setForeseen({ plan, forecast: await foresee(plan) }));
  };
  const isStale = foreseen !== null && JSON.stringify(planOf(draft)) !== JSON.stringify(foreseen.plan);
  return (
    <div class="page-columns rollnew">
      <form class="panel" onSubmit={look} noValidate aria-label={say('rollnew.title')}>
        <DraftForm draft={draft} onDraft={setDraft} releases={releases} wrongs={isTried ? wrongs : null} />
        {attempt.problem && <ProblemLine problem={attempt.problem} />}
        <div>
          <Button kind={foreseen && !isStale ? 'quiet' : 'main'} type="submit" icon="eye" busy={attempt.busy}>
            {say('rollnew.look')}
          </Button>
        </div>
      </form>
      <Panel title={say('forecast.title')} kind="forecast">
        {foreseen ? (
          <>
            <Forecast forecast={foreseen.forecast} isStale={isStale} />
            {!isStale && foreseen.forecast.devices > 0 && <Begin foreseen={foreseen} />}
          </>
        ) : (
          <None words={say('forecast.none')} icon="about" />
        )}
      </Panel>
    </div>
  );
}

/** Only what was looked at can be begun. */
function Begin({ foreseen: { plan, forecast } }: { foreseen: Foreseen }) {
  const [isAsked, setAsked] = useState(false);
  const attempt = useAttempt();
  // A rollout that was made and did not start is not made again.
  const [made, setMade] = useState<string | null>(null);
  const create = async (): Promise<string> => {
    const id = made ?? (await createRollout(plan)).id;
    setMade(id);
    return id;
  };
  const keep = async () => {
    const id = await create();
    showToast(say('rollnew.kept'));
    navigate(rolloutPath(id));
  };
  const start = async () => {
    const id = await create();
    await turnRollout(id, 'start');
    showToast(say('rollout.done.start'));
    navigate(rolloutPath(id));
  };
  return (
    <>
      {attempt.problem && <ProblemLine problem={attempt.problem} />}
      <div class="acts">
        <Button kind="main" onClick={() => setAsked(true)}>
          {count('rollnew.start', forecast.devices)}
        </Button>
        <Button busy={attempt.busy} onClick={() => void attempt.run(keep)}>
          {say('rollnew.draft')}
        </Button>
      </div>
      {isAsked && (
        <StartQuestion
          release={plan.release}
          devices={forecast.devices}
          waves={forecast.waves.length}
          start={start}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  );
}
