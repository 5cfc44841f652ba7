/** One alert: what, where, since when, and what to do. */
import type { Alert } from '@rockpool/protocol/fleet/api';
import { useState } from 'preact/hooks';
import { announce } from '../../parts/announce.ts';
import { Button } from '../../parts/button.tsx';
import { span } from '../measures.ts';
import { attempt } from '../parts/deed.ts';
import { SeverityMark } from '../parts/marks.tsx';
import { Ago } from '../parts/time.tsx';
import { withCode } from '../parts/with-code.tsx';
import { canOperate } from '../person.ts';
import { devicePath, subjectPath } from '../routes.ts';
import { acknowledge } from '../wire.ts';
import { alertWords, count, say } from '../words/say.ts';

interface AlertRowProps {
  alert: Alert;
  /** Where room is short: no deeds. */
  brief?: boolean;
  /** Under a heading that says what it is. */
  withoutKind?: boolean;
  /** On the device's own page its name says nothing. */
  withoutSubject?: boolean;
  changed?(): Promise<void>;
}

export function AlertRow({ alert, brief, withoutKind, withoutSubject, changed }: AlertRowProps) {
  const { title, cure } = alertWords(alert.code);
  return (
    <li class={alert.clearedAt === null ? 'alert' : 'alert alert-closed'}>
      {!withoutKind && (
        <span class="alert-mark" title={say(`severity.${alert.severity}`)}>
          <SeverityMark of={alert.severity} size={18} />
          <span class="unseen">{say(`severity.${alert.severity}`)}</span>
        </span>
      )}
      <div class="alert-words">
        <p class="alert-title">
          {!withoutKind && <span>{title}</span>}
          {!withoutSubject && (
            <a class="alert-subject" href={subjectPath(alert.subject)}>
              {alert.subject}
            </a>
          )}
        </p>
        {alert.detail && <p class="alert-detail">{alert.detail}</p>}
        {cure && !withoutKind && alert.clearedAt === null && <p class="alert-cure">{withCode(cure)}</p>}
        <p class="alert-when">
          <When alert={alert} />
          {alert.devices.length > 1 && <Devices names={alert.devices} />}
        </p>
      </div>
      {!brief && <Acknowledge alert={alert} title={title} plain={withoutKind === true} changed={changed} />}
    </li>
  );
}

function When({ alert }: { alert: Alert }) {
  const { raisedAt, clearedAt, acknowledged } = alert;
  return (
    <>
      <span>
        {clearedAt === null ? (
          <Ago at={raisedAt} />
        ) : (
          <Sentence words={say('alerts.cleared')} at={clearedAt} />
        )}
      </span>
      {clearedAt !== null && <span>{say('alerts.lasted', { span: span(clearedAt - raisedAt) })}</span>}
      {acknowledged && (
        <span>
          <Sentence words={say('alerts.acknowledged', { who: acknowledged.by })} at={acknowledged.at} />
        </span>
      )}
    </>
  );
}

/** A sentence with a time in it that ticks. */
export function Sentence({ words, at }: { words: string; at: number }) {
  const [before = '', after = ''] = words.split('{when}');
  return (
    <>
      {before}
      <Ago at={at} />
      {after}
    </>
  );
}

const mostNames = 60;

function Devices({ names }: { names: readonly string[] }) {
  return (
    <details class="alert-devices">
      <summary>{count('alerts.devices', names.length)}</summary>
      <span class="labels">
        {names.slice(0, mostNames).map((name) => (
          <a key={name} class="label" href={devicePath(name)}>
            {name}
          </a>
        ))}
        {names.length > mostNames && <span class="label">{`+${names.length - mostNames}`}</span>}
      </span>
    </details>
  );
}

interface AcknowledgeProps {
  alert: Alert;
  title: string;
  plain: boolean;
  changed: (() => Promise<void>) | undefined;
}

function Acknowledge({ alert, title, plain, changed }: AcknowledgeProps) {
  const [isBusy, setBusy] = useState(false);
  if (alert.acknowledged || alert.clearedAt !== null || !canOperate.value) return null;
  const act = async () => {
    setBusy(true);
    try {
      await acknowledge(alert.id);
      announce(say('alerts.acknowledgedNow'));
      await changed?.();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button kind={plain ? 'plain' : 'quiet'} icon="check" busy={isBusy} onClick={() => attempt(act)}>
      {say('alerts.acknowledge')}
      <span class="unseen">{`: ${title}, ${alert.subject}`}</span>
    </Button>
  );
}
