/** Memory as a file, from a file, and gone. */
import { useRef, useState } from 'preact/hooks';
import { count, t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field, Tick } from '../parts/field.tsx';
import { Icon } from '../parts/icon.tsx';
import { showToast } from '../parts/toast.tsx';
import { forgetEverything, importFacts, memoryExportPath } from '../wire/memory.ts';
import { Card } from './card.tsx';
import { attempt } from './loaded.ts';

export function MemoryAway({ changed }: { changed(): void }) {
  const [asking, setAsking] = useState(false);
  const [chats, setChats] = useState(false);
  const erase = async () => {
    const { forgotten } = await forgetEverything();
    showToast(count('memory.gone', forgotten));
    changed();
  };
  return (
    <Card title={t('memory.move')}>
      <p class="card-sub">{t('memory.moveText')}</p>
      <Tick label={t('memory.withChats')} value={chats} onValue={setChats} />
      <div class="line line-wrap">
        <Export format="json" chats={chats} />
        <Export format="markdown" chats={chats} />
        <Import changed={changed} />
        <span class="spring" />
        <Button kind="danger" onClick={() => setAsking(true)}>
          {t('memory.everything')}
        </Button>
      </div>
      {asking && <Erase onErase={() => attempt(erase)} onClose={() => setAsking(false)} />}
    </Card>
  );
}

function Export({ format, chats }: { format: 'json' | 'markdown'; chats: boolean }) {
  return (
    <a class="button button-quiet" href={memoryExportPath(format, chats)} download>
      <Icon name="download" />
      <span>{t(format === 'json' ? 'memory.export' : 'memory.exportRead')}</span>
    </a>
  );
}

function Import({ changed }: { changed(): void }) {
  const file = useRef<HTMLInputElement>(null);
  return (
    <>
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
    </>
  );
}

/** What can't be undone is typed, so that no click does it. */
function Erase({ onErase, onClose }: { onErase(): void; onClose(): void }) {
  const [typed, setTyped] = useState('');
  const word = t('memory.eraseWord');
  const isSure = typed.trim().toLowerCase() === word.toLowerCase();
  return (
    <Dialog title={t('memory.everythingTitle')} onClose={onClose}>
      <p class="dialog-text">{t('memory.everythingText')}</p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isSure) return;
          onClose();
          onErase();
        }}
      >
        <Field label={t('memory.eraseType', { word })} value={typed} onValue={setTyped} focus />
        <div class="dialog-acts">
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button kind="danger" type="submit" disabled={!isSure}>
            {t('memory.everythingDo')}
          </Button>
        </div>
      </form>
    </Dialog>
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
