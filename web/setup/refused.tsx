/** A step that can't be done: why, in the reader's language where we have the words, and how to go on. */
import { useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { DetailsStep } from './details.tsx';
import { progress } from './device.ts';
import { Fault, useAttempt } from './form.tsx';
import { Frame } from './frame.tsx';
import { start } from './wire.ts';
import { isKey, language, say } from './words/say.ts';
import { Steps } from './work.tsx';

export function RefusedStep() {
  const [changes, setChanges] = useState(false);
  const attempt = useAttempt();
  const now = progress.value;
  if (!now) return null;
  if (changes) return <DetailsStep onStarted={() => setChanges(false)} />;
  const { refusal, findings, steps, needsClaim } = now;
  const why = `why.${refusal?.code}`;
  const known = isKey(why);
  const stopped = steps.filter(({ id, state }) => state === 'failed' || id === refusal?.code);
  const bad = findings.filter(({ state }) => state === 'bad');
  return (
    <Frame title={say('refused.title')} step={3}>
      <p class="lead">{say('refused.text')}</p>
      {refusal && (
        <p class="problem" role="alert" lang={known ? undefined : 'en'}>
          {known ? say(why) : refusal.says}
        </p>
      )}
      {stopped.length > 0 && <Steps steps={stopped.map((step) => ({ ...step, state: 'failed' }))} quiet />}
      {bad.length > 0 && (
        <details class="setup-details">
          <summary>{say('refused.details')}</summary>
          <ul lang="en">
            {bad.map(({ code, says, cure }) => (
              <li key={code}>
                {says} {cure}
              </li>
            ))}
          </ul>
        </details>
      )}
      {attempt.problem && <Fault problem={attempt.problem} />}
      <div class="door-acts">
        <Button onClick={() => setChanges(true)}>{say('refused.change')}</Button>
        <Button
          kind="main"
          busy={attempt.busy}
          onClick={() =>
            // A claim that was refused can't be sent again unseen.
            needsClaim ? setChanges(true) : void attempt.run(() => start({ language: language.value }))
          }
        >
          {say('page.retry')}
        </Button>
      </div>
    </Frame>
  );
}
