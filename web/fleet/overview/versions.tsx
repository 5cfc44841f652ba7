/** Which versions run in the field, and on how many devices. */
import type { Overview } from '@rockpool/protocol/fleet/api';
import { number, percent } from '../../i18n/amounts.ts';
import { Panel } from '../parts/panel.tsx';
import { say } from '../words/say.ts';

const mostShown = 6;

export function Versions({ agents }: { agents: Overview['agents'] }) {
  const all = agents.reduce((sum, { devices }) => sum + devices, 0);
  const most = [...agents].sort((one, other) => other.devices - one.devices).slice(0, mostShown);
  return (
    <Panel title={say('overview.versions')}>
      {most.length === 0 ? (
        <p class="note">{say('overview.versionsNone')}</p>
      ) : (
        <ul class="versions-list">
          {most.map(({ version, devices }) => (
            <li key={version}>
              <code>{version}</code>
              <svg
                class="share-bar"
                viewBox="0 0 100 6"
                preserveAspectRatio="none"
                aria-hidden="true"
                focusable="false"
              >
                <rect class="share-ground" width="100" height="6" />
                <rect class="share-part" width={Math.max(1, (devices / all) * 100)} height="6" />
              </svg>
              <span>
                {say('overview.share', { devices: number(devices), share: percent(devices / all) })}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
