/** Documents: add them, watch them being read, find them, share them; and for admins groups and folders. */
import type { Document } from '@rockpool/protocol/documents';
import { useEffect, useRef, useState } from 'preact/hooks';
import { maxDocumentBytes } from '../chat/limits.ts';
import { size } from '../i18n/amounts.ts';
import { count, t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import { isAdmin } from '../shell/person.ts';
import { isSettled } from '../shell/reading.ts';
import { listDocuments, listGroups } from '../wire/documents.ts';
import { Card, Nothing, Rows } from './card.tsx';
import { DocumentRow } from './document-row.tsx';
import { Folders } from './folders.tsx';
import { Groups } from './groups.tsx';
import { attempt, useLoaded } from './loaded.ts';
import { SendingRows, send, sending } from './sending.tsx';
import { ShareWith, sharingOf, type Whom } from './sharing.tsx';

const pollMs = 1_000;
/** A list of thousands is too much to be sent every second. */
const longPollMs = 5_000;
const longFrom = 300;
/** Shown at once; a list of thousands is searched, not scrolled. */
const pageRows = 50;
const searchedFrom = 12;

export function Documents() {
  const documents = useLoaded(listDocuments);
  const groups = useLoaded(listGroups);
  const [whom, setWhom] = useState<Whom>('mine');
  const unsettled = documents.value?.filter((one) => !isSettled(one)).length ?? 0;
  useEffect(() => {
    if (unsettled === 0) return;
    const long = (documents.value?.length ?? 0) > longFrom;
    const timer = window.setTimeout(() => void documents.again(), long ? longPollMs : pollMs);
    return () => window.clearTimeout(timer);
  }, [documents.value]);
  const add = (files: Iterable<File>) => {
    for (const file of files) attempt(() => send(file, sharingOf(whom), documents.again));
  };
  return (
    <>
      <p class="lead">{t('documents.text')}</p>
      <Drop add={add}>
        <ShareWith
          label={t('documents.addTo')}
          quietLabel
          groups={groups.value ?? []}
          value={whom}
          onValue={setWhom}
        />
      </Drop>
      <Card>
        <SendingRows />
        {unsettled > 1 && (
          <p class="note" role="status">
            {count('documents.unsettled', unsettled)}
          </p>
        )}
        {(sending.value.length === 0 || documents.value?.length !== 0) && (
          <Found documents={documents} groups={groups.value ?? []} />
        )}
      </Card>
      {isAdmin.value && (
        <>
          <Folders groups={groups.value ?? []} documentsChanged={documents.again} />
          <Groups groups={groups} documentsChanged={documents.again} />
        </>
      )}
    </>
  );
}

interface FoundProps {
  documents: ReturnType<typeof useLoaded<Document[]>>;
  groups: Parameters<typeof DocumentRow>[0]['groups'];
}

/** All of them, or those whose names hold what is looked for. */
function Found({ documents, groups }: FoundProps) {
  const [words, setWords] = useState('');
  const [shown, setShown] = useState(pageRows);
  const all = documents.value ?? [];
  const fold = (text: string) => text.normalize('NFKC').toLowerCase();
  const found = words.trim() === '' ? all : all.filter((one) => matches(one, fold(words.trim()), fold));
  return (
    <>
      {all.length > searchedFrom && (
        <Field
          label={t('documents.find')}
          placeholder={t('documents.find')}
          quietLabel
          value={words}
          onValue={(value) => {
            setWords(value);
            setShown(pageRows);
          }}
        />
      )}
      {all.length > 0 && found.length === 0 ? (
        <Nothing icon="document" words={t('documents.noneFound')} />
      ) : (
        <Rows
          loaded={{ ...documents, value: documents.value && found.slice(0, shown) }}
          icon="document"
          none={t('documents.none')}
          row={(document) => (
            <DocumentRow key={document.id} document={document} groups={groups} changed={documents.again} />
          )}
        />
      )}
      {found.length > shown && (
        <Button onClick={() => setShown(shown + pageRows)}>
          {count('documents.showMore', found.length - shown)}
        </Button>
      )}
    </>
  );
}

const matches = ({ name, folder, group, owner }: Document, words: string, fold: (text: string) => string) =>
  [name, folder ?? '', group?.name ?? '', owner].some((text) => fold(text).includes(words));

interface DropProps {
  add(files: Iterable<File>): void;
  children: preact.ComponentChildren;
}

function Drop({ add, children }: DropProps) {
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
      {children}
    </section>
  );
}
