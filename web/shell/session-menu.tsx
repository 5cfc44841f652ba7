/** What can be done to one session: the menu, and the dialogs it opens. */
import type { Session } from '@rockpool/protocol/chat';
import { useState } from 'preact/hooks';
import { transcript } from '../chat/conversation.ts';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Confirm, Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { Menu } from '../parts/menu.tsx';
import { exportPath, type SessionChange } from '../wire/sessions.ts';
import { navigate } from './navigation.ts';
import { change, remove } from './sessions.ts';

export function SessionMenu({ session, label }: { session: Session; label: string }) {
  const [open, setOpen] = useState<'rename' | 'delete' | null>(null);
  const close = () => setOpen(null);
  const { pinned, archived, id } = session;
  return (
    <>
      <Menu
        label={label}
        items={[
          { words: t('session.rename'), icon: 'edit', act: () => setOpen('rename') },
          {
            words: t(pinned ? 'session.unpin' : 'session.pin'),
            icon: 'pin',
            act: () => void apply(session, { pinned: !pinned }),
          },
          {
            words: t(archived ? 'session.unarchive' : 'session.archive'),
            icon: 'archive',
            act: () => void apply(session, { archived: !archived }),
          },
          { words: t('session.markdown'), icon: 'download', href: exportPath(id, 'markdown') },
          { words: t('session.json'), icon: 'download', href: exportPath(id, 'json') },
          { words: t('session.delete'), icon: 'trash', danger: true, act: () => setOpen('delete') },
        ]}
      />
      {open === 'rename' && <Rename session={session} onClose={close} />}
      {open === 'delete' && (
        <Confirm
          title={t('session.deleteTitle')}
          text={t('session.deleteText', { title: session.title })}
          confirm={t('act.delete')}
          onConfirm={() => void removeAndLeave(session)}
          onClose={close}
        />
      )}
    </>
  );
}

function Rename({ session, onClose }: { session: Session; onClose(): void }) {
  const [title, setTitle] = useState(session.title);
  const submit = (event: Event) => {
    event.preventDefault();
    if (title.trim()) void apply(session, { title: title.trim() });
    onClose();
  };
  return (
    <Dialog title={t('session.rename')} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <Field label={t('session.title')} value={title} onValue={setTitle} maxLength={200} focus />
        <div class="dialog-acts">
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button kind="main" type="submit" disabled={!title.trim()}>
            {t('act.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

async function apply(session: Session, how: SessionChange): Promise<void> {
  const changed = await change(session, how);
  if (changed && transcript.value.session?.id === changed.id) {
    transcript.value = { ...transcript.value, session: changed };
  }
}

async function removeAndLeave(session: Session): Promise<void> {
  const gone = await remove(session);
  if (gone && transcript.value.session?.id === session.id) navigate('/', 'replace');
}
