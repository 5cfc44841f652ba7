/** Memory as a file, from a file, and gone. */
import { useRef, useState } from 'preact/hooks';
import { count, t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Confirm } from '../parts/dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { showToast } from '../parts/toast.tsx';
import { forgetEverything, importFacts, memoryExportPath } from '../wire/memory.ts';
import { Card } from './card.tsx';
import { attempt } from './loaded.ts';

export function MemoryAway({ changed }: { changed(): void }) {
  const [asking, setAsking] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const forget = async () => {
    const { forgotten } = await forgetEverything();
    showToast(count('memory.gone', forgotten));
    changed();
  };
  return (
    <Card title={t('memory.move')}>
      <div class="line line-wrap">
        <a class="button button-quiet" href={memoryExportPath} download>
          <Icon name="download" />
          <span>{t('memory.export')}</span>
        </a>
        <Button icon="upload" onClick={() => file.current?.click()}>
          {t('memory.import')}
        </Button>
        <input
          ref={file}
          class="unseen"
          type="file"
          accept="application/json,.json"
          tabIndex={-1}
          aria-hidden="true"
          onChange={(event) => {
            const chosen = event.currentTarget.files?.[0];
            if (chosen) attempt(() => bring(chosen, changed));
            event.currentTarget.value = '';
          }}
        />
        <span class="spring" />
        <Button kind="danger" onClick={() => setAsking(true)}>
          {t('memory.everything')}
        </Button>
      </div>
      {asking && (
        <Confirm
          title={t('memory.everythingTitle')}
          text={t('memory.everythingText')}
          confirm={t('memory.everythingDo')}
          onConfirm={() => attempt(forget)}
          onClose={() => setAsking(false)}
        />
      )}
    </Card>
  );
}

async function bring(file: File, changed: () => void): Promise<void> {
  const exported = jsonOf(await file.text());
  if (exported === null) return showToast(t('memory.badFile'));
  showToast(t('memory.imported', await importFacts(exported)));
  changed();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // told to the person above
  }
}
