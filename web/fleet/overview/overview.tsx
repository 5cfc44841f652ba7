/** The overview: is everything well; if not, where, since when, and what to do. */
import type { Alert, Change, Overview as Told } from '@rockpool/protocol/fleet/api';
import { KindRow } from '../alerts/kind-row.tsx';
import { gravity, type Severity } from '../parts/gravity.ts';
import { SeverityMark } from '../parts/marks.tsx';
import { None, Panel, Read } from '../parts/panel.tsx';
import { Ago } from '../parts/time.tsx';
import { PageHead } from '../shell/house.tsx';
import { useLive } from '../use-live.ts';
import { readAlerts, readOverview } from '../wire.ts';
import { alertWords, count, say } from '../words/say.ts';
import { GroupMap } from './group-map.tsx';
import { PresenceBar } from './presence-bar.tsx';
import { byKind, type Verdict, verdict } from './verdict.ts';
import { Versions } from './versions.tsx';

/** As many as one takes in; the rest is a click away. */
const mostKinds = 6;
const readAtMost = 100;
const always = () => true;
const ofAlerts = (change: Change) => change.alerts;

export function Overview({ by }: { by: string | null }) {
  const told = useLive(`overview ${by}`, { read: () => readOverview(by), concerns: always });
  const alerts = useLive('overview-alerts', { read: () => readAlerts(true, readAtMost), concerns: ofAlerts });
  const open = alerts.value?.alerts ?? [];
  return (
    <>
      <PageHead title={say('overview.title')} />
      <Read shown={told}>
        {(overview) => (
          <div class="overview">
            <Headline overview={overview} alerts={open} />
            <PresenceBar counts={overview.counts} total={overview.total} />
            <div class="overview-columns">
              <div class="overview-side">
                <Urgent alerts={open} />
                <Versions agents={overview.agents} />
              </div>
              <GroupMap by={by} overview={overview} isOther={told.isOther} />
            </div>
          </div>
        )}
      </Read>
    </>
  );
}

function Headline({ overview, alerts }: { overview: Told; alerts: readonly Alert[] }) {
  const found = verdict(overview, alerts);
  const look = found.kind === 'raised' ? found.severity : found.kind === 'away' ? 'warning' : 'well';
  return (
    <section class={`headline headline-${look}`}>
      {look === 'well' ? <span class="headline-dot" /> : <SeverityMark of={look} size={28} />}
      <div>
        <p class="headline-words" role="status">
          {headline(found)}
        </p>
        <p class="headline-text">
          <Detail found={found} />
        </p>
      </div>
      {found.kind === 'raised' && <Others than={found.severity} open={overview.openAlerts} />}
    </section>
  );
}

/** What else is open, in numbers. */
function Others({ than, open }: { than: Severity; open: Told['openAlerts'] }) {
  const others = (['warning', 'notice'] as const).filter(
    (one) => gravity(one) < gravity(than) && open[one] > 0,
  );
  if (others.length === 0) return null;
  return (
    <p class="headline-others">
      {others.map((one) => (
        <span key={one} class="state">
          <SeverityMark of={one} />
          {count(`severity.${one}.count`, open[one])}
        </span>
      ))}
    </p>
  );
}

function headline(found: Verdict): string {
  switch (found.kind) {
    case 'empty':
      return say('overview.empty');
    case 'well':
      return count('overview.allWell', found.devices);
    case 'away':
      return count('overview.away', found.devices);
    case 'raised':
      return count(`overview.${found.severity}`, found.alerts);
  }
}

function Detail({ found }: { found: Verdict }) {
  if (found.kind === 'empty') {
    return (
      <>
        {say('overview.emptyText')} <a href="#/enrolment">{say('overview.emptyAct')}</a>
      </>
    );
  }
  if (found.kind === 'well') return <>{say('overview.wellText')}</>;
  if (found.kind === 'away') return <>{say('overview.awayText')}</>;
  if (!found.oldest) return null;
  const { code, subject, raisedAt } = found.oldest;
  // The time ticks by itself; the sentence around it is a translator's.
  const [before = '', after = ''] = say('overview.oldest', {
    what: alertWords(code).title,
    where: subject,
  }).split('{when}');
  return (
    <>
      {before}
      <Ago at={raisedAt} />
      {after}
    </>
  );
}

function Urgent({ alerts }: { alerts: readonly Alert[] }) {
  const urgent = alerts.filter(({ acknowledged }) => !acknowledged);
  const seen = alerts.length - urgent.length;
  return (
    <Panel
      title={say('overview.alerts')}
      aside={
        alerts.length > 0 && (
          <a class="panel-link" href="#/alerts">
            {say('overview.alertsAll')}
          </a>
        )
      }
    >
      {urgent.length === 0 ? (
        <None words={say('overview.alertsNone')} />
      ) : (
        <ul class="alerts">
          {byKind(urgent)
            .slice(0, mostKinds)
            .map((kind) => (
              <KindRow key={`${kind.severity} ${kind.code}`} kind={kind} />
            ))}
        </ul>
      )}
      {seen > 0 && <p class="note">{count('overview.alertsSeen', seen)}</p>}
    </Panel>
  );
}
