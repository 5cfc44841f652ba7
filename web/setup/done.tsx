/** Steps 5 and 6: the certificate for this browser, then the way to the first account. */
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { code, progress } from './device.ts';
import { Frame } from './frame.tsx';
import { Install } from './install.tsx';
import { Qr } from './qr.tsx';
import { say } from './words/say.ts';

export function EndSteps() {
  const now = progress.value;
  const [isInstalled, setInstalled] = useState(false);
  if (!now) return null;
  if (now.authority && !isInstalled) {
    return (
      <Frame title={say('install.title')} step={5}>
        <Install authority={now.authority} />
        <div class="door-acts">
          <Button onClick={() => setInstalled(true)}>{say('install.done')}</Button>
        </div>
      </Frame>
    );
  }
  return <ReadyStep name={now.name} address={now.address} />;
}

function ReadyStep({ name, address }: { name: string; address: string }) {
  // The agent's own form takes the code from here; a fragment is sent to nobody.
  const link = code.value ? `${address}#setup=${code.value}` : address;
  const modules = useQr(link);
  return (
    <Frame title={say('done.title', { name })} step={6}>
      <p class="lead">{say('done.text')}</p>
      <a class="button button-main" href={link}>
        {say('done.open')}
      </a>
      <p class="setup-address">{address}</p>
      <p class="note">
        {say('done.starting')} {say('done.warns')}
      </p>
      {modules && (
        <figure class="setup-qr">
          <Qr modules={modules} label={say('done.qrLabel', { address })} />
          <figcaption class="note">{say('done.qr')}</figcaption>
        </figure>
      )}
    </Frame>
  );
}

/** Fetched while the device still serves this page, and no part of its first load. */
export const qrReady = () => import('./qr-encode.ts');

function useQr(text: string): boolean[][] | null {
  const [modules, setModules] = useState<boolean[][] | null>(null);
  useEffect(() => {
    let isCurrent = true;
    // Without it the address stands above: the program behind may have ended already.
    qrReady().then(
      ({ encode }) => isCurrent && setModules(encode(text)),
      () => setModules(null),
    );
    return () => {
      isCurrent = false;
    };
  }, [text]);
  return modules;
}
