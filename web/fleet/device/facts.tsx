/** What runs on the device, and by what it is known. */
import type { DeviceDetail } from '@rockpool/protocol/fleet/api';
import type { ComponentChildren } from 'preact';
import { moment, span } from '../measures.ts';
import { Panel } from '../parts/panel.tsx';
import { Exactly } from '../parts/time.tsx';
import { say } from '../words/say.ts';

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
        {health && <Fact name={say('device.update')}>{health.update.phase}</Fact>}
        {health && <Fact name={say('device.uptime')}>{span(health.uptimeS * 1000)}</Fact>}
      </dl>
    </Panel>
  );
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
