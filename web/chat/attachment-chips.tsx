/** The files that go with the next message, each with how far it is. */
import { t } from '../i18n/language.ts';
import { IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { type Adding, adding, detach } from './attachments.ts';

export function AttachmentChips() {
  if (adding.value.length === 0) return null;
  return (
    <ul class="chips">
      {adding.value.map((one) => (
        <Chip key={one.key} file={one} />
      ))}
    </ul>
  );
}

function Chip({ file }: { file: Adding }) {
  const { name, problem, ready, share } = file;
  return (
    <li class={problem ? 'chip chip-wrong' : 'chip'}>
      <Icon name="document" />
      <span class="chip-name" title={name}>
        {name}
      </span>
      {problem && <span class="chip-note">{problem}</span>}
      {!ready && !problem && (
        <progress max={1} value={share} aria-label={t('documents.progress', { name })} />
      )}
      <IconButton icon="close" label={t('composer.remove', { name })} onClick={() => detach(file.key)} />
    </li>
  );
}
