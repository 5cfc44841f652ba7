/** Documents: add them, watch them being read, open and delete them. */
import type { Document } from '@rockpool/protocol/documents';
import { useEffect, useRef, useState } from 'preact/hooks';
import { maxDocumentBytes } from '../chat/limits.ts';
import { ago, percent, size } from '../i18n/amounts.ts';
import { count, t } from '../i18n/language.ts';
import { Button, IconButton } from '../parts/button.tsx';
import { Confirm } from '../parts/dialog.tsx';
import { Choice } from '../parts/field.tsx';
import { Icon } from '../parts/icon.tsx';
import { whyUnread } from '../parts/problem.tsx';
import { showToast } from '../parts/toast.tsx';
import { isAdmin, me } from '../shell/person.ts';
import { isSettled } from '../shell/reading.ts';
import { type DocumentScope, deleteDocument, filePath, listDocuments } from '../wire/documents.ts';
import { Card, Row, Rows } from './card.tsx';
import { attempt, useLoaded } from './loaded.ts';
import { SendingRows, send, sending } from './sending.tsx';

const pollMs = 1_000;

export function Documents() {
  const documents = useLoaded(listDocuments);
  const [scope, setScope] = useState<DocumentScope>('mine');
  const unsettled = documents.value?.some((one) => !isSettled(one)) ?? false;
  useEffect(() => {
    if (!unsettled) return;
    const timer = window.setTimeout(() => void documents.again(), pollMs);
    return () => window.clearTimeout(timer);
  }, [documents.value]);
  const add = (files: Iterable<File>) => {
    for (const file of files) attempt(() => send(file, scope, documents.again));
  };
  return (
    <>
      <p class="lead">{t('documents.text')}</p>
      <Drop add={add} scope={scope} setScope={setScope} />
      <Card>
        <SendingRows />
        {(sending.value.length === 0 || documents.value?.length !== 0) && (
          <Rows
            loaded={documents}
            icon="document"
            none={t('documents.none')}
            row={(document) => (
              <DocumentRow key={document.id} document={document} changed={documents.again} />
            )}
          />
        )}
      </Card>
    </>
  );
}

interface DropProps {
  add(files: Iterable<File>): void;
  scope: DocumentScope;
  setScope(scope: DocumentScope): void;
}

function Drop({ add, scope, setScope }: DropProps) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  return (
    <section
      class={over ? 'card dropzone dropzone-over' : 'card dropzone'}
      aria-label={t('documents.add')}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        add([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <Button kind="main" icon="upload" onClick={() => input.current?.click()}>
        {t('documents.add')}
      </Button>
      <input
        ref={input}
        class="unseen"
        type="file"
        multiple
        tabIndex={-1}
        aria-hidden="true"
        onChange={(event) => {
          add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
      <p class="note">{t('documents.kinds', { size: size(maxDocumentBytes) })}</p>
      {isAdmin.value && (
        <Choice
          label={t('documents.addTo')}
          quietLabel
          value={scope}
          options={[
            ['mine', t('documents.forMine')],
            ['office', t('documents.forOffice')],
          ]}
          onValue={setScope}
        />
      )}
    </section>
  );
}

function DocumentRow({ document, changed }: { document: Document; changed(): Promise<void> }) {
  const [deleting, setDeleting] = useState(false);
  const { id, name } = document;
  const remove = async () => {
    await deleteDocument(id);
    showToast(t('documents.deleted'));
    await changed();
  };
  const mayDelete = document.owner === me.value?.name || isAdmin.value;
  return (
    <Row icon="document" title={name} note={<About document={document} />}>
      <a
        class="icon-button"
        href={filePath(id)}
        download
        title={t('act.download')}
        aria-label={t('documents.downloadNamed', { name })}
      >
        <Icon name="download" />
      </a>
      {mayDelete && (
        <IconButton
          icon="trash"
          label={t('documents.deleteNamed', { name })}
          onClick={() => setDeleting(true)}
        />
      )}
      {deleting && (
        <Confirm
          title={t('documents.deleteTitle', { name })}
          text={t('documents.deleteText')}
          confirm={t('act.delete')}
          onConfirm={() => attempt(remove)}
          onClose={() => setDeleting(false)}
        />
      )}
    </Row>
  );
}

function About({ document }: { document: Document }) {
  const { status, progress, pages, passages, name } = document;
  if (status === 'failed') return <span class="note-wrong">{whyUnread(document)}</span>;
  if (status !== 'ready') {
    return (
      <>
        <span>
          {t(`documents.${status}`)} {status !== 'waiting' && percent(progress)}
        </span>
        <progress max={1} value={progress} aria-label={t('documents.progress', { name })} />
      </>
    );
  }
  return (
    <>
      {document.scope === 'office' && <span class="tag tag-coral">{t('documents.office')}</span>}
      <span>{pages === null ? count('documents.passages', passages) : count('documents.pages', pages)}</span>
      <span>{size(document.bytes)}</span>
      <span>{ago(document.addedAt)}</span>
      {document.owner !== me.value?.name && <span>{t('documents.by', { name: document.owner })}</span>}
    </>
  );
}
