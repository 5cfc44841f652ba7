/** Alerts: what is open, gravest first; and what was. */
import type { Alert, Change } from '@rockpool/protocol/fleet/api';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { plain } from '../measures.ts';
import { byKind } from '../overview/verdict.ts';
import { None, Read } from '../parts/panel.tsx';
import { PageHead } from '../shell/house.tsx';
import { useLive } from '../use-live.ts';
import { readAlerts } from '../wire.ts';
import { say } from '../words/say.ts';
import { AlertRow } from './alert-row.tsx';
import { KindPanel } from './kind-panel.tsx';

const pageSize = 200;
const concerns = (change: Change) => change.alerts;

export function Alerts({ closed }: { closed: boolean }) {
  const [limit, setLimit] = useState(pageSize);
  const shown = useLive(`alerts ${closed} ${limit}`, { read: () => readAlerts(!closed, limit), concerns });
  return (
    <>
      <PageHead title={say('alerts.title')}>
        <nav class="segments" aria-label={say('alerts.which')}>
          <a href="#/alerts" aria-current={closed ? undefined : 'page'}>
            {say('alerts.open')}
          </a>
          <a href="#/alerts?closed" aria-current={closed ? 'page' : undefined}>
            {say('alerts.closed')}
          </a>
        </nav>
      </PageHead>
      <Read shown={shown}>
        {({ alerts, total }) => (
          <div class={shown.isOther ? 'kinds panel-wait' : 'kinds'}>
            {alerts.length === 0 ? (
              <section class="panel" aria-label={say('alerts.title')}>
                <None words={say(closed ? 'alerts.noneClosed' : 'alerts.none')} />
              </section>
            ) : closed ? (
              <Closed alerts={alerts} />
            ) : (
              byKind(alerts).map((kind) => (
                <KindPanel key={`${kind.severity} ${kind.code}`} kind={kind} changed={shown.again} />
              ))
            )}
            {total > alerts.length && (
              <div class="more">
                <span class="note">
                  {say('alerts.more', { shown: plain(alerts.length), total: plain(total) })}
                </span>
                <Button onClick={() => setLimit(limit + pageSize)}>{say('act.more')}</Button>
              </div>
            )}
          </div>
        )}
      </Read>
    </>
  );
}

function Closed({ alerts }: { alerts: readonly Alert[] }) {
  const newest = [...alerts].sort((one, other) => (other.clearedAt ?? 0) - (one.clearedAt ?? 0));
  return (
    <section class="panel" aria-label={say('alerts.closed')}>
      <ul class="alerts">
        {newest.map((alert) => (
          <AlertRow key={alert.id} alert={alert} />
        ))}
      </ul>
    </section>
  );
}
