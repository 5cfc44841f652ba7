/** One's own password, changed with the old one. */
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { useAttempt } from '../../door/attempt.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { PasswordField } from '../../parts/field.tsx';
import { ProblemLine } from '../../parts/problem.tsx';
import { showToast } from '../../parts/toast.tsx';
import { changeOwnPassword } from '../wire.ts';
import { say } from '../words/say.ts';
import { shortPassword } from './enter.tsx';

const isOpen = signal(false);
export const openPassword = (): void => {
  isOpen.value = true;
};
const close = (): void => {
  isOpen.value = false;
};

export function OwnPassword() {
  return isOpen.value ? <Form /> : null;
}

function Form() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [isTried, setTried] = useState(false);
  const attempt = useAttempt();
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (!current || shortPassword(next)) return;
    const deed = async () => {
      await changeOwnPassword({ current, next });
      showToast(say('me.passwordDone'));
    };
    void attempt.run(deed).then((isDone) => isDone && close());
  };
  return (
    <Dialog title={say('me.passwordTitle')} onClose={close}>
      <form class="dialog-form" onSubmit={submit} noValidate>
        <PasswordField
          label={say('me.passwordNow')}
          value={current}
          onValue={setCurrent}
          wrong={isTried && !current ? say('door.required') : null}
        />
        <PasswordField
          label={say('me.passwordNext')}
          hint={say('door.passwordHint')}
          value={next}
          onValue={setNext}
          wrong={isTried ? shortPassword(next) : null}
          fresh
        />
        {attempt.problem && <ProblemLine problem={attempt.problem} />}
        <div class="dialog-acts">
          <Button onClick={close}>{say('act.cancel')}</Button>
          <Button kind="main" type="submit" busy={attempt.busy}>
            {say('me.passwordSave')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
