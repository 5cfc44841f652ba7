/** Name and password for a new account, or a new password alone. */
import { useState } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Field, PasswordField } from '../parts/field.tsx';
import { ProblemLine } from '../parts/problem.tsx';
import { useAttempt } from './attempt.ts';
import { nameWrong, passwordWrong } from './rules.ts';

interface AccountFieldsProps {
  withName: boolean;
  submit: string;
  onSubmit(account: { name: string; password: string }): Promise<void>;
  back?: (() => void) | undefined;
}

export function AccountFields({ withName, submit, onSubmit, back }: AccountFieldsProps) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const attempt = useAttempt();
  const wrongName = withName ? nameWrong(name) : null;
  const wrongPassword = passwordWrong(password);
  const sent = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (!wrongName && !wrongPassword) void attempt.run(() => onSubmit({ name: name.trim(), password }));
  };
  return (
    <form class="stack" onSubmit={sent} noValidate>
      {withName && (
        <Field
          label={t('door.name')}
          hint={t('door.nameHint')}
          wrong={tried && wrongName ? t(wrongName) : null}
          value={name}
          onValue={setName}
          autoComplete="username"
          focus
        />
      )}
      <PasswordField
        label={t('door.password')}
        hint={t('door.passwordHint')}
        wrong={tried && wrongPassword ? t(wrongPassword) : null}
        value={password}
        onValue={setPassword}
        fresh
      />
      {attempt.problem && <ProblemLine problem={attempt.problem} />}
      <div class="door-acts">
        {back && <Button onClick={back}>{t('setup.back')}</Button>}
        <Button kind="main" type="submit" busy={attempt.busy}>
          {submit}
        </Button>
      </div>
    </form>
  );
}
