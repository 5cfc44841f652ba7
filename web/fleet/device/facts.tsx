/** What runs on the device, and by what it is known. */
import type { DeviceDetail } from '@rockpool/protocol/fleet/api';
import type { ComponentChildren } from 'preact';
import { moment, share, span } from '../measures.ts';
import { Panel } from '../parts/panel.tsx';
import { Exactly } from '../parts/time.tsx';
import { releaseWords } from '../rollouts/release-name.tsx';
import { rolloutPath } from '../routes.ts';
import { isKey, say } from '../words/say.ts';

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

export function Versions({ device }: { device: DeviceDetail }) {
  const { installed, health, agent, model } = device;
  const jetson = health?.jetson;
  return (
    <Panel title={say('device.versions')}>
      <dl class="facts">
        <Fact name={say('device.agent')}>{installed?.agent ?? agent ?? say('metric.unknown')}</Fact>
        <Fact name={say('device.model')}>{installed?.model ?? model ?? say('device.noModel')}</Fact>
        <Fact name={say('device.system')}>{installed?.system ?? say('metric.unknown')}</Fact>
        {jetson && <Fact name={say('device.board')}>{jetson.board}</Fact>}
        {jetson?.l4t && <Fact name={say('device.l4t')}>{jetson.l4t}</Fact>}
        {jetson?.nvpmodel && <Fact name={say('device.nvpmodel')}>{jetson.nvpmodel}</Fact>}
        {health && <Fact name={say('device.uptime')}>{span(health.uptimeS * 1000)}</Fact>}
      </dl>
    </Panel>
  );
}

/** What updates have brought, and where the one is that is under way. */
export function Updates({ device: { installed, update, health } }: { device: DeviceDetail }) {
  const releases = installed?.releases ?? [];
  const isUnderWay = update && update.outcome === null && update.phase !== null && update.phase !== 'idle';
  if (releases.length === 0 && !update && !health) return null;
  return (
    <Panel title={say('device.updateNow')}>
      {isUnderWay ? (
        <p>
          <a href={rolloutPath(update.rollout)}>{releaseWords(update.release)}</a>{' '}
          <span class="outcome outcome-open">{phaseWords(update.phase ?? 'idle')}</span>
          {update.phase === 'fetching' && update.permille !== null && ` ${share(update.permille)}`}
        </p>
      ) : (
        <p class="note">{phaseWords(health?.update.phase ?? 'idle')}</p>
      )}
      {update?.outcome && (
        <p>
          <a href={rolloutPath(update.rollout)}>{releaseWords(update.release)}</a>{' '}
          <span class={`outcome outcome-${update.outcome === 'installed' ? 'good' : 'bad'}`}>
            {say(`outcome.${update.outcome}`)}
          </span>
          {update.reason && <span class="note">{` ${say(`reason.${update.reason}`)}`}</span>}
        </p>
      )}
      {releases.length > 0 && (
        <>
          <h3 class="field-label">{say('device.releases')}</h3>
          <ul class="installed">
            {releases.map((path) => (
              <li key={path}>
                <code>{path}</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

/** A phase that is newer than this page is shown as it is. */
function phaseWords(phase: string): string {
  const key = `phase.${phase}`;
  return isKey(key) ? say(key) : phase;
}

export function Identity({ device }: { device: DeviceDetail }) {
  const { certificate, enrolledAt, identity, health } = device;
  return (
    <Panel title={say('device.facts')}>
      <dl class="facts">
        <Fact name={say('device.enrolled')}>
          <Exactly at={enrolledAt} />
        </Fact>
        <Fact name={say('device.certificate')}>
          {certificate ? (
            <>
              {say('device.certificateUntil', { when: moment(certificate.expiresAt) })}
              <code class="finger">{certificate.serial}</code>
            </>
          ) : (
            say('device.noCertificate')
          )}
        </Fact>
        <Fact name={say('device.identity')}>
          <code class="finger">{identity}</code>
        </Fact>
        {health?.auditHead && (
          <Fact name={say('device.audit')}>
            {`#${health.auditHead.seq}`} <code class="finger">{health.auditHead.hash}</code>
          </Fact>
        )}
      </dl>
    </Panel>
  );
}
