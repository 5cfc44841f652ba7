/** One remembered fact: who said it, when, where, and what replaced it. */
import type { Fact } from '@rockpool/protocol/memory';
import { useState } from 'preact/hooks';
import { ago } from '../i18n/amounts.ts';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import { Menu, type MenuItem } from '../parts/menu.tsx';
import { showToast } from '../parts/toast.tsx';
import { sessionPath } from '../routes.ts';
import { isAdmin } from '../shell/person.ts';
import { changeFact, forgetFact } from '../wire/memory.ts';
import { Row } from './card.tsx';
import { attempt } from './loaded.ts';

interface FactRowProps {
  fact: Fact;
  changed(): void;
}

export function FactRow({ fact, changed }: FactRowProps) {
  const [editing, setEditing] = useState(false);
  if (editing) return <EditFact fact={fact} changed={changed} onClose={() => setEditing(false)} />;
  const old = fact.supersededBy !== null;
  return (
    <Row title={<span class={old ? 'fact fact-old' : 'fact'}>{fact.text}</span>} note={<About fact={fact} />}>
      <Menu
        label={t('memory.menu', { text: fact.text })}
        items={deeds(fact, changed, () => setEditing(true))}
      />
    </Row>
  );
}

function About({ fact }: { fact: Fact }) {
  return (
    <>
      {fact.scope === 'office' && <span class="tag tag-coral">{t('memory.office')}</span>}
      <span>{t('memory.said', { name: fact.saidBy, when: ago(fact.saidAt) })}</span>
      {fact.supersededAt !== null && <span>{t('memory.replaced', { when: ago(fact.supersededAt) })}</span>}
      {fact.sessionId !== null && (
        <a href={sessionPath(fact.sessionId, fact.messageId ?? undefined)}>{t('memory.fromChat')}</a>
      )}
    </>
  );
}

function deeds(fact: Fact, changed: () => void, edit: () => void): MenuItem[] {
  const office = fact.scope === 'office';
  const forget = async () => {
    await forgetFact(fact.id);
    showToast(t('memory.forgot'));
    changed();
  };
  const share = async () => {
    await changeFact(fact.id, { scope: office ? 'mine' : 'office' });
    changed();
  };
  const current: MenuItem[] =
    fact.supersededBy === null ? [{ words: t('memory.edit'), icon: 'edit', act: edit }] : [];
  const shared: MenuItem[] = isAdmin.value
    ? [{ words: t(office ? 'memory.toMine' : 'memory.toOffice'), icon: 'people', act: () => attempt(share) }]
    : [];
  return [
    ...current,
    ...shared,
    { words: t('memory.forget'), icon: 'trash', danger: true, act: () => attempt(forget) },
  ];
}

function EditFact({ fact, changed, onClose }: FactRowProps & { onClose(): void }) {
  const [text, setText] = useState(fact.text);
  const submit = (event: Event) => {
    event.preventDefault();
    attempt(async () => {
      await changeFact(fact.id, { text: text.trim() });
      onClose();
      changed();
    });
  };
  return (
    <li class="row">
      <form class="line row-words" onSubmit={submit}>
        <Field
          label={t('memory.editLabel')}
          quietLabel
          value={text}
          onValue={setText}
          maxLength={2000}
          focus
        />
        <Button onClick={onClose}>{t('act.cancel')}</Button>
        <Button kind="main" type="submit" disabled={!text.trim()}>
          {t('act.save')}
        </Button>
      </form>
    </li>
  );
}
