/** Files on their way to the device, with how far each is and a way to stop it. */
import { signal } from '@preact/signals';
import { maxDocumentBytes } from '../chat/limits.ts';
import { percent, size } from '../i18n/amounts.ts';
import { t } from '../i18n/language.ts';
import { IconButton } from '../parts/button.tsx';
import { showToast } from '../parts/toast.tsx';
import { type Destination, upload } from '../wire/documents.ts';
import { Row } from './card.tsx';

interface Sending {
  key: number;
  name: string;
  share: number;
  stop: AbortController;
}

/** It outlives a change of page: the browser goes on sending. */
export const sending = signal<readonly Sending[]>([]);
let lastKey = 0;

export async function send(file: File, to: Destination, arrived: () => Promise<void>): Promise<void> {
  const { name } = file;
  if (file.size > maxDocumentBytes)
    return showToast(t('composer.tooBig', { name, size: size(maxDocumentBytes) }));
  lastKey += 1;
  const key = lastKey;
  const stop = new AbortController();
  sending.value = [...sending.value, { key, name, share: 0, stop }];
  try {
    await upload({
      ...{ file, to, signal: stop.signal },
      sent(share) {
        sending.value = sending.value.map((one) => (one.key === key ? { ...one, share } : one));
      },
    });
    await arrived();
  } finally {
    sending.value = sending.value.filter((one) => one.key !== key);
  }
}

export function SendingRows() {
  if (sending.value.length === 0) return null;
  return (
    <ul class="rows">
      {sending.value.map(({ key, name, share, stop }) => (
        <Row
          key={key}
          icon="document"
          title={name}
          note={
            <>
              <span>
                {t('documents.sending')} {percent(share)}
              </span>
              <progress max={1} value={share} aria-label={t('documents.progress', { name })} />
            </>
          }
        >
          <IconButton icon="close" label={t('documents.stop', { name })} onClick={() => stop.abort()} />
        </Row>
      ))}
    </ul>
  );
}
