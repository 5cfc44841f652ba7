/** The devices of a rollout: where each is, how much of it has come, and what it said. */
import type { DeviceRolloutState, RolloutDetail } from '@rockpool/protocol/update/rollout';
import { useState } from 'preact/hooks';
import { number } from '../../i18n/amounts.ts';
import { Button } from '../../parts/button.tsx';
import { share } from '../measures.ts';
import { None, Panel } from '../parts/panel.tsx';
import { Ago } from '../parts/time.tsx';
import { devicePath } from '../routes.ts';
import { say } from '../words/say.ts';
import { StateWords } from './state-marks.tsx';
import { deviceStates } from './tally.ts';

type One = RolloutDetail['devices'][number];
const pageSize = 50;

export function RolloutDevices({ rollout }: { rollout: RolloutDetail }) {
  const [state, setState] = useState<DeviceRolloutState | null>(null);
  const [limit, setLimit] = useState(pageSize);
  const found = state ? rollout.devices.filter((one) => one.state === state) : rollout.devices;
  const total = state ? (rollout.counts[state] ?? 0) : rollout.total;
  const shown = found.slice(0, limit);
  return (
    <Panel
      title={say('rollout.devices')}
      aside={<StateChoice rollout={rollout} state={state} onState={setState} />}
    >
      {shown.length === 0 ? (
        <None words={say('rollout.devicesNone')} icon="about" />
      ) : (
        <Table devices={shown} />
      )}
      {total > shown.length && (
        <div class="more">
          <span class="note">
            {say('rollout.devicesShown', { shown: number(shown.length), total: number(total) })}
          </span>
          {found.length > limit && (
            <Button onClick={() => setLimit(limit + 2 * pageSize)}>{say('act.more')}</Button>
          )}
        </div>
      )}
    </Panel>
  );
}

interface StateChoiceProps {
  rollout: RolloutDetail;
  state: DeviceRolloutState | null;
  onState(state: DeviceRolloutState | null): void;
}

function StateChoice({ rollout, state, onState }: StateChoiceProps) {
  return (
    <select
      class={state ? 'select select-on' : 'select'}
      aria-label={say('devices.state')}
      value={state ?? ''}
      onChange={(event) => onState(deviceStates.find((one) => one === event.currentTarget.value) ?? null)}
    >
      <option value="">{say('rollout.anyState')}</option>
      {deviceStates
        .filter((one) => one === state || (rollout.counts[one] ?? 0) > 0)
        .map((one) => (
          <option key={one} value={one}>
            {`${say(`rollout.device.${one}`)} (${number(rollout.counts[one] ?? 0)})`}
          </option>
        ))}
    </select>
  );
}

function Table({ devices }: { devices: readonly One[] }) {
  return (
    <table class="devices rollout-devices" aria-label={say('rollout.devices')}>
      <thead>
        <tr>
          <th>{say('rollout.device')}</th>
          <th class="col-number">{say('rollout.waveColumn')}</th>
          <th>{say('devices.state')}</th>
          <th>{say('rollout.where')}</th>
          <th>{say('rollout.when')}</th>
        </tr>
      </thead>
      <tbody>
        {devices.map((one) => (
          <Row key={one.device} one={one} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ one }: { one: One }) {
  const { device, wave, state, phase, permille, reason, says, at } = one;
  return (
    <tr class={`rollout-device rollout-device-${state}`}>
      <th scope="row" class="col-name">
        <a class="device-link" href={devicePath(device)}>
          {device}
        </a>
      </th>
      <td class="col-number col-wave">
        {wave >= 0 && (
          <>
            <span class="unseen">{say('rollout.wave', { n: number(wave + 1) })}</span>
            <span aria-hidden="true">{number(wave + 1)}</span>
          </>
        )}
      </td>
      <td class="col-state">
        <StateWords of={state} />
      </td>
      <td class="col-phase">
        {state === 'running' && phase && (
          <>
            <span>{say(`phase.${phase}`)}</span>
            {phase === 'fetching' && permille !== null && <Fetched permille={permille} />}
          </>
        )}
        {reason && <span>{say(`reason.${reason}`)}</span>}
        {says && <span class="col-says">{says}</span>}
      </td>
      <td class="col-seen">{at !== null && <Ago at={at} />}</td>
    </tr>
  );
}

function Fetched({ permille }: { permille: number }) {
  return (
    <span class="fetched">
      <progress max={1000} value={permille} aria-label={say('rollout.fetched', { share: share(permille) })} />
      <span aria-hidden="true">{share(permille)}</span>
    </span>
  );
}
