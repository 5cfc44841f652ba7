/** Why devices failed, the most frequent reason first, each with what to do about it and where it happened. */
import type { RolloutDetail } from '@rockpool/protocol/update/rollout';
import { SeverityMark } from '../parts/marks.tsx';
import { None, Panel } from '../parts/panel.tsx';
import { withCode } from '../parts/with-code.tsx';
import { devicePath } from '../routes.ts';
import { count, say } from '../words/say.ts';

/** An operator who will look at a device looks at one of the first. */
const mostNames = 12;

export function Failures({ rollout }: { rollout: RolloutDetail }) {
  const { failures, devices, state } = rollout;
  if (failures.length === 0 && state === 'draft') return null;
  const byFrequency = [...failures].sort((one, other) => other.devices - one.devices);
  return (
    <Panel title={say('rollout.failures')}>
      {failures.length === 0 ? (
        <None words={say('rollout.failuresNone')} />
      ) : (
        <ul class="alerts">
          {byFrequency.map(({ reason, devices: many }) => (
            <li key={reason} class="alert">
              <span class="alert-mark">
                <SeverityMark of="critical" size={18} />
              </span>
              <div class="alert-words">
                <p class="alert-title">
                  <span>{say(`reason.${reason}`)}</span>
                  <span class="failure-count">{count('rollout.failureDevices', many)}</span>
                </p>
                <p class="alert-cure">{withCode(say(`reason.${reason}.cure`))}</p>
                <Where devices={devices.filter((one) => one.reason === reason)} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Where({ devices }: { devices: RolloutDetail['devices'] }) {
  if (devices.length === 0) return null;
  return (
    <p class="labels">
      {devices.slice(0, mostNames).map(({ device }) => (
        <a key={device} class="label" href={devicePath(device)}>
          {device}
        </a>
      ))}
      {devices.length > mostNames && <span class="label">{`+${devices.length - mostNames}`}</span>}
    </p>
  );
}
