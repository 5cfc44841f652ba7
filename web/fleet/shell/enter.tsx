/** Signing in, and becoming the first admin with the code that the controller printed. */
import type { Me } from '@rockpool/protocol/fleet/api';
import { useState } from 'preact/hooks';
import { useAttempt } from '../../door/attempt.ts';
import { Button } from '../../parts/button.tsx';
import { Field, PasswordField } from '../../parts/field.tsx';
import { ProblemLine } from '../../parts/problem.tsx';
import { navigate } from '../navigation.ts';
import { meet, meetingProblem } from '../person.ts';
import { logIn, setUp } from '../wire.ts';
import { say } from '../words/say.ts';
import { Door } from './door.tsx';

const shortest = 10;

export function Login({ controller }: { controller: Me['controller'] }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [isTried, setTried] = useState(false);
  const attempt = useAttempt();
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (!name.trim() || !password) return;
    void attempt.run(async () => {
      await logIn({ name: name.trim(), password });
      await meet();
    });
  };
  return (
    <Door title={say('login.title')}>
      <h1>{say('login.title')}</h1>
      <p class="lead">{say('login.text', { name: controller.name })}</p>
      <form class="stack" onSubmit={submit} noValidate>
        <Field
          label={say('door.name')}
          value={name}
          onValue={setName}
          autoComplete="username"
          wrong={isTried ? missing(name) : null}
          focus
        />
        <PasswordField
          label={say('door.password')}
          value={password}
          onValue={setPassword}
          wrong={isTried ? missing(password) : null}
        />
        {attempt.problem && <ProblemLine problem={attempt.problem} />}
        <Button kind="main" type="submit" busy={attempt.busy}>
          {say('login.submit')}
        </Button>
      </form>
      <p class="note">{say('login.forgot')}</p>
    </Door>
  );
}

export function FirstSetup() {
  const [code, setCode] = useState(codeInAddress);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [isTried, setTried] = useState(false);
  const attempt = useAttempt();
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (missing(code) || missing(name) || shortPassword(password)) return;
    void attempt.run(async () => {
      await setUp({ code: code.trim(), name: name.trim(), password });
      await meet();
    });
  };
  return (
    <Door title={say('setup.title')}>
      <h1>{say('setup.title')}</h1>
      <p class="lead">{say('setup.text')}</p>
      <form class="stack" onSubmit={submit} noValidate>
        <Field
          label={say('setup.code')}
          value={code}
          onValue={setCode}
          wrong={isTried ? missing(code) : null}
          autoComplete="one-time-code"
          maxLength={64}
          code
          focus={code === ''}
        />
        <Field
          label={say('setup.nameLabel')}
          hint={say('door.nameHint')}
          value={name}
          onValue={setName}
          wrong={isTried ? missing(name) : null}
          autoComplete="username"
          maxLength={64}
          focus={code !== ''}
        />
        <PasswordField
          label={say('door.password')}
          hint={say('door.passwordHint')}
          value={password}
          onValue={setPassword}
          wrong={isTried ? shortPassword(password) : null}
          fresh
        />
        {attempt.problem && <ProblemLine problem={attempt.problem} />}
        <Button kind="main" type="submit" busy={attempt.busy}>
          {say('setup.submit')}
        </Button>
      </form>
    </Door>
  );
}

/** Nothing answered yet, or nobody does. */
export function NobodyThere() {
  const problem = meetingProblem.value;
  if (!problem) return null;
  return (
    <Door title="Rockpool">
      <ProblemLine problem={problem} retry={() => void meet()} />
    </Door>
  );
}

const missing = (value: string): string | null => (value.trim() ? null : say('door.required'));
export const shortPassword = (password: string): string | null =>
  missing(password) ?? (password.length < shortest ? say('door.shortPassword') : null);

/** `#setup=7KQM-2XWR`, as the controller prints it; a fragment is sent to nobody. */
function codeInAddress(): string {
  const code = new URLSearchParams(location.hash.slice(1)).get('setup') ?? '';
  // Not left in the address, where the next person at this browser would find it.
  if (code) navigate('#/', 'replace');
  return code;
}
