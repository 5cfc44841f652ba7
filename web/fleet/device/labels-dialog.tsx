/** Changing the labels that a device carries. */
import type { DeviceDetail } from '@rockpool/protocol/fleet/api';
import { useState } from 'preact/hooks';
import { useAttempt } from '../../door/attempt.ts';
import { Button, IconButton } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemLine } from '../../parts/problem.tsx';
import { LabelEditor } from '../parts/label-editor.tsx';
import { canOperate } from '../person.ts';
import { setLabels } from '../wire.ts';
import { say } from '../words/say.ts';

export function LabelsDialogButton({ device }: { device: DeviceDetail }) {
  const [isOpen, setOpen] = useState(false);
  if (!canOperate.value) return null;
  return (
    <>
      <IconButton icon="pencil" label={say('device.labelsEdit')} onClick={() => setOpen(true)} />
      {isOpen && <LabelsDialog device={device} onClose={() => setOpen(false)} />}
    </>
  );
}

function LabelsDialog({ device, onClose }: { device: DeviceDetail; onClose(): void }) {
  const [labels, set] = useState<Record<string, string>>(device.labels);
  const attempt = useAttempt();
  const submit = (event: Event) => {
    event.preventDefault();
    void attempt.run(() => setLabels(device.name, labels)).then((isDone) => isDone && onClose());
  };
  return (
    <Dialog title={`${say('device.labels')}: ${device.name}`} onClose={onClose}>
      <form class="dialog-form" onSubmit={submit} noValidate>
        <LabelEditor labels={labels} onLabels={set} />
        {attempt.problem && <ProblemLine problem={attempt.problem} />}
        <div class="dialog-acts">
          <Button onClick={onClose}>{say('act.cancel')}</Button>
          <Button kind="main" type="submit" busy={attempt.busy}>
            {say('device.labelsSave')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
