/** Every group that a label makes, as a tile: those that aren't well by name, and the whole field in one glance. */
import type { Overview } from '@rockpool/protocol/fleet/api';
import { useRef, useState } from 'preact/hooks';
import { memo } from '../../parts/memo.ts';
import { plain } from '../measures.ts';
import { navigate } from '../navigation.ts';
import { SeverityMark } from '../parts/marks.tsx';
import { None, Panel } from '../parts/panel.tsx';
import { devicesPath, overviewPath } from '../routes.ts';
import { count, language, say } from '../words/say.ts';
import { moveFocus } from './move-focus.ts';
import { lookOf, unwell } from './verdict.ts';

type Group = Overview['groups'][number];

const usualKey = 'branch';
/** Up to so many all carry their names; above, a field of small ones is easier to take in. */
const mostNamed = 48;
const mostUnwell = 16;
/** From so many on, cells are as small as a finger can still tell apart. */
const mostLarge = 400;
/** A map of more than these takes an old laptop longer to draw than an eye to give up on it. */
const mostCells = 2_500;

interface GroupMapProps {
  by: string | null;
  overview: Overview;
  /** Another label was chosen, and its groups are not here yet. */
  isOther: boolean;
}

export function GroupMap({ by, overview, isOther }: GroupMapProps) {
  const key = by ?? usualKey;
  const { groups, labelKeys } = overview;
  const bad = unwell(groups);
  const isDense = groups.length > mostNamed;
  const drawn = groups.length > mostCells ? bad.slice(0, mostCells) : groups;
  return (
    <Panel
      title={say('overview.map')}
      kind={isOther ? 'panel-map panel-wait' : 'panel-map'}
      aside={
        <>
          {groups.length > 0 && (
            <span class="panel-note">
              {bad.length > 0
                ? count('overview.mapUnwell', bad.length, { total: plain(groups.length) })
                : say('overview.mapWell', { total: plain(groups.length) })}
            </span>
          )}
          <LabelChoice chosen={key} keys={labelKeys} />
        </>
      }
    >
      {groups.length === 0 ? (
        <None
          icon="about"
          words={labelKeys.length === 0 ? say('overview.mapNoLabels') : say('overview.mapNone')}
        />
      ) : (
        <>
          <Tiles label={key} groups={isDense ? bad.slice(0, mostUnwell) : sortedByName(groups)} />
          {isDense && bad.length > mostUnwell && (
            <p class="note">{count('overview.mapRest', bad.length - mostUnwell)}</p>
          )}
          {isDense && drawn.length > 0 && <Field key={key} label={key} groups={sortedByName(drawn)} />}
          {drawn.length < groups.length && <p class="note">{say('overview.mapMany')}</p>}
        </>
      )}
    </Panel>
  );
}

const byName = new Intl.Collator(undefined, { numeric: true });

/** Always at the same place, so that an operator comes to know where a branch lies. */
const sortedByName = (groups: readonly Group[]): Group[] =>
  [...groups].sort((one, other) => byName.compare(one.value, other.value));

function LabelChoice({ chosen, keys }: { chosen: string; keys: readonly string[] }) {
  if (keys.length === 0) return null;
  const all = keys.includes(chosen) ? keys : [chosen, ...keys];
  return (
    <select
      class="select"
      aria-label={say('overview.by')}
      title={say('overview.by')}
      value={chosen}
      onChange={(event) => navigate(overviewPath(event.currentTarget.value), 'replace')}
    >
      {all.map((key) => (
        <option key={key} value={key}>
          {key}
        </option>
      ))}
    </select>
  );
}

const pathOf = (label: string, { value }: Group): string => devicesPath({ label: `${label}=${value}` });

function stateOf(group: Group): string {
  if (group.worst) return say(`severity.${group.worst}`);
  return say(lookOf(group) === 'well' ? 'overview.tileWell' : 'overview.tileAway');
}

function wordsOf(group: Group): string {
  return say('overview.tile', {
    value: group.value || say('overview.unlabelled'),
    online: plain(group.online),
    total: plain(group.total),
    state: stateOf(group),
  });
}

function Tiles({ label, groups }: { label: string; groups: readonly Group[] }) {
  if (groups.length === 0) return null;
  return (
    <ul class="tiles">
      {groups.map((group) => {
        const look = lookOf(group);
        return (
          <li key={group.value}>
            <a class={`tile tile-${look}`} href={pathOf(label, group)} title={wordsOf(group)}>
              <span class="tile-name">{group.value || say('overview.unlabelled')}</span>
              <span class="tile-count">
                {plain(group.online)}
                <span class="tile-total">/{plain(group.total)}</span>
              </span>
              <span class="unseen">{stateOf(group)}</span>
              {look !== 'well' && <SeverityMark of={look} size={14} />}
            </a>
          </li>
        );
      })}
    </ul>
  );
}

/** A thousand links are one stop of the Tab key; arrows move inside. */
function Field({ label, groups }: { label: string; groups: readonly Group[] }) {
  const [here, setHere] = useState(0);
  const [pointed, setPointed] = useState<Group | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const at = Math.min(here, groups.length - 1);
  return (
    <div class="field-map">
      <ul
        class={groups.length > mostLarge ? 'cells cells-small' : 'cells'}
        ref={list}
        onKeyDown={(press) => moveFocus(press, list.current)}
      >
        {groups.map((group, place) => (
          <Cell
            key={group.value}
            {...group}
            label={label}
            place={place}
            isHere={place === at}
            language={language.value}
            arrive={setHere}
            point={setPointed}
          />
        ))}
      </ul>
      <p class="note cells-note" aria-hidden="true">
        {pointed ? wordsOf(pointed) : say('overview.mapHint')}
      </p>
    </div>
  );
}

interface CellProps extends Group {
  label: string;
  place: number;
  isHere: boolean;
  /** Another language draws it anew. */
  language: string;
  arrive(place: number): void;
  point(group: Group): void;
}

/** Of a thousand, a change concerns few. */
const Cell = memo(({ label, place, isHere, arrive, point, value, total, online, worst }: CellProps) => {
  const group = { value, total, online, worst };
  return (
    <li>
      <a
        class={`cell tile-${lookOf(group)}`}
        href={pathOf(label, group)}
        tabIndex={isHere ? 0 : -1}
        onFocus={() => {
          arrive(place);
          point(group);
        }}
        onMouseEnter={() => point(group)}
      >
        <span class="unseen">{wordsOf(group)}</span>
      </a>
    </li>
  );
});
