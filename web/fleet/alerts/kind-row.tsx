/** All alerts of one kind as one row: what, where everywhere, since when, and what to do. */
import { plain } from '../measures.ts';
import type { Kind } from '../overview/verdict.ts';
import { SeverityMark } from '../parts/marks.tsx';
import { withCode } from '../parts/with-code.tsx';
import { subjectPath } from '../routes.ts';
import { alertWords, say } from '../words/say.ts';
import { AlertRow, Sentence } from './alert-row.tsx';

const mostNamed = 8;

export function KindRow({ kind: { code, severity, alerts } }: { kind: Kind }) {
  const [oldest] = alerts;
  if (!oldest) return null;
  if (alerts.length === 1) return <AlertRow alert={oldest} brief />;
  const { title, cure } = alertWords(code);
  const more = alerts.length - mostNamed;
  return (
    <li class="alert">
      <span class="alert-mark" title={say(`severity.${severity}`)}>
        <SeverityMark of={severity} size={18} />
        <span class="unseen">{say(`severity.${severity}`)}</span>
      </span>
      <div class="alert-words">
        <p class="alert-title">
          <span>{title}</span>
          <span class="kind-times">×{plain(alerts.length)}</span>
        </p>
        <p class="kind-where">
          {alerts.slice(0, mostNamed).map(({ id, subject }) => (
            <a key={id} href={subjectPath(subject)}>
              {subject}
            </a>
          ))}
          {more > 0 && <a href="#/alerts">{say('alerts.kindMore', { n: plain(more) })}</a>}
        </p>
        {cure && <p class="alert-cure">{withCode(cure)}</p>}
        <p class="alert-when">
          <span>
            <Sentence words={say('alerts.kindSince')} at={oldest.raisedAt} />
          </span>
        </p>
      </div>
    </li>
  );
}
