/** The question before a rollout begins: what, to how many; a number is typed where it is a fleet. */
import { useState } from 'preact/hooks';
import { useAttempt } from '../../door/attempt.ts';
import { number } from '../../i18n/amounts.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { ProblemLine } from '../../parts/problem.tsx';
import { count, say } from '../words/say.ts';
import { releaseWords } from './release-name.tsx';

interface StartQuestionProps {
  release: string;
  devices: number;
  waves: number;
  start(): Promise<void>;
  onClose(): void;
}

/** From so many on, a number is typed: a click is too easy. */
const many = 5;

export function StartQuestion({ release, devices, waves, start, onClose }: StartQuestionProps) {
  const [typed, setTyped] = useState('');
  const [isTried, setTried] = useState(false);
  const attempt = useAttempt();
  const isWrong = devices >= many && typed.trim() !== String(devices);
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (isWrong) return;
    void attempt.run(start).then((isDone) => isDone && onClose());
  };
  return (
    <Dialog title={say('rollout.start.title', { release: releaseWords(release) })} onClose={onClose}>
      <form class="dialog-form" onSubmit={submit} noValidate>
        <p class="dialog-text">{count('rollout.start.text', devices, { waves: number(waves) })}</p>
        {devices >= many && (
          <Field
            label={say('rollout.start.type', { n: devices })}
            value={typed}
            onValue={setTyped}
            wrong={isTried && isWrong ? say('door.required') : null}
            maxLength={8}
          />
        )}
        {attempt.problem && <ProblemLine problem={attempt.problem} />}
        <div class="dialog-acts">
          <Button onClick={onClose}>{say('act.cancel')}</Button>
          <Button kind="main" type="submit" busy={attempt.busy}>
            {say('rollout.act.start')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
