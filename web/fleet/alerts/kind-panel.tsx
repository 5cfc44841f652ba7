/** All open alerts of one kind: what it is and what to do once, then where; looked after one by one, or all at once. */
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { plain } from '../measures.ts';
import type { Kind } from '../overview/verdict.ts';
import { attempt } from '../parts/deed.ts';
import { SeverityMark } from '../parts/marks.tsx';
import { withCode } from '../parts/with-code.tsx';
import { canOperate } from '../person.ts';
import { acknowledge } from '../wire.ts';
import { alertWords, say } from '../words/say.ts';
import { AlertRow } from './alert-row.tsx';

interface KindPanelProps {
  kind: Kind;
  changed(): Promise<void>;
}

export function KindPanel({ kind: { code, severity, alerts }, changed }: KindPanelProps) {
  const { title, cure } = alertWords(code);
  return (
    <section class="panel kind">
      <div class="kind-head">
        <span class="alert-mark" title={say(`severity.${severity}`)}>
          <SeverityMark of={severity} size={20} />
          <span class="unseen">{say(`severity.${severity}`)}</span>
        </span>
        <div class="alert-words">
          <h2>
            {title} {alerts.length > 1 && <span class="kind-times">×{plain(alerts.length)}</span>}
          </h2>
          {cure && <p class="alert-cure">{withCode(cure)}</p>}
        </div>
        <AcknowledgeAll kind={{ code, severity, alerts }} title={title} changed={changed} />
      </div>
      <ul class="alerts alerts-plain">
        {alerts.map((alert) => (
          <AlertRow key={alert.id} alert={alert} withoutKind changed={changed} />
        ))}
      </ul>
    </section>
  );
}

function AcknowledgeAll({ kind, title, changed }: KindPanelProps & { title: string }) {
  const [isBusy, setBusy] = useState(false);
  const fresh = kind.alerts.filter(({ acknowledged }) => !acknowledged);
  if (fresh.length < 2 || !canOperate.value) return null;
  const act = async () => {
    setBusy(true);
    try {
      for (const { id } of fresh) await acknowledge(id);
    } finally {
      await changed();
      setBusy(false);
    }
  };
  return (
    <Button icon="check" busy={isBusy} onClick={() => attempt(act)}>
      {say('alerts.acknowledgeAll', { n: plain(fresh.length) })}
      <span class="unseen">{`: ${title}`}</span>
    </Button>
  );
}
