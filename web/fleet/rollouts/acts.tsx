/** What an operator can do with a rollout; what reaches devices is asked about first. */
import type { RolloutDetail } from '@rockpool/protocol/update/rollout';
import { useState } from 'preact/hooks';
import { useAttempt } from '../../door/attempt.ts';
import { number } from '../../i18n/amounts.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemLine } from '../../parts/problem.tsx';
import { showToast } from '../../parts/toast.tsx';
import { attempt } from '../parts/deed.ts';
import { FleetIcon } from '../parts/fleet-icon.tsx';
import { turnRollout } from '../wire.ts';
import { count, say } from '../words/say.ts';
import { HaltQuestion } from './halt-question.tsx';
import { releaseWords } from './release-name.tsx';
import { waveSpokenOf } from './tally.ts';

interface ActsProps {
  rollout: RolloutDetail;
  changed(): Promise<void>;
}

type Asked = 'approve' | 'halt';

export function Acts({ rollout, changed }: ActsProps) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const { id, state, waitsForApproval } = rollout;
  const close = () => setAsked(null);
  const turn = async (to: 'pause' | 'resume' | 'approve') => {
    await turnRollout(id, to);
    showToast(say(`rollout.done.${to}`));
    await changed();
  };
  const isUnderWay = state === 'running' || state === 'paused';
  // What is through, or halted, can still be taken back.
  const isTakenBackOnly = !isUnderWay && (rollout.counts.installed ?? 0) > 0;
  if (!isUnderWay && !isTakenBackOnly) return null;
  return (
    <div class="acts">
      {state === 'running' && waitsForApproval && (
        <Button kind="main" icon="check" onClick={() => setAsked('approve')}>
          {say('rollout.act.approve', { wave: number(waveSpokenOf(rollout) + 1) })}
        </Button>
      )}
      {state === 'running' && (
        <Button onClick={() => attempt(() => turn('pause'))}>
          <Marked icon="pause">{say('rollout.act.pause')}</Marked>
        </Button>
      )}
      {state === 'paused' && (
        <Button kind="main" onClick={() => attempt(() => turn('resume'))}>
          <Marked icon="play">{say('rollout.act.resume')}</Marked>
        </Button>
      )}
      {isUnderWay && (
        <Button kind="danger" onClick={() => setAsked('halt')}>
          {say('rollout.act.halt')}
        </Button>
      )}
      {isTakenBackOnly && <Button onClick={() => setAsked('halt')}>{say('rollout.act.back')}</Button>}
      {asked === 'approve' && (
        <ApproveQuestion rollout={rollout} approve={() => turn('approve')} onClose={close} />
      )}
      {asked === 'halt' && <HaltQuestion rollout={rollout} changed={changed} onClose={close} />}
    </div>
  );
}

const Marked = ({ icon, children }: { icon: 'pause' | 'play'; children: string }) => (
  <span class="marked">
    <FleetIcon name={icon} />
    {children}
  </span>
);

interface ApproveQuestionProps {
  rollout: RolloutDetail;
  approve(): Promise<void>;
  onClose(): void;
}

function ApproveQuestion({ rollout, approve, onClose }: ApproveQuestionProps) {
  const attempt = useAttempt();
  const wave = number(waveSpokenOf(rollout) + 1);
  const devices = rollout.perWave[waveSpokenOf(rollout)]?.devices ?? 0;
  return (
    <Dialog title={say('rollout.approve.title', { wave })} onClose={onClose}>
      <p class="dialog-text">
        {count('rollout.approve.text', devices, { release: releaseWords(rollout.release) })}
      </p>
      {attempt.problem && <ProblemLine problem={attempt.problem} />}
      <div class="dialog-acts">
        <Button onClick={onClose}>{say('act.cancel')}</Button>
        <Button
          kind="main"
          busy={attempt.busy}
          onClick={() => void attempt.run(approve).then((isDone) => isDone && onClose())}
        >
          {say('rollout.act.approve', { wave })}
        </Button>
      </div>
    </Dialog>
  );
}
