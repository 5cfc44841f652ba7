/** Folders on the device that documents are kept in step with. For admins. */
import type { Folder, Group } from '@rockpool/protocol/documents';
import { useEffect, useState } from 'preact/hooks';
import { ago } from '../i18n/amounts.ts';
import { count, t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Confirm } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { Menu } from '../parts/menu.tsx';
import { addFolder, listFolders, lookIntoFolder, removeFolder, shareFolder } from '../wire/documents.ts';
import { Card, Row, Rows } from './card.tsx';
import { Shared } from './document-row.tsx';
import { attempt, useLoaded } from './loaded.ts';
import { ShareDialog, ShareWith, sharingOf, type Whom, whomOf } from './sharing.tsx';

const pollMs = 1_500;

interface FoldersProps {
  groups: readonly Group[];
  documentsChanged(): Promise<void>;
}

export function Folders({ groups, documentsChanged }: FoldersProps) {
  const folders = useLoaded(listFolders);
  const busy = folders.value?.some(isBusy) ?? false;
  const changed = async () => {
    await Promise.all([folders.again(), documentsChanged()]);
  };
  useEffect(() => {
    if (!busy) return;
    const timer = window.setTimeout(() => void changed(), pollMs);
    return () => window.clearTimeout(timer);
  }, [folders.value]);
  return (
    <Card title={t('folders.title')}>
      <p class="note">{t('folders.text')}</p>
      <Rows
        loaded={folders}
        icon="archive"
        none={t('folders.none')}
        row={(folder) => <FolderRow key={folder.id} folder={folder} groups={groups} changed={changed} />}
      />
      <AddFolder groups={groups} changed={changed} />
    </Card>
  );
}

const isBusy = ({ scanning, files, ready, failed }: Folder): boolean => scanning || ready + failed < files;

function FolderRow({
  folder,
  groups,
  changed,
}: {
  folder: Folder;
  groups: readonly Group[];
  changed(): Promise<void>;
}) {
  const [open, setOpen] = useState<'sharing' | 'removing' | null>(null);
  const { id, path } = folder;
  const close = () => setOpen(null);
  return (
    <Row icon="archive" title={<span class="path">{path}</span>} note={<State folder={folder} />}>
      <Menu
        label={t('folders.more', { path })}
        items={[
          {
            words: t('folders.look'),
            icon: 'again',
            act: () => attempt(() => lookIntoFolder(id).then(changed)),
          },
          { words: t('share.menu'), icon: 'people', act: () => setOpen('sharing') },
          { words: t('folders.remove'), icon: 'trash', danger: true, act: () => setOpen('removing') },
        ]}
      />
      {open === 'sharing' && (
        <ShareDialog
          title={t('share.title', { name: path })}
          groups={groups}
          owner={folder.owner}
          now={whomOf(folder)}
          onShare={(whom) => attempt(() => shareFolder(id, sharingOf(whom)).then(changed))}
          onClose={close}
        />
      )}
      {open === 'removing' && (
        <Confirm
          title={t('folders.removeTitle', { path })}
          text={t('folders.removeText')}
          confirm={t('folders.remove')}
          onConfirm={() => attempt(() => removeFolder(id).then(changed))}
          onClose={close}
        />
      )}
    </Row>
  );
}

function State({ folder }: { folder: Folder }) {
  const { files, ready, failed, skipped, scannedAt, problem, path } = folder;
  const done = ready + failed;
  return (
    <>
      <Shared {...folder} />
      {folder.scope === 'mine' && <span class="tag">{folder.owner}</span>}
      {isBusy(folder) && files > 0 ? (
        <>
          <span>{t('folders.progress', { done, files })}</span>
          <progress max={files} value={done} aria-label={t('documents.progress', { name: path })} />
        </>
      ) : (
        <span>{count('folders.files', files)}</span>
      )}
      {failed > 0 && <span>{count('folders.failed', failed)}</span>}
      {skipped > 0 && <span>{count('folders.skipped', skipped)}</span>}
      {scannedAt !== null && <span>{t('folders.looked', { when: ago(scannedAt) })}</span>}
      {problem !== null && <span class="note-wrong">{t(`folders.${problem}`)}</span>}
    </>
  );
}

function AddFolder({ groups, changed }: { groups: readonly Group[]; changed(): Promise<void> }) {
  const [path, setPath] = useState('');
  const [whom, setWhom] = useState<Whom>('office');
  const submit = (event: Event) => {
    event.preventDefault();
    if (path.trim() === '') return;
    attempt(async () => {
      await addFolder({ path: path.trim(), ...sharingOf(whom) });
      setPath('');
      await changed();
    });
  };
  return (
    <form class="line line-wrap" onSubmit={submit}>
      <Field
        label={t('folders.path')}
        placeholder="/srv/office/handbooks"
        hint={t('folders.hint')}
        value={path}
        onValue={setPath}
        maxLength={4096}
      />
      <ShareWith label={t('share.with')} quietLabel groups={groups} value={whom} onValue={setWhom} />
      <span class="spring" />
      <Button kind="main" icon="plus" type="submit">
        {t('folders.add')}
      </Button>
    </form>
  );
}
