/** One remembered fact: whose word it is, since when it holds, the messages that it was said in, what replaced it. */
import type { Group } from '@rockpool/protocol/documents';
import type { Evidence, FullFact } from '@rockpool/protocol/memory';
import { useState } from 'preact/hooks';
import { ago, day, dayAndTime } from '../i18n/amounts.ts';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import { Menu, type MenuItem } from '../parts/menu.tsx';
import { showToast } from '../parts/toast.tsx';
import { sessionPath } from '../routes.ts';
import { isAdmin } from '../shell/person.ts';
import { changeFact, type FactSharing, forgetFact } from '../wire/memory.ts';
import { Row } from './card.tsx';
import { attempt } from './loaded.ts';

interface FactRowProps {
  fact: FullFact;
  /** Those that the reader is in. */
  groups: readonly Group[];
  changed(): void;
}

export function FactRow({ fact, groups, changed }: FactRowProps) {
  const [editing, setEditing] = useState(false);
  if (editing) return <EditFact fact={fact} changed={changed} onClose={() => setEditing(false)} />;
  const group = groups.find(({ id }) => id === fact.groupId)?.name;
  const old = fact.supersededAt !== null;
  return (
    <Row
      title={<span class={old ? 'fact fact-old' : 'fact'}>{fact.text}</span>}
      note={<About fact={fact} group={group} />}
    >
      <Menu
        label={t('memory.menu', { text: fact.text })}
        items={deeds(fact, groups, changed, () => setEditing(true))}
      />
    </Row>
  );
}

function About({ fact, group }: { fact: FullFact; group: string | undefined }) {
  const { validFrom, validUntil, origin } = fact;
  return (
    <>
      {origin === 'untrusted' && <span class="tag tag-coral">{t('memory.untrusted')}</span>}
      {fact.pinned && <span class="tag tag-tide">{t('memory.pinned')}</span>}
      {fact.scope === 'office' && <span class="tag tag-coral">{t('memory.office')}</span>}
      {group !== undefined && <span class="tag tag-coral">{group}</span>}
      <span>{t('memory.said', { name: fact.saidBy, when: ago(fact.saidAt) })}</span>
      {fact.supersededAt !== null && <span>{t('memory.replaced', { when: ago(fact.supersededAt) })}</span>}
      {validFrom !== null && <span>{t('memory.validFrom', { when: day(validFrom) })}</span>}
      {validUntil !== null && <span>{t('memory.validUntil', { when: day(validUntil) })}</span>}
      {origin === 'agent' && <span>{t('memory.byAgent')}</span>}
      {origin === 'system' && <span>{t('memory.bySystem')}</span>}
      <EvidenceLinks evidence={fact.evidence} />
    </>
  );
}

/** The newest first; more than a few tell nobody more. */
const shownEvidence = 4;

function EvidenceLinks({ evidence }: { evidence: readonly Evidence[] }) {
  const [newest, ...older] = evidence.toReversed().slice(0, shownEvidence);
  if (!newest) return null;
  return (
    <span>
      <a href={sessionPath(newest.sessionId, newest.messageId)}>{t('memory.fromChat')}</a>
      {older.map(({ sessionId, messageId, at }, i) => (
        <a
          key={messageId}
          class="evidence-more"
          href={sessionPath(sessionId, messageId)}
          aria-label={t('memory.alsoSaid', { when: dayAndTime(at) })}
          title={t('memory.alsoSaid', { when: dayAndTime(at) })}
        >
          {i + 2}
        </a>
      ))}
    </span>
  );
}

function deeds(fact: FullFact, groups: readonly Group[], changed: () => void, edit: () => void): MenuItem[] {
  const office = fact.scope === 'office';
  const forget = async () => {
    await forgetFact(fact.id);
    showToast(t('memory.forgot'));
    changed();
  };
  const share = async (sharing: FactSharing) => {
    await changeFact(fact.id, sharing);
    changed();
  };
  const pin = async () => {
    await changeFact(fact.id, { pinned: !fact.pinned });
    changed();
  };
  const confirm = async () => {
    await changeFact(fact.id, { confirmed: true });
    showToast(t('memory.confirmed'));
    changed();
  };
  const isCurrent = fact.supersededAt === null;
  const mayChange = !office || isAdmin.value;
  const doubtful: MenuItem[] =
    fact.origin === 'untrusted'
      ? [{ words: t('memory.confirm'), icon: 'check', act: () => attempt(confirm) }]
      : [];
  const current: MenuItem[] =
    isCurrent && mayChange
      ? [
          ...doubtful,
          { words: t('memory.edit'), icon: 'edit', act: edit },
          { words: t(fact.pinned ? 'memory.unpin' : 'memory.pin'), icon: 'pin', act: () => attempt(pin) },
        ]
      : [];
  const to = (words: string, sharing: FactSharing): MenuItem => ({
    words,
    icon: 'people',
    act: () => attempt(() => share(sharing)),
  });
  const shared: MenuItem[] = [
    ...(isAdmin.value && !office ? [to(t('memory.toOffice'), { scope: 'office' })] : []),
    ...(fact.scope === 'group' || (office && isAdmin.value)
      ? [to(t('memory.toMine'), { scope: 'mine' })]
      : []),
    ...(fact.scope === 'mine'
      ? groups.map(({ id, name }) => to(t('memory.toGroup', { name }), { scope: 'group', group: id }))
      : []),
  ];
  return [
    ...current,
    ...shared,
    { words: t('memory.forget'), icon: 'trash', danger: true, act: () => attempt(forget) },
  ];
}

function EditFact({ fact, changed, onClose }: Omit<FactRowProps, 'groups'> & { onClose(): void }) {
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
