/** Whether the device may serve people, finding by finding. */
import type { DeviceDetail } from '@rockpool/protocol/fleet/api';
import type { PostureCode } from '@rockpool/protocol/posture';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../parts/panel.tsx';
import { say } from '../words/say.ts';

/** All of `protocol/posture.ts`; a test holds the two together. */
export const postureCodes = [
  'disk-encrypted',
  'disk-sealed',
  'recovery-kept',
  'swap-encrypted',
  'core-dumps-off',
  'tls-listening',
  'tls-certificate',
  'identity',
  'enrolled',
  'clock',
] as const satisfies readonly PostureCode[];

export function PostureList({ device }: { device: DeviceDetail }) {
  const posture = device.health?.posture;
  return (
    <Panel title={say('device.posture')}>
      {posture ? (
        <>
          <p class={posture.holds ? 'note note-good' : 'note note-wrong'}>
            {say(posture.holds ? 'device.postureHolds' : 'device.postureFails')}
          </p>
          <ul class="findings">
            {[...postureCodes]
              .sort((one, other) => Number(isMissing(posture, other)) - Number(isMissing(posture, one)))
              .map((code) => (
                <Finding key={code} code={code} isGood={!isMissing(posture, code)} />
              ))}
          </ul>
        </>
      ) : (
        <p class="note">{say('device.postureUnknown')}</p>
      )}
    </Panel>
  );
}

const isMissing = ({ missing }: { missing: readonly PostureCode[] }, code: PostureCode): boolean =>
  missing.includes(code);

function Finding({ code, isGood }: { code: PostureCode; isGood: boolean }) {
  return (
    <li class={isGood ? 'finding' : 'finding finding-bad'}>
      <Icon name={isGood ? 'check' : 'close'} />
      <div>
        <span class={isGood ? 'unseen' : 'finding-state'}>
          {say(isGood ? 'device.good' : 'device.missing')}:{' '}
        </span>
        {say(`posture.${code}`)}
        {!isGood && <p class="note">{say(`posture.${code}.cure`)}</p>}
      </div>
    </li>
  );
}
