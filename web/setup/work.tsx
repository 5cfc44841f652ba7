/** Step 3: what the device does, step by step, and what each is for. */
import type { SetupStep } from '@rockpool/protocol/setup';
import { useEffect } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { progress } from './device.ts';
import { qrReady } from './done.tsx';
import { Frame } from './frame.tsx';
import { isKey, say } from './words/say.ts';

export function WorkStep() {
  const steps = progress.value?.steps ?? [];
  const done = steps.filter(({ state }) => state === 'done').length;
  const words = say('work.count', { done, total: steps.length });
  // The key is kept already when the device goes on after it.
  const isLate = steps.some(({ id, state }) => id === 'disk-recovery' && state === 'done');
  useEffect(() => {
    // At the end this page's program is gone; without it the address is read instead of scanned.
    qrReady().catch(() => undefined);
  }, []);
  return (
    <Frame title={say('work.title')} step={isLate ? 4 : 3}>
      <p class="lead">{say('work.text')}</p>
      <div class="work-head">
        <progress class="work-bar" value={done} max={Math.max(1, steps.length)} aria-label={words} />
        <p class="note" role="status">
          {words}
        </p>
      </div>
      <Steps steps={steps} />
    </Frame>
  );
}

/** @param quiet without the device's own words: the reader's language has said it already */
export function Steps({ steps, quiet = false }: { steps: readonly SetupStep[]; quiet?: boolean }) {
  return (
    <ol class="work">
      {steps.map((step) => (
        <Line key={step.id} {...step} says={quiet ? null : step.says} />
      ))}
    </ol>
  );
}

function Line({ id, state, says }: SetupStep) {
  const why = `step.${id}.why`;
  return (
    <li class={`work-line work-${state}`} aria-current={state === 'running' ? 'step' : undefined}>
      <span class="work-sign" aria-hidden="true">
        {state === 'done' && <Icon name="check" />}
        {state === 'failed' && <Icon name="close" />}
      </span>
      <div>
        <span class="work-name">{stepName(id)}</span>
        <span class="unseen"> {say(`work.${state}`)}</span>
        {state === 'running' && isKey(why) && <p class="note">{say(why)}</p>}
        {state === 'failed' && says && (
          <p class="note" lang="en">
            {says}
          </p>
        )}
      </div>
    </li>
  );
}

/** A newer device may have a step that this page has no name for. */
function stepName(id: string): string {
  const key = `step.${id}`;
  return isKey(key) ? say(key) : id;
}
