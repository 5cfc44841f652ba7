/** Keeping a device out, for good: its name is typed, for no click undoes it. */
import type { DeviceDetail } from '@rockpool/protocol/fleet/api';
import { useState } from 'preact/hooks';
import { useAttempt } from '../../door/attempt.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { ProblemLine } from '../../parts/problem.tsx';
import { showToast } from '../../parts/toast.tsx';
import { isAdmin } from '../person.ts';
import { revokeDevice } from '../wire.ts';
import { say } from '../words/say.ts';

export function Revoke({ device, changed }: { device: DeviceDetail; changed(): Promise<void> }) {
  const [isAsked, setAsked] = useState(false);
  if (!isAdmin.value || device.revoked) return null;
  return (
    <div class="revoke">
      <Button kind="danger" onClick={() => setAsked(true)}>
        {say('device.revoke')}
      </Button>
      {isAsked && <Question name={device.name} changed={changed} onClose={() => setAsked(false)} />}
    </div>
  );
}

interface QuestionProps {
  name: string;
  changed(): Promise<void>;
  onClose(): void;
}

function Question({ name, changed, onClose }: QuestionProps) {
  const [because, setBecause] = useState('');
  const [typed, setTyped] = useState('');
  const [isTried, setTried] = useState(false);
  const attempt = useAttempt();
  const isSame = typed.trim() === name;
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (!isSame) return;
    const deed = async () => {
      await revokeDevice(name, because.trim());
      showToast(say('device.revoked', { name }));
      await changed();
    };
    void attempt.run(deed).then((isDone) => isDone && onClose());
  };
  return (
    <Dialog title={say('device.revokeTitle', { name })} onClose={onClose}>
      <form class="dialog-form" onSubmit={submit} noValidate>
        <p class="dialog-text caution">{say('device.revokeText')}</p>
        <Field
          label={say('device.revokeBecause')}
          hint={say('device.revokeBecauseHint')}
          value={because}
          onValue={setBecause}
          maxLength={200}
        />
        <Field
          label={say('device.revokeType', { name })}
          value={typed}
          onValue={setTyped}
          wrong={isTried && !isSame ? say('door.required') : null}
          maxLength={64}
          code
        />
        {attempt.problem && <ProblemLine problem={attempt.problem} />}
        <div class="dialog-acts">
          <Button onClick={onClose}>{say('act.cancel')}</Button>
          <Button kind="danger" type="submit" busy={attempt.busy}>
            {say('device.revokeConfirm', { name })}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
