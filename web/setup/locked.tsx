/** A device whose disk did not open: takes the recovery key, as words or as letters. */
import { useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { Problem } from '../wire/problem.ts';
import { noteWait, state, unlocked } from './device.ts';
import { Fault, Field, useAttempt } from './form.tsx';
import { Frame } from './frame.tsx';
import { unlock } from './wire.ts';
import { say } from './words/say.ts';

export function LockedStep() {
  const [typed, setTyped] = useState('');
  const attempt = useAttempt();
  const waitS = state.value?.waitS ?? 0;
  const words = typed.trim().split(/\s+/).filter(Boolean);
  // The letters of the key are one word to a space; who types words has two soon.
  const isWords = words.length > 1 && words.every((word) => /^[a-z]{1,8}$/i.test(word));
  const send = (event: Event) => {
    event.preventDefault();
    if (!typed.trim()) return;
    void attempt.run(() =>
      noteWait(async () => {
        await unlock(typed.trim());
        unlocked.value = true;
      }),
    );
  };
  if (unlocked.value && state.value?.phase !== 'locked') {
    return (
      <Frame title={say('locked.title')}>
        <p class="lead" role="status">
          {say('locked.opening')}
        </p>
        <a class="button button-main" href="/">
          {say('page.next')}
        </a>
      </Frame>
    );
  }
  return (
    <Frame title={say('locked.title')}>
      <p class="lead">{say('locked.text')}</p>
      <form class="stack" onSubmit={send} noValidate>
        <Field
          label={say('locked.field')}
          value={typed}
          onValue={(value) => {
            setTyped(value);
            attempt.setProblem(null);
          }}
          note={isWords ? say('locked.count', { n: words.length }) : say('locked.hint')}
          good={isWords && words.length === 24}
          rows={4}
          maxLength={512}
          code
          focus
        />
        {attempt.problem && <Fault problem={worded(attempt.problem, waitS)} />}
        <Button kind="main" type="submit" busy={attempt.busy} disabled={waitS > 0}>
          {say('locked.submit')}
        </Button>
      </form>
    </Frame>
  );
}

/** Root's side says `wrong-code` for a wrong key too, and which word is mistyped as `bad-request`. */
const worded = ({ code, message, status }: Problem, waitS: number): Problem =>
  new Problem(code === 'wrong-code' ? 'wrong-key' : code, message, status, waitS || null);
