/** The question before a rollout is halted for good: why, and whether what was installed is taken back. */
import type { RolloutDetail } from '@rockpool/protocol/update/rollout';
import { useState } from 'preact/hooks';
import { useAttempt } from '../../door/attempt.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field, Tick } from '../../parts/field.tsx';
import { ProblemLine } from '../../parts/problem.tsx';
import { showToast } from '../../parts/toast.tsx';
import { haltRollout } from '../wire.ts';
import { count, say } from '../words/say.ts';

interface HaltQuestionProps {
  rollout: RolloutDetail;
  changed(): Promise<void>;
  onClose(): void;
}

export function HaltQuestion({ rollout, changed, onClose }: HaltQuestionProps) {
  const { state } = rollout;
  const isOver = state === 'halted' || state === 'done';
  const [rollBack, setRollBack] = useState(isOver);
  const [because, setBecause] = useState('');
  const attempt = useAttempt();
  const installed = rollout.counts.installed ?? 0;
  const submit = (event: Event) => {
    event.preventDefault();
    const deed = async () => {
      await haltRollout(rollout.id, { rollBack, because: because.trim() });
      showToast(say(isOver ? 'rollout.done.back' : 'rollout.done.halt'));
      await changed();
    };
    void attempt.run(deed).then((isDone) => isDone && onClose());
  };
  return (
    <Dialog title={say(isOver ? 'rollout.back.title' : 'rollout.halt.title')} onClose={onClose}>
      <form class="dialog-form" onSubmit={submit} noValidate>
        <p class="dialog-text caution">
          {isOver
            ? count('rollout.halt.backHint', installed)
            : say(state === 'draft' ? 'rollout.halt.draft' : 'rollout.halt.text')}
        </p>
        <Field
          label={say('rollout.halt.because')}
          hint={say('rollout.halt.becauseHint')}
          value={because}
          onValue={setBecause}
          maxLength={400}
        />
        {installed > 0 && !isOver && (
          <div class="stack">
            <Tick label={say('rollout.halt.back')} value={rollBack} onValue={setRollBack} />
            <p class="note">{count('rollout.halt.backHint', installed)}</p>
          </div>
        )}
        {attempt.problem && <ProblemLine problem={attempt.problem} />}
        <div class="dialog-acts">
          <Button onClick={onClose}>{say('act.cancel')}</Button>
          <Button kind="danger" type="submit" busy={attempt.busy}>
            {say(
              isOver
                ? 'rollout.back.confirm'
                : rollBack
                  ? 'rollout.halt.confirmBack'
                  : 'rollout.halt.confirm',
            )}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
