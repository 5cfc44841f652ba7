/** Which step the device and its reader are at. */
import { Button } from '../parts/button.tsx';
import { CodeStep } from './code.tsx';
import { DetailsStep } from './details.tsx';
import { lost, progress, state, unlocked } from './device.ts';
import { EndSteps } from './done.tsx';
import { Fault } from './form.tsx';
import { Frame } from './frame.tsx';
import { LockedStep } from './locked.tsx';
import { RecoveryStep } from './recovery.tsx';
import { RefusedStep } from './refused.tsx';
import { say } from './words/say.ts';
import { WorkStep } from './work.tsx';

export function Page() {
  const known = state.value;
  const now = progress.value;
  if (now) return now.phase !== 'done' && lost.value ? <Away name={now.name} /> : <Step />;
  if (!known) return lost.value ? <Away /> : <Frame title={say('page.waiting')}>{null}</Frame>;
  if (known.phase === 'locked' || unlocked.value) return <LockedStep />;
  return <CodeStep />;
}

function Step() {
  const now = progress.value;
  switch (now?.phase) {
    case 'fresh':
      return <DetailsStep />;
    case 'working':
      return <WorkStep />;
    case 'recovery':
      return now.recovery ? <RecoveryStep recovery={now.recovery} /> : <WorkStep />;
    case 'refused':
      return <RefusedStep />;
    case 'locked':
      return <LockedStep />;
    default:
      return <EndSteps />;
  }
}

/** It may be under another name by now: taking its name is one of the steps. */
function Away({ name }: { name?: string }) {
  const address = `${name}.local`;
  return (
    <Frame title={say('page.waiting')}>
      {lost.value && <Fault problem={lost.value} />}
      <p class="lead">{say('page.lost')}</p>
      {name && location.hostname !== address && (
        <p class="note">
          {say('page.lostName')} <a href={`https://${address}/`}>{`https://${address}/`}</a>
        </p>
      )}
      <Button icon="again" onClick={() => location.reload()}>
        {say('page.retry')}
      </Button>
    </Frame>
  );
}
