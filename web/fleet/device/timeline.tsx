/** What happened to the device, newest first, day by day. */
import type { TimelineEntry } from '@rockpool/protocol/fleet/api';
import { useState } from 'preact/hooks';
import { day } from '../../i18n/amounts.ts';
import { Button } from '../../parts/button.tsx';
import { clock, moment } from '../measures.ts';
import { FleetIcon, type FleetIconName } from '../parts/fleet-icon.tsx';
import { None, Panel } from '../parts/panel.tsx';
import { presences } from '../parts/presences.ts';
import { alertWords, isKey, say } from '../words/say.ts';

const icons: Record<TimelineEntry['kind'], FleetIconName> = {
  event: 'pulse',
  warning: 'bell',
  command: 'power',
  presence: 'device',
  'audit-head': 'shield',
  operator: 'person',
};
const shownFirst = 25;

export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? entries : entries.slice(0, shownFirst);
  return (
    <Panel title={say('device.timeline')}>
      {entries.length === 0 ? (
        <None words={say('device.timelineNone')} icon="about" />
      ) : (
        byDay(shown).map(({ name, on }) => (
          <div key={name} class="day">
            <h3>{name}</h3>
            <ul class="timeline">
              {on.map((entry, place) => (
                <Entry key={`${entry.at} ${entry.what} ${place}`} entry={entry} />
              ))}
            </ul>
          </div>
        ))
      )}
      {shown.length < entries.length && (
        <div>
          <Button onClick={() => setWhole(true)}>{say('act.more')}</Button>
        </div>
      )}
    </Panel>
  );
}

function Entry({ entry: { at, kind, what, detail } }: { entry: TimelineEntry }) {
  return (
    <li class={isOver(kind, detail) ? 'entry' : `entry entry-${kind}`}>
      <time dateTime={new Date(at).toISOString()} title={moment(at)}>
        {clock(at)}
      </time>
      <span class="entry-kind" title={say(`timeline.${kind}`)}>
        <FleetIcon name={icons[kind]} />
        <span class="unseen">{say(`timeline.${kind}`)}</span>
      </span>
      <span class="entry-words">
        {told(kind, what)}
        {detail && <span class="entry-detail">{detailOf(kind, detail)}</span>}
      </span>
    </li>
  );
}

/** What a device takes back is told like what it raises. */
const isOver = (kind: TimelineEntry['kind'], detail: string | null): boolean =>
  kind === 'warning' && detail === 'cleared';

/** A command's row says "succeeded; asked by ada". */
function detailOf(kind: TimelineEntry['kind'], detail: string): string {
  if (isOver(kind, detail)) return say('timeline.over');
  const [, state, who = ''] = (kind === 'command' && /^(\w+); asked by (.+)$/.exec(detail)) || [];
  const key = `command.state.${state}`;
  return isKey(key) ? `${say(key)} · ${say('command.by', { who })}` : detail;
}

/** In words where the page has some; else as it was said. */
function told(kind: TimelineEntry['kind'], what: string): string {
  const state = presences.find((one) => one === what);
  if (kind === 'presence' && state) return say(`presence.${state}`);
  if (kind === 'warning') return alertWords(what).title;
  const key = `${{ command: 'order', operator: 'did' }[kind as string] ?? 'event'}.${what}`;
  return isKey(key) ? say(key) : what;
}

function byDay(entries: readonly TimelineEntry[]): { name: string; on: TimelineEntry[] }[] {
  const days: { name: string; on: TimelineEntry[] }[] = [];
  for (const entry of entries) {
    const name = day(entry.at);
    const last = days.at(-1);
    if (last?.name === name) last.on.push(entry);
    else days.push({ name, on: [entry] });
  }
  return days;
}
