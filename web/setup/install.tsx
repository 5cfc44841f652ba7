/** How a phone or a laptop comes to trust the device: the certificate for its system, and what to tap there. */
import type { SetupProgress } from '@rockpool/protocol/setup';
import { useState } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { isKey, type Key, say } from './words/say.ts';

export type Authority = Pick<NonNullable<SetupProgress['authority']>, 'name' | 'sha256' | 'constraints'>;

/** What each system takes. */
const files = {
  ios: '/ca.mobileconfig',
  mac: '/ca.mobileconfig',
  android: '/ca.crt',
  windows: '/ca.cer',
  other: '/ca.crt',
} as const;
type System = keyof typeof files;
const systems = Object.keys(files) as System[];

export function Install({ authority }: { authority: Authority }) {
  const [system, setSystem] = useState<System>(thisSystem);
  const deeds = [1, 2, 3].map((n) => `install.${system}.${n}`).filter((key): key is Key => isKey(key));
  return (
    <>
      <p class="lead">{say('install.text')}</p>
      <label class="field">
        <span class="field-label">{say('install.system')}</span>
        <select
          class="input"
          value={system}
          onChange={(event) => setSystem(systems.find((one) => one === event.currentTarget.value) ?? 'other')}
        >
          {systems.map((one) => (
            <option key={one} value={one}>
              {say(`install.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <a
        class="button button-main"
        href={files[system]}
        download={files[system] === '/ca.mobileconfig' ? undefined : ''}
      >
        <Icon name="download" />
        <span>{say('install.get')}</span>
      </a>
      <ol class="deeds">
        {deeds.map((key) => (
          <li key={key}>{say(key)}</li>
        ))}
      </ol>
      {system !== 'ios' && system !== 'android' && <p class="note">{say('install.firefox')}</p>}
      <dl class="setup-facts">
        <dt>{say('install.finger')}</dt>
        <dd class="finger">
          <span>{authority.name}</span>
          <code>{authority.sha256.toUpperCase().match(/.{4}/g)?.join(' ')}</code>
        </dd>
        <dt>{say('install.limits')}</dt>
        <dd>
          {authority.constraints.length > 0 && (
            <ul class="limits">
              {authority.constraints.map((one) => (
                <li key={one} class="tag">
                  {one}
                </li>
              ))}
            </ul>
          )}
          <p class="note">
            {say(authority.constraints.length > 0 ? 'install.limitsText' : 'install.unlimited')}
          </p>
        </dd>
      </dl>
    </>
  );
}

/** A guess to begin with; the choice is the reader's. iPads say that they are Macs. */
function thisSystem(): System {
  const { userAgent, maxTouchPoints } = navigator;
  if (/iPhone|iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)) return 'ios';
  if (/Android/.test(userAgent)) return 'android';
  if (/Macintosh/.test(userAgent)) return 'mac';
  return /Windows/.test(userAgent) ? 'windows' : 'other';
}
