/** A claim, shown the one time that it can be: to read out, to copy, to scan, to put on a stick. */
import type { ClaimMade } from '@rockpool/protocol/fleet/api';
import { useEffect, useState } from 'preact/hooks';
import type { z } from 'zod';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { showProblem } from '../../parts/toast.tsx';
import { Qr } from '../../setup/qr.tsx';
import { asProblem } from '../../wire/problem.ts';
import { moment } from '../measures.ts';
import { say } from '../words/say.ts';

interface MadeProps {
  made: z.infer<typeof ClaimMade>;
  onClose(): void;
}

export function Made({ made, onClose }: MadeProps) {
  const modules = useQr(made.line);
  return (
    <Dialog title={say('enrol.madeTitle')} onClose={onClose}>
      <p class="dialog-text">{say('enrol.madeText', { when: moment(made.expiresAt) })}</p>
      <code class="secret claim">{made.claim}</code>
      {modules && (
        <div class="claim-qr">
          <Qr modules={modules} label={say('enrol.qr')} />
        </div>
      )}
      <div class="dialog-acts">
        <Button icon="download" onClick={() => save(made.file, `rockpool-${made.id}.claim`)}>
          {say('enrol.file')}
        </Button>
        <CopyButton wide text={made.claim} label={say('enrol.copy')} />
        <Button kind="main" onClick={onClose}>
          {say('act.done')}
        </Button>
      </div>
    </Dialog>
  );
}

function useQr(text: string): boolean[][] | null {
  const [modules, setModules] = useState<boolean[][] | null>(null);
  useEffect(() => {
    import('../../setup/qr-encode.ts').then(
      ({ encode }) => setModules(encode(text)),
      (cause: unknown) => showProblem(asProblem(cause)),
    );
  }, [text]);
  return modules;
}

/** It never was on the controller's disk, so there is no address to fetch it from. */
function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
