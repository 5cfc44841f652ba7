/** What the controller wants in force, and what is. */
import type { DeviceDetail } from '@rockpool/protocol/fleet/api';
import { Panel } from '../parts/panel.tsx';
import { isKey, say } from '../words/say.ts';

export function Config({ device }: { device: DeviceDetail }) {
  const { desired, desiredVersion, reported, reportedVersion } = device.config;
  const wanted: Record<string, unknown> = { ...desired };
  const keys = [...new Set([...Object.keys(wanted), ...Object.keys(reported)])];
  return (
    <Panel title={say('device.config')}>
      <p class={desiredVersion > reportedVersion ? 'note note-wrong' : 'note'}>
        {desiredVersion === 0
          ? say('device.configNone')
          : desiredVersion > reportedVersion
            ? say('device.configBehind', { desired: desiredVersion, reported: reportedVersion })
            : say('device.configSame', { version: reportedVersion })}
      </p>
      {keys.length > 0 && (
        <dl class="facts">
          {keys.map((key) => (
            <Setting key={key} name={key} wanted={wanted[key]} inForce={reported[key]} />
          ))}
        </dl>
      )}
    </Panel>
  );
}

function Setting({ name, wanted, inForce }: { name: string; wanted: unknown; inForce: unknown }) {
  const key = `setting.${name}`;
  const differs = wanted !== undefined && wanted !== inForce;
  return (
    <>
      <dt>{isKey(key) ? say(key) : name}</dt>
      <dd>
        {inForce === undefined ? say('metric.unknown') : told(inForce)}
        {differs && <span class="note-wrong"> · {say('device.configWanted', { value: told(wanted) })}</span>}
      </dd>
    </>
  );
}

const told = (value: unknown): string =>
  typeof value === 'boolean' ? say(value ? 'device.settingOn' : 'device.settingOff') : String(value);
