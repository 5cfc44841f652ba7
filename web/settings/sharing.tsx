/** Whom documents are shared with: chosen when they are added, and changed later. */
import type { Document, DocumentScope, Group } from '@rockpool/protocol/documents';
import { useId, useState } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Choice } from '../parts/field.tsx';
import { isAdmin, me } from '../shell/person.ts';

/** One word for scope and group together. */
export type Whom = 'mine' | 'office' | `group ${number}`;

export interface Sharing {
  scope: DocumentScope;
  group?: number;
}

export const whomOf = ({ scope, group }: Pick<Document, 'scope' | 'group'>): Whom =>
  scope === 'group' && group ? `group ${group.id}` : scope === 'office' ? 'office' : 'mine';

export function sharingOf(whom: Whom): Sharing {
  if (whom === 'mine' || whom === 'office') return { scope: whom };
  return { scope: 'group', group: Number(whom.slice('group '.length)) };
}

interface ShareWithProps {
  label: string;
  quietLabel?: boolean;
  groups: readonly Group[];
  value: Whom;
  onValue(value: Whom): void;
  /** Whose it is, when that is somebody else. */
  owner?: string | undefined;
}

/** Side by side where they are few; nothing where there is only oneself. */
export function ShareWith({ label, quietLabel = false, groups, value, onValue, owner }: ShareWithProps) {
  const id = useId();
  const options: [Whom, string][] = [
    ['mine', owner === undefined ? t('documents.forMine') : t('share.only', { name: owner })],
    ...groups.map(({ id, name }): [Whom, string] => [`group ${id}`, name]),
    ...(isAdmin.value ? ([['office', t('documents.forOffice')]] as [Whom, string][]) : []),
  ];
  if (options.length === 1) return null;
  if (groups.length === 0)
    return <Choice label={label} quietLabel={quietLabel} value={value} options={options} onValue={onValue} />;
  return (
    <div class="field">
      <label for={id} class={quietLabel ? 'unseen' : 'field-label'}>
        {label}
      </label>
      <select
        id={id}
        class="input"
        value={value}
        onChange={(event) => onValue(event.currentTarget.value as Whom)}
      >
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

interface ShareDialogProps {
  title: string;
  groups: readonly Group[];
  now: Whom;
  owner: string;
  onShare(whom: Whom): void;
  onClose(): void;
}

export function ShareDialog({ title, groups, now, owner, onShare, onClose }: ShareDialogProps) {
  const [whom, setWhom] = useState<Whom>(now);
  return (
    <Dialog title={title} onClose={onClose}>
      <ShareWith
        label={t('share.with')}
        groups={groups}
        owner={owner === me.value?.name ? undefined : owner}
        value={whom}
        onValue={setWhom}
      />
      <p class="note">{t('share.note')}</p>
      <div class="dialog-acts">
        <Button onClick={onClose}>{t('act.cancel')}</Button>
        <Button
          kind="main"
          onClick={() => {
            onClose();
            if (whom !== now) onShare(whom);
          }}
        >
          {t('share.act')}
        </Button>
      </div>
    </Dialog>
  );
}
