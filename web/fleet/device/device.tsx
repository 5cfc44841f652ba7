/** One device: how it is, what to do, how it was, and what it can be told. */
import type { Change, DeviceDetail } from '@rockpool/protocol/fleet/api';
import { Icon } from '../../parts/icon.tsx';
import { AlertRow, Sentence } from '../alerts/alert-row.tsx';
import { byUrgency } from '../overview/verdict.ts';
import { Labels } from '../parts/labels.tsx';
import { PresenceWords } from '../parts/marks.tsx';
import { None, Panel, Read } from '../parts/panel.tsx';
import { Lost, PageHead } from '../shell/house.tsx';
import { type Shown, useLive } from '../use-live.ts';
import { readDevice } from '../wire.ts';
import { say } from '../words/say.ts';
import { Charts } from './charts.tsx';
import { CommandHistory } from './command-history.tsx';
import { Commands } from './commands.tsx';
import { Config } from './config.tsx';
import { Identity, Updates, Versions } from './facts.tsx';
import { LabelsDialogButton } from './labels-dialog.tsx';
import { Now } from './now.tsx';
import { PostureList } from './posture.tsx';
import { Revoke } from './revoke.tsx';
import { Timeline } from './timeline.tsx';

export function Device({ name }: { name: string }) {
  const shown = useLive(`device ${name}`, {
    read: () => readDevice(name),
    concerns: ({ devices }: Change) => devices === null || devices.some((one) => one === name),
  });
  if (!shown.value && shown.problem?.code === 'not-found') return <Lost words={say('device.notFound')} />;
  return (
    <>
      <Head name={name} device={shown.value} />
      <Read shown={shown}>{(device) => <Body device={device} shown={shown} />}</Read>
    </>
  );
}

function Head({ name, device }: { name: string; device: DeviceDetail | null }) {
  return (
    <PageHead title={name}>
      {device && (
        <>
          <PresenceWords of={device.presence} />
          <span class="page-count">
            {device.seenAt === null ? (
              say('device.neverSeen')
            ) : (
              <Sentence words={say('device.seen')} at={device.seenAt} />
            )}
          </span>
          <span class="device-labels">
            <Labels labels={device.labels} />
            <LabelsDialogButton device={device} />
          </span>
        </>
      )}
      <a class="page-back" href="#/devices">
        <Icon name="left" />
        <span>{say('device.back')}</span>
      </a>
    </PageHead>
  );
}

function Body({ device, shown }: { device: DeviceDetail; shown: Shown<DeviceDetail> }) {
  return (
    <div class="device-page">
      {device.revoked && <Revoked revoked={device.revoked} />}
      <div class="device-columns">
        <div class="device-side-main">
          <Needs device={device} changed={shown.again} />
          <Now device={device} />
          <Charts device={device} />
          <CommandHistory commands={device.commands} changed={shown.again} />
          <Timeline entries={device.timeline} />
        </div>
        <div class="device-side">
          <Commands device={device} changed={shown.again} />
          <PostureList device={device} />
          <Versions device={device} />
          <Updates device={device} />
          <Config device={device} />
          <Identity device={device} />
          <Revoke device={device} changed={shown.again} />
        </div>
      </div>
    </div>
  );
}

function Revoked({ revoked }: { revoked: NonNullable<DeviceDetail['revoked']> }) {
  const words = revoked.because
    ? say('device.revokedText', { because: revoked.because })
    : say('device.revokedPlain');
  return (
    <p class="problem">
      <span>
        <Sentence words={words} at={revoked.at} />
      </span>
    </p>
  );
}

function Needs({ device, changed }: { device: DeviceDetail; changed(): Promise<void> }) {
  const isThere = device.presence === 'online' || device.presence === 'degraded';
  return (
    <Panel
      title={say('device.needs')}
      aside={
        device.healthAt !== null && (
          <span class="panel-note">
            <Sentence words={say('device.asOf')} at={device.healthAt} />
          </span>
        )
      }
    >
      {device.open.length === 0 ? (
        <None words={say(isThere ? 'device.well' : 'device.wellStale')} icon={isThere ? 'check' : 'about'} />
      ) : (
        <ul class="alerts">
          {byUrgency(device.open).map((alert) => (
            <AlertRow
              key={alert.id}
              alert={alert}
              withoutSubject={alert.subject === device.name}
              changed={changed}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}
