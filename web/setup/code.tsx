/** Step 1: the code on the label. */
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { Problem } from '../wire/problem.ts';
import { codeFault, formatCode } from './code-format.ts';
import { enter, code as known, noteWait, signedOut, state } from './device.ts';
import { Fault, Field, useAttempt } from './form.tsx';
import { Frame } from './frame.tsx';
import { open } from './wire.ts';
import { say } from './words/say.ts';

export function CodeStep() {
  const [typed, setTyped] = useState(known.value);
  const [tried, setTried] = useState(false);
  const attempt = useAttempt();
  const waitS = state.value?.waitS ?? 0;
  const fault = codeFault(typed);
  const isStray = fault?.key === 'code.letter';
  const send = () => {
    setTried(true);
    if (!codeFault(typed)) void attempt.run(() => noteWait(async () => enter(await open(typed), typed)));
  };
  // By the label's QR code: nothing is left to type.
  useEffect(() => {
    if (known.value && !codeFault(known.value) && !signedOut.value && waitS === 0) send();
  }, []);
  return (
    <Frame title={say('code.title')} step={1}>
      <p class="lead">{say('code.text')}</p>
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {signedOut.value && !attempt.problem && <Fault problem={new Problem('not-signed-in', '')} />}
        <Field
          label={say('code.field')}
          value={typed}
          onValue={(value) => {
            // What is taken away from the end stays away: a dash that came back could never be deleted.
            setTyped(value.length < typed.length ? value.toUpperCase() : formatCode(value));
            attempt.setProblem(null);
          }}
          note={say('code.hint')}
          wrong={fault && (isStray || tried) ? say(fault.key, isStray ? { letter: fault.letter } : {}) : null}
          autoComplete="one-time-code"
          maxLength={32}
          code
          capitals
          focus
        />
        {attempt.problem && <Fault problem={withWait(attempt.problem, waitS)} />}
        <Button kind="main" type="submit" busy={attempt.busy} disabled={waitS > 0}>
          {say('page.next')}
        </Button>
      </form>
    </Frame>
  );
}

/** The device says how long; the page asks it again every second while that lasts. */
const withWait = ({ code, message, status }: Problem, waitS: number): Problem =>
  new Problem(code, message, status, waitS || null);
