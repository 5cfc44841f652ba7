/** Devices as a table on a desk and as cards on a phone; arrows move, Enter opens, Space chooses. */
import type { DeviceSummary } from '@rockpool/protocol/fleet/api';
import { useRef, useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.tsx';
import { memo } from '../../parts/memo.ts';
import { degrees, mebibytes, share } from '../measures.ts';
import { Labels } from '../parts/labels.tsx';
import { PresenceWords, SeverityWords } from '../parts/marks.tsx';
import { Ago } from '../parts/time.tsx';
import { devicePath } from '../routes.ts';
import { language, say } from '../words/say.ts';

interface DeviceTableProps {
  devices: readonly DeviceSummary[];
  /** Null for who may not command. */
  chosen: ReadonlySet<string> | null;
  choose(names: ReadonlySet<string>): void;
}

export function DeviceTable({ devices, chosen, choose }: DeviceTableProps) {
  const [here, setHere] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const at = Math.min(here, devices.length - 1);
  const newest = useRef({ chosen, choose });
  newest.current = { chosen, choose };
  const [toggle] = useState(() => (name: string) => {
    const { chosen: before, choose: set } = newest.current;
    if (!before) return;
    const after = new Set(before);
    if (!after.delete(name)) after.add(name);
    set(after);
  });
  const move = (press: KeyboardEvent) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[press.key];
    const device = devices[at];
    if (press.target instanceof HTMLInputElement || !device) return;
    if (press.key === ' ') toggle(device.name);
    else if (step) body.current?.querySelectorAll<HTMLElement>('.device-link')[at + step]?.focus();
    else return;
    press.preventDefault();
  };
  const areAll = chosen !== null && devices.every(({ name }) => chosen.has(name));
  return (
    <table class="devices" aria-label={say('devices.tableLabel')}>
      <thead>
        <tr>
          {chosen && (
            <th class="col-choose">
              <input
                type="checkbox"
                aria-label={say('devices.selectPage')}
                checked={areAll}
                onChange={() => choose(areAll ? without(chosen, devices) : withAll(chosen, devices))}
              />
            </th>
          )}
          <th>{say('devices.name')}</th>
          <th>{say('devices.state')}</th>
          <th>{say('devices.alert')}</th>
          <th>{say('devices.seen')}</th>
          <th class="col-number">{say('devices.cpu')}</th>
          <th class="col-number">{say('devices.memory')}</th>
          <th class="col-number">{say('devices.hottest')}</th>
          <th>{say('devices.model')}</th>
          <th>{say('devices.agent')}</th>
        </tr>
      </thead>
      <tbody ref={body} onKeyDown={move}>
        {devices.map((device, place) => (
          <Row
            key={device.name}
            device={device}
            place={place}
            isHere={place === at}
            isChosen={chosen ? chosen.has(device.name) : null}
            toggle={toggle}
            arrive={setHere}
            language={language.value}
          />
        ))}
      </tbody>
    </table>
  );
}

const withAll = (chosen: ReadonlySet<string>, devices: readonly DeviceSummary[]) =>
  new Set([...chosen, ...devices.map(({ name }) => name)]);
const without = (chosen: ReadonlySet<string>, devices: readonly DeviceSummary[]) => {
  const gone = new Set<string>(devices.map(({ name }) => name));
  return new Set([...chosen].filter((name) => !gone.has(name)));
};

interface RowProps {
  device: DeviceSummary;
  place: number;
  isHere: boolean;
  isChosen: boolean | null;
  toggle(name: string): void;
  arrive(place: number): void;
  /** Another language draws it anew. */
  language: string;
}

const Row = memo(({ device, place, isHere, isChosen, toggle, arrive }: RowProps) => {
  const { name, labels, presence, seenAt, worst, alerts, model, agent, postureHolds } = device;
  return (
    <tr class={isChosen ? `device device-${presence} device-chosen` : `device device-${presence}`}>
      {isChosen !== null && (
        <td class="col-choose">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={say('devices.select', { name })}
            checked={isChosen}
            onChange={() => toggle(name)}
          />
        </td>
      )}
      <th scope="row" class="col-name">
        <a
          class="device-link"
          href={devicePath(name)}
          tabIndex={isHere ? 0 : -1}
          onFocus={() => arrive(place)}
        >
          {name}
        </a>
        <Labels labels={labels} asText />
      </th>
      <td class="col-state">
        <PresenceWords of={presence} />
      </td>
      <td class="col-alerts">
        {worst && <SeverityWords of={worst} count={alerts} />}
        {postureHolds === false && (
          <span class="state state-critical" title={say('devices.posture')}>
            <Icon name="shield" />
            <span class="unseen">{say('devices.posture')}</span>
          </span>
        )}
      </td>
      <td class="col-seen">{seenAt === null ? say('time.never') : <Ago at={seenAt} />}</td>
      <td class="col-number col-fact">{share(device.cpuPermille)}</td>
      <td class="col-number col-fact">{mebibytes(device.memoryAvailableMiB)}</td>
      <td class="col-number col-fact">{degrees(device.hottestMilliC)}</td>
      <td class="col-fact col-model">{model ?? ''}</td>
      <td class="col-fact">{agent ?? ''}</td>
    </tr>
  );
});
