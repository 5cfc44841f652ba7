/** One document: how far it is, whom it is shared with, its versions, and what can be done with it. */
import type { Document, DocumentVersion, Group } from '@rockpool/protocol/documents';
import { useRef, useState } from 'preact/hooks';
import { ago, dayAndTime, percent, size } from '../i18n/amounts.ts';
import { count, t } from '../i18n/language.ts';
import { whyUnread } from '../i18n/unread.ts';
import { Confirm, Dialog } from '../parts/dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { Menu, type MenuItem } from '../parts/menu.tsx';
import { showToast } from '../parts/toast.tsx';
import { isAdmin, me } from '../shell/person.ts';
import { deleteDocument, filePath, listVersions, shareDocument } from '../wire/documents.ts';
import { Row, Rows } from './card.tsx';
import { attempt, useLoaded } from './loaded.ts';
import { send } from './sending.tsx';
import { ShareDialog, sharingOf, whomOf } from './sharing.tsx';

interface DocumentRowProps {
  document: Document;
  groups: readonly Group[];
  changed(): Promise<void>;
}

export function DocumentRow({ document, groups, changed }: DocumentRowProps) {
  const [open, setOpen] = useState<'sharing' | 'versions' | 'deleting' | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const { id, name } = document;
  const close = () => setOpen(null);
  const remove = async () => {
    await deleteDocument(id);
    showToast(t('documents.deleted'));
    await changed();
  };
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
      <Menu
        label={t('documents.more', { name })}
        items={itemsFor(document, groups, setOpen, () => input.current?.click())}
      />
      <input
        ref={input}
        class="unseen"
        type="file"
        tabIndex={-1}
        aria-hidden="true"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file) attempt(() => send(file, { replaces: id }, changed));
        }}
      />
      {open === 'sharing' && (
        <ShareDialog
          title={t('share.title', { name })}
          groups={groups}
          owner={document.owner}
          now={whomOf(document)}
          onShare={(whom) => attempt(() => shareDocument(id, sharingOf(whom)).then(changed))}
          onClose={close}
        />
      )}
      {open === 'versions' && <Versions document={document} onClose={close} />}
      {open === 'deleting' && (
        <Confirm
          title={t('documents.deleteTitle', { name })}
          text={t('documents.deleteText')}
          confirm={t('act.delete')}
          onConfirm={() => attempt(remove)}
          onClose={close}
        />
      )}
    </Row>
  );
}

function itemsFor(
  { folder, owner, scope }: Document,
  groups: readonly Group[],
  open: (what: 'sharing' | 'versions' | 'deleting') => void,
  replace: () => void,
): MenuItem[] {
  const versions: MenuItem = { words: t('documents.versions'), icon: 'archive', act: () => open('versions') };
  const mayChange = folder === null && (owner === me.value?.name || (scope !== 'mine' && isAdmin.value));
  if (!mayChange) return [versions];
  const maySharing = isAdmin.value || groups.length > 0;
  return [
    { words: t('documents.replace'), icon: 'upload', act: replace },
    ...(maySharing ? [{ words: t('share.menu'), icon: 'people' as const, act: () => open('sharing') }] : []),
    versions,
    { words: t('act.delete'), icon: 'trash', danger: true, act: () => open('deleting') },
  ];
}

function Versions({ document, onClose }: { document: Document; onClose(): void }) {
  const versions = useLoaded(() => listVersions(document.id));
  return (
    <Dialog title={t('documents.versionsOf', { name: document.name })} onClose={onClose}>
      <Rows
        loaded={versions}
        icon="document"
        none=""
        row={(one) => <VersionRow key={one.version} {...one} current={one.version === document.version} />}
      />
      <p class="note">{t('documents.versionsNote')}</p>
    </Dialog>
  );
}

function VersionRow({
  version,
  name,
  by,
  at,
  bytes,
  sha256,
  current,
}: DocumentVersion & { current: boolean }) {
  return (
    <Row
      title={
        <>
          {t('documents.version', { n: version })}{' '}
          {current && <span class="tag tag-tide">{t('documents.versionNow')}</span>}
        </>
      }
      note={
        <>
          <span>{name}</span>
          <span>{dayAndTime(at)}</span>
          <span>{t('documents.by', { name: by })}</span>
          <span>{size(bytes)}</span>
          <code class="hint" title={sha256}>
            {sha256.slice(0, 12)}
          </code>
        </>
      }
    />
  );
}

function About({ document }: { document: Document }) {
  const { status, progress, pages, passages, name, folder, version } = document;
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
      <Shared {...document} />
      {version > 1 && <span class="tag">{t('documents.version', { n: version })}</span>}
      <span>{pages === null ? count('documents.passages', passages) : count('documents.pages', pages)}</span>
      <span>{size(document.bytes)}</span>
      <span>{ago(document.addedAt)}</span>
      {folder !== null ? (
        <span>{t('documents.from', { folder: folder.split('/').at(-1) ?? folder })}</span>
      ) : (
        document.owner !== me.value?.name && <span>{t('documents.by', { name: document.owner })}</span>
      )}
    </>
  );
}

/** With whom, as a tag; nothing for one's own. */
export function Shared({ scope, group }: Pick<Document, 'scope' | 'group'>) {
  if (scope === 'mine') return null;
  return <span class="tag tag-coral">{scope === 'office' ? t('documents.office') : group?.name}</span>;
}
