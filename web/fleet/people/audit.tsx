/** Who did what with the fleet, newest first. */
import type { AuditRow } from '@rockpool/protocol/fleet/api';
import { useState } from 'preact/hooks';
import type { z } from 'zod';
import { Button } from '../../parts/button.tsx';
import { showProblem } from '../../parts/toast.tsx';
import { asProblem } from '../../wire/problem.ts';
import { None, Read } from '../parts/panel.tsx';
import { Exactly } from '../parts/time.tsx';
import { devicePath, rolloutPath } from '../routes.ts';
import { PageHead } from '../shell/house.tsx';
import { useLive } from '../use-live.ts';
import { readAudit } from '../wire.ts';
import { isKey, type Key, say } from '../words/say.ts';
import { readable } from './readable.ts';

type Row = z.infer<typeof AuditRow>;
const pageSize = 100;
const always = () => true;

export function Audit() {
  const newest = useLive('audit', { read: () => readAudit(pageSize, null), concerns: always });
  const [older, setOlder] = useState<readonly Row[]>([]);
  const [isEnd, setEnd] = useState(false);
  const readOn = async (rows: readonly Row[]) => {
    const page = await readAudit(pageSize, rows.at(-1)?.seq ?? null);
    setOlder([...rows, ...page]);
    setEnd(page.length < pageSize);
  };
  return (
    <>
      <PageHead title={say('audit.title')} />
      <p class="lead">{say('audit.text')}</p>
      <Read shown={newest}>
        {(first) => {
          const rows = joined(first, older);
          if (rows.length === 0) return <None words={say('audit.none')} icon="document" />;
          return (
            <>
              <AuditTable rows={rows} />
              {first.length === pageSize && !isEnd && (
                <div class="more">
                  <Button onClick={() => void readOn(rows).catch((cause) => showProblem(asProblem(cause)))}>
                    {say('act.more')}
                  </Button>
                </div>
              )}
            </>
          );
        }}
      </Read>
    </>
  );
}

/** What is read anew at the head, and what was read on before. */
function joined(first: readonly Row[], older: readonly Row[]): Row[] {
  const least = first.at(-1)?.seq ?? 0;
  return [...first, ...older.filter(({ seq }) => seq < least)];
}

function AuditTable({ rows }: { rows: readonly Row[] }) {
  return (
    <table class="devices audit" aria-label={say('audit.title')}>
      <thead>
        <tr>
          <th>{say('audit.when')}</th>
          <th>{say('audit.who')}</th>
          <th>{say('audit.what')}</th>
          <th>{say('audit.subject')}</th>
          <th>{say('audit.detail')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ seq, at, who, action, subject, detail }) => (
          <tr key={seq}>
            <td class="col-when">
              <Exactly at={at} />
            </td>
            <td>{who}</td>
            <td>
              <span title={action}>
                {isKey(`did.${action}`) ? say(`did.${action}` as Key) : <code>{action}</code>}
              </span>
            </td>
            <td>
              <Subject subject={subject} />
            </td>
            <td class="col-detail">{readable(detail)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Subject({ subject }: { subject: string }) {
  const device = /^device (\S+)$/.exec(subject)?.[1];
  const rollout = /^rollout (\S+)$/.exec(subject)?.[1];
  if (rollout) return <a href={rolloutPath(rollout)}>{subject}</a>;
  return device ? <a href={devicePath(device)}>{device}</a> : <span>{subject}</span>;
}
