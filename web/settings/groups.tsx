/** Groups of people who share documents. For admins. */
import type { Group } from '@rockpool/protocol/documents';
import type { Person } from '@rockpool/protocol/people';
import { useState } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Confirm, Dialog } from '../parts/dialog.tsx';
import { Field, Tick } from '../parts/field.tsx';
import { Menu } from '../parts/menu.tsx';
import { addGroup, changeGroup, removeGroup } from '../wire/documents.ts';
import { listPeople } from '../wire/people.ts';
import { Card, Row, Rows } from './card.tsx';
import { attempt, type Loaded, useLoaded } from './loaded.ts';

interface GroupsProps {
  groups: Loaded<Group[]>;
  documentsChanged(): Promise<void>;
}

export function Groups({ groups, documentsChanged }: GroupsProps) {
  const people = useLoaded(listPeople);
  const [making, setMaking] = useState(false);
  const changed = async () => {
    await Promise.all([groups.again(), documentsChanged()]);
  };
  return (
    <Card title={t('groups.title')}>
      <p class="note">{t('groups.text')}</p>
      <Rows
        loaded={groups}
        icon="people"
        none={t('groups.none')}
        row={(group) => (
          <GroupRow key={group.id} group={group} people={people.value ?? []} changed={changed} />
        )}
      />
      <div class="line">
        <span class="spring" />
        <Button icon="plus" onClick={() => setMaking(true)}>
          {t('groups.add')}
        </Button>
      </div>
      {making && (
        <GroupDialog
          title={t('groups.add')}
          people={people.value ?? []}
          before={{ name: '', members: [] }}
          onSave={(made) => attempt(() => addGroup(made).then(changed))}
          onClose={() => setMaking(false)}
        />
      )}
    </Card>
  );
}

interface GroupRowProps {
  group: Group;
  people: readonly Person[];
  changed(): Promise<void>;
}

function GroupRow({ group, people, changed }: GroupRowProps) {
  const [open, setOpen] = useState<'editing' | 'removing' | null>(null);
  const { id, name, members } = group;
  const names = people.filter((one) => members.includes(one.id)).map((one) => one.name);
  return (
    <Row icon="people" title={name} note={names.length > 0 ? names.join(', ') : t('groups.nobody')}>
      <Menu
        label={t('groups.more', { name })}
        items={[
          { words: t('groups.edit'), icon: 'edit', act: () => setOpen('editing') },
          { words: t('groups.remove'), icon: 'trash', danger: true, act: () => setOpen('removing') },
        ]}
      />
      {open === 'editing' && (
        <GroupDialog
          title={t('groups.editTitle', { name })}
          people={people}
          before={group}
          onSave={(change) => attempt(() => changeGroup(id, change).then(changed))}
          onClose={() => setOpen(null)}
        />
      )}
      {open === 'removing' && (
        <Confirm
          title={t('groups.removeTitle', { name })}
          text={t('groups.removeText')}
          confirm={t('groups.remove')}
          onConfirm={() => attempt(() => removeGroup(id).then(changed))}
          onClose={() => setOpen(null)}
        />
      )}
    </Row>
  );
}

interface GroupDialogProps {
  title: string;
  people: readonly Person[];
  before: Omit<Group, 'id'>;
  onSave(group: Omit<Group, 'id'>): void;
  onClose(): void;
}

function GroupDialog({ title, people, before, onSave, onClose }: GroupDialogProps) {
  const [name, setName] = useState(before.name);
  const [members, setMembers] = useState<readonly number[]>(before.members);
  const submit = (event: Event) => {
    event.preventDefault();
    if (name.trim() === '') return;
    onClose();
    onSave({ name: name.trim(), members: [...members] });
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="dialog-form" onSubmit={submit}>
        <Field label={t('groups.name')} value={name} onValue={setName} maxLength={64} focus />
        <fieldset class="members">
          <legend class="field-label">{t('groups.members')}</legend>
          {people.map(({ id, name: who }) => (
            <Tick
              key={id}
              label={who}
              value={members.includes(id)}
              onValue={(is) => setMembers(is ? [...members, id] : members.filter((one) => one !== id))}
            />
          ))}
        </fieldset>
        <div class="dialog-acts">
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button kind="main" type="submit">
            {t('act.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
