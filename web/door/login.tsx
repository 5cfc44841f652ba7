/** Signing in. */
import { useState } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Field, PasswordField } from '../parts/field.tsx';
import { ProblemLine } from '../parts/problem.tsx';
import { device, entered } from '../shell/person.ts';
import { logIn } from '../wire/people.ts';
import { useAttempt } from './attempt.ts';
import { Door } from './door.tsx';

export function Login({ back }: { back: string }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const attempt = useAttempt();
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() && password) {
      void attempt.run(async () => entered(await logIn({ name: name.trim(), password }), back));
    }
  };
  const missing = (value: string) => (tried && !value.trim() ? t('door.required') : null);
  return (
    <Door>
      <h1>{t('login.title')}</h1>
      <p class="lead">{t('login.text', { device: device.value?.name || 'Rockpool' })}</p>
      <form class="stack" onSubmit={submit} noValidate>
        <Field
          label={t('door.name')}
          value={name}
          onValue={setName}
          autoComplete="username"
          wrong={missing(name)}
          focus
        />
        <PasswordField
          label={t('door.password')}
          value={password}
          onValue={setPassword}
          wrong={missing(password)}
        />
        {attempt.problem && <ProblemLine problem={attempt.problem} />}
        <Button kind="main" type="submit" busy={attempt.busy}>
          {t('login.submit')}
        </Button>
      </form>
      <p class="note">{t('login.forgot')}</p>
    </Door>
  );
}
