/** One's own account: who, how the page looks and speaks, the password, the way out. */
import { useState } from 'preact/hooks';
import { useAttempt } from '../door/attempt.ts';
import { passwordWrong } from '../door/rules.ts';
import { day } from '../i18n/amounts.ts';
import { en } from '../i18n/en.ts';
import { language, t } from '../i18n/language.ts';
import { zh } from '../i18n/zh.ts';
import { Button } from '../parts/button.tsx';
import { Choice, PasswordField } from '../parts/field.tsx';
import { ProblemLine } from '../parts/problem.tsx';
import { showToast } from '../parts/toast.tsx';
import { chooseLanguage, chooseTheme, theme, themes } from '../shell/choices.ts';
import { leave, me } from '../shell/person.ts';
import { changePassword } from '../wire/people.ts';
import { Card } from './card.tsx';

export function Account() {
  const person = me.value;
  if (!person) return null;
  return (
    <>
      <Card>
        <div class="who">
          <span class="person-face person-face-big" aria-hidden="true">
            {[...person.name][0]?.toUpperCase()}
          </span>
          <div class="row-words">
            <div class="who-name">{person.name}</div>
            <div class="row-note">
              {t(`role.${person.role}`)} · {t('account.since', { when: day(person.createdAt) })}
            </div>
          </div>
          <Button onClick={() => void leave()}>{t('account.out')}</Button>
        </div>
      </Card>
      <Card title={t('account.look')}>
        <Choice
          label={t('account.language')}
          value={language.value}
          options={[
            ['en', en['language.name']],
            ['zh', zh['language.name']],
          ]}
          onValue={chooseLanguage}
        />
        <Choice
          label={t('theme.label')}
          value={theme.value}
          options={themes.map((one) => [one, t(`theme.${one}`)] as const)}
          onValue={chooseTheme}
        />
      </Card>
      <Password />
    </>
  );
}

function Password() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [tried, setTried] = useState(false);
  const attempt = useAttempt();
  const wrong = passwordWrong(next);
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (!current || wrong || !(await attempt.run(() => changePassword(current, next)))) return;
    setCurrent('');
    setNext('');
    setTried(false);
    showToast(t('account.changed'));
  };
  return (
    <Card title={t('account.passwordTitle')}>
      <form class="stack stack-narrow" onSubmit={(event) => void submit(event)} noValidate>
        <PasswordField
          label={t('account.current')}
          value={current}
          onValue={setCurrent}
          wrong={tried && !current ? t('door.required') : null}
        />
        <PasswordField
          label={t('account.next')}
          hint={t('door.passwordHint')}
          value={next}
          onValue={setNext}
          wrong={tried && wrong ? t(wrong) : null}
          fresh
        />
        {attempt.problem && <ProblemLine problem={attempt.problem} />}
        <div>
          <Button type="submit" busy={attempt.busy}>
            {t('account.change')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
